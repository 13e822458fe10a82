"""The values of a fit by name, with the epoch of each, from whatever keeps them."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from mlcourse import tables
from mlcourse.histories.names import base, direction, is_asked, is_loss, is_validation
from mlcourse.histories.values import is_column, numbers


class EpochLog:
    """The values of a fit by name, with the epoch of each.

    Validation may come less often than training, so each name has epochs of its own.

    Attributes:
        history: a dict of names to values, as Keras's `History` has it.
        epochs: a dict of the same names to the values' epochs, counted from 1.

    >>> log = EpochLog()
    >>> log.add(1, {"loss": 0.5})
    >>> log.add(2, {"loss": 0.4, "val_loss": 0.6})
    >>> log.history, log.epochs
    ({'loss': [0.5, 0.4], 'val_loss': [0.6]}, {'loss': [1, 2], 'val_loss': [2]})
    """

    def __init__(self) -> None:
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

    def best(self, metrics: Sequence[str] | None = None) -> tuple[str, int, float] | None:
        """Returns (name, epoch, value) of the best of the values that one would judge a fit by.

        These are the first validation metric, or else the validation loss, the first
        metric, the loss. A metric of which it is not known whether large or small is good
        is passed over, as are values that are not numbers. None if nothing is left.

        Args:
            metrics: the metrics to choose from, beside the losses; None for all.
        """
        asked = [name for name in self.history if is_asked(name, metrics)]
        for name in sorted(asked, key=lambda name: (not is_validation(name), is_loss(name))):
            values, better = numbers(self.history[name]), direction(name)
            if better and not np.isnan(values).all():
                index = int(np.nanargmin(values) if better < 0 else np.nanargmax(values))
                return name, self.epochs[name][index], float(values[index])
        return None

    def praise(self, metrics: Sequence[str] | None = None) -> str:
        """Returns the best value in words, such as "best validation loss 0.5000 in epoch 2"."""
        best = self.best(metrics)
        if best is None:
            return ""
        name, epoch, value = best
        words = "validation " * is_validation(name) + base(name).replace("_", " ")
        return f"best {words} {tables.number_text(value)} in epoch {epoch}"

    def trouble(self) -> str:
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


def epoch_log(source: object) -> EpochLog:
    """Returns the `EpochLog` of whatever keeps a fit's values.

    Args:
        source: an `EpochLog`, an object that has one (a `TrainingPlot`, a `Run`), Keras's
            `History`, or a plain dict of names to values.

    Raises:
        ValueError: for anything else, or if it cannot be told which epochs the values are of.

    Example:
        >>> epoch_log({"loss": [0.5, 0.4], "val_loss": [0.6]}).epochs["val_loss"]
        [2]
    """
    for log in (source, getattr(source, "epoch_log", None), getattr(source, "log", None)):
        if isinstance(log, EpochLog):
            return log
    history = getattr(source, "history", source)
    if not isinstance(history, Mapping) or not all(
        isinstance(name, str) and is_column(values) for name, values in history.items()
    ):
        rule = "history must be a dict of names to lists of values, or what keeps one"
        raise ValueError(f"{rule}. Got {source!r} instead.")
    log, length = EpochLog(), max(map(len, history.values()), default=0)
    counted = [epoch + 1 for epoch in getattr(source, "epoch", [])]  # Keras's History knows
    counted = counted if len(counted) == length else list(range(1, length + 1))
    for name, values in history.items():
        epochs = _spread(name, len(values), counted)
        if epochs is not None:
            log.history[name], log.epochs[name] = list(values), epochs
    return log


def epoch_logs(sources: object) -> dict[str, EpochLog]:
    """Returns a dict of names to an `EpochLog` each.

    Args:
        sources: a dict of names to what `epoch_log` takes, a list of them, or one by itself.
            Without a dict each goes by its own name or title, or else by its number.

    Raises:
        ValueError: as `epoch_log`.

    Example:
        >>> list(epoch_logs([{"loss": [0.5]}, {"loss": [0.4]}]))
        ['run 1', 'run 2']
    """
    if isinstance(sources, Mapping) and not any(map(is_column, sources.values())):
        return {str(name): epoch_log(source) for name, source in sources.items()}
    if not isinstance(sources, list | tuple):
        sources = [sources]
    names = [getattr(source, "name", "") or getattr(source, "title", "") for source in sources]
    twice = len(set(names)) < len(names)
    names = [name if name and not twice else f"run {i}" for i, name in enumerate(names, 1)]
    return {name: epoch_log(source) for name, source in zip(names, sources, strict=True)}


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
