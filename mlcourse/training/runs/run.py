"""Runs in folders: read their files, list, load and compare them."""

from __future__ import annotations

import io
import os
import re
import shutil
import time
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mlcourse._core import checks, files, tables
from mlcourse._core.files import as_json, from_json
from mlcourse.figures.training.history import plot_history
from mlcourse.history import History, monitor_direction

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

FORMAT = 1
STATE = "mlcourse.json"  # a member of the .keras archive, in addition to Keras's
ARRAYS = "mlcourse.npz"  # another one
RECORD_KEYS = ("epoch", "seconds", "values")  # of a line of the history
CONFIG_KEYS = ("epochs", "seed", "settings", "network")  # required in run.json
MAX_RATIO = 10  # of a model's file, unpacked; Keras does not compress it
HEAD = ["run", "parameters", "epochs", "seconds", "best", "in epoch", "value"]


class RunUnreadable(Exception):
    """A file of a run is missing, damaged, or of another version."""


def folder():
    """Return the folder of all runs: that of `MLCOURSE_RUNS`, by default `runs`."""
    return Path(os.environ.get("MLCOURSE_RUNS") or "runs")


def check_name(name):
    """Return the name of a run; raise ValueError if a folder cannot have it."""
    if not isinstance(name, str) or not re.fullmatch(r"\w[\w .,+=()-]*(?<![ .])", name):
        rule = "run must be a name of letters, digits, spaces and . , + - = ( ) that begins with"
        raise ValueError(f"{rule} a letter or a digit. Got {name!r} instead.")
    return name


def read_config(path):
    """Return the content of a `run.json`, a dict; raise RunUnreadable if it is damaged."""
    try:
        config = from_json(files.read_text(path))
    except (OSError, ValueError) as error:
        raise RunUnreadable(f"{path} cannot be read: {error}") from error
    check_format(path, config)
    for key in CONFIG_KEYS:
        if key not in config:
            raise RunUnreadable(f"{path} must have {', '.join(CONFIG_KEYS)}. It lacks {key}.")
    monitor = config.get("monitor") or {}
    try:
        History(**monitor)
    except (TypeError, ValueError) as error:
        raise RunUnreadable(f"{path} has an invalid monitor: {monitor!r}") from error
    return config


def monitor_config(monitor, mode):
    """Return the monitor for `run.json`: None, or a dict whose mode is "min" or "max"."""
    sign = monitor_direction(monitor, mode)
    return {"monitor": monitor, "mode": "max" if sign > 0 else "min"} if sign else None


def read_lines(path):
    """Return the records of a history file, without a truncated last line."""
    try:
        return [{key: record[key] for key in RECORD_KEYS} for record in files.read_lines(path)]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RunUnreadable(f"{path} has a line that is not an epoch: {error!r}") from error


def save_model(model, path, state, arrays):
    """Save a model as Keras does, with a state and arrays as further members of the file."""
    if time.localtime().tm_year < 1980:
        rule = "the clock must be right, as no Keras file can be dated before 1980"
        raise ValueError(f"{rule}. Got {time.ctime()} instead.")
    file = io.BytesIO()
    np.savez(file, **arrays)
    with files.atomic_write(path) as part:
        model.save(part)
        with zipfile.ZipFile(part, "a") as archive:
            archive.writestr(STATE, as_json({"format": FORMAT, **state}))
            archive.writestr(ARRAYS, file.getvalue())


def read_state(path):
    """Return the state and the arrays of a model's file; raise RunUnreadable if it is damaged."""
    try:
        files.check_regular(path)
        with zipfile.ZipFile(path) as archive:
            files.check_unpacked_size(archive, MAX_RATIO * Path(path).stat().st_size)
            damaged = archive.testzip()
            if damaged:
                raise zipfile.BadZipFile(f"{damaged} is damaged")
            state = from_json(archive.read(STATE))
            with np.load(io.BytesIO(archive.read(ARRAYS)), allow_pickle=False) as arrays:
                arrays = dict(arrays)
    except MemoryError:  # the file may be valid
        raise
    except Exception as error:  # many types, for a damaged archive
        raise RunUnreadable(f"{path} cannot be read: {error}") from error
    return check_format(path, state), arrays


def custom_names(path):
    """Return the names of the classes and functions in a model's file that Keras cannot load.

    These are neither Keras's own nor registered. Python code in a Lambda layer is "__lambda__".
    """
    with zipfile.ZipFile(path) as archive:
        config = from_json(archive.read("config.json"))
    return list(dict.fromkeys(_custom_names(config)))


def _custom_names(config):
    """Yield the custom names in a configuration, or in a part of it."""
    if isinstance(config, list):
        for item in config:
            yield from _custom_names(item)
    if not isinstance(config, dict):
        return
    name = config.get("class_name")
    registered = config.get("registered_name")
    if name == "function":
        function = config["config"]
        registered = None
        if not _is_keras_function(function):
            name = function
            registered = function
    if name == "__lambda__" or (registered and not _is_registered(registered)):
        yield name
    yield from _custom_names(list(config.values()))


def _is_keras_function(name):
    import keras

    return any(hasattr(module, name) for module in (keras.losses, keras.activations))


def _is_registered(name):
    import keras

    return keras.saving.get_registered_object(name) is not None


def copy(source, target):
    """Copy a file atomically."""
    with files.atomic_write(target) as part:
        shutil.copyfile(source, part)


def check_format(path, content):
    """Return the content of a file; raise RunUnreadable if it has another version."""
    version = content.get("format") if isinstance(content, dict) else None
    if version != FORMAT:
        rule = f"{path} must be of version {FORMAT} of the format"
        raise RunUnreadable(f"{rule}. Got {version!r} instead; the file is unchanged.")
    return content


class TrainingRun:
    """A saved fit: its settings, its history, its models. It is read-only.

    Attributes:
        name: name of the run.
        path: folder of the run.
        config: a dict: "settings", "network", "seed", "monitor", "environment" and the date
            "begun".
        log: the `mlcourse.history.History` of its complete epochs, with the monitor of the fit.
        seconds: total duration of the epochs.

    Raises:
        ValueError: if there is no such run.
        RunUnreadable: if a file is damaged, or of another version.

    Example:
        >>> TrainingRun("baseline").model("best").evaluate(x_test, y_test)  # doctest: +SKIP
    """

    def __init__(self, name: str) -> None:
        self.name = check_name(name)
        self.path = folder() / name
        if not (self.path / "run.json").exists():
            names = ", ".join(list_runs())
            rule = f"run must be one of {names}" if names else "run must be a saved run"
            raise ValueError(f"{rule}, in {folder()}. Got {name!r} instead.")
        self.config = read_config(self.path / "run.json")
        self.log = History(**(self.config.get("monitor") or {}))
        self.seconds = 0.0
        for record in complete_epochs(self.path):
            self.log.add(record["epoch"], record["values"])
            self.seconds += record["seconds"]

    @property
    def history(self) -> dict[str, list]:
        """A dict of names to values by epoch, as in Keras's `History`."""
        return self.log.history

    def model(
        self, which: str = "best", custom_objects: Mapping[str, object] | None = None
    ) -> keras.Model:
        """Load a saved model.

        Args:
            which: "best", after the epoch with the best value (`History.best`), or "last".
            custom_objects: a dict of names to the classes and functions of your own that the model
                uses, as for `keras.saving.load_model`. Those that are registered with
                `keras.saving.register_keras_serializable` are not needed here.

        Raises:
            ValueError: if there is no such model, or if it needs a class or function that is not
                in custom_objects, or has a `Lambda` layer with code, which is never run. Then
                build the model as for its training, and call
                `model.load_weights(run.path / "best.keras")`.
            RunUnreadable: if the file is damaged.
        """
        import keras

        checks.choice("which", which, ("best", "last"))
        if not isinstance(custom_objects, Mapping | None):
            rule = "custom_objects must be a dict of names to classes and functions"
            raise ValueError(f"{rule}. Got {custom_objects!r} instead.")
        path = self.path / f"{which}.keras"
        if not path.exists():
            raise ValueError(f"which must be a model that the run has. Got {which!r} instead.")
        read_state(path)  # for a clearer error than Keras's
        try:
            return keras.saving.load_model(path, custom_objects=custom_objects)
        except Exception as error:  # of several types
            raise ValueError(_loading_message(path, custom_objects, error)) from error

    def __repr__(self):
        parts = [f"{self.log.last} of {self.config['epochs']} epochs", self.log.best_summary()]
        return tables.terminal_text(f"Run {self.name!r}: {' · '.join(filter(None, parts))}")


def list_runs() -> list[str]:
    """Return the names of all runs, the latest last.

    Example:
        >>> list_runs()  # doctest: +SKIP
        ['baseline', 'with dropout']
    """
    paths = folder().glob("*/run.json")
    return [path.parent.name for path in sorted(paths, key=lambda path: path.stat().st_mtime)]


def load(name: str) -> TrainingRun:
    """Load a run by its name.

    Example:
        >>> load("baseline").log.last  # doctest: +SKIP
        20
    """
    return TrainingRun(name)


def complete_epochs(path):
    """Return the records of a run's complete epochs, those of its last model.

    After a kill, the last line of the history may be missing or truncated: the model's file has
    the same record.

    Raises:
        RunUnreadable: if more is missing than that.
    """
    model = path / "last.keras"
    if not model.exists():
        if (path / "best.keras").exists() or read_lines(path / "history.jsonl"):
            raise RunUnreadable(f"{model} is missing, but other files of the run exist.")
        return []
    last = read_state(model)[0]["record"]  # read first: all earlier lines exist by then
    records = read_lines(path / "history.jsonl")
    if last["epoch"] == 0:
        return []
    records = [record for record in records if record["epoch"] < last["epoch"]]
    if [record["epoch"] for record in records] != list(range(1, last["epoch"])):
        rule = f"{path / 'history.jsonl'} must have a line for each of {last['epoch']} epochs"
        raise RunUnreadable(f"{rule}. Got {len(records) + 1} instead; the file is unchanged.")
    return [*records, last]


def _loading_message(path, custom_objects, error):
    """Return the reason why Keras cannot load a model, and the remedy, as text."""
    names = custom_names(path)
    missing = [name for name in names if name not in (custom_objects or {})]
    if "__lambda__" in names:
        rule = "the model must have no Lambda layer with Python code, which is never run from a"
        rule += " file"
        got = "one"
    elif missing:
        rule = f"custom_objects must have {', '.join(map(repr, missing))}, which the model uses"
        got = ", ".join(map(repr, custom_objects or ())) or "none"
    else:
        rule = "Keras must be able to load the model"
        got = " ".join(str(error).split()).partition(". ")[0]  # the rest is its configuration
    remedy = f"or build it as for the training, and call model.load_weights({str(path)!r})"
    return f"{rule}; {remedy}. Got {got} instead."


class Comparison:
    """Several runs; a notebook shows them as a table.

    Attributes:
        runs: a list of `TrainingRun`.
        rows: a list of rows of text, with the columns of `HEAD`.

    Example:
        >>> print(Comparison([]))
        run  parameters  epochs  seconds  best  in epoch  value
    """

    def __init__(self, runs: list[TrainingRun]) -> None:
        self.runs = runs
        self.rows = [_row(run) for run in runs]

    def plot(self, metrics: str | Sequence[str] | None = None, fig: Figure | None = None) -> Figure:
        """Plot the learning curves of all runs by `plot_history`, and return the Figure."""
        return plot_history({run.name: run for run in self.runs}, metrics=metrics, fig=fig)

    def __str__(self):
        return "\n".join(tables.as_lines(HEAD, self.rows))

    __repr__ = __str__

    def _repr_html_(self):
        return tables.as_html("Runs", HEAD, self.rows)


def compare(names: str | Sequence[str] | None = None) -> Comparison:
    """Return a `Comparison` of runs.

    Args:
        names: names of the runs, in the order of the table; None for all.

    Raises:
        ValueError: if there is no such run, or none at all.
        RunUnreadable: if a file is damaged, or of another version.

    Example:
        >>> compare(["baseline", "with dropout"]).plot()  # doctest: +SKIP
    """
    if names is None:
        names = list_runs()
    if isinstance(names, str):
        names = [names]
    if not names:
        raise ValueError(f"names must have at least one run. Got {names!r} instead.")
    return Comparison([TrainingRun(name) for name in checks.texts("names", names)])


def _row(run):
    name, epoch, value = run.log.best() or ("", "", float("nan"))
    parameters = f"{run.config['network']['parameters']:,}"
    epochs = f"{run.log.last} of {run.config['epochs']}"
    best = [name, str(epoch), tables.number_text(value)]
    return [run.name, parameters, epochs, f"{run.seconds:.0f}", *best]
