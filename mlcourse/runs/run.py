"""A run as it lies in its folder, to be looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mlcourse import checks
from mlcourse.histories import EpochLog
from mlcourse.runs import run_files
from mlcourse.runs.run_files import RunUnreadable

if TYPE_CHECKING:
    import keras


class Run:
    """A fit that is kept: its settings, its history, its models. Nothing is written.

    Attributes:
        name: the run's name.
        path: its folder.
        config: a dict: "settings", "network", "seed", "monitor", "environment" and when it was
            begun.
        log: the `mlcourse.histories.EpochLog` of its whole epochs, which is judged by the monitor
            that the fit was given.
        seconds: how long they took, in all.

    Raises:
        ValueError: if there is no such run.
        RunUnreadable: if one of its files is cut short, or of another version.

    Example:
        >>> Run("baseline").model("best").evaluate(x_test, y_test)  # doctest: +SKIP
    """

    def __init__(self, name: str) -> None:
        self.name = run_files.check_name(name)
        self.path = run_files.folder() / name
        if not (self.path / "run.json").exists():
            known = ", ".join(list_runs())
            rule = f"run must be one of {known}" if known else "run must be one that has begun"
            raise ValueError(f"{rule}, in {run_files.folder()}. Got {name!r} instead.")
        self.config = run_files.read_config(self.path / "run.json")
        self.log, self.seconds = EpochLog(**(self.config.get("monitor") or {})), 0.0
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
            which: "best", after the epoch with the best value (`EpochLog.best`), or "last".
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
        run_files.read_state(path)  # for the error that says what is wrong
        try:
            return keras.saving.load_model(path, custom_objects=custom_objects)
        except Exception as error:  # Keras has several for what it does not find
            raise ValueError(_cannot_load(path, custom_objects, error)) from error

    def __repr__(self):
        words = f"{self.log.last} of {self.config['epochs']} epochs", self.log.praise()
        return f"Run {self.name!r}: {' · '.join(filter(None, words))}"


def list_runs() -> list[str]:
    """Returns the names of the runs there are, the latest last.

    Example:
        >>> list_runs()  # doctest: +SKIP
        ['baseline', 'with dropout']
    """
    paths = run_files.folder().glob("*/run.json")
    return [path.parent.name for path in sorted(paths, key=lambda path: path.stat().st_mtime)]


def load(name: str) -> Run:
    """Returns the `Run` of that name.

    Example:
        >>> load("baseline").log.last  # doctest: +SKIP
        20
    """
    return Run(name)


def whole_epochs(path):
    """Returns the records of a run's whole epochs: those that its last model has behind it.

    A process that was killed may have left a line too few, or one that is cut short: that
    line stands in the model's own file as well.

    Raises:
        RunUnreadable: if more is missing than that.
    """
    model, best = path / "last.keras", path / "best.keras"
    if not model.exists():
        if best.exists() or run_files.read_lines(path / "history.jsonl"):
            raise RunUnreadable(f"{model} is missing, but not what was kept beside it.")
        return []
    last = run_files.read_state(model)[0]["record"]  # first: the lines before it are there by then
    records = run_files.read_lines(path / "history.jsonl")
    if last["epoch"] == 0:
        return []
    records = [record for record in records if record["epoch"] < last["epoch"]]
    if [record["epoch"] for record in records] != list(range(1, last["epoch"])):
        rule = f"{path / 'history.jsonl'} must have a line for each of {last['epoch']} epochs"
        raise RunUnreadable(f"{rule}. Got {len(records) + 1} instead; it is left as it is.")
    return [*records, last]


def _cannot_load(path, custom_objects, error):
    """Return why Keras cannot load a model, and what to do, in words."""
    own = run_files.own_objects(path)
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
