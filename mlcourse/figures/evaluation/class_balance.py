"""The fraction of examples of each class in each part of the data."""

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
from mlcourse.figures._shared.text import label_rows, shorten
from mlcourse.figures._shared.titles import set_title

MAX_CLASSES = 200
MAX_PARTS = 10
GROUP_HEIGHT = 0.8  # of the bars of a class; classes are 1 apart
LETTERS = 24  # per line of a class name
NUMBER_HEIGHT = 0.15  # inches


def plot_class_balance(
    parts: Mapping[str, ArrayLike],
    *,
    class_names: Sequence[str] | None = None,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Plot the percentage of examples of each class, for each part of the data.

    Percentages can be compared even if one part is much larger than another. The legend has the
    number of examples of each part. A dashed line marks balanced classes.

    Args:
        parts: a dict from at most 10 names, such as "training", to labels, as in
            `evaluation.accuracy`, of at most 200 classes.
        class_names: names of the classes, in label order; None for the labels.
        title: title of the Axes.
        ax: Axes to draw in; None for a new figure. Small Axes have no numbers.

    Returns:
        The Axes.

    Raises:
        ValueError: if there is no part, or labels are invalid or have no name.

    >>> parts = {"training": [0, 0, 0, 1], "test": [0, 1]}
    >>> ax = plot_class_balance(parts, class_names=["cat", "dog"])
    >>> [[float(bar.get_width()) for bar in bars] for bars in ax.containers]
    [[0.75, 0.25], [0.5, 0.5]]
    """
    parts = checks.mapping("parts", parts, "names of parts to labels")
    counts, names = _counts(parts, class_names)
    n_classes = len(names)
    checks.at_most("the number of classes", n_classes, MAX_CLASSES)
    checks.at_most("the number of parts", len(parts), MAX_PARTS)
    n_lines = 1 + max(shorten(name, LETTERS, 4).count("\n") for name in names)
    class_height = max(0.1 + 0.2 * n_lines, len(counts) * NUMBER_HEIGHT / GROUP_HEIGHT)
    ax = axes_or_new(ax, (8, 1.6 + n_classes * class_height))
    fractions = counts / counts.sum(axis=1, keepdims=True)
    bars = _draw_bars(ax, list(parts), counts, fractions)
    dashed = {"color": ink(), "linestyle": "--", "zorder": 0.5}
    balanced = ax.axvline(1 / n_classes, label="balanced classes", **dashed)
    label_rows(ax, names, LETTERS, 11, max_lines=4)
    ax.set(ylim=(n_classes - 0.5, -0.5), xlim=(0, 1.14 * max(fractions.max(), 1 / n_classes)))
    ax.set_xlabel("percentage of the examples")
    ax.xaxis.set_major_formatter(lambda fraction, _: f"{100 * fraction:g}%")
    ax.set_axisbelow(True)
    ax.grid(False, axis="y")
    _add_legend(ax, [*bars, balanced])
    set_title(ax, title)
    if _height(ax) * GROUP_HEIGHT / counts.size > 0.9 * NUMBER_HEIGHT:
        _add_numbers(ax, bars, fractions)
    return ax


def _counts(parts, class_names):
    """Return the number of examples, (parts, classes), and the class names."""
    labels = {f"labels of {name}": part for name, part in parts.items()}
    labels = {name: evaluation.classes(part, name) for name, part in labels.items()}
    columns = [np.shape(part)[1] for part in parts.values() if np.ndim(part) == 2]
    n_columns = max(columns, default=1)
    is_one_hot = n_columns > 1
    indices, names, _ = in_order(labels, class_names, n_columns if is_one_hot else None, is_one_hot)
    return np.array([np.bincount(part, minlength=len(names)) for part in indices]), names


def _draw_bars(ax, names, counts, fractions):
    """Draw a bar for each part and class, and return a container for each part."""
    bar_height = GROUP_HEIGHT / len(counts)
    containers = []
    for number, name in enumerate(names):
        n_classes = len(counts[number])
        y = np.arange(n_classes) + bar_height * (number + 0.5) - GROUP_HEIGHT / 2
        style = {
            "color": color_and_marker(number)[0],
            "label": f"{shorten(name, 2 * LETTERS)} ({counts[number].sum():,})",
        }
        containers.append(ax.barh(y, fractions[number], 0.9 * bar_height, **style))
    return containers


def _add_numbers(ax, containers, fractions):
    """Add the percentage to the right of each bar."""
    for bars, part_fractions in zip(containers, fractions, strict=True):
        labels = [f"{fraction:.1%}" for fraction in part_fractions]
        for text in ax.bar_label(bars, labels, padding=3, fontsize=10):
            # Hide the dashed line behind the number
            text.set_bbox({"facecolor": ax.get_facecolor(), "linewidth": 0, "pad": 0.5})


def _height(ax):
    """Return the height of the Axes in inches, after the layout is computed."""
    figure = ax.figure.figure  # not the SubFigure
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    return ax.get_window_extent().height / figure.dpi


def _add_legend(ax, handles):
    """Add a legend below the Axes, in as many rows as necessary."""
    max_width = ax.get_window_extent().width / ax.figure.dpi
    n_rows = math.ceil(width_of(handles) / max_width)
    legend_below(ax, handles, columns=math.ceil(len(handles) / n_rows))
