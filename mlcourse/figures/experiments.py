"""`plot_experiments`: what each change to a baseline brings, and how sure that is."""

import textwrap

import numpy as np

from mlcourse import checks
from mlcourse.experiments import Experiments
from mlcourse.figures.axes import figure_or_new
from mlcourse.figures.legends import look
from mlcourse.figures.style import tint

WIDTH = 22  # letters of a change's name in a line
GAP = 0.22  # between the metrics of a change, where changes are 1 apart


def plot_experiments(experiments, metrics=None, *, fig=None, title=""):
    """Draws the mean of each change with an error bar of one standard deviation, a row a change.

    Small points are the repetitions; the dashed line is the mean of the first change, the baseline.

    Args:
        experiments: a `mlcourse.experiments.Experiments`, or a dict of names to such with the same
            changes, which get an Axes each.
        metrics: names of the values to draw; None for all that the table shows.
        fig: the Figure to draw in; a new one if None.
        title: text above.

    Returns:
        The Figure.

    Raises:
        ValueError: for a metric that the table does not have, or tables with other changes.
    """
    tables = {"": experiments} if isinstance(experiments, Experiments) else dict(experiments)
    first = next(iter(tables.values()))
    for name, table in tables.items():
        if list(table.changes) != list(first.changes):
            rule = f"experiments must all have the changes {', '.join(first.changes)}"
            raise ValueError(f"{rule}. Got {', '.join(table.changes)} in {name!r} instead.")
    known = first.metrics
    metrics = [checks.choice("metrics", one, known) for one in metrics or known]
    rows = len(first.changes)
    fig = figure_or_new(fig, (3.2 + 4.4 * len(tables), 1.6 + 0.62 * rows))
    places = fig.subplots(1, len(tables), sharey=True, squeeze=False).ravel()
    for ax, (name, table) in zip(places, tables.items(), strict=True):
        for number, metric in enumerate(metrics):
            _draw_metric(ax, table, metric, number, GAP * (number - (len(metrics) - 1) / 2))
        ax.set(title=name, xlabel=_label(metrics))
    names = [textwrap.fill(change, WIDTH) for change in first.changes]
    places[0].set(yticks=range(rows), yticklabels=names, ylim=(rows - 0.5, -0.5))
    if len(metrics) > 1:
        handles, labels = places[0].get_legend_handles_labels()
        fig.legend(handles, labels, loc="outside lower right", ncols=len(metrics), fontsize=10)
    fig.suptitle(title)
    return fig


def _draw_metric(ax, table, metric, number, shift):
    """Draws one metric of all changes."""
    colour, marker = look(number)
    values = [table.values(change, metric) for change in table.changes]
    rows = np.arange(len(values)) + shift
    points = [
        (value, row) for row, of_change in zip(rows, values, strict=True) for value in of_change
    ]
    if points:
        ax.scatter(*np.transpose(points), s=14, color=tint(colour, 0.5), zorder=2)
    means = np.array([table.mean(change, metric) for change in table.changes])
    bars = np.nan_to_num([table.deviation(change, metric) for change in table.changes])
    style = {"fmt": marker, "color": colour, "ms": 8, "capsize": 4, "elinewidth": 2, "zorder": 3}
    ax.errorbar(means, rows, xerr=bars, label=metric.replace("_", " "), **style)
    if np.isfinite(means[0]):
        ax.axvline(means[0], color=colour, ls="--", lw=1, zorder=1)


def _label(metrics):
    """Returns what all metrics have in common: without the part of the data that they are of."""
    ends = {metric.partition("_")[2].replace("_", " ") for metric in metrics}
    return ends.pop() if len(ends) == 1 else "value"
