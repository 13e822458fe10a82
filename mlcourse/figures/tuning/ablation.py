"""`plot_ablation`: what each change to a baseline brings, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mlcourse._core import checks
from mlcourse.figures._shared.axes import figure_with_layout
from mlcourse.figures._shared.legends import color_and_marker, legend_of_figure
from mlcourse.figures._shared.style import ink, tint
from mlcourse.figures._shared.text import LITERAL, shorten
from mlcourse.figures._shared.titles import set_suptitle, set_title

if TYPE_CHECKING:
    from mlcourse.tuning.ablation import Ablation

WIDTH, LETTERS = 24, 44  # letters on a line, of a change's name and below Axes
GAP = 0.3  # at most between the metrics of a change, where changes are 1 apart
BELOW = 0.4  # of that gap, from a mean to the repetitions' points


def plot_ablation(
    experiments: Ablation | Mapping[str, Ablation],
    metrics: str | Sequence[str] | None = None,
    *,
    fig: Figure | None = None,
    title: str = "",
) -> Figure:
    """Draws the mean of each change with an error bar of one standard deviation, a row a change.

    Small points below a mean are the repetitions; the dashed line is the mean of the first change,
    the baseline. Metrics of different kinds, accuracies and losses, get an Axes each.

    Args:
        experiments: a `mlcourse.tuning.Ablation`, or a dict of names to such with the same
            changes, which get an Axes each.
        metrics: names of the values to draw, or one such name; None for all that the table shows.
        fig: the Figure to draw in; a new one if None.
        title: text above.

    Returns:
        The Figure.

    Raises:
        ValueError: for a metric that the table does not have, or tables with other changes.

    >>> from mlcourse.tuning.ablation import Ablation, Fit
    >>> fits = [Fit("baseline", k, {"test_accuracy": 0.8 + k / 50}, 2.0) for k in range(2)]
    >>> table = Ablation({"baseline": {}, "batch 64": {}}, 2, ["test_accuracy"], fits)
    >>> figure = plot_ablation(table)
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['baseline', 'batch 64']
    """
    tables = {"": experiments} if checks.is_instance(experiments, "Ablation") else experiments
    tables = checks.mapping("experiments", tables, "names to Ablation")
    changes = _changes(tables)
    metrics = _metrics(tables, metrics)
    kinds = list(dict.fromkeys(map(_kind, metrics)))
    height = 0.4 + 0.28 * max(1, len(metrics) / len(kinds))
    fig = figure_with_layout(
        fig, (3.2 + 4.4 * len(tables) * len(kinds), 1.8 + height * len(changes))
    )
    places = fig.subplots(1, len(tables) * len(kinds), sharey=True, squeeze=False).ravel()
    for ax, (name, kind) in zip(places, product(tables, kinds), strict=True):
        of_kind = {one: color_and_marker(k) for k, one in enumerate(metrics) if _kind(one) == kind}
        _draw_metrics(ax, tables[name], of_kind)
        spread = ", mean ± standard deviation" if tables[name].repeats > 1 else ""
        ax.set_xlabel(shorten(f"{kind}{spread}", LETTERS, 4), **LITERAL)
    rows = len(changes)
    names = [shorten(change, WIDTH, 4) for change in changes]
    places[0].set_ylim(rows - 0.5, -0.5)
    places[0].set_yticks(range(rows), names, **LITERAL)
    _explain(fig, metrics, changes[0])
    for ax, (name, _) in zip(places, product(tables, kinds), strict=True):
        set_title(ax, name, max_lines=3)
    set_suptitle(fig, title)
    return fig


def _changes(tables):
    """Returns the names of the changes, which all tables must share."""
    for table in tables.values():
        checks.instance("each of experiments", table, "Ablation", "what `ablation` returns")
    first, *others = tables.values()
    for name, table in zip(list(tables)[1:], others, strict=True):
        if list(table.variants) != list(first.variants):
            rule = f"experiments must all have the variants {', '.join(first.variants)}"
            raise ValueError(f"{rule}. Got {', '.join(table.variants)} in {name!r} instead.")
    checks.integer("the number of variants", len(first.variants), 1)
    return list(first.variants)


def _metrics(tables, metrics):
    """Returns the names of the metrics, which all tables must have."""
    first, *others = (table.metrics for table in tables.values())
    known = [one for one in first if all(one in other for other in others)]
    asked = [metrics] if isinstance(metrics, str) else known if metrics is None else metrics
    checks.integer("the number of metrics", checks.length("metrics", asked), 1)
    return [checks.choice("metrics", one, known) for one in asked]


def _kind(metric):
    """Returns what is measured: without the part of the data that it is of."""
    return (metric.partition("_")[2] or metric).replace("_", " ")


def _draw_metrics(ax, table, looks):
    """Draws metrics of all changes, and says which changes have no value to draw."""
    gap = min(GAP, 0.75 / len(looks))
    for number, (metric, style) in enumerate(looks.items()):
        rows = np.arange(len(table.variants)) + gap * (number - (len(looks) - 1) / 2)
        _draw_metric(ax, table, metric, rows, style, BELOW * gap)
    shown = [[table.mean(change, metric) for metric in looks] for change in table.variants]
    for row, (change, means) in enumerate(zip(table.variants, shown, strict=True)):
        if not np.isfinite(means).any():
            words = "no number" if len(table.values(change, next(iter(looks)))) else "no fit yet"
            ax.text(0.02, row, words, transform=ax.get_yaxis_transform(), va="center", fontsize=10)
    if not np.isfinite(shown).any():
        ax.set_xticks([])


def _draw_metric(ax, table, metric, rows, style, below):
    """Draws one metric of all changes, its points that far below its means."""
    colour, marker = style
    values = [table.values(change, metric) for change in table.variants]
    heights = np.repeat(rows + below, [len(of_change) for of_change in values])
    ax.scatter(np.concatenate(values), heights, s=14, color=tint(colour, 0.6), zorder=2)
    means = np.array([table.mean(change, metric) for change in table.variants])
    bars = np.nan_to_num([table.std(change, metric) for change in table.variants])
    bar = {"fmt": marker, "color": colour, "ms": 8, "capsize": 4, "elinewidth": 2, "zorder": 3}
    ax.errorbar(means, rows, xerr=bars, label=metric.replace("_", " "), **bar)
    if np.isfinite(means[0]):
        ax.axvline(means[0], color=colour, ls="--", lw=1, zorder=1)


def _explain(fig, metrics, baseline):
    """Puts a legend below: a marker a metric, if there are several, and the baseline's line."""
    lines = []
    for number, metric in enumerate(metrics if len(metrics) > 1 else ()):
        colour, marker = color_and_marker(number)
        words = {"label": metric.replace("_", " ")}
        lines.append(Line2D([], [], ls="none", marker=marker, ms=8, color=colour, **words))
    colour = ink() if lines else color_and_marker(0)[0]
    words = {"label": f"mean of {shorten(baseline, 30, 1)}"}
    lines.append(Line2D([], [], ls="--", lw=1, color=colour, **words))
    legend_of_figure(fig, lines)
