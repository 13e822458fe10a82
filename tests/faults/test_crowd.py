"""Fifty processes at once, as in a room of students, on one empty cache."""

import os
import subprocess
import sys
import textwrap

CROWD = 50
LOADER = """
    import dataclasses, hashlib, sys
    from mlcourse import datasets
    from mlcourse.datasets import catalogue, keras_mirror, loader

    small = {"image_shape": (4, 4), "train_counts": (3,) * 10, "test_counts": (2,) * 10}
    real = catalogue.CATALOGUE["fashion_mnist"]
    catalogue.CATALOGUE["fashion_mnist"] = dataclasses.replace(real, **small, sha256={})
    keras_mirror.MIRROR = sys.argv[1] + "/mirror/"
    loader.SOURCES = [keras_mirror]  # OpenML's client takes seconds to import
    data = datasets.load("fashion_mnist")
    arrays = data.x_train, data.y_train, data.x_test, data.y_test
    print(hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest())
"""


def test_fifty_processes_load_at_once_and_one_of_them_downloads(offered, cache, tmp_path):
    command = [sys.executable, "-c", textwrap.dedent(LOADER), offered.url]
    environment = {**os.environ, "MLCOURSE_DATA": str(cache), "OPENBLAS_NUM_THREADS": "1"}
    environment.pop("MLCOURSE_OFFLINE", None)
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    crowd = [subprocess.Popen(command, env=environment, **options) for _ in range(CROWD)]
    found = {one.communicate(timeout=300)[0] for one in crowd}
    assert [one.returncode for one in crowd] == [0] * CROWD
    assert len(found) == 1
    assert len(offered.asked) == 4  # the mirror's four files, once
    assert [path.name for path in cache.iterdir() if path.suffix != ".lock"] == [
        "fashion_mnist.npz"
    ]
