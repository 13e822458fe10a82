"""Fifty notebooks at once, as in a room of students, on one empty cache."""

import tempfile
import textwrap
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager

CROWD = 50
LOADER = """
    import dataclasses, hashlib
    from mlcourse import datasets
    from mlcourse.datasets import catalog, keras_mirror, loader

    small = {{"image_shape": (4, 4), "train_counts": (3,) * 10, "test_counts": (2,) * 10}}
    real = catalog.CATALOG["fashion_mnist"]
    catalog.CATALOG["fashion_mnist"] = dataclasses.replace(real, **small, sha256={{}})
    keras_mirror.MIRROR = {url!r} + "/mirror/"
    loader.SOURCES = [keras_mirror]  # OpenML's client takes seconds to import
    data = datasets.load("fashion_mnist")
    arrays = data.x_train, data.y_train, data.x_test, data.y_test
    found = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()
"""


def answer(client, asked):
    """Returns the content of a kernel's reply to a request."""
    while True:
        reply = client.get_shell_msg(timeout=300)
        if reply["parent_header"].get("msg_id") == asked:
            return reply["content"]


@pytest.fixture
def kernels(offered):
    """Managers of kernels that begin; their sockets are in a folder, as ports may be taken."""
    with tempfile.TemporaryDirectory() as folder:
        places = [str(Path(folder) / str(number)) for number in range(CROWD)]
        kernels = [KernelManager(transport="ipc", ip=place) for place in places]
        try:
            for kernel in kernels:
                kernel.start_kernel()
            yield kernels
        finally:
            for kernel in kernels:
                if kernel.has_kernel:
                    kernel.shutdown_kernel(now=True)


@pytest.mark.slow
def test_fifty_kernels_load_at_once_and_one_of_them_downloads(offered, cache, kernels):
    code = textwrap.dedent(LOADER).format(url=offered.url)
    clients = [kernel.client() for kernel in kernels]
    for client in clients:
        client.start_channels()
        client.wait_for_ready(timeout=300)
    asked = [client.execute(code, user_expressions={"found": "found"}) for client in clients]
    answers = [answer(*pair) for pair in zip(clients, asked, strict=True)]
    for client in clients:
        client.stop_channels()
    assert [one["status"] for one in answers] == ["ok"] * CROWD, answers
    assert len({one["user_expressions"]["found"]["data"]["text/plain"] for one in answers}) == 1
    assert len(offered.asked) == 4  # the mirror's four files, once
    assert [path.name for path in cache.iterdir() if path.suffix != ".lock"] == [
        "fashion_mnist.npz"
    ]
