"""A search that is killed at random moments, and goes on each time.

Killed are its one process, its workers, its chief, and the one that looks after them. The search
ends with exactly the trials asked for, none run again, all as in a search that is left alone.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.timing import Finding
from mlcourse import search_file

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


def kill_team(script, folder, victims):
    """Kills workers and chief of a search, which are started again; returns how often."""
    process, seen, killed = begin(script, folder, "--workers", "2"), {}, 0
    time.sleep(2 * START)
    for victim in victims:
        if process.poll() is not None:
            break
        for child in psutil.Process(process.pid).children():
            with contextlib.suppress(psutil.Error):  # it has just ended
                if " ".join(child.cmdline()).endswith(victim):
                    os.kill(child.pid, signal.SIGKILL)
                    killed += 1
        time.sleep(2 * START + random.uniform(0, 2 * LONGEST))  # to start again, and then some
        seen = check(seen, folder)
    assert process.wait() == 0
    check(seen, folder)
    return killed


def kill_supervisor(script, folder, kills):
    """Kills the one that looks after chief and workers, and begins again; returns how often."""
    seen, killed = {}, 0
    for _ in range(kills):
        process = begin(script, folder, "--workers", "2")
        time.sleep(2 * START + random.uniform(0, LONGEST))
        if process.poll() is not None:  # it was quicker
            break
        children = psutil.Process(process.pid).children()
        process.kill()
        killed += 1
        process.wait()
        _, alive = psutil.wait_procs(children, timeout=5)
        assert not alive, "processes stayed behind"
        seen = check(seen, folder)
    assert begin(script, folder, "--workers", "2").wait() == 0
    check(seen, folder)
    return killed


def rows():
    """Yields, for each kind of kill, what the search ended with."""
    random.seed(0)
    workers = [f"worker --id {random.randrange(2)}" for _ in range(KILLS)]
    with tempfile.TemporaryDirectory() as place:
        script, whole = Path(place) / "search.py", Path(place) / "whole"
        script.write_text(SEARCH, encoding="utf-8")
        assert begin(script, whole).wait() == 0
        for victim, way, argument in (
            ("its process", kill_process, KILLS),
            ("a worker", kill_team, workers),
            ("the chief", kill_team, ["chief"] * KILLS),
            ("who looks after them", kill_supervisor, KILLS),
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
