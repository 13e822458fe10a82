"""What the faults share. They are such as POSIX has: signals, limits, forks."""

import gzip
import struct
import sys

import pytest

from mlcourse.datasets import keras_mirror
from tests.datasets.conftest import server  # noqa: F401
from tests.datasets.server import parquet
from tests.lectures.conftest import shelf  # noqa: F401

collect_ignore_glob = ["*.py"] if sys.platform == "win32" else []


@pytest.fixture
def offered(server, entry, arrays, cache):  # noqa: F811
    """A server that is OpenML and the mirror, both with all that they should have."""
    server.put_openml(entry.openml_id, parquet(arrays))
    for key, name in keras_mirror.FASHION_FILES.items():
        array = arrays[key]
        head = struct.pack(f">HBB{array.ndim}i", 0, 8, array.ndim, *array.shape)
        server.files[f"/mirror/{name}"] = gzip.compress(head + array.tobytes())
    return server
