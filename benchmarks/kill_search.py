"""A search that is killed at random times and resumed each time.

The benchmark kills the single process, the workers, and the command that started them. On a cluster
it kills the nannies and the scheduler. The search must end with exactly the requested trials, no
finished trial may run again, and hyperparameters and scores must be those of an uninterrupted
search.
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
START_SECONDS = 4  # until a process trains, approximately
MAX_SECONDS = 4  # from then to the kill
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


def begin(script, folder, *options):
    """Start or resume a search."""
    command = [sys.executable, "-m", "mlcourse", "tune", str(script), "--directory", str(folder)]
    command += ["--trials", str(TRIALS), "--epochs", "3", *options]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, **quiet)


def ended(folder):
    """Return score and seconds of the finished trials, by number."""
    try:
        trials = search_file.read(folder).trials
    except FileNotFoundError:
        return {}
    return {one.number: (one.score, one.seconds) for one in trials if not one.runs}


def check(seen, folder):
    """Return the finished trials, and check that those in `seen` were not lost or run again."""
    now = ended(folder)
    changed = [number for number, trial in seen.items() if repr(now.get(number)) != repr(trial)]
    assert not changed, f"trials {changed} were lost, or run again"
    return now


def kill_process(script, folder, kills):
    """Kill a search without workers, and restart it; return the number of kills."""
    seen = {}
    killed = 0
    for _ in range(kills):
        process = begin(script, folder)
        time.sleep(START_SECONDS + random.uniform(0, MAX_SECONDS))
        killed += process.poll() is None  # a finished process does not count
        process.kill()
        process.wait()
        seen = check(seen, folder)
    assert begin(script, folder).wait() == 0
    check(seen, folder)
    return killed


def kill_client(script, folder, kills):
    """Kill a command that started workers, and restart it; return the number of kills."""
    seen = {}
    killed = 0
    for _ in range(kills):
        process = begin(script, folder, "--workers", "2")
        wait_for_a_trial(process, folder, seen)
        if process.poll() is not None:  # ended before the kill
            break
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        killed += 1
        process.wait()
        _, alive = psutil.wait_procs(children, timeout=20)
        alive = [child for child in alive if child.status() != psutil.STATUS_ZOMBIE]
        assert not alive, f"processes still alive: {alive}"
        seen = check(seen, folder)
    assert begin(script, folder, "--workers", "2").wait() == 0
    check(seen, folder)
    return killed


def kill_worker(script, folder, kills):
    """Kill workers of a search, which Dask restarts; return the number of kills."""
    process = begin(script, folder, "--workers", "2")
    seen = {}
    killed = 0
    for _ in range(kills):
        wait_for_a_trial(process, folder, seen)
        if process.poll() is not None:
            break
        children = psutil.Process(process.pid).children(recursive=True)
        workers = [child for child in children if runs_a_trial(child)]
        if workers:
            random.choice(workers).parent().kill()
            killed += 1
        seen = check(seen, folder)
    assert process.wait() == 0
    check(seen, folder)
    return killed


def kill_cluster(script, folder, victims):
    """Kill and replace the nannies and the scheduler of a cluster; return the number of kills."""
    with Lab(folder.with_name(f"{folder.name}-lab")) as lab:
        scheduler = lab.scheduler()
        nannies = [lab.worker(), lab.worker()]
        process = begin(script, folder, "--scheduler", lab.address, *lab.tls)
        seen = {}
        killed = 0
        for victim in victims:
            wait_for_a_trial(process, folder, seen)
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
            killed += 1
            seen = check(seen, folder)
        assert process.wait() == 0
        check(seen, folder)
    return killed


def runs_a_trial(process):
    """Return whether a process is a child of a worker."""
    with contextlib.suppress(psutil.Error):
        return "mlcourse.tuning.worker" in process.cmdline()
    return False


def wait_for_a_trial(process, folder, seen):
    """Wait until one more trial or the whole search has ended, and then for a random time."""
    while process.poll() is None and len(ended(folder)) <= len(seen):
        time.sleep(0.1)
    time.sleep(random.uniform(0, MAX_SECONDS))


def rows():
    """Yield the outcome of the search for each kind of kill."""
    random.seed(0)
    with tempfile.TemporaryDirectory() as parent:
        script = Path(parent) / "search.py"
        whole = Path(parent) / "whole"
        script.write_text(SEARCH, encoding="utf-8")
        assert begin(script, whole).wait() == 0
        for victim, kill, argument in (
            ("its process", kill_process, KILLS),
            ("a worker", kill_worker, KILLS),
            ("the command with workers", kill_client, KILLS),
            ("nannies on a cluster", kill_cluster, ["nannies"] * 2),
            ("the scheduler", kill_cluster, ["scheduler"] * 2),
        ):
            folder = Path(parent) / victim.replace(" ", "-")
            kills = kill(script, folder, argument)
            yield Finding(f"a search, {victim} killed {kills} times", outcome(folder, whole))


def outcome(folder, whole):
    """Return a comparison of a search with the uninterrupted one, as text."""
    trials = ended(folder)
    expected = ended(whole)
    assert sorted(trials) == list(range(TRIALS)), sorted(trials)
    values = [trial.values for trial in search_file.read(folder).trials]
    expected_values = [trial.values for trial in search_file.read(whole).trials]
    n_same = sum(trials[number][0] == expected[number][0] for number in expected)
    settings = "same" if values == expected_values else "different"
    return f"{TRIALS} trials, none run twice, {settings} hyperparameters, {n_same} equal scores"
