"""A search by two workers on two cores compared with one worker on one core.

The time includes the start of the processes. The benchmark needs two cores.
"""

import os
import subprocess
import sys
import tempfile
from functools import partial
from itertools import count
from pathlib import Path

from benchmarks.timing import compare
from mlcourse.tuning import search_file

RUNS = 2
TRIALS = 8
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


def search(parent, numbers, workers):
    """Run a new search with a number of workers, on the same number of cores."""
    folder = parent / f"search-{next(numbers)}"
    command = [sys.executable, "-m", "mlcourse", "tune", str(parent / "search.py")]
    command += ["--directory", str(folder), "--trials", str(TRIALS), "--epochs", "4"]
    command += ["--workers", str(workers)]
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(cores)[:workers])  # child processes inherit it
    try:
        subprocess.run(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    finally:
        os.sched_setaffinity(0, cores)
    trials = search_file.read(folder).trials
    assert len(trials) == TRIALS, trials


def rows():
    """Yield the ratio of the times."""
    if len(os.sched_getaffinity(0)) < 2:
        raise RuntimeError("this benchmark needs two cores")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "search.py").write_text(SEARCH, encoding="utf-8")
        numbers = count()
        ours = partial(search, Path(folder), numbers, 2)
        alternatives = {"one worker": partial(search, Path(folder), numbers, 1)}
        task = f"a search of {TRIALS} trials by two workers"
        yield from compare(task, ours, alternatives, RUNS, warm_up=0)
