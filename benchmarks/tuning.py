"""A search by two workers, one core each, vs. one worker on one core, with process start-up.

It needs two cores.
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


def search(folder, counter, workers):
    """Run a new search with a number of workers, on as many cores."""
    directory = folder / f"search-{next(counter)}"
    command = [sys.executable, "-m", "mlcourse", "tune", str(folder / "search.py")]
    command += ["--directory", str(directory), "--trials", str(TRIALS), "--epochs", "4"]
    command += ["--workers", str(workers)]
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(all_cores)[:workers])  # which the search inherits
    try:
        subprocess.run(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    finally:
        os.sched_setaffinity(0, all_cores)
    trials = search_file.read(directory).trials
    assert len(trials) == TRIALS, trials


def rows():
    """Yield the ratio."""
    if len(os.sched_getaffinity(0)) < 2:
        raise RuntimeError("this benchmark needs two cores")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "search.py").write_text(SEARCH, encoding="utf-8")
        counter = count()
        one, two = (partial(search, Path(folder), counter, workers) for workers in (1, 2))
        what = f"a search of {TRIALS} trials by two workers"
        yield from compare(what, two, {"one worker": one}, RUNS, warm_up=0)
