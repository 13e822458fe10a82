"""Faulty servers: the fault is reported, and the next source is tried within a time limit."""

import time
from pathlib import Path

import pytest

from mlcourse import datasets
from mlcourse.datasets import cache, sources

MAX_SECONDS = 20  # on a busy machine


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(cache, "GRACE_PERIOD", 0.3)


FAULTS = [
    ("/api/", "hang", "OpenML: no response"),
    pytest.param("/api/", "drip", "OpenML: no response", marks=pytest.mark.slow),
    ("/api/", "html", "OpenML: "),
    ("/api/", "file:///etc/passwd", "OpenML: InvalidSchema"),
    pytest.param("dataset.pq", "hang", "OpenML: no response from ", marks=pytest.mark.slow),
    ("dataset.pq", "drip", "OpenML: too slow: "),
    ("dataset.pq", "cut", "OpenML: ConnectionError: .*IncompleteRead"),
    pytest.param("dataset.pq", "short", "OpenML: ArrowInvalid", marks=pytest.mark.slow),
    ("dataset.pq", "html", "OpenML: ArrowInvalid"),
    ("dataset.pq", "loop", "OpenML: TooManyRedirects"),
    ("dataset.pq", "file:///etc/passwd", "OpenML: InvalidSchema"),
]


@pytest.mark.parametrize(("place", "fault", "message"), FAULTS)
def test_a_bad_response_is_reported_and_the_next_source_tried(
    offered, cache, monkeypatch, place, fault, message
):
    monkeypatch.setattr(sources, "DESCRIPTION_TIMEOUT", 0.5 if place == "/api/" else 5)
    table = next(path for path in offered.files if path.endswith(".pq"))
    fault = offered.url + table if fault == "loop" else fault
    offered.faults |= {place: fault, "/mirror/": "404"}
    start = time.monotonic()
    with pytest.raises(datasets.DatasetUnavailable, match=message):
        datasets.load("fashion_mnist")
    del offered.faults["/mirror/"]
    assert datasets.load("fashion_mnist").source == "Keras mirror"
    assert time.monotonic() - start < MAX_SECONDS
    assert not [path for path in cache.iterdir() if path.name.startswith(".part-")]


def test_a_url_cannot_name_a_file_outside_the_folder(offered, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    offered.files["/a"] = b"content"
    for query in ("/..", "/../../out", "..\\..\\out"):
        path = Path(cache.download(f"{offered.url}/a?{query}", folder))
        assert path.read_bytes() == b"content"
        assert path.parent == folder
        path.unlink()


def test_a_file_that_is_too_large_is_not_downloaded(offered, tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "MAX_SIZE", 1000)
    offered.files["/endless"] = bytes(5000)
    with pytest.raises(ValueError, match=r"at most 1,000 bytes"):
        cache.download(f"{offered.url}/endless", tmp_path)
