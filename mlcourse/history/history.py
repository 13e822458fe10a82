"""The `History` class: values and epochs by metric, read from any source."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from os import PathLike
from pathlib import Path

import numpy as np

from mlcourse._core import checks, tables
from mlcourse.history import reading
from mlcourse.history.metrics import (
    base,
    direction,
    is_validation,
    monitor_candidates,
    monitor_direction,
    numbers,
)


class History:
    """Training history: the values and epochs of each metric.

    Each metric has its own list of epochs, because validation may run less often than training.

    Args:
        monitor: name of the metric that selects the best epoch; None for the default of `best`.
        mode: "min", "max", or "auto" for the direction of a loss or of a Keras metric.

    Attributes:
        monitor, mode: the arguments.
        history: dict of names to lists of values, as in Keras's `History`.
        epochs: dict of the same names to lists of epochs, counted from 1.

    Raises:
        ValueError: if the direction of the monitor is unknown, or the mode is invalid.

    >>> log = History()
    >>> log.add(1, {"loss": 0.5})
    >>> log.add(2, {"loss": 0.4, "val_loss": 0.6})
    >>> log.history, log.epochs
    ({'loss': [0.5, 0.4], 'val_loss': [0.6]}, {'loss': [1, 2], 'val_loss': [2]})
    """

    def __init__(self, *, monitor: str | None = None, mode: str = "auto") -> None:
        monitor_direction(monitor, mode)  # raises for invalid arguments
        self.monitor = monitor
        self.mode = mode
        self.history: dict[str, list] = {}
        self.epochs: dict[str, list[int]] = {}

    def add(self, epoch: int, values: Mapping[str, float]) -> None:
        """Add the values of an epoch, which counts from 1."""
        for name, value in values.items():
            self.history.setdefault(name, []).append(value)
            self.epochs.setdefault(name, []).append(epoch)

    @property
    def last(self) -> int:
        """Last epoch that has values; 0 for an empty history."""
        return max((epochs[-1] for epochs in self.epochs.values() if len(epochs)), default=0)

    def rows(self) -> Iterator[tuple[int, dict]]:
        """Yield (epoch, dict of its values) in the order of the epochs."""
        by_epoch: dict[int, dict] = {}
        for name, values in self.history.items():
            for epoch, value in zip(self.epochs[name], values, strict=True):
                by_epoch.setdefault(epoch, {})[name] = value
        yield from sorted(by_epoch.items())

    def best(
        self,
        metrics: Sequence[str] | None = None,
        *,
        monitor: str | None = None,
        mode: str = "auto",
    ) -> tuple[str, int, float] | None:
        """Return (name, epoch, value) of the best epoch, the first one of ties.

        Without a monitor, the best epoch is selected by the first validation metric that is a Keras
        metric, or else by the total validation loss; without validation, by the same training
        values. Values that are not numbers are ignored. Return None if no value is left, or if the
        monitor has no value yet.

        Args:
            metrics: names of the metrics to choose from, in addition to the losses; None for all.
            monitor: name of the metric to select by, as in Keras's `EarlyStopping`; None for the
                monitor of the history.
            mode: "min", "max", or "auto" for the direction of a loss or of a Keras metric.

        Raises:
            ValueError: if the history has no such monitor, or its direction is unknown.
        """
        if monitor is None and mode == "auto":
            monitor, mode = self.monitor, self.mode
        sign = monitor_direction(monitor, mode)
        if monitor is None:
            names = monitor_candidates(self.history, metrics)
        else:
            names = self._monitored(monitor)
        for name in names:
            values = numbers(self.history[name])
            if not np.isnan(values).all():
                index = int(np.nanargmax((sign or direction(name)) * values))
                return name, self.epochs[name][index], float(values[index])
        return None

    def best_summary(
        self,
        metrics: Sequence[str] | None = None,
        *,
        monitor: str | None = None,
        mode: str = "auto",
    ) -> str:
        """Return the best value as text, such as "best validation loss 0.5000 in epoch 2".

        Arguments and errors are those of `best`; without a best value the text is "".
        """
        best = self.best(metrics, monitor=monitor, mode=mode)
        if best is None:
            return ""
        name, epoch, value = best
        metric = base(name).replace("_", " ")
        if is_validation(name):
            metric = f"validation {metric}"
        return f"best {metric} {tables.number_text(value)} in epoch {epoch}"

    def with_monitor(self, monitor: str | None, mode: str = "auto") -> "History":
        """Return a history with the same values and another monitor."""
        log = History(monitor=monitor, mode=mode)
        log.history, log.epochs = self.history, self.epochs
        return log

    def _monitored(self, monitor):
        """Return [monitor], or [] as long as there are no validation values yet."""
        if not self.history or (monitor not in self.history and base(monitor) in self.history):
            return []
        return [checks.choice("monitor", monitor, self.history)]

    def divergence_message(self) -> str:
        """Return a text with the first epoch of a diverged loss; "" if the last loss is finite."""
        is_finite = np.isfinite(numbers(self.history.get("loss", [])))
        if not is_finite.size or is_finite[-1]:
            return ""
        first_nonfinite = np.flatnonzero(is_finite)[-1] + 1 if is_finite.any() else 0
        return f"the loss is not finite since epoch {self.epochs['loss'][first_nonfinite]}"

    def to_csv(self, path: str | PathLike) -> Path:
        """Write the history to a CSV file, one row per epoch and one column per name.

        An epoch without a value has an empty cell.

        Args:
            path: path of the file.

        Returns:
            The path.
        """
        rows = ([epoch, *map(values.get, self.history)] for epoch, values in self.rows())
        return tables.write_csv(path, ["epoch", *self.history], rows)


def as_history(source: object) -> History:
    """Return a training history in any form as a `History`.

    A column "epoch" of a table holds the epochs. They count from 0, as in Keras's `CSVLogger`, if
    one of them is 0, else from 1, as in our `to_csv`. Without this column the rows are epochs 1, 2,
    ... An empty cell, or NaN in a validation column of a table, means no value in that epoch.

    Args:
        source: a `History`; an object that has one (a `TrainingPlot`, a `TrainingRun`); Keras's
            `History`; a dict of names to values by epoch; a DataFrame, or the dict of its
            `to_dict`; a list of one dict per epoch; or the path of a .csv, .json or .jsonl file
            with one of these, as `CSVLogger`, `to_csv` and `json.dump` write them.

    Raises:
        ValueError: if the source is anything else, cannot be read, or has an epoch twice.

    Example:
        >>> as_history({"loss": [0.5, 0.4], "val_loss": [0.6]}).epochs["val_loss"]
        [2]
        >>> as_history({"epoch": [5, 6], "loss": [0.5, 0.4]}).epochs
        {'loss': [5, 6]}
    """
    for log in (source, getattr(source, "epoch_history", None), getattr(source, "log", None)):
        if isinstance(log, History):
            return log
    keras_history = getattr(source, "history", None)
    columns = keras_history if isinstance(keras_history, Mapping) else reading.columns(source)
    epochs = _epochs(columns, getattr(source, "epoch", []))
    log = History()
    for name, values in columns.items():
        if name == reading.EPOCH:
            continue
        metric_epochs = _metric_epochs(name, len(values), epochs)
        if metric_epochs is None:
            continue
        pairs = [
            (epoch, value)
            for epoch, value in zip(metric_epochs, values, strict=True)
            if value is not reading.NO_VALUE
        ]
        pairs.sort(key=itemgetter(0))
        log.epochs[name] = [epoch for epoch, _ in pairs]
        log.history[name] = [value for _, value in pairs]
    return log


def _epochs(columns, keras_epochs):
    """Return the epochs of a table's rows, counted from 1.

    Args:
        columns: dict of names to values, with or without the column "epoch".
        keras_epochs: attribute `epoch` of Keras's `History`, counted from 0; [] elsewhere.
    """
    if reading.EPOCH in columns:
        return reading.epochs(columns[reading.EPOCH])
    n_rows = max(map(len, columns.values()), default=0)
    if len(keras_epochs) == n_rows:
        return [epoch + 1 for epoch in keras_epochs]
    return list(range(1, n_rows + 1))


def as_histories(sources: object) -> dict[str, History]:
    """Return several training histories as a dict of names to `History` objects.

    Args:
        sources: a dict of names to sources for `as_history`, a list of sources, or one source. In a
            list, the name is the source's `name` or `title`, the stem of a file, or else "run 1",
            "run 2", ...

    Raises:
        ValueError: as in `as_history`.

    Example:
        >>> list(as_histories([{"loss": [0.5]}, {"loss": [0.4]}]))
        ['run 1', 'run 2']
    """
    if isinstance(sources, Mapping) and not reading.is_table(sources):
        return {str(name): as_history(source) for name, source in sources.items()}
    if not isinstance(sources, list | tuple) or reading.is_table(sources):
        sources = [sources]
    names = [_name(source) for source in sources]
    has_duplicates = len(set(names)) < len(names)
    histories = {}
    for number, (name, source) in enumerate(zip(names, sources, strict=True), start=1):
        key = f"run {number}" if has_duplicates or not name else name
        histories[key] = as_history(source)
    return histories


def _name(source):
    """Return the name of a source: its `name`, its `title`, or the stem of a path; else ""."""
    if isinstance(source, str | PathLike):
        return Path(source).stem
    for attribute in ("name", "title"):
        name = getattr(source, attribute, "")
        if isinstance(name, str) and name:
            return name
    return ""


def _metric_epochs(name, n_values, epochs):
    """Return the epochs of a metric's values; None, with a warning, if they are unknown.

    If validation runs every second or every third epoch, Keras stores only the values. Their number
    determines the interval, because Keras validates in multiples of `validation_freq`.

    Args:
        name: name of the metric.
        n_values: number of its values.
        epochs: list of all epochs of the history, counted from 1.
    """
    if n_values in (0, len(epochs)):
        return epochs[:n_values]
    first = epochs[0]
    stop = epochs[-1] + 1
    multiples = {range(first + -first % step, stop, step) for step in range(1, stop)}
    matching = [candidate for candidate in multiples if len(candidate) == n_values]
    if len(matching) == 1:
        return list(matching[0])
    rule = f"{name} must have a value for each of the {len(epochs)} epochs"
    hint = "or the source must store epochs, such as a TrainingPlot"
    warnings.warn(f"{rule}, {hint}. Got {n_values} values instead.", stacklevel=4)
    return None
