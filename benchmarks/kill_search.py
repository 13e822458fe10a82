"""A search that is killed at random moments and resumed each time.

The killed processes are its single process, its workers, the command that started them, and on a
cluster the nannies and the scheduler. The search ends with the requested number of trials; no
completed trial runs again; settings and scores equal those of an uninterrupted search.
"""

import contextlib
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.lab import Lab
from benchmarks.timing import Finding
from mlcourse.tuning import search_file

KILLS = 5
TRIALS = 24
STARTUP = 4  # seconds until a process trains, approximately
MAX_DELAY = 4  # further seconds until the kill
SEARCH = """
import keras
import numpy as np

rng = np.random.default_rng(0)
x = rng.normal(size=(600, 8)).astype("float32")
y = (x[:, 0] * x[:, 1] > 0).astype(int)
data = {"train": (x[:500], y[:500]), "validation": (x[500:], y[500:])}


def build(hp):
    units = hp.Int("units", 4, 64, step=4)
    layers = [keras.layers.Dense(units, "relu"), keras.layers.Dense(2, "softmax")]
    model = keras.Sequential([keras.Input((8,)), *layers])
    rate = hp.Choice("learning_rate", [1e-3, 1e-2, 1e-1])
    optimizer, loss = keras.optimizers.Adam(rate), "sparse_categorical_crossentropy"
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model
"""


def begin(script, folder, *options, environment=None):
    """Start or resume a search."""
    command = [sys.executable, "-m", "mlcourse", "tune", str(script), "--directory", str(folder)]
    command += ["--trials", str(TRIALS), "--epochs", "3", *options]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, env=environment, **quiet)


def ended(folder):
    """Return (score, seconds) of the trials that have ended, by number."""
    try:
        trials = search_file.read(folder).trials
    except FileNotFoundError:
        return {}
    return {trial.number: (trial.score, trial.seconds) for trial in trials if not trial.is_running}


def check(previous, folder):
    """Return the trials that have ended; fail if an earlier one changed."""
    current = ended(folder)
    changed = []
    for number, result in previous.items():
        if repr(current.get(number)) != repr(result):
            changed.append(number)
    assert not changed, f"trials {changed} were lost, or ran again"
    return current


def kill_process(script, folder, kills):
    """Kill a search without workers, resume it, and return the number of kills."""
    previous = {}
    n_kills = 0
    for _ in range(kills):
        process = begin(script, folder)
        time.sleep(STARTUP + random.uniform(0, MAX_DELAY))
        n_kills += process.poll() is None  # otherwise it ended before
        process.kill()
        process.wait()
        previous = check(previous, folder)
    assert begin(script, folder).wait() == 0
    check(previous, folder)
    return n_kills


def kill_client(script, folder, kills):
    """Kill a command with workers of its own, resume it, and return the number of kills."""
    previous = {}
    n_kills = 0
    for _ in range(kills):
        process = begin(script, folder, "--workers", "2")
        wait_for_a_trial(process, folder, previous)
        if process.poll() is not None:  # it ended before the kill
            break
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        n_kills += 1
        process.wait()
        _, alive = psutil.wait_procs(children, timeout=20)
        alive = [child for child in alive if child.status() != psutil.STATUS_ZOMBIE]
        assert not alive, f"processes are still running: {alive}"
        previous = check(previous, folder)
    assert begin(script, folder, "--workers", "2").wait() == 0
    check(previous, folder)
    return n_kills


def kill_worker(script, folder, kills):
    """Kill workers of a search, which Dask restarts, and return the number of kills."""
    process = begin(script, folder, "--workers", "2")
    previous = {}
    n_kills = 0
    for _ in range(kills):
        wait_for_a_trial(process, folder, previous)
        if process.poll() is not None:
            break
        children = psutil.Process(process.pid).children(recursive=True)
        workers = [child for child in children if runs_a_trial(child)]
        if workers:
            random.choice(workers).parent().kill()
            n_kills += 1
        previous = check(previous, folder)
    assert process.wait() == 0
    check(previous, folder)
    return n_kills


def kill_cluster(script, folder, victims):
    """Kill the nannies, or also the scheduler, restart them, and return the number of kills."""
    with Lab(folder.with_name(f"{folder.name}-lab")) as lab:
        scheduler = lab.scheduler()
        nannies = [lab.worker(), lab.worker()]
        address = ["--scheduler", lab.address]
        process = begin(script, folder, *address, environment=lab.environment)
        previous = {}
        n_kills = 0
        for victim in victims:
            wait_for_a_trial(process, folder, previous)
            if process.poll() is not None:
                break
            if victim == "scheduler":
                scheduler.kill()
                scheduler.wait()
                scheduler = lab.scheduler()
            for nanny in nannies:
                nanny.kill()
                nanny.wait()
            nannies = [lab.worker(), lab.worker()]
            n_kills += 1
            previous = check(previous, folder)
        assert process.wait() == 0
        check(previous, folder)
    return n_kills


def runs_a_trial(process):
    """Return whether a process runs trials for a worker."""
    with contextlib.suppress(psutil.Error):
        return "mlcourse._core.task_process" in process.cmdline()
    return False


def wait_for_a_trial(process, folder, previous):
    """Wait until another trial, or the search, has ended, and then a random time."""
    while process.poll() is None and len(ended(folder)) <= len(previous):
        time.sleep(0.1)
    time.sleep(random.uniform(0, MAX_DELAY))


def rows():
    """Yield the outcome of the search for each kind of kill."""
    random.seed(0)
    with tempfile.TemporaryDirectory() as temporary:
        script = Path(temporary) / "search.py"
        uninterrupted = Path(temporary) / "uninterrupted"
        script.write_text(SEARCH, encoding="utf-8")
        assert begin(script, uninterrupted).wait() == 0
        for victim, function, argument in (
            ("its process", kill_process, KILLS),
            ("a worker", kill_worker, KILLS),
            ("the command with workers", kill_client, KILLS),
            ("nannies on a cluster", kill_cluster, ["nannies"] * 2),
            ("the scheduler", kill_cluster, ["scheduler"] * 2),
        ):
            folder = Path(temporary) / victim.replace(" ", "-")
            n_kills = function(script, folder, argument)
            name = f"a search, {victim} killed {n_kills} times"
            yield Finding(name, outcome(folder, uninterrupted))


def outcome(folder, uninterrupted):
    """Return a comparison of a search with an uninterrupted one, as text."""
    results = ended(folder)
    expected = ended(uninterrupted)
    assert sorted(results) == list(range(TRIALS)), sorted(results)
    scores = sum(results[number][0] == expected[number][0] for number in expected)
    settings = "same" if settings_of(folder) == settings_of(uninterrupted) else "other"
    return f"{TRIALS} trials, none run again, {settings} settings, {scores} scores the same"


def settings_of(folder):
    """Return the hyperparameters of all trials of a search."""
    return [trial.values for trial in search_file.read(folder).trials]
