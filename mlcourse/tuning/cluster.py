"""Dask clusters: one of processes on this machine, or one that exists."""

import contextlib
import logging
from importlib import import_module
from pathlib import Path

from mlcourse import checks

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
            preload=["mlcourse.remote"],
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
    return checks.kind("client", client, _distributed().Client, "distributed.Client(address)")


def _distributed():
    """Return Dask's module `distributed`, if it and what TLS needs are installed."""
    for name in ("distributed", "cryptography"):
        try:
            import_module(name)
        except ImportError:
            rule = f"{name} must be installed for a search on workers ({PIP})"
            raise ValueError(f"{rule}. Got no such package instead.") from None
    return import_module("distributed")
