"""Save the results of benchmarks as JSON in `build/benchmarks`, with machine and versions."""

import datetime
import importlib
import inspect
import json
import os
import platform
import sys
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from benchmarks import timing
from mlcourse._core import files
from mlcourse.lectures import runner

HERE = Path(__file__).parent
FOLDER = HERE.parent / "build" / "benchmarks"
HELPERS = {"__init__", "__main__", "lab", "page", "readme", "records", "timing"}
PACKAGES = "mlcourse", "keras", "tensorflow", "numpy", "scikit-learn", "matplotlib", "jupyterlab"


def names():
    """Return the names of all benchmarks."""
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in HELPERS)


def measure(name):
    """Run a benchmark in this process, and return its docstring and its rows.

    The standard error of this process is written to a log file.
    """
    with (FOLDER / f"{name}.log").open("w") as log:
        os.dup2(log.fileno(), sys.stderr.fileno())
    module = importlib.import_module(f"benchmarks.{name}")
    return inspect.getdoc(module), list(module.rows())


def environment():
    """Return the machine and the versions of packages, on which the results depend."""
    return {
        "machine": f"{platform.system()} on {processor()}, {os.cpu_count()} cores",
        "versions": {package: version(package) for package in PACKAGES},
    }


def processor():
    """Return the name of the processor, or its architecture if the name is unknown."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def is_current(record, name):
    """Return whether the code has not changed since the record was made."""
    return record["fingerprint"] == fingerprint(name)


def fingerprint(name):
    """Return a hash of the code and the data on which the results of a benchmark depend."""
    sources = [HERE / f"{name}.py", Path(timing.__file__)]
    return runner.fingerprint(sources, runner.environment(quick=False))


def run(name):
    """Run a benchmark in a new process, save its results, and return the record."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    about, rows = timing.in_new_process(measure, name)
    record = {
        "about": about,
        "rows": [asdict(row) for row in rows],
        "seconds": round(time.monotonic() - start),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        **environment(),
        "fingerprint": fingerprint(name),
    }
    files.write_text(FOLDER / f"{name}.json", json.dumps(record, indent=1))
    return load(name)


def load(name):
    """Return the record of a benchmark on this machine with these versions, or None."""
    path = FOLDER / f"{name}.json"
    record = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if any(record.get(key) != value for key, value in environment().items()):
        return None
    return {**record, "rows": [timing.as_row(row) for row in record["rows"]]}
