"""`import mlcourse` beside `import tensorflow`, each in new processes."""

import operator
import subprocess
import sys
from functools import partial

from benchmarks.timing import compared

RUNS = 5


def seconds(module):
    """Returns the seconds that a new Python takes to import a module."""
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout)


def rows():
    """Returns the ratio."""
    ways = partial(seconds, "mlcourse"), {"`import tensorflow`": partial(seconds, "tensorflow")}
    return compared("`import mlcourse`", *ways, RUNS, measure=operator.call)
