"""What benchmarks find, kept as JSON in `build/bench` with the circumstances it was found in."""

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
KEPT = HERE.parent / "build" / "bench"
PARTS = {
    "__init__",
    "__main__",
    "lab",
    "page",
    "readme",
    "records",
    "timing",
}  # the others are benchmarks
PACKAGES = "mlcourse", "keras", "tensorflow", "numpy", "scikit-learn", "matplotlib", "jupyterlab"


def names():
    """Returns the names of all benchmarks."""
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in PARTS)


def measure(name):
    """Runs a benchmark in this process, and returns its docstring and its rows.

    What libraries mutter goes to a log.
    """
    with (KEPT / f"{name}.log").open("w") as log:
        os.dup2(log.fileno(), sys.stderr.fileno())
    module = importlib.import_module(f"benchmarks.{name}")
    return inspect.getdoc(module), list(module.rows())


def circumstances():
    """Returns what figures depend on besides the code: the machine and the versions."""
    return {
        "machine": f"{platform.system()} on {processor()}, {os.cpu_count()} cores",
        "versions": {package: version(package) for package in PACKAGES},
    }


def processor():
    """Returns the processor's name, or else its kind."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    found = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return found[0] if found else platform.machine()


def is_current(record, name):
    """Whether neither the benchmark nor the package has changed since."""
    return record["fingerprint"] == fingerprint(name)


def fingerprint(name):
    """Returns a number for the code and the data that a benchmark's figures follow from."""
    sources = [HERE / f"{name}.py", Path(timing.__file__)]
    return runner.fingerprint(sources, runner.environment(quick=False))


def run(name):
    """Runs a benchmark in a new process, keeps what it finds, and returns it."""
    KEPT.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    about, rows = timing.apart(measure, name)
    record = {
        "about": about,
        "rows": [asdict(row) for row in rows],
        "seconds": round(time.monotonic() - start),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        **circumstances(),
        "fingerprint": fingerprint(name),
    }
    files.write_text(KEPT / f"{name}.json", json.dumps(record, indent=1))
    return known(name)


def known(name):
    """Returns what a benchmark has found on this machine and with these versions, or None."""
    path = KEPT / f"{name}.json"
    record = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if any(record.get(key) != value for key, value in circumstances().items()):
        return None
    return {**record, "rows": [timing.as_row(row) for row in record["rows"]]}
