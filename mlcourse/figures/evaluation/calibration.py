"""Calibration curves of classifiers."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from mlcourse._core import checks
from mlcourse.evaluation import Calibration
from mlcourse.figures._shared.axes import axes_or_new
from mlcourse.figures._shared.legends import color_and_marker, legend_below
from mlcourse.figures._shared.style import GREY, tint
from mlcourse.figures._shared.text import shorten
from mlcourse.figures._shared.titles import set_title

MAX_CURVES = 12  # the legend of more does not leave space for the Axes
LETTERS = 50  # per line of a name in the legend
MAX_BAR_HEIGHT = 0.2  # fraction of the Axes' height
MIN_BAR_POINTS = 50  # for two tick labels


def plot_calibration(
    calibrations: Calibration | Mapping[str, Calibration],
    *,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Plot calibration curves (reliability diagrams): accuracy by confidence.

    A model is overconfident below the dashed line. Error bars are 95% confidence intervals of the
    accuracy (Wilson, 1927): wide in bins with few predictions. Bars at the bottom, with the scale
    on the right, are the number of predictions in each bin. The legend has the expected calibration
    errors (ECE).

    Args:
        calibrations: the result of `evaluation.calibration`, or a dict from at most 12 names
            to results.
        title: title of the Axes.
        ax: Axes to draw in; None for a new figure.

    Returns:
        The Axes.

    Raises:
        ValueError: if a value is not a `Calibration`.

    >>> from mlcourse.evaluation import calibration
    >>> result = calibration([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    >>> ax = plot_calibration({"small": result})
    >>> [line.get_label() for line in ax.lines]
    ['perfectly calibrated', 'small: ECE 0.300']
    """
    calibrations = _by_name(calibrations)
    ax = axes_or_new(ax, (6.5, 5.6))
    lines = ax.plot([0, 1], [0, 1], color=GREY, ls="--", lw=1.5, label="perfectly calibrated")
    for number, (name, calibration) in enumerate(calibrations.items()):
        color, marker = color_and_marker(number)
        label = f"ECE {calibration.error:.3f}"
        if name:
            label = f"{shorten(name, LETTERS)}: {label}"
        style = {"color": color, "marker": marker, "lw": 2, "ms": 8, "clip_on": False}
        is_filled = calibration.n_examples > 0
        x = calibration.confidence[is_filled]
        accuracy = calibration.accuracy[is_filled]
        lines += ax.plot(x, accuracy, label=label, **style)
        low, high = wilson_interval(accuracy, calibration.n_examples[is_filled])
        ax.vlines(x, low, high, color=color, lw=1.2, alpha=0.7, zorder=1.5)
    ax.set(xlabel="mean confidence in the bin", ylabel="accuracy")
    ax.set(xlim=(0, 1), ylim=(0, 1))
    _draw_counts(ax, list(calibrations.values()))
    legend_below(ax, lines, columns=1)
    set_title(ax, title)
    return ax


def wilson_interval(fraction, n, z=1.96):
    """Return the limits of the confidence interval of a fraction of n examples.

    Source: Wilson, Probable inference, the law of succession, and statistical inference, 1927.

    Args:
        fraction: observed fractions.
        n: numbers of examples.
        z: quantile of the normal distribution, 1.96 for 95%.

    >>> [round(float(limit), 3) for limit in wilson_interval(0.9, 10)]
    [0.596, 0.982]
    """
    center = (fraction + z**2 / (2 * n)) / (1 + z**2 / n)
    variance = fraction * (1 - fraction) / n + z**2 / (4 * n**2)
    half_width = z * np.sqrt(variance) / (1 + z**2 / n)
    return center - half_width, center + half_width


def _by_name(calibrations):
    """Return a dict from names to calibrations, with the name "" for a single one."""
    by_name = calibrations if isinstance(calibrations, Mapping) else {"": calibrations}
    checks.at_most("the number of calibrations", len(by_name), MAX_CURVES)
    if not by_name or not all(isinstance(value, Calibration) for value in by_name.values()):
        rule = "calibrations must be a Calibration, or a dict from names to Calibration"
        raise ValueError(f"{rule}. Got {calibrations!r} instead.")
    return by_name


def _draw_counts(ax, calibrations):
    """Draw bars for the number of predictions in each bin, behind the curves."""
    max_count = max(calibration.n_examples.max() for calibration in calibrations)
    count_ax = ax.twinx()
    for number, calibration in enumerate(calibrations):
        n_bins = len(calibration.n_examples)
        color, _ = color_and_marker(number)
        width = 0.9 / n_bins / len(calibrations)
        left = np.arange(n_bins) / n_bins + 0.05 / n_bins + number * width
        style = {"color": tint(color, 0.35), "edgecolor": color, "lw": 0.5}
        count_ax.bar(left, calibration.n_examples, width, align="edge", **style)
    count_ax.set_ylim(0, max_count / MAX_BAR_HEIGHT)
    ticks = MaxNLocator(2, integer=True, min_n_ticks=1).tick_values(0, max_count)
    ticks = [tick for tick in ticks if tick <= max_count]
    bar_points = MAX_BAR_HEIGHT * ax.bbox.height * 72 / ax.get_figure(root=True).dpi
    count_ax.set_yticks(ticks if bar_points > MIN_BAR_POINTS else ticks[-1:])
    count_ax.set_ylabel("predictions", loc="bottom", fontsize=10, labelpad=2)
    count_ax.tick_params(labelsize=10)
    count_ax.grid(False)
    count_ax.spines[["top", "right"]].set_visible(False)
    ax.set_zorder(count_ax.get_zorder() + 1)
    ax.patch.set_visible(False)
