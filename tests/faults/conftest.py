"""Fixtures for fault injection, which needs POSIX: signals, resource limits, forks."""

import gzip
import struct
import subprocess
import sys

import pytest

from mlcourse.datasets import sources
from tests.datasets.conftest import server  # noqa: F401
from tests.datasets.server import parquet
from tests.lectures.conftest import shelf  # noqa: F401

collect_ignore_glob = ["*.py"] if sys.platform == "win32" else []


@pytest.fixture
def offered(server, entry, arrays, cache):  # noqa: F811
    """A server with the dataset as OpenML and as the Keras mirror offer it."""
    server.put_openml(entry.openml_id, parquet(arrays))
    for key, name in sources.FASHION_FILES.items():
        array = arrays[key]
        head = struct.pack(f">HBB{array.ndim}i", 0, 8, array.ndim, *array.shape)
        server.files[f"/mirror/{name}"] = gzip.compress(head + array.tobytes())
    return server


@pytest.fixture
def mount():
    """A function that mounts a small file system and returns whether that worked; needs root."""
    mounted = []

    def mount(folder, options):
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        try:
            succeeded = subprocess.run(command, capture_output=True).returncode == 0
        except OSError:
            return False
        if succeeded:
            mounted.append(folder)
        return succeeded

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)
