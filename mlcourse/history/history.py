"""The values of a fit by name, with the epoch of each, from whatever keeps them."""

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
    candidates,
    direction,
    is_validation,
    monitor_direction,
    numbers,
)


class History:
    """The values of a fit by name, with the epoch of each.

    Validation may come less often than training, so each name has epochs of its own.

    Args:
        monitor: the name of the value that the fit is judged by; None for the choice of `best`.
        mode: "min", "max", or "auto" for the direction of a loss or of a metric of Keras.

    Attributes:
        monitor, mode: see above.
        history: a dict of names to values, as Keras's `History` has it.
        epochs: a dict of the same names to the values' epochs, counted from 1.

    Raises:
        ValueError: for a monitor whose direction is unknown, or a mode that is none of these.

    >>> log = History()
    >>> log.add(1, {"loss": 0.5})
    >>> log.add(2, {"loss": 0.4, "val_loss": 0.6})
    >>> log.history, log.epochs
    ({'loss': [0.5, 0.4], 'val_loss': [0.6]}, {'loss': [1, 2], 'val_loss': [2]})
    """

    def __init__(self, *, monitor: str | None = None, mode: str = "auto") -> None:
        monitor_direction(monitor, mode)
        self.monitor, self.mode = monitor, mode
        self.history: dict[str, list] = {}
        self.epochs: dict[str, list[int]] = {}

    def add(self, epoch: int, values: Mapping[str, float]) -> None:
        """Adds an epoch's values."""
        for name, value in values.items():
            self.history.setdefault(name, []).append(value)
            self.epochs.setdefault(name, []).append(epoch)

    @property
    def last(self) -> int:
        """The last epoch that has values; 0 before the first."""
        return max((epochs[-1] for epochs in self.epochs.values() if len(epochs)), default=0)

    def rows(self) -> Iterator[tuple[int, dict]]:
        """Yields (epoch, its values by name), from the first epoch on."""
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
        """Return (name, epoch, value) of the best epoch, the first one of equals.

        Without a monitor this is the best by the first validation metric that is a metric of
        Keras's own, or else by the total validation loss; without validation by the same of the
        training. Values that are not numbers do not count. None if no value is left, or if the
        monitor has no value yet.

        Args:
            metrics: names of the metrics to choose from, beside the losses; None for all.
            monitor: the name of the value to judge by, as in Keras's `EarlyStopping`; None for
                that of the log.
            mode: "min", "max", or "auto" for the direction of a loss or of a metric of Keras.

        Raises:
            ValueError: for a monitor that is not in the history, or whose direction is unknown.
        """
        if monitor is None and mode == "auto":
            monitor, mode = self.monitor, self.mode
        sign = monitor_direction(monitor, mode)
        if monitor is None:
            names = candidates(self.history, metrics)
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
        """Return the best value in words, such as "best validation loss 0.5000 in epoch 2".

        Args and errors as of `best`; "" if nothing is best.
        """
        best = self.best(metrics, monitor=monitor, mode=mode)
        if best is None:
            return ""
        name, epoch, value = best
        words = "validation " * is_validation(name) + base(name).replace("_", " ")
        return f"best {words} {tables.number_text(value)} in epoch {epoch}"

    def with_monitor(self, monitor: str | None, mode: str = "auto") -> "History":
        """Return a log of the same values that is judged by another monitor."""
        log = History(monitor=monitor, mode=mode)
        log.history, log.epochs = self.history, self.epochs
        return log

    def _monitored(self, monitor):
        """Return a list of the monitor's name, without it as long as validation has not come."""
        if not self.history or (monitor not in self.history and base(monitor) in self.history):
            return []
        return [checks.choice("monitor", monitor, self.history)]

    def divergence_message(self) -> str:
        """Returns since when the loss is no number, in words; "" if it is one."""
        known = np.isfinite(numbers(self.history.get("loss", [])))
        if not known.size or known[-1]:
            return ""
        since = np.flatnonzero(known)[-1] + 1 if known.any() else 0
        return f"the loss is no number since epoch {self.epochs['loss'][since]}"

    def to_csv(self, path: str | PathLike) -> Path:
        """Writes a line an epoch, a column a name, beside the file's name, then renames it.

        What an epoch has no value for stays empty.

        Returns:
            The path.
        """
        rows = ([epoch, *map(values.get, self.history)] for epoch, values in self.rows())
        return tables.write_csv(path, ["epoch", *self.history], rows)


def as_history(source: object) -> History:
    """Return the `History` of a history in any form.

    A column "epoch" of a table holds the epochs: counted from 0, as Keras's `CSVLogger` does, if
    one of them is 0, else from 1, as our `to_csv` does. Without it the rows are epochs 1, 2, ...
    An empty cell is no value in that epoch; NaN in a validation column of a table is none either.

    Args:
        source: an `History`, an object that has one (a `TrainingPlot`, a `Run`), Keras's
            `History`, a dict of names to values by epoch, a DataFrame (or the dict that its
            `to_dict` returns), a list of a dict for each epoch, or the path of a .csv, .json or
            .jsonl file with one of these, such as `CSVLogger`, `to_csv` and `json.dump` write.

    Raises:
        ValueError: for anything else, a file that cannot be read, or an epoch that comes twice.

    Example:
        >>> as_history({"loss": [0.5, 0.4], "val_loss": [0.6]}).epochs["val_loss"]
        [2]
        >>> as_history({"epoch": [5, 6], "loss": [0.5, 0.4]}).epochs
        {'loss': [5, 6]}
    """
    for log in (source, getattr(source, "as_history", None), getattr(source, "log", None)):
        if isinstance(log, History):
            return log
    history = getattr(source, "history", None)  # Keras's own
    columns = history if isinstance(history, Mapping) else reading.columns(source)
    length = max(map(len, columns.values()), default=0)
    if reading.EPOCH in columns:
        epochs = reading.epochs(columns[reading.EPOCH])
    else:
        epochs = [epoch + 1 for epoch in getattr(source, "epoch", [])]  # Keras's History knows
        epochs = epochs if len(epochs) == length else list(range(1, length + 1))
    log = History()
    for name, values in columns.items():
        known = None if name == reading.EPOCH else _spread(name, len(values), epochs)
        if known is not None:
            pairs = zip(known, values, strict=True)
            pairs = sorted(
                (pair for pair in pairs if pair[1] is not reading.NO_VALUE), key=itemgetter(0)
            )
            log.epochs[name] = [epoch for epoch, _ in pairs]
            log.history[name] = [value for _, value in pairs]
    return log


def as_histories(sources: object) -> dict[str, History]:
    """Return a dict of names to an `History` each.

    Args:
        sources: a dict of names to what `as_history` takes, a list of them, or one by itself.
            Without a dict each goes by its own name or title, a file by its name, or else by its
            number.

    Raises:
        ValueError: as `as_history`.

    Example:
        >>> list(as_histories([{"loss": [0.5]}, {"loss": [0.4]}]))
        ['run 1', 'run 2']
    """
    if isinstance(sources, Mapping) and not reading.is_table(sources):
        return {str(name): as_history(source) for name, source in sources.items()}
    if not isinstance(sources, list | tuple) or reading.is_table(sources):
        sources = [sources]
    names = [_name(source) for source in sources]
    twice = len(set(names)) < len(names)
    names = [name if name and not twice else f"run {i}" for i, name in enumerate(names, 1)]
    return {name: as_history(source) for name, source in zip(names, sources, strict=True)}


def _name(source):
    """Return the name that a fit goes by; "" if it has none."""
    if isinstance(source, str | PathLike):
        return Path(source).stem
    names = (getattr(source, attribute, "") for attribute in ("name", "title"))
    return next((name for name in names if isinstance(name, str) and name), "")


def _spread(name, count, counted):
    """Returns of which of the epochs so many values are; None, and a warning, if unknown.

    A validation every second or every third epoch, as Keras counts them from the first one of all,
    can be told by its number of values.
    """
    if count in (0, len(counted)):
        return counted[:count]
    first, end = counted[0], counted[-1] + 1
    multiples = {range(first + -first % every, end, every) for every in range(1, end)}
    fitting = [epochs for epochs in multiples if len(epochs) == count]
    if len(fitting) == 1:
        return list(fitting[0])
    rule = f"{name} must have a value for each of the {len(counted)} epochs to be shown, or come"
    what = f"from what knows its epochs, such as a TrainingPlot. Got {count} values instead."
    warnings.warn(f"{rule} {what}", stacklevel=4)
    return None
