"""How many examples of each class there are, in each part of the data."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from mlcourse import evaluation
from mlcourse._core import checks
from mlcourse.evaluation.labels import in_order
from mlcourse.figures._shared.axes import axes_or_new
from mlcourse.figures._shared.legends import color_and_marker, legend_below, width_of
from mlcourse.figures._shared.style import ink
from mlcourse.figures._shared.text import LITERAL, shorten
from mlcourse.figures._shared.titles import set_title

GROUP = 0.8  # of the height of a class is for its bars
LETTERS = 24  # of a class's name on a line
LINE = 0.15  # inches that a bar needs for a number beside it


def plot_class_balance(
    parts: Mapping[str, ArrayLike],
    class_names: Sequence[str] | None = None,
    ax: Axes | None = None,
    *,
    title: str = "",
) -> Axes:
    """Draws the share that each class has of each part of the data, and how many examples that is.

    Shares can be compared where one part is many times larger than another. A dashed line is
    where all bars would end if all classes had as many examples.

    Args:
        parts: the labels of each part, by its name, such as "training", as in
            `evaluation.accuracy`.
        class_names: in label order; None for the classes' numbers.
        ax: Axes to draw in; new ones if None. Where they are too small, there are no numbers.
        title: text above the bars.

    Returns:
        The Axes.

    Raises:
        ValueError: if there is no part, labels are no classes, or one has no name.

    >>> ax = plot_class_balance({"training": [0, 0, 0, 1], "test": [0, 1]}, ["cat", "dog"])
    >>> [[float(bar.get_width()) for bar in bars] for bars in ax.containers]
    [[0.75, 0.25], [0.5, 0.5]]
    """
    parts = checks.mapping("parts", parts, "names of parts to labels")
    counts, names = _counts(parts, class_names)
    classes, names = len(names), [shorten(name, LETTERS, 4) for name in names]
    lines = 1 + max(name.count("\n") for name in names)
    ax = axes_or_new(ax, (8, 1.6 + classes * max(0.1 + 0.2 * lines, len(counts) * LINE / GROUP)))
    shares = counts / counts.sum(axis=1, keepdims=True)
    bars = _draw(ax, list(parts), counts, shares)
    equal = ax.axvline(1 / classes, color=ink(), linestyle="--", zorder=0.5, label="equal shares")
    ax.set_yticks(range(classes), names, fontsize=11, **LITERAL)
    ax.set(ylim=(classes - 0.5, -0.5), xlim=(0, 1.14 * max(shares.max(), 1 / classes)))
    ax.set_xlabel("Share of the part's examples")
    ax.xaxis.set_major_formatter(lambda share, _: f"{100 * share:g}%")
    ax.set_axisbelow(True)
    ax.grid(False, axis="y")
    _add_legend(ax, [*bars, equal])
    set_title(ax, title)
    if _height(ax) * GROUP / counts.size > 0.9 * LINE:
        _add_numbers(ax, bars, counts)
    return ax


def _counts(parts, class_names):
    """Return the number of examples, (parts, classes), and the names of the classes."""
    labels = {f"labels of {name}": part for name, part in parts.items()}
    labels = {name: evaluation.classes(part, name) for name, part in labels.items()}
    columns = [np.shape(part)[1] for part in parts.values() if np.ndim(part) == 2]
    count = max(columns, default=1)
    indices, names, _ = in_order(labels, class_names, count if count > 1 else None, count > 1)
    return np.array([np.bincount(part, minlength=len(names)) for part in indices]), names


def _draw(ax, names, counts, shares):
    """Draws a bar for each class and part; returns them by part."""
    thick, drawn = GROUP / len(counts), []
    for number, (name, count, share) in enumerate(zip(names, counts, shares, strict=True)):
        places = np.arange(len(count)) + thick * (number + 0.5) - GROUP / 2
        style = {
            "color": color_and_marker(number)[0],
            "label": f"{shorten(name, 2 * LETTERS)} ({count.sum():,})",
        }
        drawn.append(ax.barh(places, share, 0.9 * thick, **style))
    return drawn


def _add_numbers(ax, bars, counts):
    """Puts the number of examples beside each bar."""
    for some, count in zip(bars, counts, strict=True):
        texts = ax.bar_label(some, [f"{one:,}" for one in count], padding=3, fontsize=10)
        for text in texts:  # the dashed line is not to run through them
            text.set_bbox({"facecolor": ax.get_facecolor(), "linewidth": 0, "pad": 0.5})


def _height(ax):
    """Returns how many inches high the Axes are, once what is around them has its room."""
    figure = ax.figure.figure  # that of a SubFigure
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    return ax.get_window_extent().height / figure.dpi


def _add_legend(ax, handles):
    """Puts the legend below, in as many rows as it takes."""
    room = ax.get_window_extent().width / ax.figure.dpi
    rows = math.ceil(width_of(handles) / room)
    legend_below(ax, handles, columns=math.ceil(len(handles) / rows))
