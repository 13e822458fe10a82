"""Pools that run fits: this process, or the workers of a Dask cluster."""

import contextlib
import logging
from functools import partial
from importlib import import_module
from pathlib import Path

from mlcourse._core import checks

LOCALHOST = "127.0.0.1"
TIMEOUT = 30  # seconds for a scheduler to reply, at the start or after it was lost
PIP = 'pip install "mlcourse[cluster]"'


@contextlib.contextmanager
def local(workers):
    """Start Dask workers on this machine, and yield a client, in a `with` block.

    All processes listen on 127.0.0.1 only, and require a certificate that is made for this
    cluster, because anyone who can submit a task to a Dask cluster runs code as its owner.

    Args:
        workers: number of worker processes.
    """
    checks.integer("workers", workers, 1)
    dask = _import_distributed()
    with (
        dask.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host=LOCALHOST,
            protocol="tls://",
            security=True,
            dashboard_address=f"{LOCALHOST}:0",
            worker_dashboard_address=f"{LOCALHOST}:0",
            memory_limit=0,
            preload=["mlcourse._core.task_process"],
            silence_logs=logging.CRITICAL,
        ) as cluster,
        dask.Client(cluster) as client,
    ):
        yield client


@contextlib.contextmanager
def existing(address, certificates=(None, None, None)):
    """Connect to a scheduler, and yield a client, in a `with` block.

    Args:
        address: "tcp://HOST:PORT", or "tls://HOST:PORT" with certificates.
        certificates: paths of PEM files: the authority's certificate, this client's certificate,
            and its key.

    Raises:
        ValueError: for an invalid address, or a missing file.
        ConnectionError: if no scheduler replies.
    """
    protocol, _, rest = address.partition("://")
    if protocol not in ("tcp", "tls") or not rest:
        rule = "scheduler must be tcp://HOST:PORT or tls://HOST:PORT"
        raise ValueError(f"{rule}. Got {address!r} instead.")
    names = ("tls-ca-file", "tls-cert", "tls-key")
    for name, path in zip(names, certificates, strict=True):
        if protocol == "tls" and not (path and Path(path).is_file()):
            raise ValueError(f"{name} must be a file, for {address}. Got {path!r} instead.")
        if protocol == "tcp" and path:
            rule = f"scheduler must be tls://HOST:PORT where {name} is given"
            raise ValueError(f"{rule}. Got {address!r} instead.")
    dask = _import_distributed()
    security = None
    if protocol == "tls":
        ca, certificate, key = map(str, certificates)
        security = dask.Security(
            tls_ca_file=ca,
            tls_client_cert=certificate,
            tls_client_key=key,
            require_encryption=True,
        )
    try:
        client = dask.Client(address, security=security, timeout=TIMEOUT)
    except (OSError, ValueError) as error:
        rule = f"scheduler must reply within {TIMEOUT} s"
        raise ConnectionError(f"{rule}. Got {address!r} instead: {error}") from error
    with client:
        yield client


def check_client(client):
    """Raise ValueError unless `client` is a `distributed.Client`."""
    example = "distributed.Client(address)"
    checks.instance("client", client, _import_distributed().Client, example)


def _import_distributed():
    """Return the module `distributed`; raise ValueError if it, or TLS support, is missing."""
    for name in ("distributed", "cryptography"):
        try:
            import_module(name)
        except ImportError:
            rule = f"{name} must be installed for a search on workers ({PIP})"
            raise ValueError(f"{rule}. Got no such package instead.") from None
    return import_module("distributed")


def pool(client, work, folder=None, workers=0):
    """Return a context manager that runs tasks.

    Args:
        client: a `distributed.Client`, or None for this process.
        work: a function of a task, a folder for temporary files, and a callback for news.
        folder: folder for temporary files of tasks in this process.
        workers: number of workers of a cluster of `pools.local`, which read the files of this
            process, and share the cores of this machine; 0 for other clusters.
    """
    if client is None:
        return SerialPool(work, folder)
    check_client(client)
    from mlcourse.tuning.dask_pool import DaskPool

    return DaskPool(client, work, workers)


def complete(pool, ask, tell, on_news):
    """Run tasks until there are no more.

    Args:
        pool: the result of `pool`.
        ask: a function that returns the key and the task of the next call, or None.
        tell: a function of a key and a result, which may be a `Killed`.
        on_news: a function of a key and a message of a running task.
    """
    running = 0
    while True:
        while running < pool.size() and (submission := ask()) is not None:
            pool.submit(*submission)
            running += 1
        if not running:
            return
        tell(*pool.wait(on_news))
        running -= 1


class SerialPool:
    """Run one task at a time in this process."""

    def __init__(self, work, folder):
        self._work = work
        self._folder = folder
        self._next = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def size(self):
        """Return the number of tasks that may run in parallel."""
        return 1

    def submit(self, key, task):
        """Set the next task."""
        self._next = (key, task)

    def wait(self, on_news):
        """Run the task, and return its key and its result."""
        key, task = self._next
        return key, self._work(task, self._folder, partial(on_news, key))
