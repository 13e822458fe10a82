"""What came of changing one thing at a time: the results of fits, and a table of them."""

from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import numpy as np

from mlcourse import tables


@dataclass(frozen=True)
class Fit:
    """One network that was trained.

    Attributes:
        change: the name of what was changed.
        repeat: which of the repetitions it was, counted from 0.
        values: a dict of names, such as "test_accuracy", to what was measured.
        seconds: how long the training took.

    Example:
        >>> Fit("batch 64", 0, {"test_accuracy": 0.9}, 12.5).values["test_accuracy"]
        0.9
    """

    change: str
    repeat: int
    values: dict
    seconds: float


@dataclass(frozen=True)
class Experiments:
    """Changes to a baseline, each trained several times; a notebook shows them as a table.

    Attributes:
        changes: a dict of changes' names, the baseline first, to dicts of what each one sets.
        repeats: how many times each is trained.
        metrics: names of the values that the table shows, such as "test_accuracy".
        fits: a list of `Fit`, those that are done.

    >>> fits = [Fit("baseline", k, {"test_accuracy": 0.8 + k / 50}, 2.0) for k in range(2)]
    >>> print(Experiments({"baseline": {}, "batch 64": {}}, 2, ["test_accuracy"], fits))
    2 of 4 fits, mean and standard deviation over 2 seeds
    change      test accuracy  seconds
    baseline  0.8100 ± 0.0141      2.0
    batch 64
    """

    changes: dict
    repeats: int
    metrics: list
    fits: list = field(default_factory=list)

    def values(self, change: str, metric: str) -> np.ndarray:
        """Returns what the fits of a change have for a metric, (fits done,), by repetition."""
        done = sorted((fit.repeat, fit.values[metric]) for fit in self.fits if fit.change == change)
        return np.array([value for _, value in done], float)

    def mean(self, change: str, metric: str) -> float:
        """Returns the mean over the repetitions; NaN if none is done."""
        values = self.values(change, metric)
        return float(values.mean()) if len(values) else np.nan

    def deviation(self, change: str, metric: str) -> float:
        """Returns the standard deviation over the repetitions (n - 1); NaN for less than two."""
        values = self.values(change, metric)
        return float(values.std(ddof=1)) if len(values) > 1 else np.nan

    def seconds(self, change: str) -> float:
        """Returns the mean time of a change's fits; NaN if none is done."""
        seconds = [fit.seconds for fit in self.fits if fit.change == change]
        return float(np.mean(seconds)) if seconds else np.nan

    def status(self) -> str:
        """Returns how far the table is, in words."""
        return f"{len(self.fits)} of {len(self.changes) * self.repeats} fits"

    @property
    def head(self) -> list[str]:
        """The table's columns."""
        return ["change", *(name.replace("_", " ") for name in self.metrics), "seconds"]

    @property
    def rows(self) -> list[list[str]]:
        """The table's rows, as text: mean and standard deviation of each metric."""
        return [self._row(change) for change in self.changes]

    def to_csv(self, path: str | PathLike) -> Path:
        """Writes a line a fit, in the table's order, and returns the path."""
        order = {change: place for place, change in enumerate(self.changes)}
        done = sorted(self.fits, key=lambda fit: (order[fit.change], fit.repeat))
        rows = (
            [fit.change, fit.repeat, *map(fit.values.get, self.metrics), fit.seconds]
            for fit in done
        )
        return tables.write_csv(path, ["change", "repeat", *self.metrics, "seconds"], rows)

    def _row(self, change):
        if not any(fit.change == change for fit in self.fits):
            return [change, *[""] * len(self.metrics), ""]
        cells = [_cell(self.mean(change, one), self.deviation(change, one)) for one in self.metrics]
        return [change, *cells, f"{self.seconds(change):.1f}"]

    def __str__(self):
        return "\n".join([self._caption(), *tables.as_lines(self.head, self.rows)])

    __repr__ = __str__

    def _repr_html_(self):
        return tables.as_html(self._caption(), self.head, self.rows)

    def _caption(self):
        each = f"mean and standard deviation over {self.repeats} seeds"
        return self.status() + (f", {each}" if self.repeats > 1 else "")


def _cell(mean, deviation):
    spread = "" if np.isnan(deviation) else f" ± {tables.number_text(deviation)}"
    return tables.number_text(mean) + spread
