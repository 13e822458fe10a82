"""A search by two workers, a core each, beside one worker on one core, processes' start included.

It needs two cores.
"""

import os
import subprocess
import sys
import tempfile
from functools import partial
from itertools import count
from pathlib import Path

from benchmarks.timing import compared
from mlcourse.tuning import search_file

RUNS, TRIALS = 2, 8
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


def search(place, numbers, workers):
    """Runs a search anew with so many workers, on as many cores."""
    folder = place / f"search-{next(numbers)}"
    command = [sys.executable, "-m", "mlcourse", "tune", str(place / "search.py")]
    command += ["--directory", str(folder), "--trials", str(TRIALS), "--epochs", "4"]
    command += ["--workers", str(workers)]
    everything = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(everything)[:workers])  # the processes of the search inherit it
    try:
        subprocess.run(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    finally:
        os.sched_setaffinity(0, everything)
    trials = search_file.read(folder).trials
    assert len(trials) == TRIALS, trials


def rows():
    """Yields the ratio."""
    if len(os.sched_getaffinity(0)) < 2:
        raise RuntimeError("this benchmark needs two cores")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "search.py").write_text(SEARCH, encoding="utf-8")
        numbers = count()
        one, two = (partial(search, Path(folder), numbers, workers) for workers in (1, 2))
        what = f"a search of {TRIALS} trials by two workers"
        yield from compared(what, two, {"one worker": one}, RUNS, warm_up=0)
