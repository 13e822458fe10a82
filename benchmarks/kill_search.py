"""A search that is killed at random moments, and goes on each time.

Killed are its one process, its workers, the command that started them, and on a cluster the nannies
and the scheduler. The search ends with exactly the trials asked for; none runs again after its end;
settings and scores are those of a search that is left alone.
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
START = 4  # seconds, about, that a process takes until it trains
LONGEST = 4  # seconds more until it is killed
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
    """Starts a search, or goes on with it."""
    command = [sys.executable, "-m", "mlcourse", "tune", str(script), "--directory", str(folder)]
    command += ["--trials", str(TRIALS), "--epochs", "3", *options]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, **quiet)


def ended(folder):
    """Returns what is known of the trials that have ended, by number."""
    try:
        trials = search_file.read(folder).trials
    except FileNotFoundError:
        return {}
    return {one.number: (one.score, one.seconds) for one in trials if not one.runs}


def check(seen, folder):
    """Returns what has ended by now; what had ended before must not have been run again."""
    now = ended(folder)
    again = [number for number, was in seen.items() if repr(now.get(number)) != repr(was)]
    assert not again, f"trials {again} were lost, or run again"
    return now


def kill_process(script, folder, kills):
    """Kills a search without workers, and begins it again; returns how often."""
    seen, killed = {}, 0
    for _ in range(kills):
        process = begin(script, folder)
        time.sleep(START + random.uniform(0, LONGEST))
        killed += process.poll() is None  # else it was quicker
        process.kill()
        process.wait()
        seen = check(seen, folder)
    assert begin(script, folder).wait() == 0
    check(seen, folder)
    return killed


def kill_client(script, folder, kills):
    """Kill a command with workers of its own, and begin it again; return how often."""
    seen, killed = {}, 0
    for _ in range(kills):
        process = begin(script, folder, "--workers", "2")
        wait_for_a_trial(process, folder, seen)
        if process.poll() is not None:  # it was quicker
            break
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        killed += 1
        process.wait()
        _, alive = psutil.wait_procs(children, timeout=20)
        alive = [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]
        assert not alive, f"processes stayed behind: {alive}"
        seen = check(seen, folder)
    assert begin(script, folder, "--workers", "2").wait() == 0
    check(seen, folder)
    return killed


def kill_worker(script, folder, kills):
    """Kill workers of a search, which Dask starts again; return how often."""
    process, seen, killed = begin(script, folder, "--workers", "2"), {}, 0
    for _ in range(kills):
        wait_for_a_trial(process, folder, seen)
        if process.poll() is not None:
            break
        workers = [one for one in psutil.Process(process.pid).children(True) if runs_a_trial(one)]
        if workers:
            random.choice(workers).parent().kill()
            killed += 1
        seen = check(seen, folder)
    assert process.wait() == 0
    check(seen, folder)
    return killed


def kill_cluster(script, folder, victims):
    """Kill the nannies and the scheduler of a cluster, and start others; return how often."""
    with Lab(folder.with_name(f"{folder.name}-lab")) as lab:
        scheduler, nannies = lab.scheduler(), [lab.worker(), lab.worker()]
        process, seen, killed = begin(script, folder, "--scheduler", lab.address, *lab.tls), {}, 0
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
    """Wait until one more trial has ended, or all of it, and then for a moment."""
    while process.poll() is None and len(ended(folder)) <= len(seen):
        time.sleep(0.1)
    time.sleep(random.uniform(0, LONGEST))


def rows():
    """Yield, for each kind of kill, how the search ended."""
    random.seed(0)
    with tempfile.TemporaryDirectory() as place:
        script, whole = Path(place) / "search.py", Path(place) / "whole"
        script.write_text(SEARCH, encoding="utf-8")
        assert begin(script, whole).wait() == 0
        for victim, way, argument in (
            ("its process", kill_process, KILLS),
            ("a worker", kill_worker, KILLS),
            ("the command with workers", kill_client, KILLS),
            ("nannies on a cluster", kill_cluster, ["nannies"] * 2),
            ("the scheduler", kill_cluster, ["scheduler"] * 2),
        ):
            folder = Path(place) / victim.replace(" ", "-")
            times = way(script, folder, argument)
            yield Finding(f"a search, {victim} killed {times} times", outcome(folder, whole))


def outcome(folder, whole):
    """Returns in words how a search ended, beside one that was left alone."""
    found, expected = ended(folder), ended(whole)
    assert sorted(found) == list(range(TRIALS)), sorted(found)
    values = [[one.values for one in search_file.read(each).trials] for each in (whole, folder)]
    scores = sum(found[number][0] == expected[number][0] for number in expected)
    settings = "same" if values[0] == values[1] else "other"
    return f"{TRIALS} trials, none run again, {settings} settings, {scores} scores the same"
