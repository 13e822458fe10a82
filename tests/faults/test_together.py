"""Runs that two processes train, or that resume with other code, and folders that come and go."""

import json
import subprocess
import sys
import textwrap
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from mlcourse import datasets
from mlcourse._core import files
from mlcourse.datasets import loader, sources
from mlcourse.training import runs
from mlcourse.training.runs import checkpoints
from tests.conftest import PATIENCE
from tests.faults import children, fits

N_THREADS = 20


def test_twenty_threads_load_at_once_and_one_of_them_downloads(
    offered, cache, entry, arrays, monkeypatch
):
    monkeypatch.setenv("MLCOURSE_OFFLINE", "0")
    monkeypatch.setattr(sources, "MIRROR", f"{offered.url}/mirror/")
    monkeypatch.setattr(loader, "SOURCES", {"Keras mirror": sources.fetch_from_mirror})
    start = threading.Barrier(N_THREADS)

    def load():
        start.wait(PATIENCE)
        return datasets.load("fashion_mnist")

    with ThreadPoolExecutor(N_THREADS) as pool:
        loads = [pool.submit(load) for _ in range(N_THREADS)]
    for loaded in loads:
        np.testing.assert_array_equal(loaded.result().x_train, arrays["x_train"])
    assert len(offered.asked) == 4  # one request for each of the mirror's four files


def fit_when_released(gate):
    """Fit the run "one" as soon as another process opens the gate, a file."""
    while not gate.exists():
        pass
    return fits.fit("one")


@pytest.mark.slow
def test_of_two_processes_that_train_a_run_one_does_and_the_other_is_refused(tmp_path, monkeypatch):
    where = {"MLCOURSE_RUNS": str(tmp_path)}
    (tmp_path / "one").mkdir()
    with FileLock(tmp_path / "one" / "lock"):  # as the process that trains the run holds it
        status, error = children.run(fits.fit, "one", **where)
    rule = "RuntimeError: run must not be in training in another process"
    assert (status, error) == (1, f"{rule}. Got 'one' instead.")
    gate = tmp_path / "gate"
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(children.run, fit_when_released, gate, **where) for _ in range(2)]
        gate.touch()
    results = [one.result() for one in both]
    histories = [history for status, history in results if status == 0]
    assert histories  # the second may come after the first, and find a complete run
    assert all(history == histories[0] for history in histories)
    assert all(rule in str(error) for status, error in results if status)
    monkeypatch.setenv("MLCOURSE_RUNS", str(tmp_path))
    assert runs.load("one").history == histories[0]


def messages_of_fit(run, epochs):
    """Resume a run, and return its history and the messages of the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        history = fits.fit(run, epochs)
    return history, [str(one.message) for one in caught if "resumes with" in str(one.message)]


@pytest.mark.slow
def test_a_run_of_another_version_or_backend_resumes_with_a_warning(tmp_path):
    where = {"MLCOURSE_RUNS": str(tmp_path)}
    assert children.run(fits.fit, "one", 2, **where)[0] == 0
    assert children.run(messages_of_fit, "one", 3, **where)[1][1] == []
    path = tmp_path / "one" / "run.json"
    config = json.loads(path.read_text("utf-8"))
    config["environment"] |= {"keras": "3.14.0", "jax": "0.4.35"}
    path.write_text(json.dumps(config), "utf-8")
    status, (history, (message,)) = children.run(messages_of_fit, "one", 4, **where)
    assert status == 0
    assert len(history["loss"]) == 4
    assert "instead of 3.14.0, jax not used instead of 0.4.35: its numbers may differ" in message


def fit_scaled(factor, epochs):
    """Fit a model with a layer of our own, whose code has a number that its config lacks."""
    import keras

    from mlcourse import training

    class Scaled(keras.layers.Layer):
        pass

    code = f"def call(self, x):\n    return {factor} * x"
    namespace = {}
    exec(code, namespace)
    Scaled.call = namespace["call"]
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), Scaled(), keras.layers.Dense(2, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        options = {"epochs": epochs, "batch_size": 16, "verbose": 0, "run": "one"}
        history = training.fit(model, fits.X, fits.Y, **options).history
    messages = [str(one.message) for one in caught if "resumes with" in str(one.message)]
    return len(history["loss"]), messages


@pytest.mark.slow
def test_a_run_whose_own_layer_has_changed_code_resumes_with_a_warning(tmp_path):
    where = {"MLCOURSE_RUNS": str(tmp_path)}
    assert children.run(fit_scaled, 2.0, 1, **where) == (0, (1, []))
    assert children.run(fit_scaled, 2.0, 2, **where) == (0, (2, []))
    status, (n_epochs, (message,)) = children.run(fit_scaled, 3.0, 3, **where)
    assert (status, n_epochs) == (0, 3)
    assert "resumes with changed code of Scaled: its numbers may differ" in message


def fit_while_the_folder_is_away(runs_folder, comes_back):
    """Fit a run whose folder is away at the end of the second epoch, until the first retry."""
    away = runs_folder.with_name("away")
    append, sleep = files.append_line, checkpoints.time.sleep
    pauses = []

    def vanish(path, record):
        append(path, record)
        if record["epoch"] == 1:
            runs_folder.rename(away)

    def come_back(seconds):
        pauses.append(seconds)
        if comes_back and away.exists():
            away.rename(runs_folder)

    files.append_line, checkpoints.time.sleep = vanish, come_back
    try:
        return fits.fit("one", 3), pauses
    finally:
        files.append_line, checkpoints.time.sleep = append, sleep


@pytest.mark.slow
def test_a_fit_waits_for_a_folder_that_is_away_for_a_while(tmp_path, monkeypatch):
    folder = tmp_path / "runs"
    folder.mkdir()
    where = {"MLCOURSE_RUNS": str(folder)}
    status, (history, pauses) = children.run(fit_while_the_folder_is_away, folder, True, **where)
    assert (status, len(history["loss"]), len(pauses)) == (0, 3, 1)
    monkeypatch.setenv("MLCOURSE_RUNS", str(folder))
    assert runs.load("one").history == history


@pytest.mark.slow
def test_a_fit_whose_folder_stays_away_names_it_and_resumes_later(tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()
    where = {"MLCOURSE_RUNS": str(folder)}
    status, error = children.run(fit_while_the_folder_is_away, folder, False, **where)
    assert status == 1
    assert "could not be written: No such file or directory" in error
    assert "last.keras" in error
    (tmp_path / "away").rename(folder)
    status, history = children.run(fits.fit, "one", 3, **where)
    assert (status, len(history["loss"])) == (0, 3)


VERIFY = """
    import resource, sys
    from mlcourse.cli import main
    from mlcourse.datasets import cache
    import mlcourse.datasets.loader

    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    limit = used + 2**23
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    sys.exit(main(["data", "verify"]))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_with_little_memory_a_command_says_so_and_calls_no_file_damaged(cache):
    zeros = {"x_train": np.zeros((60_000, 28, 28), np.uint8), "y_train": np.zeros(60_000, np.uint8)}
    zeros |= {"x_test": zeros["x_train"][:10_000], "y_test": zeros["y_train"][:10_000]}
    np.savez(cache / "fashion_mnist.npz", **zeros)
    command = [sys.executable, "-c", textwrap.dedent(VERIFY)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1
    assert done.stderr.startswith("mlcourse: the command needs more memory")
    assert "Traceback" not in done.stderr
    assert "damaged" not in done.stdout


LINKS = {
    "lock of a run": lambda folder: files.lock_folder(folder, RuntimeError("busy")).__enter__(),
    "line": lambda folder: files.append_line(folder / "lock", {"epoch": 1}),
    "log": lambda folder: files.open_itself(folder / "lock", "w"),
}


@pytest.mark.parametrize("name", LINKS)
@pytest.mark.parametrize("exists", [True, False], ids=["", "dangling"])
def test_a_link_in_a_shared_folder_is_not_followed(name, exists, tmp_path):
    target = tmp_path / "target"
    shared = tmp_path / "shared"
    shared.mkdir()
    if exists:
        target.write_text("precious")
    (shared / "lock").symlink_to(target)
    with pytest.raises(OSError, match="lock"):
        LINKS[name](shared)
    assert (target.read_text() if target.exists() else None) == ("precious" if exists else None)


def test_a_link_is_replaced_by_the_file_that_is_written(tmp_path, cache, entry, arrays):
    target = tmp_path / "target"
    target.write_text("precious")
    (tmp_path / "page.html").symlink_to(target)
    files.write_text(tmp_path / "page.html", "page")
    assert (tmp_path / "page.html").read_text() == "page"
    assert not (tmp_path / "page.html").is_symlink()
    (cache / ".fashion_mnist.lock").symlink_to(target)
    np.savez(cache / "fashion_mnist.npz", **arrays)
    np.testing.assert_array_equal(datasets.fetch("fashion_mnist").x_train, arrays["x_train"])
    assert target.read_text() == "precious"


def test_a_link_with_the_name_of_a_partial_file_is_not_followed(tmp_path, monkeypatch):
    target = tmp_path / "target"
    target.write_text("precious")
    monkeypatch.setattr(files.secrets, "token_hex", lambda _: "guessed")
    (tmp_path / f"{files.PARTIAL_PREFIX}guessed-page.html").symlink_to(target)
    with pytest.raises(OSError, match=r"page\.html"):
        files.write_text(tmp_path / "page.html", "page")
    assert target.read_text() == "precious"
