"""A run's files: whole or not at all, and never unpickled."""

import io
import os
import re
import shutil
import time
import zipfile
from pathlib import Path

import numpy as np

from mlcourse import files
from mlcourse.files import as_json, from_json
from mlcourse.histories import EpochLog, monitor_direction

FORMAT = 1
STATE, ARRAYS = "mlcourse.json", "mlcourse.npz"  # beside Keras's own members of a .keras file
RECORD = ("epoch", "seconds", "values")  # of a line of the history
CONFIG = ("epochs", "seed", "settings", "network")  # of run.json, among others


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


def read_config(path):
    """Returns the object in a `run.json`, if it is whole and of our version."""
    try:
        found = from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunUnreadable(f"{path} cannot be read: {error}") from error
    check_format(path, found)
    missing = [key for key in CONFIG if key not in found]
    if missing:
        raise RunUnreadable(f"{path} must have {', '.join(CONFIG)}. It lacks {missing[0]}.")
    monitor = found.get("monitor") or {}
    try:
        EpochLog(**monitor)
    except (TypeError, ValueError) as error:
        raise RunUnreadable(f"{path} has a monitor that cannot be: {monitor!r}") from error
    return found


def monitor_config(monitor, mode):
    """Return what `run.json` has of a monitor: None, or a dict whose mode is "min" or "max"."""
    sign = monitor_direction(monitor, mode)
    return {"monitor": monitor, "mode": "max" if sign > 0 else "min"} if sign else None


def read_lines(path):
    """Returns the records of a history, without a last line that is cut short."""
    try:
        return [{key: record[key] for key in RECORD} for record in files.read_lines(path)]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RunUnreadable(f"{path} has a line that is no epoch's: {error!r}") from error


def save_model(model, path, state, arrays):
    """Writes a model as Keras does, with a state and arrays beside it in the same file."""
    if time.localtime().tm_year < 1980:
        rule = "the clock must be right, as no Keras file can be dated before 1980"
        raise ValueError(f"{rule}. Got {time.ctime()} instead.")
    file = io.BytesIO()
    np.savez(file, **arrays)
    with files.beside(path) as part:
        model.save(part)
        with zipfile.ZipFile(part, "a") as archive:
            archive.writestr(STATE, as_json({"format": FORMAT, **state}))
            archive.writestr(ARRAYS, file.getvalue())


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


def own_objects(path):
    """Return the names of the classes and functions in a model's file that Keras does not know.

    These are neither Keras's own nor registered. Python code in a Lambda layer is "__lambda__".
    """
    with zipfile.ZipFile(path) as archive:
        config = from_json(archive.read("config.json"))
    return list(dict.fromkeys(_own_names(config)))


def _own_names(config):
    if isinstance(config, list):
        for one in config:
            yield from _own_names(one)
    if not isinstance(config, dict):
        return
    name, registered = config.get("class_name"), config.get("registered_name")
    if name == "function" and not _is_function_of_keras(config["config"]):
        name = registered = config["config"]
    elif name == "function":
        registered = None
    if name == "__lambda__" or (registered and not _is_registered(registered)):
        yield name
    yield from _own_names(list(config.values()))


def _is_function_of_keras(name):
    import keras

    return any(hasattr(module, name) for module in (keras.losses, keras.activations))


def _is_registered(name):
    import keras

    return keras.saving.get_registered_object(name) is not None


def copy(source, target):
    """Copies a file whole."""
    with files.beside(target) as part:
        shutil.copyfile(source, part)


def check_format(path, found):
    """Returns a file's object if it is of our version."""
    version = found.get("format") if isinstance(found, dict) else None
    if version != FORMAT:
        rule = f"{path} must be of version {FORMAT} of the format"
        raise RunUnreadable(f"{rule}. Got {version!r} instead; it is left as it is.")
    return found
