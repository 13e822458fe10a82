"""Trials a minute: one worker on one core, and two workers on two cores, the same search."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mlcourse import search_file

TRIALS = 16
SEARCH = """
import keras
import numpy as np

from mlcourse import tuning

rng = np.random.default_rng(0)
x = rng.normal(size=(12_000, 28, 28)).astype("float32")
y = rng.integers(0, 10, 12_000)
data = {"train": (x[:10_000], y[:10_000]), "validation": (x[10_000:], y[10_000:])}
build = tuning.course_space
"""


def search(script, folder, workers, cores):
    """Runs a search on some cores; returns the seconds of all of it, and of its trials."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "mlcourse", "tune", str(script), "--directory", str(folder)]
    command += ["--trials", str(TRIALS), "--epochs", "4", "--workers", str(workers)]
    everything = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)  # the processes of the search inherit it
    try:
        subprocess.run(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    finally:
        os.sched_setaffinity(0, everything)
    trials = search_file.read(folder).trials
    assert len(trials) == TRIALS, trials
    return time.perf_counter() - start, sum(trial.seconds for trial in trials)


def main():
    """Prints the trials a minute, start and end of the processes included, and the ratio."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        raise SystemExit("this benchmark needs two cores")
    with tempfile.TemporaryDirectory() as place:
        script = Path(place) / "search.py"
        script.write_text(SEARCH, encoding="utf-8")
        paces = []
        for workers in (1, 2):
            folder = Path(place) / f"workers-{workers}"
            whole, training = search(script, folder, workers, cores[:workers])
            paces.append(60 * TRIALS / whole)
            print(
                f"{workers} worker{'s' * (workers > 1)}, a core each: {paces[-1]:.1f} trials a "
                f"minute, {training / TRIALS:.1f} s a trial, {whole:.0f} s in all",
                flush=True,
            )
    print(f"two workers do {paces[1] / paces[0]:.2f} times as many trials as one")


if __name__ == "__main__":
    main()
