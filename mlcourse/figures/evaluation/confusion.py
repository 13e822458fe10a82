"""Confusion matrices, with a separate color scale for errors."""

import math
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, to_rgb
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike
from scipy.cluster import hierarchy

from mlcourse._core import checks
from mlcourse.evaluation import most_confused
from mlcourse.figures._shared.axes import axes_or_new
from mlcourse.figures._shared.legends import LETTER, legend_below
from mlcourse.figures._shared.style import BLUE, RED
from mlcourse.figures._shared.text import (
    LITERAL,
    Label,
    ScaledText,
    extent,
    label_rows,
    name_height,
    readable_on,
    shorten,
    steep_letters,
    thin_labels,
)
from mlcourse.figures._shared.titles import set_title

CELL_SIDES = (0.46, 0.54)  # inches, with class names of one or two lines
MIN_SIDE = 2.6  # inches, of all cells together
MAX_FIGURE_SIDE = 10  # inches
MAX_NUMBERED = 30  # classes; more classes have no numbers, and the worst pairs are named
MAX_CLASSES = 250  # more cells than pixels
MAX_PAIRS = 8
PAIR_LETTERS = 44  # per line of a confused pair
PAIRS_HEIGHT = 1.4  # inches, of the list of pairs
NAME_SIZE = 10  # points
MAX_NUMBER_SIZE = 13  # points
LETTERS = 20  # per line of a class name, which has two lines at most
DIAGONAL_STRENGTH = 0.5  # weaker than errors, which are more important


def plot_confusion_matrix(
    cm: ArrayLike,
    classes: Sequence[str],
    ax: Axes | None = None,
    normalize: bool = False,
    cmap: str | Colormap | None = None,
    *,
    sort_by_similarity: bool = False,
    title: str = "",
) -> Axes:
    """Plot a confusion matrix.

    Rows are true classes, columns are predicted classes. Correct predictions, on the diagonal, are
    blue. Errors are orange, and the most frequent error has the full color, even if all errors are
    rare. Numbers that would be smaller than 6 points are not drawn. With more than 30 classes there
    are no numbers: the most frequent errors have a ring, and are named below.

    Args:
        cm: counts, (classes, classes), as returned by `evaluation.confusion_matrix`.
        classes: names of the classes, in label order.
        ax: Axes to draw in; None for a new figure, whose size depends on the number of classes.
        normalize: whether to show percentages of each true class. The row of a class without
            examples is empty.
        cmap: a colormap of Matplotlib, or its name, for all cells, from 0 to the largest value;
            None for blue and orange.
        sort_by_similarity: whether classes that are confused with each other are neighbors, instead
            of classes in label order.
        title: title of the Axes.

    Returns:
        The Axes.

    Raises:
        ValueError: if cm is not square or has a negative count, there are more than 250 classes, or
            the number of names is wrong.

    >>> ax = plot_confusion_matrix([[9, 1], [2, 8]], ["cat", "dog"], normalize=True)
    >>> [text.get_text() for text in ax.texts]
    ['90.0', '10.0', '20.0', '80.0']
    """
    cm, classes = checked_matrix(cm, classes)
    if checks.flag("sort_by_similarity", sort_by_similarity):
        order = order_by_similarity(cm)
        cm = cm[np.ix_(order, order)]
        classes = [classes[index] for index in order]
    normalize = checks.flag("normalize", normalize)
    cmap = cmap if cmap is None else _colormap(cmap)
    values = _percentages(cm) if normalize else cm
    ax = axes_or_new(ax, size_for(classes))
    colors = _two_color_cells(values) if cmap is None else _cmap_cells(values, cmap)
    ax.imshow(colors)
    ax.set(ylabel="true class", xlabel="predicted class")
    if normalize:
        ax.set_xlabel("predicted class, in % of the true class")
    format_value = _format_percentage if normalize else _format_count
    _set_class_names(ax, classes)
    if len(classes) <= MAX_NUMBERED:
        _draw_numbers(ax, values, colors, format_value)
    else:
        _name_worst_pairs(ax, values, classes, format_value)
    set_title(ax, title)
    return ax


def checked_matrix(cm, classes):
    """Return a confusion matrix as an array, and the class names; raise ValueError if invalid."""
    cm = checks.finite("cm", cm)
    classes = checks.texts("classes", classes)
    if cm.ndim != 2 or cm.shape[0] != cm.shape[1] or len(cm) < 2:
        rule = "cm must be square, with a row and a column for each of at least 2 classes"
        raise ValueError(f"{rule}. Got {cm.shape} instead.")
    if cm.min() < 0:
        raise ValueError(f"cm must not be negative. Got {cm.min():g} instead.")
    with np.errstate(over="ignore"):
        checks.finite("the sum of cm", [cm.sum(dtype=float)])
    checks.same_length("classes", classes, "cm", cm)
    if len(cm) > MAX_CLASSES:
        rule = f"cm must have at most {MAX_CLASSES} classes; list the errors with most_confused"
        raise ValueError(f"{rule}. Got {len(cm)} classes instead.")
    return cm, classes


def order_by_similarity(cm):
    """Return an order of the classes in which those that are often confused are neighbors.

    The distance of two classes is 1 minus the fraction of their examples that the other class gets
    (average linkage, with the optimal order of the leaves).

    >>> order_by_similarity(np.array([[8, 0, 2], [0, 9, 1], [3, 0, 7]])).tolist()
    [1, 2, 0]
    """
    fractions = _percentages(cm) / 100
    fractions = np.nan_to_num(fractions)
    distances = 1 - (fractions + fractions.T) / 2
    pairs = distances[np.triu_indices(len(cm), 1)]
    return hierarchy.leaves_list(hierarchy.linkage(pairs, "average", optimal_ordering=True))


def size_for(classes):
    """Return the width and the height in inches of a figure for these class names."""
    names = [shorten(name, LETTERS).split("\n") for name in classes]
    name_width = LETTER * max(len(line) for name in names for line in name)
    n_lines = max(map(len, names))
    side = max(MIN_SIDE, CELL_SIDES[n_lines - 1] * len(names))
    height = 0.8 * name_width + 0.9
    if len(classes) > MAX_NUMBERED:  # columns have no names
        height = PAIRS_HEIGHT
    side = min(side, MAX_FIGURE_SIDE - max(name_width + 0.6, height))
    return side + name_width + 0.6, side + height


def _percentages(cm):
    """Return the percentages of each row, with NaN in rows without examples."""
    totals = cm.sum(axis=1, keepdims=True)
    return 100 * (cm / np.where(totals, totals, np.nan))  # 100 * cm overflows uint8


def _format_percentage(value):
    return f"{value:.1f}" if 0 < value < 100 else f"{value:.0f}"


def _format_count(value):
    return f"{value:.0f}" if value % 1 == 0 else f"{value:.2f}"


def _two_color_cells(values):
    """Return the RGB colors of the cells, (classes, classes, 3), with white for NaN."""
    values = np.nan_to_num(values)
    colors = np.ones((*values.shape, 3))
    is_diagonal = np.eye(len(values), dtype=bool)
    for cells, color, strength in ((is_diagonal, BLUE, DIAGONAL_STRENGTH), (~is_diagonal, RED, 1)):
        fractions = values[cells] / (values[cells].max() or 1)
        colors[cells] -= strength * fractions[:, None] * (1 - np.array(to_rgb(color)))
    return colors


def _colormap(cmap):
    """Return a colormap by name, or a colormap unchanged."""
    if isinstance(cmap, Colormap):
        return cmap
    return mpl.colormaps[checks.choice("cmap", cmap, list(mpl.colormaps))]


def _cmap_cells(values, cmap):
    """Return the RGB colors of the cells, (classes, classes, 3), with white for NaN."""
    colors = cmap(np.nan_to_num(values) / (np.nanmax(values) or 1))[..., :3]
    colors[np.isnan(values)] = 1
    return colors


def _draw_numbers(ax, values, colors, format_number):
    """Draw the number of each cell in black or white, in one size that fits the longest."""
    texts = {
        cell: format_number(value) for cell, value in np.ndenumerate(values) if not np.isnan(value)
    }
    size = min(0.5, 0.85 / max((extent(text)[0] for text in texts.values()), default=1))
    if len(values) < 5:
        size = max(size, 0.06 * len(values))
    for (row, column), text in texts.items():
        color = readable_on(colors[row, column])
        ax.add_artist(ScaledText(Label(column, row, text, size, {"color": color}), MAX_NUMBER_SIZE))


def _name_worst_pairs(ax, values, classes, format_value):
    """Draw a ring around the most frequent errors, and list them below the Axes."""
    pairs = most_confused(np.nan_to_num(values), max_pairs=MAX_PAIRS)
    if not pairs:
        return
    rows, columns, _ = zip(*pairs, strict=True)
    ring = {"marker": "o", "mfc": "none", "mec": "black", "ms": 9, "mew": 1.2, "ls": ""}
    ax.plot(columns, rows, **ring)
    handles = [
        Line2D([], [], ls="", label=f"{classes[row]} as {classes[column]}: {format_value(value)}")
        for row, column, value in pairs
    ]
    width = ax.get_figure().bbox.width / ax.get_figure(root=True).dpi
    columns = 2 if width > 2 * LETTER * PAIR_LETTERS else 1
    letters = min(PAIR_LETTERS, int(width / columns / LETTER) - 3)
    title = "most frequent errors (rings): true class as predicted class"
    legend_below(
        ax, handles, columns, letters, max_lines=2, title=title, handlelength=0, handletextpad=0
    )


def _set_class_names(ax, classes):
    """Label rows and columns with the class names, and rotate long names of columns."""
    names = label_rows(ax, classes, LETTERS, NAME_SIZE)
    ax.tick_params(which="both", length=0)
    ax.grid(False)
    if len(names) > MAX_NUMBERED:  # columns are in the order of the rows
        ax.set_xticks(())
        return
    longest = LETTER * max(len(line) for name in names for line in name.split("\n"))
    cell_side = min(ax.bbox.size) / len(names) / ax.get_figure(root=True).dpi
    rotation = {}
    if longest > 0.75 * cell_side:
        is_steep = name_height(names, NAME_SIZE) / 72 > cell_side * math.sin(math.radians(45))
        rotation = {"rotation": 90, "va": "center"} if is_steep else {"rotation": 45, "va": "top"}
        rotation |= {"ha": "right", "rotation_mode": "anchor"}
        if is_steep:
            letters = min(LETTERS, steep_letters(ax, NAME_SIZE))
            names = [shorten(name, letters, name.count("\n") + 1) for name in names]
    ax.set_xticks(range(len(names)), names, fontsize=NAME_SIZE, **LITERAL, **rotation)
    thin_labels(ax.xaxis, names, NAME_SIZE)
    edges = np.arange(len(names) + 1) - 0.5
    ax.set_xticks(edges, minor=True)
    ax.set_yticks(edges, minor=True)
    ax.grid(which="minor", color="0.8", lw=0.8)
