"""A run's files: whole or not at all, and never unpickled."""

import io
import json
import os
import re
import shutil
import zipfile
from pathlib import Path

import numpy as np

FORMAT = 1
STATE, ARRAYS = "mlcourse.json", "mlcourse.npz"  # beside Keras's own members of a .keras file
RECORD = ("epoch", "seconds", "values")  # of a line of the history
CONFIG = ("epochs", "seed", "settings", "network")  # of run.json, among others
NOT_FINITE = ("nan", "inf", "-inf")


class RunUnreadable(Exception):
    """A run has a file that is missing, cut short, changed, or of another version."""


def folder():
    """Returns the folder of all runs: that which `MLCOURSE_RUNS` names, or else `runs`."""
    return Path(os.environ.get("MLCOURSE_RUNS") or "runs")


def check_name(name):
    """Returns a run's name if a folder can have it."""
    if not isinstance(name, str) or not re.fullmatch(r"\w[\w .,+=()-]*(?<![ .])", name):
        rule = "run must be a name of letters, digits, spaces and . , + - = ( ) that begins with"
        raise ValueError(f"{rule} a letter or a digit. Got {name!r} instead.")
    return name


def write_text(path, text):
    """Writes a text file whole: beside its name, to the disk, then renamed."""
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        _to_disk(file)
    part.replace(path)


def append_line(path, record):
    """Appends a record to a file of a JSON object a line."""
    with path.open("a", encoding="utf-8") as file:
        file.write(as_json(record) + "\n")
        _to_disk(file)


def as_json(value):
    """Returns JSON in one line, in which what is not finite is text, as JSON has no number for it.

    >>> as_json({"loss": float("nan"), "epoch": 1})
    '{"loss": "nan", "epoch": 1}'
    """
    return json.dumps(_plain(value), allow_nan=False)


def from_json(text):
    """Returns what `as_json` was given; raises ValueError for what is no JSON."""
    return json.loads(text, object_hook=_revived)


def read_config(path):
    """Returns the object in a `run.json`, if it is whole and of our version."""
    try:
        found = from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunUnreadable(f"{path} cannot be read: {error}") from error
    missing = [key for key in CONFIG if key not in check_format(path, found)]
    if missing:
        raise RunUnreadable(f"{path} must have {', '.join(CONFIG)}. It lacks {missing[0]}.")
    return found


def read_lines(path):
    """Returns the records of a history, without a last line that is cut short."""
    try:
        *lines, _ = path.read_text(encoding="utf-8").split("\n") if path.exists() else [""]
        records = [from_json(line) for line in lines]
        return [{key: record[key] for key in RECORD} for record in records]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RunUnreadable(f"{path} has a line that is no epoch's: {error!r}") from error


def save_model(model, path, state, arrays):
    """Writes a model as Keras does, with a state and arrays beside it in the same file."""
    part = path.with_name(f".{path.stem}.part.keras")
    model.save(part)
    with zipfile.ZipFile(part, "a") as archive:
        archive.writestr(STATE, as_json({"format": FORMAT, **state}))
        file = io.BytesIO()
        np.savez(file, **arrays)
        archive.writestr(ARRAYS, file.getvalue())
    with part.open("r+b") as file:
        _to_disk(file)
    part.replace(path)


def read_state(path):
    """Returns the state and the arrays in a model's file, once all of the file is found whole."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            if damaged:
                raise zipfile.BadZipFile(f"{damaged} is damaged")
            state = from_json(archive.read(STATE))
            with np.load(io.BytesIO(archive.read(ARRAYS)), allow_pickle=False) as arrays:
                found = dict(arrays)
    except Exception as error:  # a damaged archive can fail in a dozen ways
        raise RunUnreadable(f"{path} cannot be read: {error}") from error
    return check_format(path, state), found


def copy(source, target):
    """Copies a file whole."""
    part = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, part)
    with part.open("r+b") as file:
        _to_disk(file)
    part.replace(target)


def check_format(path, found):
    """Returns a file's object if it is of our version."""
    version = found.get("format") if isinstance(found, dict) else None
    if version != FORMAT:
        rule = f"{path} must be of version {FORMAT} of the format"
        raise RunUnreadable(f"{rule}. Got {version!r} instead; it is left as it is.")
    return found


def _to_disk(file):
    file.flush()
    os.fsync(file.fileno())


def _plain(value):
    """Returns a value as JSON has it: arrays as lists, what is not finite as text."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value


def _revived(found):
    return {key: _number(value) for key, value in found.items()}


def _number(value):
    if isinstance(value, list):
        return [_number(one) for one in value]
    return float(value) if isinstance(value, str) and value in NOT_FINITE else value
