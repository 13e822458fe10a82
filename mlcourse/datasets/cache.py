"""The folder where datasets are kept, one `<name>.npz` each: read, written whole, locked."""

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

import filelock
import numpy as np
import platformdirs

from mlcourse import files
from mlcourse.datasets.dataset import ARRAYS, Dataset, DatasetCorrupt, check


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
    with files.beside(target) as part:
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
    files.sweep(folder(), f"{entry.name}.npz")
    for left in folder().glob(f"{_scratch(entry)}*"):
        shutil.rmtree(left, ignore_errors=True)


def _scratch(entry):
    return f".{entry.name}.fetch-"
