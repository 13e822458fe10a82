"""A search that is killed at random moments: its one process, its workers, its chief, and the one
that looks after them. Each time it goes on, and ends with exactly the trials asked for.
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

from mlcourse import search_file

KILLS = 10
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
    """Kills a search without workers, and begins it again."""
    seen = {}
    for _ in range(kills):
        process = begin(script, folder)
        time.sleep(START + random.uniform(0, LONGEST))
        process.kill()
        process.wait()
        seen = check(seen, folder)
    assert begin(script, folder).wait() == 0
    return check(seen, folder)


def kill_team(script, folder, victims):
    """Kills workers and chief of a search; who looks after them starts them again."""
    process, seen = begin(script, folder, "--workers", "2"), {}
    time.sleep(2 * START)
    for victim in victims:
        if process.poll() is not None:
            break
        for child in psutil.Process(process.pid).children():
            with contextlib.suppress(psutil.Error):  # it has just ended
                if " ".join(child.cmdline()).endswith(victim):
                    os.kill(child.pid, signal.SIGKILL)
        time.sleep(2 * START + random.uniform(0, 2 * LONGEST))  # to start again, and then some
        seen = check(seen, folder)
    assert process.wait() == 0
    return check(seen, folder)


def kill_supervisor(script, folder, kills):
    """Kills the one that looks after chief and workers, and begins again."""
    seen = {}
    for _ in range(kills):
        process = begin(script, folder, "--workers", "2")
        time.sleep(2 * START + random.uniform(0, LONGEST))
        children = psutil.Process(process.pid).children()
        process.kill()
        process.wait()
        _, alive = psutil.wait_procs(children, timeout=5)
        assert not alive, "processes stayed behind"
        seen = check(seen, folder)
    assert begin(script, folder, "--workers", "2").wait() == 0
    return check(seen, folder)


def main():
    """Prints, for each kind of kill, what the search ended with."""
    random.seed(int(sys.argv[1]) if len(sys.argv) > 1 else None)
    workers = [f"worker --id {random.randrange(2)}" for _ in range(KILLS)]
    with tempfile.TemporaryDirectory() as place:
        script = Path(place) / "search.py"
        script.write_text(SEARCH, encoding="utf-8")
        whole = Path(place) / "whole"
        assert begin(script, whole).wait() == 0
        expected = ended(whole)
        for what, way, argument in (
            ("the process", kill_process, KILLS),
            ("a worker", kill_team, workers),
            ("the chief", kill_team, ["chief"] * KILLS),
            ("who looks after them", kill_supervisor, 3),
        ):
            folder, start = Path(place) / what.replace(" ", "-"), time.perf_counter()
            found = way(script, folder, argument)
            assert sorted(found) == list(range(TRIALS)), f"{what}: {sorted(found)}"
            values = [
                [one.values for one in search_file.read(each).trials] for each in (whole, folder)
            ]
            same = values[0] == values[1]
            scores = sum(found[number][0] == expected[number][0] for number in expected)
            kills = argument if isinstance(argument, int) else len(argument)
            print(
                f"{what} killed {kills} times: {len(found)} trials of {TRIALS}, none run again, "
                f"{'the same' if same else 'other'} settings and {scores} of {TRIALS} scores the "
                f"same as of a search left alone ({time.perf_counter() - start:.0f} s)",
                flush=True,
            )


if __name__ == "__main__":
    main()
