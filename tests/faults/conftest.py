"""What the faults share. They are such as POSIX has: signals, limits, forks."""

import gzip
import struct
import subprocess
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


@pytest.fixture
def mount():
    """A function that puts a small disk at a folder, and says whether it could, which root can."""
    mounted = []

    def mount(folder, options):
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        try:
            done = subprocess.run(command, capture_output=True).returncode == 0
        except OSError:
            return False
        mounted.extend([folder] * done)
        return done

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)
