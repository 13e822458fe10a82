"""`plot_calibration`: whether models are as often right as they are sure."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from mlcourse.evaluation import Calibration
from mlcourse.figures._shared.axes import axes_or_new
from mlcourse.figures._shared.legends import color_and_marker, legend_below
from mlcourse.figures._shared.style import GREY, tint
from mlcourse.figures._shared.text import shorten
from mlcourse.figures._shared.titles import set_title

LETTERS = 50  # of a name on a line of the legend
HIGHEST = 0.2  # of the Axes' height, that of the highest bar


def plot_calibration(
    calibrations: Calibration | Mapping[str, Calibration],
    ax: Axes | None = None,
    *,
    title: str = "",
) -> Axes:
    """Draws how often answers are right by how sure they are, and returns the Axes.

    Below the dashed line a model is surer than it is right. The bars at the bottom, on the scale
    to the right, are the numbers of answers. The legend has the expected calibration errors.

    Args:
        calibrations: what `evaluation.calibration` returns, or a dict of names to such.
        ax: the Axes to draw in; None for new ones.
        title: text above.

    Returns:
        The Axes.

    Raises:
        ValueError: for what is no calibration.

    >>> from mlcourse.evaluation import calibration
    >>> found = calibration([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    >>> ax = plot_calibration({"small": found})
    >>> [line.get_label() for line in ax.lines]
    ['as sure as right', 'small: calibration error 0.300']
    """
    calibrations = _by_name(calibrations)
    ax = axes_or_new(ax, (6.5, 5.6))
    lines = ax.plot([0, 1], [0, 1], color=GREY, ls="--", lw=1.5, label="as sure as right")
    for number, (name, found) in enumerate(calibrations.items()):
        color, marker = color_and_marker(number)
        words = f"calibration error {found.error:.3f}"
        style = {"color": color, "marker": marker, "lw": 2, "ms": 8, "clip_on": False}
        some = found.count > 0
        label = f"{shorten(name, LETTERS)}: {words}" if name else words
        lines += ax.plot(found.confidence[some], found.accuracy[some], label=label, **style)
    ax.set(xlabel="mean probability of the answers", ylabel="share of them that is right")
    ax.set(xlim=(0, 1), ylim=(0, 1))
    _draw_counts(ax, list(calibrations.values()))
    legend_below(ax, lines, columns=1)
    set_title(ax, title)
    return ax


def _by_name(calibrations):
    """Returns a dict of names to calibrations; a single one has the name ""."""
    named = calibrations if isinstance(calibrations, Mapping) else {"": calibrations}
    if not named or not all(isinstance(one, Calibration) for one in named.values()):
        rule = "calibrations must be a Calibration, or a dict of names to such"
        raise ValueError(f"{rule}. Got {calibrations!r} instead.")
    return named


def _draw_counts(ax, calibrations):
    """Draws how many answers each bin has, a bar a model, behind the curves."""
    most, counts = max(one.count.max() for one in calibrations), ax.twinx()
    for number, one in enumerate(calibrations):
        bins, color = len(one.count), color_and_marker(number)[0]
        width = 0.9 / bins / len(calibrations)
        left = np.arange(bins) / bins + 0.05 / bins + number * width
        style = {"color": tint(color, 0.35), "edgecolor": color, "lw": 0.5}
        counts.bar(left, one.count, width, align="edge", **style)
    counts.set_ylim(0, most / HIGHEST)
    ticks = MaxNLocator(2, integer=True, min_n_ticks=1).tick_values(0, most)
    counts.set_yticks([tick for tick in ticks if tick <= most])
    counts.set_ylabel("answers", loc="bottom", fontsize=10, labelpad=2)
    counts.tick_params(labelsize=10)
    counts.grid(False)
    counts.spines[["top", "right"]].set_visible(False)
    ax.set_zorder(counts.get_zorder() + 1)
    ax.patch.set_visible(False)
