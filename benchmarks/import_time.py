"""`import mlcourse` compared with `import tensorflow`, each in a new process."""

import operator
import subprocess
import sys
from functools import partial

from benchmarks.timing import compare

RUNS = 5


def seconds(module):
    """Return the seconds that a new Python process takes to import a module."""
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout)


def rows():
    """Return the ratio of the import times."""
    ours = partial(seconds, "mlcourse")
    alternatives = {"`import tensorflow`": partial(seconds, "tensorflow")}
    return compare("`import mlcourse`", ours, alternatives, RUNS, measure=operator.call)
