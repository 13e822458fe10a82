"""Datasets in the cache folder, and downloads into it."""

import contextlib
import logging
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

import filelock
import numpy as np
import platformdirs
from tqdm import tqdm

from mlcourse._core import files
from mlcourse.datasets.catalog import ARRAYS, Dataset, DatasetCorrupt, check


def folder():
    """Returns the cache folder: `MLCOURSE_DATA`, else the platform's cache folder for mlcourse.

    Who has no home, as in some containers, has it among the temporary files.

    Raises:
        ValueError: if something that is not a folder stands there.
    """
    named = os.environ.get("MLCOURSE_DATA")
    try:
        path = Path(named or platformdirs.user_cache_dir("mlcourse")).expanduser()
    except RuntimeError:
        path = Path(tempfile.gettempdir(), "mlcourse")
    if path.exists() and not path.is_dir():
        subject = "MLCOURSE_DATA must name" if named else "the data cache must be"
        raise ValueError(f"{subject} a folder. Got the file {path} instead.")
    return path


def path(entry):
    """Returns the path of the entry's file, whether or not it exists."""
    return folder() / f"{entry.name}.npz"


def read(entry):
    """Returns the Dataset in the entry's file, which passes every check each time that it is read.

    Raises:
        FileNotFoundError, PermissionError: if there is no such file, or none for us to read.
        DatasetCorrupt: if the file is cut short, damaged, or not this dataset.
    """
    source = path(entry)
    try:
        with np.load(source, allow_pickle=False) as file:
            arrays = {key: file[key] for key in ARRAYS if key in file}
            origin = str(file["source"]) if "source" in file else "a file put into the cache"
    except (FileNotFoundError, PermissionError):
        raise
    except Exception as error:  # a damaged file can make zipfile and NumPy raise anything
        raise DatasetCorrupt(
            f"{source} must be a whole .npz file of plain arrays. Reading it gave: {error}"
        ) from error
    check(entry, arrays)
    return Dataset(**arrays, class_names=entry.class_names, source=origin, name=entry.name)


def write(entry, dataset):
    """Writes the entry's file, as `files.beside` does: it is whole or it is not there."""
    target = path(entry)
    target.parent.mkdir(parents=True, exist_ok=True)
    arrays = {key: getattr(dataset, key) for key in ARRAYS}
    with files.atomic_write(target) as part:
        np.savez(part, **arrays, source=np.array(dataset.source))


@contextlib.contextmanager
def lock(entry):
    """Lets one process at a time fetch the entry's data.

    The system drops the lock of a process that dies, and the next one sweeps up after it.
    Where the lock cannot be written nothing is locked; the file itself is whole all the same.
    """
    try:
        held = _acquire(entry)
    except OSError:
        yield
        return
    with held:
        _sweep(entry)
        yield


def _acquire(entry):
    """Returns a lock that is held: as a context, it lets go at its end."""
    name = path(entry).with_name(f".{entry.name}.lock")
    name.parent.mkdir(parents=True, exist_ok=True)
    held = filelock.FileLock(name, mode=0o666)  # for others, too, where the folder is shared
    try:
        return held.acquire(timeout=1)
    except filelock.Timeout:
        print(f"Another process is fetching {entry.title}: waiting for it.", file=sys.stderr)
        return held.acquire()


def scratch_folder(entry):
    """Returns a temporary folder in the cache, where there is room for data, or in the system's."""
    try:
        return tempfile.TemporaryDirectory(prefix=_scratch(entry), dir=folder())
    except OSError:
        return tempfile.TemporaryDirectory(prefix=_scratch(entry))


def _sweep(entry):
    """Removes what a process that was killed has left: half a download, half a file."""
    files.remove_partial_files(folder(), f"{entry.name}.npz")
    for left in folder().glob(f"{_scratch(entry)}*"):
        shutil.rmtree(left, ignore_errors=True)


def _scratch(entry):
    return f".{entry.name}.fetch-"


TIMEOUT = (3, 20)  # seconds: to connect, and between two packets
RETRIES = 2
PATIENCE = 30  # seconds, after which a download must have been as quick as this on average:
SLOWEST = 2_000  # bytes a second
LARGEST = 2**30  # bytes, more than any dataset of ours has
CHUNK = 2**16  # bytes


def download(url, folder, sha256=None):
    """Returns the path of a file in `folder` that holds what `url` answered.

    Args:
        url: an http or https address.
        folder: an existing folder.
        sha256: the file's known SHA-256 sum, if there is one.

    Raises:
        OSError: if the server does not answer, cuts the line, says no, is far too slow, or the disk
            is full.
        ValueError: if the sum is another, or the file too large.
    """
    import pooch

    print(f"Downloading {url}", file=sys.stderr)
    name = re.sub(r"\W+", "-", url)[-100:]  # leads nowhere else, whatever the address says
    files = pooch.create(
        path=folder, base_url="", registry={name: sha256}, urls={name: url}, retry_if_failed=RETRIES
    )
    with _quiet(pooch.get_logger()):
        return files.fetch(name, downloader=_fetch)


@contextlib.contextmanager
def _quiet(logger):
    """Lets a logger pass warnings only, as long as its block lasts."""
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def _fetch(url, path, _):
    """Writes what a server answers to a file, as pooch asks for it."""
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
    total, size, start = int(response.headers.get("Content-Length", 0)), 0, time.monotonic()
    with tqdm(total=total or None, unit="B", unit_scale=True) as bar:
        while chunk := response.raw.read1(CHUNK, decode_content=True):  # what is there by now
            size += file.write(chunk)
            bar.update(len(chunk))
            seconds = time.monotonic() - start
            if seconds > PATIENCE and size < SLOWEST * seconds:
                raise TimeoutError(f"too slow: {size:,} bytes in {seconds:.0f} s")
            if size > LARGEST:
                raise ValueError(f"a file must have at most {LARGEST:,} bytes. Got more.")
