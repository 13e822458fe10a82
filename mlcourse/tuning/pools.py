"""Where fits run: in this process, or on a Dask cluster."""

import contextlib
import logging
from functools import partial
from importlib import import_module
from pathlib import Path

from mlcourse._core import checks

HERE = "127.0.0.1"
WAIT = 30  # seconds for a scheduler to answer, at the start or after it was lost
PIP = 'pip install "mlcourse[cluster]"'


@contextlib.contextmanager
def local(workers):
    """Start workers on this machine, and yield a client of them, for a `with` block.

    All processes listen on 127.0.0.1 alone, and speak only to those that have a certificate, which
    is made for this cluster: whoever can submit a task to a Dask cluster runs code as its owner.

    Args:
        workers: number of worker processes.
    """
    checks.integer("workers", workers, 1)
    dask = _distributed()
    with (
        dask.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host=HERE,
            protocol="tls://",
            security=True,
            dashboard_address=f"{HERE}:0",
            worker_dashboard_address=f"{HERE}:0",
            memory_limit=0,
            preload=["mlcourse.tuning.worker"],
            silence_logs=logging.CRITICAL,
        ) as cluster,
        dask.Client(cluster) as client,
    ):
        yield client


@contextlib.contextmanager
def existing(address, certificates=(None, None, None)):
    """Yield a client of a scheduler, for a `with` block.

    Args:
        address: "tcp://HOST:PORT", or "tls://HOST:PORT", which needs certificates.
        certificates: paths of PEM files: the authority's certificate, this client's certificate,
            and its key.

    Raises:
        ValueError: for an address or files that cannot be.
        ConnectionError: if no scheduler answers there.
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
    dask, security = _distributed(), None
    if protocol == "tls":
        ca, certificate, key = map(str, certificates)
        own = {"tls_client_cert": certificate, "tls_client_key": key}
        security = dask.Security(tls_ca_file=ca, require_encryption=True, **own)
    try:
        client = dask.Client(address, security=security, timeout=WAIT)
    except (OSError, ValueError) as error:
        rule = f"scheduler must answer within {WAIT} s"
        raise ConnectionError(f"{rule}. Got {address!r} instead: {error}") from error
    with client:
        yield client


def checked(client):
    """Return a client, if it is a `distributed.Client`."""
    return checks.instance("client", client, _distributed().Client, "distributed.Client(address)")


def _distributed():
    """Return Dask's module `distributed`, if it and what TLS needs are installed."""
    for name in ("distributed", "cryptography"):
        try:
            import_module(name)
        except ImportError:
            rule = f"{name} must be installed for a search on workers ({PIP})"
            raise ValueError(f"{rule}. Got no such package instead.") from None
    return import_module("distributed")


def pool(client, work, folder=None, workers=0):
    """Return a context manager that runs calls of `work`.

    Args:
        client: a `distributed.Client`, or None to run them in this process.
        work: a function of a task, a folder for temporary files, and a function to call with news.
        folder: the folder, if the calls run in this process.
        workers: number of workers, if the cluster is one of `cluster.local`: they read the files
            that this process writes, and share the cores of this machine.
    """
    if client is None:
        return Here(work, folder)
    client = checked(client)
    from mlcourse.tuning.dask_pool import OnDask

    return OnDask(client, work, workers)


def complete(pool, ask, tell, on_news):
    """Run tasks until there are no more.

    Args:
        pool: as `pool` returns it.
        ask: returns the key and the task of the next call; None if there is none now.
        tell: called with a key and a result, which may be a `Killed`.
        on_news: called with a key and what `work` had to say.
    """
    running = 0
    while True:
        while running < pool.size() and (asked := ask()) is not None:
            pool.submit(*asked)
            running += 1
        if not running:
            return
        tell(*pool.wait(on_news))
        running -= 1


class Here:
    """Run one call at a time in this process."""

    def __init__(self, work, folder):
        self._work, self._folder, self._next = work, folder, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def size(self):
        """Return how many calls may run at the same time."""
        return 1

    def submit(self, key, task):
        """Take the next call."""
        self._next = key, task

    def wait(self, on_news):
        """Run it, and return its key and its result."""
        key, task = self._next
        return key, self._work(task, self._folder, partial(on_news, key))
