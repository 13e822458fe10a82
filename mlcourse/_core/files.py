"""Files written whole or not at all, and locks between processes."""

import contextlib
import errno
import json
import os
import secrets
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout


@contextmanager
def held(folder, busy, patience=0):
    """Holds a folder as long as its block lasts, once it is there and swept.

    Args:
        folder: its path.
        busy: the error to raise if another process holds it.
        patience: seconds to wait for that one to let go.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "lock", timeout=patience)
    try:
        lock.acquire()
    except Timeout:
        raise busy from None
    try:
        remove_partial_files(folder)
        yield
    finally:
        lock.release()


NOT_FINITE = ("nan", "inf", "-inf")
PART = ".part-"  # begins the name of what is not whole yet


@contextlib.contextmanager
def atomic_write(path):
    """Gives the path of a part to be written, which then, once on the disk, is renamed to `path`.

    Each writer has a part of its own, whose name ends like that of the file. One that does not
    become whole is removed; if the process is killed, `sweep` does that.

    Raises:
        OSError: if it cannot be written; it names the file.
    """
    path = Path(path)
    part = path.with_name(f"{PART}{secrets.token_hex(4)}-{path.name}")
    try:
        yield part
        with part.open("r+b") as file:
            to_disk(file)
        part.replace(path)
    except OSError as error:
        why = f"could not be written: {error.strerror or error}"
        raise OSError(error.errno or errno.EIO, why, str(path)) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def remove_partial_files(folder, name="*"):
    """Removes the parts of files of a name that killed processes have left; for who holds a lock.

    Args:
        folder: of the files.
        name: of one of them, or a pattern.
    """
    for part in Path(folder).glob(f"{PART}*-{name}"):
        with contextlib.suppress(OSError):  # somebody else's, in a folder that is shared
            part.unlink()


def write_text(path, text):
    """Writes a text file whole or not at all, as `beside` does."""
    with atomic_write(path) as part:
        part.write_text(text, encoding="utf-8")


def append_line(path, record):
    """Appends a record to a file of a JSON object a line."""
    with path.open("a", encoding="utf-8") as file:
        file.write(as_json(record) + "\n")
        to_disk(file)


def read_lines(path):
    """Returns the records of such a file, without a last line that is cut short.

    Raises:
        ValueError: for a line that is no JSON.
    """
    *lines, _ = path.read_text(encoding="utf-8").split("\n") if path.exists() else [""]
    return [from_json(line) for line in lines]


def as_json(value):
    """Returns JSON in one line, in which what is not finite is text, as JSON has no number for it.

    >>> as_json({"loss": float("nan"), "epoch": 1})
    '{"loss": "nan", "epoch": 1}'
    """
    return json.dumps(_as_json(value), allow_nan=False)


def from_json(text):
    """Returns what `as_json` was given, with lists for arrays and tuples, and texts for keys.

    A text that is "nan", "inf" or "-inf" is taken for the number.

    Raises:
        ValueError: for what is no JSON.

    >>> from_json('["nan", {"loss": "inf"}, "low"]')
    [nan, {'loss': inf}, 'low']
    """
    return _number(json.loads(text, object_hook=_revived))


def plain(value):
    """Returns a value as it is after it was written as JSON and read."""
    return from_json(as_json(value))


def to_disk(file):
    """Waits until a file's content is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def _as_json(value):
    """Returns a value as JSON has it: arrays as lists, what is not finite as text."""
    if isinstance(value, dict):
        return {str(key): _as_json(one) for key, one in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _as_json(value.tolist())
    if isinstance(value, list | tuple):
        return [_as_json(one) for one in value]
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value


def _revived(found):
    return {key: _number(value) for key, value in found.items()}


def _number(value):
    if isinstance(value, list):
        return [_number(one) for one in value]
    return float(value) if isinstance(value, str) and value in NOT_FINITE else value
