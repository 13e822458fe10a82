"""The mean and standard deviation of each variant of an ablation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mlcourse._core import checks
from mlcourse.figures._shared.axes import figure_with_layout
from mlcourse.figures._shared.legends import color_and_marker, legend_of_figure
from mlcourse.figures._shared.style import ink, tint
from mlcourse.figures._shared.text import label_rows, set_literal, shorten
from mlcourse.figures._shared.titles import set_suptitle, set_title

if TYPE_CHECKING:
    from mlcourse.tuning.ablation import Ablation

MAX_VARIANTS = 100
NAME_LETTERS = 24  # per line of a variant's name
LABEL_LETTERS = 44  # per line of an Axes' label
MAX_GAP = 0.3  # between the metrics of a variant; variants are 1 apart
REPETITION_OFFSET = 0.4  # of that gap, from a mean down to the points of the repetitions


def plot_ablation(
    ablations: Ablation | Mapping[str, Ablation],
    *,
    metrics: str | Sequence[str] | None = None,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Plot the mean of each variant with an error bar of one standard deviation.

    Each variant has a row. Small points below a mean are the repetitions, and the dashed line is
    the mean of the first variant, the baseline. Accuracies and losses have separate Axes.

    Args:
        ablations: a `mlcourse.tuning.Ablation`, or a dict from names to ablations with the same
            variants, each with its own Axes.
        metrics: the name of one metric, or a list of names; None for all metrics of the table.
        title: title of the figure.
        fig: Figure to draw in; None for a new figure.

    Returns:
        The Figure.

    Raises:
        ValueError: if the table does not have a metric, or the tables have different variants.

    >>> from mlcourse.tuning.ablation import Ablation, Fit
    >>> fits = [Fit("baseline", k, {"test_accuracy": 0.8 + k / 50}, 2.0) for k in range(2)]
    >>> ablation = Ablation({"baseline": {}, "batch 64": {}}, 2, ["test_accuracy"], fits)
    >>> figure = plot_ablation(ablation)
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['baseline', 'batch 64']
    """
    tables = {"": ablations} if checks.is_instance(ablations, "Ablation") else ablations
    tables = checks.mapping("ablations", tables, "names to Ablation")
    variants = _variants(tables)
    metrics = _checked_metrics(tables, metrics)
    kinds = list(dict.fromkeys(map(_kind, metrics)))
    row_height = max(0.5, 0.25 + 0.15 * len(metrics) / len(kinds))
    width = 3.2 + max(6.4, 4.4 * len(tables) * len(kinds))
    fig = figure_with_layout(fig, (width, 1.8 + row_height * len(variants)))
    axes = fig.subplots(1, len(tables) * len(kinds), sharey=True, squeeze=False).ravel()
    for ax, (name, kind) in zip(axes, product(tables, kinds), strict=True):
        styles = {
            metric: color_and_marker(number)
            for number, metric in enumerate(metrics)
            if _kind(metric) == kind
        }
        _draw_metrics(ax, tables[name], styles)
        spread = ", mean ± standard deviation" if tables[name].repeats > 1 else ""
        set_literal(ax.set_xlabel, shorten(f"{kind}{spread}", LABEL_LETTERS, 4))
    axes[0].set_ylim(len(variants) - 0.5, -0.5)
    label_rows(axes[0], variants, NAME_LETTERS, mpl.rcParams["font.size"], max_lines=4)
    _add_legend(fig, metrics, variants[0])
    for ax, (name, _) in zip(axes, product(tables, kinds), strict=True):
        set_title(ax, name, max_lines=3)
    set_suptitle(fig, title)
    return fig


def _variants(tables):
    """Return the names of the variants; raise ValueError if the tables have different ones."""
    for table in tables.values():
        checks.instance("each of ablations", table, "Ablation", "the result of `ablation`")
    first, *others = tables.values()
    for name, table in zip(list(tables)[1:], others, strict=True):
        if list(table.variants) != list(first.variants):
            rule = f"ablations must all have the variants {', '.join(first.variants)}"
            raise ValueError(f"{rule}. Got {', '.join(table.variants)} in {name!r} instead.")
    checks.integer("the number of variants", len(first.variants), 1, limit=MAX_VARIANTS)
    return list(first.variants)


def _checked_metrics(tables, metrics):
    """Return the names of the metrics; raise ValueError if a table lacks one of them."""
    first, *others = (table.metrics for table in tables.values())
    common = [metric for metric in first if all(metric in other for other in others)]
    if metrics is None:
        metrics = common
    elif isinstance(metrics, str):
        metrics = [metrics]
    checks.integer("the number of metrics", checks.length("metrics", metrics), 1)
    return [checks.choice("metrics", metric, common) for metric in metrics]


def _kind(metric):
    """Return the kind of a metric: its name without "test" or "validation"."""
    return (metric.partition("_")[2] or metric).replace("_", " ")


def _draw_metrics(ax, table, styles):
    """Draw metrics of all variants, and a note for variants without a finite mean."""
    gap = min(MAX_GAP, 0.75 / len(styles))
    for number, (metric, style) in enumerate(styles.items()):
        rows = np.arange(len(table.variants)) + gap * (number - (len(styles) - 1) / 2)
        _draw_metric(ax, table, metric, rows, style, REPETITION_OFFSET * gap)
    means = [[table.mean(variant, metric) for metric in styles] for variant in table.variants]
    for row, (variant, row_means) in enumerate(zip(table.variants, means, strict=True)):
        if not np.isfinite(row_means).any():
            has_fits = len(table.values(variant, next(iter(styles)))) > 0
            note = "no number" if has_fits else "no fit yet"
            ax.text(0.02, row, note, transform=ax.get_yaxis_transform(), va="center", fontsize=10)
    if not np.isfinite(means).any():
        ax.set_xticks([])


def _draw_metric(ax, table, metric, rows, style, offset):
    """Draw one metric of all variants, with the repetitions by `offset` below the means."""
    color, marker = style
    values = [table.values(variant, metric) for variant in table.variants]
    heights = np.repeat(rows + offset, [len(repetitions) for repetitions in values])
    ax.scatter(np.concatenate(values), heights, s=14, color=tint(color, 0.6), zorder=2)
    means = np.array([table.mean(variant, metric) for variant in table.variants])
    deviations = [table.std(variant, metric) for variant in table.variants]
    bars = np.nan_to_num(deviations)
    bar = {"fmt": marker, "color": color, "ms": 8, "capsize": 4, "elinewidth": 2, "zorder": 3}
    ax.errorbar(means, rows, xerr=bars, label=metric.replace("_", " "), **bar)
    if np.isfinite(means[0]):
        ax.axvline(means[0], color=color, ls="--", lw=1, zorder=1)


def _add_legend(fig, metrics, baseline):
    """Add a legend below, with several metrics' markers and the line of the baseline."""
    handles = []
    for number, metric in enumerate(metrics if len(metrics) > 1 else ()):
        color, marker = color_and_marker(number)
        label = metric.replace("_", " ")
        handles.append(Line2D([], [], ls="none", marker=marker, ms=8, color=color, label=label))
    color = ink() if handles else color_and_marker(0)[0]
    label = f"mean of {shorten(baseline, 30, 1)}"
    handles.append(Line2D([], [], ls="--", lw=1, color=color, label=label))
    legend_of_figure(fig, handles)
