"""The dataset cache: its files, its locks, and downloads."""

import contextlib
import logging
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import filelock
import numpy as np
import platformdirs
from tqdm import tqdm

from mlcourse._core import checks, files
from mlcourse.datasets.catalog import ARRAYS, Dataset, DatasetCorrupt, check

MAX_EXTRA_BYTES = 100_000  # of a dataset's file: headers of the arrays, and the source


def folder():
    """Return the cache folder: `MLCOURSE_DATA`, else the platform's cache folder for mlcourse.

    Without a home directory, as in some containers, the cache is in the temporary directory.

    Raises:
        ValueError: if `MLCOURSE_DATA` does not name a folder that exists, or if the path of the
            user's cache folder is that of a file.
    """
    data_folder = os.environ.get("MLCOURSE_DATA")
    try:
        path = Path(data_folder or platformdirs.user_cache_dir("mlcourse")).expanduser()
    except RuntimeError:
        path = Path(tempfile.gettempdir(), "mlcourse")
    if data_folder and not path.is_dir():
        rule = "MLCOURSE_DATA must name a folder that exists"
        raise ValueError(f"{rule}. Got {data_folder!r} instead.")
    checks.folder("the data cache", path)
    return path


def data_folder(data=None):
    """Return the absolute path of a folder of datasets: `data`, or else the cache folder.

    Raises:
        ValueError: if `data`, or `MLCOURSE_DATA`, does not name a folder that exists.
    """
    if data is None:
        return folder().resolve()
    if not Path(data).is_dir():
        raise ValueError(f"data must name a folder that exists. Got {str(data)!r} instead.")
    return Path(data).resolve()


def path(entry):
    """Return the path of an entry's file, whether or not it exists."""
    return folder() / f"{entry.name}.npz"


def read(entry):
    """Return the dataset in an entry's file, after checking it.

    Raises:
        FileNotFoundError: if there is no such file.
        PermissionError: if the file is not readable.
        MemoryError: if there is not enough memory; the file may be valid.
        DatasetCorrupt: if the file is truncated, damaged, or holds another dataset.
    """
    source = path(entry)
    try:
        files.check_regular(source)
        with np.load(source, allow_pickle=False) as file:
            files.check_unpacked_size(file.zip, entry.n_bytes + MAX_EXTRA_BYTES)
            arrays = {key: file[key] for key in ARRAYS if key in file}
            origin = str(file["source"]) if "source" in file else "a file put into the cache"
    except (FileNotFoundError, PermissionError, MemoryError):
        raise
    except Exception as error:  # zipfile and NumPy raise many types for a damaged file
        raise DatasetCorrupt(
            f"{source} must be a complete .npz file of plain arrays. Reading it raised: {error}"
        ) from error
    check(entry, arrays)
    return Dataset(**arrays, class_names=entry.class_names, source=origin, name=entry.name)


def write(entry, dataset):
    """Write a dataset to an entry's file atomically."""
    target = path(entry)
    target.parent.mkdir(parents=True, exist_ok=True)
    arrays = {key: getattr(dataset, key) for key in ARRAYS}
    with files.atomic_write(target) as part:
        np.savez(part, **arrays, source=np.array(dataset.source))


@contextlib.contextmanager
def lock(entry):
    """Hold a lock, so that one process at a time fetches an entry's data.

    The operating system releases the lock of a process that dies; the next holder removes its
    partial files. If the lock file is not writable, nothing is locked; files are still written
    atomically.
    """
    try:
        held = _acquire(entry)
    except OSError:
        yield
        return
    with held:
        _remove_leftovers(entry)
        yield


def _acquire(entry):
    """Return the acquired lock of an entry, a context manager that releases it."""
    name = path(entry).with_name(f".{entry.name}.lock")
    name.parent.mkdir(parents=True, exist_ok=True)
    file_lock = filelock.FileLock(name, mode=0o666)  # other users may share the folder
    try:
        return file_lock.acquire(timeout=1)
    except filelock.Timeout:
        print(f"Waiting for another process that is fetching {entry.title}.", file=sys.stderr)
        return file_lock.acquire()


def scratch_folder(entry):
    """Return a temporary folder in the cache, or the system's if the cache is not writable."""
    try:
        return tempfile.TemporaryDirectory(prefix=_scratch_prefix(entry), dir=folder())
    except OSError:
        return tempfile.TemporaryDirectory(prefix=_scratch_prefix(entry))


def _remove_leftovers(entry):
    """Remove partial files and downloads that killed processes have left."""
    files.remove_partial_files(folder(), f"{entry.name}.npz")
    for leftover in folder().glob(f"{_scratch_prefix(entry)}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _scratch_prefix(entry):
    return f".{entry.name}.fetch-"


TIMEOUT = (3, 20)  # seconds: to connect, and between two packets
RETRIES = 2
GRACE_PERIOD = 30  # seconds before the minimum speed applies
MIN_SPEED = 2_000  # bytes per second, on average
MAX_SIZE = 2**30  # bytes; all datasets are smaller
CHUNK_SIZE = 2**16  # bytes


def download(url, folder, sha256=None):
    """Download a file into a folder, and return its path.

    Args:
        url: an http or https address.
        folder: an existing folder.
        sha256: the file's SHA-256 checksum, if known.

    Raises:
        OSError: if the server does not respond, closes the connection, returns an error or is too
            slow, or the disk is full.
        ValueError: if the checksum differs, or the file is too large.
    """
    import pooch

    print(f"Downloading {url}", file=sys.stderr)
    name = re.sub(r"\W+", "-", url)[-100:]  # without path separators, to stay in the folder
    downloads = pooch.create(
        path=folder, base_url="", registry={name: sha256}, urls={name: url}, retry_if_failed=RETRIES
    )
    with _warnings_only(pooch.get_logger()):
        return downloads.fetch(name, downloader=_fetch)


@contextlib.contextmanager
def _warnings_only(logger):
    """Set a logger's level to WARNING within the block."""
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def _fetch(url, path, _):
    """Write a server's response to a file; a pooch downloader."""
    import requests
    import urllib3

    with requests.get(url, timeout=TIMEOUT, stream=True) as response:
        response.raise_for_status()
        try:
            with Path(path).open("wb") as file:
                _copy(response, file)
        except urllib3.exceptions.HTTPError as error:
            raise requests.ConnectionError(error) from error


def _copy(response, file):
    """Copy a response to a file, with a progress bar and limits of speed and size."""
    total = int(response.headers.get("Content-Length", 0))
    size = 0
    start = time.monotonic()
    with tqdm(total=total or None, unit="B", unit_scale=True) as bar:
        while chunk := response.raw.read1(CHUNK_SIZE, decode_content=True):  # does not block
            size += file.write(chunk)
            bar.update(len(chunk))
            seconds = time.monotonic() - start
            if seconds > GRACE_PERIOD and size < MIN_SPEED * seconds:
                raise TimeoutError(f"too slow: {size:,} bytes in {seconds:.0f} s")
            if size > MAX_SIZE:
                raise ValueError(f"a file must have at most {MAX_SIZE:,} bytes. Got more instead.")


def download_failure(error):
    """Return why a download failed, in one line of at most 300 characters.

    The messages of `requests` hold addresses and Python objects; its errors are put in words.
    """
    import requests
    import urllib3

    if isinstance(error, TimeoutError):
        return str(error)
    if isinstance(error, requests.RequestException):
        address = error.request.url if error.request is not None else ""
        server = urlsplit(address).hostname or "the server"
        if isinstance(error, requests.Timeout):
            return f"no response from {server} in time"
        if isinstance(error, requests.exceptions.SSLError):
            return f"no secure connection to {server}"
        if any(isinstance(part, urllib3.exceptions.MaxRetryError) for part in error.args):
            return f"no connection to {server}"
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"[:300]
