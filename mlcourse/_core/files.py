"""Atomic file writes, JSON that supports NaN, and locks between processes."""

import contextlib
import errno
import json
import os
import secrets
import signal
import stat
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout


@contextmanager
def lock_folder(folder, error, timeout=0):
    """Lock a folder for the duration of a `with` block; create it and remove partial files first.

    Args:
        folder: path of the folder.
        error: exception to raise if another process holds the lock.
        timeout: seconds to wait for the lock.

    Raises:
        OSError: if the lock cannot be opened, for example because it is a link.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "lock", timeout=timeout)
    try:
        lock.acquire()
    except Timeout:
        raise error from None
    except OSError as reason:
        raise _not_written(reason, folder / "lock") from reason
    try:
        remove_partial_files(folder)
        yield
    finally:
        lock.release()


INTERRUPTS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


@contextmanager
def handle_interrupts(handler):
    """Handle Ctrl-C, SIGTERM and SIGHUP in a `with` block, in the main thread.

    A signal that the process ignores, as SIGHUP under `nohup`, is still ignored.

    Args:
        handler: `signal.SIG_IGN` to ignore them while a result is written, or
            `signal.default_int_handler` to raise KeyboardInterrupt.
    """
    previous = _interrupt_handlers()
    try:
        set_interrupt_handler(handler)
        yield
    finally:
        for number, former in previous.items():
            signal.signal(number, former)


def set_interrupt_handler(handler):
    """Handle Ctrl-C, SIGTERM and SIGHUP from now on, as in `handle_interrupts`."""
    for number in _interrupt_handlers():
        signal.signal(number, handler)


def _interrupt_handlers():
    """Return the handlers of those signals that the process does not ignore, by number.

    There are none outside the main thread, where Python does not set handlers.
    """
    if threading.current_thread() is not threading.main_thread():
        return {}
    handlers = {number: signal.getsignal(number) for number in INTERRUPTS}
    return {
        number: handler
        for number, handler in handlers.items()
        if handler not in (signal.SIG_IGN, None)
    }


NONFINITE = ("nan", "inf", "-inf")
PARTIAL_PREFIX = ".part-"


@contextlib.contextmanager
def atomic_write(path):
    """Yield a temporary path to write to; rename it to `path` when the block succeeds.

    Each writer has a temporary file of its own, with the suffix of `path`. It is new: in a folder
    that others can write to, nobody can put a link to another file in its place beforehand. If
    `path` is a link, it is replaced, not followed. The file is flushed to the disk before it is
    renamed, and removed if the block fails. If the process is killed, `remove_partial_files`
    removes it later.

    Args:
        path: path of the file.

    Raises:
        OSError: if the file cannot be written; the error names it.
    """
    path = Path(path)
    partial = path.with_name(f"{PARTIAL_PREFIX}{secrets.token_hex(4)}-{path.name}")
    try:
        partial.touch(exist_ok=False)
        yield partial
        with partial.open("r+b") as file:
            flush_to_disk(file)
        partial.replace(path)
    except OSError as error:
        raise _not_written(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def _not_written(error, path):
    """Return an OSError that names the file, from the error that its writer got."""
    reason = f"could not be written: {error.strerror or error}"
    return OSError(error.errno or errno.EIO, reason, str(path))


def open_itself(path, mode):
    """Open a text file to write to; a link to another file is not followed.

    Args:
        path: path of the file.
        mode: "w" or "a".

    Raises:
        OSError: if the file is a symbolic link, or cannot be written.
    """
    return open(path, mode, encoding="utf-8", opener=_without_links)


def _without_links(path, flags):
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


def remove_partial_files(folder, name="*"):
    """Remove partial files that killed processes have left in a folder.

    Call it only while you hold the folder's lock: it also removes the partial files of a writer
    that is still running.

    Args:
        folder: path of the folder.
        name: name of the complete file, or a glob pattern.
    """
    for partial in Path(folder).glob(f"{PARTIAL_PREFIX}*-{name}"):
        with contextlib.suppress(OSError):  # another user's file in a shared folder
            partial.unlink()


def check_regular(path):
    """Raise OSError if a path is missing, or is a pipe or a device, whose readers may wait forever.

    In a folder that others can write to, one may have the name of a file.
    """
    mode = Path(path).stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # for a folder, `open` has an error
        raise OSError(errno.EINVAL, "is not a file but a pipe or a device", str(path))


def check_unpacked_size(archive, limit):
    """Raise ValueError if the members of a zip archive, an open `ZipFile`, exceed `limit` bytes.

    A small file can hold zeros that fill the memory when they are unpacked.
    """
    size = sum(member.file_size for member in archive.infolist())
    if size > limit:
        raise ValueError(
            f"its unpacked size must be at most {limit:,} bytes. Got {size:,} instead."
        )


def read_text(path, encoding="utf-8"):
    """Return the text of a file, after `check_regular`."""
    check_regular(path)
    return Path(path).read_text(encoding=encoding)


def write_text(path, text):
    """Write a UTF-8 text file atomically; see `atomic_write`."""
    with atomic_write(path) as partial:
        partial.write_text(text, encoding="utf-8")


def write_state(path, version, state):
    """Write a dict as JSON, atomically, with the version of its format."""
    write_text(path, as_json({"format": version, **state}))


def read_state(path, version, keys):
    """Return the dict that `write_state` has written.

    Args:
        path: path of the file.
        version: version of the format that the caller can read.
        keys: names that the dict must have.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is damaged, or has another version of the format.
    """
    try:
        state = from_json(read_text(path))
    except ValueError as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    saved = state.pop("format", None) if isinstance(state, dict) else None
    if saved != version:
        rule = f"{path} must be of version {version} of the format"
        raise ValueError(f"{rule}. Got {saved!r} instead; the file is unchanged.")
    missing = [key for key in keys if key not in state]
    if missing:
        raise ValueError(f"{path} cannot be read: it has no {missing[0]}")
    return state


def append_line(path, record):
    """Append a record to a JSON Lines file, and flush it to the disk."""
    with open_itself(path, "a") as file:
        file.write(as_json(record) + "\n")
        flush_to_disk(file)


def read_lines(path):
    """Return the records of a JSON Lines file, without an incomplete last line.

    A missing file has no records.

    Raises:
        ValueError: if a line is not valid JSON.
    """
    if not path.exists():
        return []
    lines = read_text(path).split("\n")
    return [from_json(line) for line in lines[:-1]]


def as_json(value):
    """Return a value as one line of JSON, with NaN and infinities as strings.

    Standard JSON has no numbers for them. Arrays and tuples become lists, keys become strings.

    >>> as_json({"loss": float("nan"), "epoch": 1})
    '{"loss": "nan", "epoch": 1}'
    """
    return json.dumps(_to_plain_types(value), allow_nan=False)


def from_json(text):
    """Return the value that `as_json` has written, with lists for arrays and strings for keys.

    The strings "nan", "inf" and "-inf" become floats.

    Raises:
        ValueError: if the text is not valid JSON.

    >>> from_json('["nan", {"loss": "inf"}, "low"]')
    [nan, {'loss': inf}, 'low']
    """
    return _restore_nonfinite(parse_json(text, object_hook=_restore_nonfinite_values))


def parse_json(text, **options):
    """Return the value of a JSON text, as `json.loads` does.

    Raises:
        ValueError: if the text is not valid JSON, or has too many nested brackets for Python.
    """
    try:
        return json.loads(text, **options)
    except RecursionError:
        raise ValueError("it has too many nested brackets") from None


def read_json(path):
    """Return the value in a JSON file, after `check_regular`."""
    return parse_json(read_text(path))


def json_roundtrip(value):
    """Return the result of writing a value as JSON and reading it back."""
    return from_json(as_json(value))


def flush_to_disk(file):
    """Flush an open file's buffers, and wait until its content is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def _to_plain_types(value):
    """Return a value in the types that JSON supports: lists for arrays, strings for NaN."""
    if isinstance(value, dict):
        return {str(key): _to_plain_types(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _to_plain_types(value.tolist())
    if isinstance(value, list | tuple):
        return [_to_plain_types(item) for item in value]
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value


def _restore_nonfinite_values(dictionary):
    return {key: _restore_nonfinite(value) for key, value in dictionary.items()}


def _restore_nonfinite(value):
    """Return a value with floats for the strings "nan", "inf" and "-inf"."""
    if isinstance(value, list):
        return [_restore_nonfinite(item) for item in value]
    if isinstance(value, str) and value in NONFINITE:
        return float(value)
    return value
