"""What the tests share: no network, no pyplot windows, a cache of their own, small datasets."""

import os

os.environ.setdefault("MPLBACKEND", "Agg")

import numpy as np
import pytest

from mlcourse.datasets import catalog
from mlcourse.datasets.catalog import Entry

REAL_DATA = os.environ.get("MLCOURSE_DATA")
PATIENCE = 600  # seconds until a process or thread that should be ready or over counts as hung


def pytest_collection_modifyitems(items):
    if not REAL_DATA:
        skip = pytest.mark.skip(
            reason="MLCOURSE_DATA does not name a folder with the real datasets"
        )
        for item in items:
            if "real_data" in item.keywords:
                item.add_marker(skip)


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    monkeypatch.setenv("MLCOURSE_OFFLINE", "1")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder, which the package takes for its own."""
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setenv("MLCOURSE_DATA", str(folder))
    return folder


def slow(*values):
    """Return parameters of a test that only `make test-all` runs."""
    return [pytest.param(value, marks=pytest.mark.slow) for value in values]


def few(values, count=3):
    """Return parameters of a test, of which only the first are for `make test`."""
    values = list(values)
    return [*values[:count], *slow(*values[count:])]


def tiny(entry, **changes):
    """A small entry in the place of a real one: 3 training and 2 test pictures a class."""
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
    """Fashion-MNIST, as small as can be, in the catalogue."""
    small = tiny(catalog.CATALOGUE["fashion_mnist"])
    monkeypatch.setitem(catalog.CATALOGUE, "fashion_mnist", small)
    return small


def make_arrays(entry, seed=0):
    """Random pictures that pass the checks of an entry."""
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
