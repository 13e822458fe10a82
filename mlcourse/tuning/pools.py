"""Run fits one after the other in this process, or in parallel on a Dask cluster."""

import contextlib
import logging
from functools import partial
from importlib import import_module

from mlcourse._core import checks

LOCALHOST = "127.0.0.1"
TIMEOUT = 30  # seconds for a scheduler to reply, at the start or after it was lost
PIP = 'pip install "mlcourse[cluster]"'


@contextlib.contextmanager
def connect(workers=None, scheduler=None):
    """Yield a client of a Dask cluster in a `with` block, or None without workers.

    All processes of a cluster on this machine listen on 127.0.0.1 only, and require a certificate
    that is made for it: anyone who can submit a task to a Dask cluster runs code as its owner.

    Args:
        workers: number of worker processes to start on this machine, or None.
        scheduler: "tcp://HOST:PORT", or "tls://HOST:PORT" with certificates in Dask's
            configuration, or None.

    Raises:
        ValueError: for an invalid address, or if Dask is missing.
        ConnectionError: if no scheduler replies.
    """
    if workers is not None and scheduler is not None:
        rule = "scheduler must not be given together with workers"
        raise ValueError(f"{rule}. Got {scheduler!r} and {workers!r} instead.")
    if workers is not None:
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
                preload=["mlcourse._core.dask_worker"],
                silence_logs=logging.CRITICAL,
            ) as cluster,
            dask.Client(cluster) as client,
        ):
            yield client
    elif scheduler is not None:
        if not scheduler.startswith(("tcp://", "tls://")):
            rule = "scheduler must be tcp://HOST:PORT or tls://HOST:PORT"
            raise ValueError(f"{rule}. Got {scheduler!r} instead.")
        dask = _import_distributed()
        try:
            client = dask.Client(scheduler, timeout=TIMEOUT)
        except Exception as error:  # also of missing certificates
            rule = f"scheduler must reply within {TIMEOUT} s"
            raise ConnectionError(f"{rule}. Got {scheduler!r} instead: {error}") from error
        with client:
            yield client
    else:
        yield None


def _import_distributed():
    """Return the module `distributed`; raise ValueError if it, or TLS support, is missing."""
    for name in ("distributed", "cryptography"):
        try:
            import_module(name)
        except ImportError:
            rule = f"{name} must be installed for a search on workers ({PIP})"
            raise ValueError(f"{rule}. Got no such package instead.") from None
    return import_module("distributed")


def check_client(client):
    """Raise ValueError unless `client` is None or a `distributed.Client`."""
    if client is not None:
        example = "distributed.Client(address)"
        checks.instance("client", client, _import_distributed().Client, example)


def run(client, work, ask, tell, on_news):
    """Run tasks until there are no more.

    Args:
        client: a `distributed.Client`, or None for this process.
        work: a function of a task and a callback for news, which returns a result.
        ask: a function that returns the key and the task of the next call, or None.
        tell: a function of a key and a result, which may be a `task_process.Killed`.
        on_news: a function of a key and a message of a running task.

    Raises:
        ValueError: if `work` cannot be pickled.
        ConnectionError: if a lost scheduler does not come back.
        Exception: an error of a task.
    """
    if client is None:
        while (submission := ask()) is not None:
            key, task = submission
            tell(key, work(task, partial(on_news, key)))
        return
    from mlcourse.tuning.dask_pool import DaskPool

    with DaskPool(client, work) as pool:
        while True:
            while len(pool) < pool.n_threads() and (submission := ask()) is not None:
                pool.submit(*submission)
            if not len(pool):
                return
            tell(*pool.wait(on_news))
