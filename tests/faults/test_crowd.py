"""Fifty notebooks that load a dataset at the same time with an empty cache."""

import tempfile
import textwrap
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager

N_KERNELS = 50
LOADER = """
    import dataclasses, hashlib
    from mlcourse import datasets
    from mlcourse.datasets import catalog, loader, sources

    small = {{"image_shape": (4, 4), "train_counts": (3,) * 10, "test_counts": (2,) * 10}}
    real = catalog.CATALOG["fashion_mnist"]
    catalog.CATALOG["fashion_mnist"] = dataclasses.replace(real, **small, sha256={{}})
    sources.MIRROR = {url!r} + "/mirror/"
    # importing OpenML's client takes seconds
    loader.SOURCES = {{"Keras mirror": sources.fetch_from_mirror}}
    data = datasets.load("fashion_mnist")
    arrays = data.x_train, data.y_train, data.x_test, data.y_test
    digest = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()
"""


def wait_for_reply(client, request):
    """Return the content of a kernel's reply to a request."""
    while True:
        reply = client.get_shell_msg(timeout=300)
        if reply["parent_header"].get("msg_id") == request:
            return reply["content"]


@pytest.fixture
def kernels(offered):
    """Managers of starting kernels, with sockets in a folder, because ports may be in use."""
    with tempfile.TemporaryDirectory() as folder:
        sockets = [str(Path(folder) / str(number)) for number in range(N_KERNELS)]
        kernels = [KernelManager(transport="ipc", ip=socket) for socket in sockets]
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
    expressions = {"digest": "digest"}
    requests = [client.execute(code, user_expressions=expressions) for client in clients]
    replies = [wait_for_reply(*pair) for pair in zip(clients, requests, strict=True)]
    for client in clients:
        client.stop_channels()
    assert [reply["status"] for reply in replies] == ["ok"] * N_KERNELS, replies
    digests = {reply["user_expressions"]["digest"]["data"]["text/plain"] for reply in replies}
    assert len(digests) == 1
    assert len(offered.asked) == 4  # one request for each of the mirror's four files
    assert [path.name for path in cache.iterdir() if path.suffix != ".lock"] == [
        "fashion_mnist.npz"
    ]
