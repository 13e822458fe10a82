"""Damaged files of each kind that the package reads: truncated, changed, empty or replaced."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from mlcourse import lectures
from mlcourse.datasets import CATALOG, DatasetCorrupt, preprocess_digit, sources
from mlcourse.datasets import cache as cache_module
from mlcourse.lectures import runner, scores
from mlcourse.training import runs
from mlcourse.tuning import search_file
from mlcourse.tuning.ablation import AblationFile, Fit
from tests.conftest import make_arrays
from tests.datasets.server import HTML, parquet
from tests.faults import children, fits
from tests.lectures.conftest import REPORT, SETUP

N_POSITIONS = 24  # at which a file is truncated, and at which a byte is changed


def damages(whole):
    """Yield damaged versions of a file's content."""
    yield from (b"", HTML, b"\xff" * 40, b"null", b"[]", b"{}", b"[" * 10**5)
    positions = np.linspace(0, len(whole) - 1, N_POSITIONS, dtype=int)
    yield from (whole[:position] for position in positions)
    for number, position in enumerate(positions):
        changed = whole[position] ^ (1 << number % 8)
        yield whole[:position] + bytes([changed]) + whole[position + 1 :]


def each_damage(path, read, errors, name=None):
    """Read a file in each damaged version, and return the results of the reads that succeed.

    Fail if another error is raised, if an error does not name the file, or if the file changes.

    Args:
        path: path of the file.
        read: function that reads the file.
        errors: the errors that it may raise.
        name: text that each error must contain; None for the name of the file.
    """
    whole = path.read_bytes()
    results = []
    for content in damages(whole):
        path.write_bytes(content)
        try:
            results.append(read())
        except errors as error:
            assert (name or path.name) in str(error), f"{content[:80]}: {error!r}"
        assert path.read_bytes() == content
    path.write_bytes(whole)
    return results


def test_a_dataset_is_complete_or_refused(cache, entry):
    arrays = make_arrays(entry)
    np.savez(cache / "fashion_mnist.npz", **arrays)
    path = cache / "fashion_mnist.npz"
    datasets = each_damage(path, lambda: cache_module.read(entry), DatasetCorrupt, "fashion_mnist")
    for dataset in datasets:  # some bytes of the file do not matter
        for key, array in arrays.items():
            np.testing.assert_array_equal(getattr(dataset, key), array)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a run."""
    folder = tmp_path_factory.mktemp("runs")
    assert children.run(fits.fit, "one", 3, MLCOURSE_RUNS=str(folder))[0] == 0
    return folder / "one"


@pytest.mark.parametrize("name", ["run.json", "history.jsonl", "last.keras"])
def test_a_run_is_read_or_refused(run, tmp_path, monkeypatch, name):
    shutil.copytree(run, tmp_path / "one")
    monkeypatch.setenv("MLCOURSE_RUNS", str(tmp_path))

    def read():
        return str(runs.compare("one"))

    each_damage(tmp_path / "one" / name, read, (runs.RunUnreadable, ValueError))


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    """The folder of a search."""
    folder = tmp_path_factory.mktemp("search")
    assert children.run(fits.search, folder) == (0, fits.TRIALS)
    return folder


def test_a_search_is_read_or_refused(search):
    each_damage(search / "search.json", lambda: str(search_file.read(search)), ValueError)


def test_an_ablation_is_read_or_refused(tmp_path):
    fit = Fit(variant="baseline", repeat=0, values={"test_loss": 0.5}, seconds=1.0)
    settings, networks = {"epochs": 3}, {"baseline": {"units": 4}}
    AblationFile(tmp_path, settings, networks).add(fit)
    each_damage(
        tmp_path / "experiments.json",
        lambda: AblationFile(tmp_path, settings, networks),
        ValueError,
    )


def test_an_unreadable_notebook_is_left_out_of_the_catalog(
    shelf,
    capsys,
):
    shelf("good", "1 + 1")
    path = shelf("bad", "2 + 2", order=2)
    whole = path.read_bytes()
    for content in damages(whole):
        path.write_bytes(content)
        names = lectures.available()
        assert "good" in names
        is_reported = "bad.ipynb is not a valid notebook" in capsys.readouterr().err
        assert "bad" in names or is_reported or b'"mlcourse"' not in content


def test_a_notebook_cached_for_slides_is_read_or_run_again(shelf, tmp_path, cache, monkeypatch):
    shelf("short", "6 * 7")
    monkeypatch.setattr(runner, "execute", lambda *_: None)
    runner.execute_cached("short", out=tmp_path)
    path = tmp_path / "runs" / "short.ipynb"
    whole = path.read_bytes()
    for content in damages(whole):
        path.write_bytes(content)
        notebook = runner.execute_cached("short", out=tmp_path)
        assert notebook.cells[-1].source


def test_unreadable_results_are_computed_again(shelf, tmp_path, cache, monkeypatch):
    shelf("short", SETUP, REPORT)
    for name in CATALOG:
        (cache / f"{name}.npz").touch()
    facts = SimpleNamespace(seconds=1.0, facts={"figures": {}, "device": "CPU", "data": "MNIST"})
    monkeypatch.setattr(runner, "run_notebook", lambda *_, **__: facts)
    list(scores.scores(out=tmp_path, seeds=1))
    (path,) = (tmp_path / "scores").glob("*.json")
    content = path.read_bytes()
    for damaged in damages(content):
        path.write_bytes(damaged)
        (found,) = scores.scores(out=tmp_path, seeds=1)
        assert found.keys() >= set(scores.KEYS)


@pytest.mark.parametrize("kind", ["png", "jpg", "webp", "gif", "bmp"])
def test_an_image_is_read_or_refused(tmp_path, kind):
    paper = np.full((40, 40), 255, np.uint8)
    paper[10:30, 15:25] = 0
    path = tmp_path / f"digit.{kind}"
    Image.fromarray(paper).save(path)
    found = each_damage(path, lambda: preprocess_digit(path), ValueError, "image must")
    assert all(digit.shape == (28, 28) for digit in found)


def read_tables(path):
    """Return the number of damaged versions of a table that can be read; any error is allowed."""

    def read():
        try:
            return len(sources.read_parquet(path, "class")[0])
        except Exception:
            return 0

    whole = path.read_bytes()
    n_read = 0
    for content in damages(whole):
        path.write_bytes(content)
        n_read += bool(read())
    return n_read


def test_a_damaged_table_from_openml_does_not_crash_the_process(tmp_path, entry):
    path = tmp_path / "dataset.pq"
    path.write_bytes(parquet(make_arrays(entry)))
    status, n_read = children.run(read_tables, path)
    assert status == 0
    assert n_read < 2 * N_POSITIONS
