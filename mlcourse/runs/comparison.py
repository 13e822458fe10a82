"""Runs side by side: a table, and their curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlcourse import checks, tables
from mlcourse.figures.histories import plot_history
from mlcourse.runs.run import Run, list_runs

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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

    def __init__(self, runs: list[Run]) -> None:
        self.runs = runs
        self.rows = [_row(run) for run in runs]

    def plot(self, metrics: str | Sequence[str] | None = None, fig: Figure | None = None) -> Figure:
        """Draws their curves, a colour each, as `plot_history` does, and returns the Figure."""
        return plot_history({run.name: run for run in self.runs}, metrics, fig=fig)

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
    return Comparison([Run(name) for name in checks.texts("names", names)])


def _row(run):
    name, epoch, value = run.log.best() or ("", "", float("nan"))
    size = f"{run.config['network']['parameters']:,}"
    epochs = f"{run.log.last} of {run.config['epochs']}"
    best = [name, str(epoch), tables.number_text(value)]
    return [run.name, size, epochs, f"{run.seconds:.0f}", *best]
