"""Runs in folders: their files, how they are listed, loaded and compared."""

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
        History(**monitor)
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
    with files.atomic_write(path) as part:
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
    with files.atomic_write(target) as part:
        shutil.copyfile(source, part)


def check_format(path, found):
    """Returns a file's object if it is of our version."""
    version = found.get("format") if isinstance(found, dict) else None
    if version != FORMAT:
        rule = f"{path} must be of version {FORMAT} of the format"
        raise RunUnreadable(f"{rule}. Got {version!r} instead; it is left as it is.")
    return found


pass


class TrainingRun:
    """A fit that is kept: its settings, its history, its models. Nothing is written.

    Attributes:
        name: the run's name.
        path: its folder.
        config: a dict: "settings", "network", "seed", "monitor", "environment" and when it was
            begun.
        log: the `mlcourse.history.History` of its whole epochs, which is judged by the monitor
            that the fit was given.
        seconds: how long they took, in all.

    Raises:
        ValueError: if there is no such run.
        RunUnreadable: if one of its files is cut short, or of another version.

    Example:
        >>> TrainingRun("baseline").model("best").evaluate(x_test, y_test)  # doctest: +SKIP
    """

    def __init__(self, name: str) -> None:
        self.name = check_name(name)
        self.path = folder() / name
        if not (self.path / "run.json").exists():
            known = ", ".join(list_runs())
            rule = f"run must be one of {known}" if known else "run must be one that has begun"
            raise ValueError(f"{rule}, in {folder()}. Got {name!r} instead.")
        self.config = read_config(self.path / "run.json")
        self.log, self.seconds = History(**(self.config.get("monitor") or {})), 0.0
        for record in whole_epochs(self.path):
            self.log.add(record["epoch"], record["values"])
            self.seconds += record["seconds"]

    @property
    def history(self) -> dict[str, list]:
        """A dict of names to values by epoch, as in Keras's own `History`."""
        return self.log.history

    def model(
        self, which: str = "best", custom_objects: Mapping[str, object] | None = None
    ) -> keras.Model:
        """Return a model that the run has saved.

        Args:
            which: "best", after the epoch with the best value (`History.best`), or "last".
            custom_objects: a dict of names to the classes and functions of your own that the model
                uses, as `keras.saving.load_model` takes it. Those that are registered with
                `keras.saving.register_keras_serializable` need not be named.

        Raises:
            ValueError: if there is no such model, or if it needs a class or function that is not
                named, or has a `Lambda` layer with code, which is never run. Then build the model
                as for its training, and call `model.load_weights(run.path / "best.keras")`.
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
        read_state(path)  # for the error that says what is wrong
        try:
            return keras.saving.load_model(path, custom_objects=custom_objects)
        except Exception as error:  # Keras has several for what it does not find
            raise ValueError(_cannot_load(path, custom_objects, error)) from error

    def __repr__(self):
        words = f"{self.log.last} of {self.config['epochs']} epochs", self.log.best_summary()
        return f"Run {self.name!r}: {' · '.join(filter(None, words))}"


def list_runs() -> list[str]:
    """Returns the names of the runs there are, the latest last.

    Example:
        >>> list_runs()  # doctest: +SKIP
        ['baseline', 'with dropout']
    """
    paths = folder().glob("*/run.json")
    return [path.parent.name for path in sorted(paths, key=lambda path: path.stat().st_mtime)]


def load(name: str) -> TrainingRun:
    """Returns the `Run` of that name.

    Example:
        >>> load("baseline").log.last  # doctest: +SKIP
        20
    """
    return TrainingRun(name)


def whole_epochs(path):
    """Returns the records of a run's whole epochs: those that its last model has behind it.

    A process that was killed may have left a line too few, or one that is cut short: that
    line stands in the model's own file as well.

    Raises:
        RunUnreadable: if more is missing than that.
    """
    model, best = path / "last.keras", path / "best.keras"
    if not model.exists():
        if best.exists() or read_lines(path / "history.jsonl"):
            raise RunUnreadable(f"{model} is missing, but not what was kept beside it.")
        return []
    last = read_state(model)[0]["record"]  # first: the lines before it are there by then
    records = read_lines(path / "history.jsonl")
    if last["epoch"] == 0:
        return []
    records = [record for record in records if record["epoch"] < last["epoch"]]
    if [record["epoch"] for record in records] != list(range(1, last["epoch"])):
        rule = f"{path / 'history.jsonl'} must have a line for each of {last['epoch']} epochs"
        raise RunUnreadable(f"{rule}. Got {len(records) + 1} instead; it is left as it is.")
    return [*records, last]


def _cannot_load(path, custom_objects, error):
    """Return why Keras cannot load a model, and what to do, in words."""
    own = own_objects(path)
    missing = [name for name in own if name not in (custom_objects or {})]
    if "__lambda__" in own:
        rule = (
            "the model must have no Lambda layer with Python code, which is never run from a file"
        )
        got = "one"
    elif missing:
        rule = f"custom_objects must have {', '.join(map(repr, missing))}, which the model uses"
        got = ", ".join(map(repr, custom_objects or ())) or "none"
    else:
        rule = "the model must be one that Keras can load"
        got = " ".join(str(error).split()).partition(". ")[0]  # the rest is its configuration
    how = f"or build it as for the training, and call model.load_weights({str(path)!r})"
    return f"{rule}; {how}. Got {got} instead."


HEAD = ["run", "parameters", "epochs", "seconds", "best", "in epoch", "value"]


class Comparison:
    """Several runs; a notebook shows them as a table.

    Attributes:
        runs: a `Run` each.
        rows: lists of text, under the names of `HEAD`.

    Example:
        >>> print(Comparison([]))
        run  parameters  epochs  seconds  best  in epoch  value
    """

    def __init__(self, runs: list[TrainingRun]) -> None:
        self.runs = runs
        self.rows = [_row(run) for run in runs]

    def plot(self, metrics: str | Sequence[str] | None = None, fig: Figure | None = None) -> Figure:
        """Draws their curves, a colour each, as `plot_history` does, and returns the Figure."""
        return plot_history({run.name: run for run in self.runs}, metrics=metrics, fig=fig)

    def __str__(self):
        return "\n".join(tables.as_lines(HEAD, self.rows))

    __repr__ = __str__

    def _repr_html_(self):
        return tables.as_html("Runs", HEAD, self.rows)


def compare(names: str | Sequence[str] | None = None) -> Comparison:
    """Returns a `Comparison` of runs.

    Args:
        names: of the runs, in the order they are to have; None for all there are.

    Raises:
        ValueError: if there is no such run, or none at all.
        RunUnreadable: if one has a file that is cut short, or of another version.

    Example:
        >>> compare(["baseline", "with dropout"]).plot()  # doctest: +SKIP
    """
    names = list_runs() if names is None else [names] if isinstance(names, str) else names
    if not names:
        raise ValueError(f"names must be of at least one run. Got {names!r} instead.")
    return Comparison([TrainingRun(name) for name in checks.texts("names", names)])


def _row(run):
    name, epoch, value = run.log.best() or ("", "", float("nan"))
    size = f"{run.config['network']['parameters']:,}"
    epochs = f"{run.log.last} of {run.config['epochs']}"
    best = [name, str(epoch), tables.number_text(value)]
    return [run.name, size, epochs, f"{run.seconds:.0f}", *best]
