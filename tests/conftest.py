"""Fixtures for all tests: no network, no windows, a temporary cache, small datasets."""

import os
import time
from pathlib import Path

os.environ.setdefault("MPLBACKEND", "Agg")

import numpy as np
import pytest

from mlcourse.datasets import catalog
from mlcourse.datasets.catalog import Entry

REAL_DATA = os.environ.get("MLCOURSE_DATA")
PATIENCE = 600  # seconds to wait for a process or thread
LONG_TESTS = set(Path(__file__).with_name("long_tests.txt").read_text("utf-8").splitlines())


def pytest_collection_modifyitems(items):
    for item in items:
        if item.nodeid in LONG_TESTS and "quick" not in item.keywords:
            item.add_marker(pytest.mark.slow)
    if not REAL_DATA:
        skip = pytest.mark.skip(
            reason="MLCOURSE_DATA does not name a folder with the real datasets"
        )
        for item in items:
            if "real_data" in item.keywords:
                item.add_marker(skip)


def cpu_seconds():
    """Return the CPU seconds of this process and of the processes that it has waited for."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    item.cpu_start = cpu_seconds()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item):
    """Report the CPU seconds of a test, with those of its processes; `sort_tests` reads them."""
    item.user_properties.append(("cpu_seconds", round(cpu_seconds() - item.cpu_start, 4)))


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    monkeypatch.setenv("MLCOURSE_OFFLINE", "1")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder that the package uses."""
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setenv("MLCOURSE_DATA", str(folder))
    return folder


def slow(*values):
    """Return test parameters that only `make test-all` runs."""
    return [pytest.param(value, marks=pytest.mark.slow) for value in values]


def few(values, n=3):
    """Return test parameters, of which `make test` runs only the first n."""
    values = list(values)
    return [*values[:n], *slow(*values[n:])]


def tiny(entry, **changes):
    """Return a small version of a catalog entry: 3 training and 2 test images per class."""
    shape = (4, 4, 3) if len(entry.image_shape) == 3 else (4, 4)
    values = {
        "name": entry.name,
        "title": entry.title,
        "class_names": entry.class_names,
        "openml_id": entry.openml_id,
        "image_shape": shape,
        "train_counts": (3,) * 10,
        "test_counts": (2,) * 10,
    }
    return Entry(**{**values, **changes})


@pytest.fixture
def entry(monkeypatch):
    """A small version of Fashion-MNIST in the catalog."""
    small = tiny(catalog.CATALOG["fashion_mnist"])
    monkeypatch.setitem(catalog.CATALOG, "fashion_mnist", small)
    return small


def make_arrays(entry, seed=0):
    """Return random images and labels that pass the checks of an entry."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for part, counts in (("train", entry.train_counts), ("test", entry.test_counts)):
        labels = rng.permutation(np.repeat(np.arange(10, dtype=np.uint8), counts))
        arrays[f"x_{part}"] = rng.integers(0, 256, (len(labels), *entry.image_shape), np.uint8)
        arrays[f"y_{part}"] = labels
    return arrays


@pytest.fixture
def arrays(entry):
    return make_arrays(entry)
