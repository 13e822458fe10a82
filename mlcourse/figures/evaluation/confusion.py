"""Confusion matrices, with a separate color scale for errors."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, to_rgb
from numpy.typing import ArrayLike

from mlcourse._core import checks
from mlcourse.figures._shared.axes import axes_or_new
from mlcourse.figures._shared.legends import LETTER
from mlcourse.figures._shared.style import BLUE, RED
from mlcourse.figures._shared.text import LITERAL, Label, ScaledText, extent, shorten
from mlcourse.figures._shared.titles import set_title

CELL_SIDES = (0.46, 0.54)  # inches, with class names of one or two lines
MIN_SIDE = 2.6  # inches, of all cells together
NAME_SIZE = 10  # points
MAX_NUMBER_SIZE = 13  # points
LETTERS = 20  # per line of a class name, which has two lines at most
DIAGONAL_STRENGTH = 0.5  # weaker than errors, which are more important
DARK_LUMINANCE = 0.18  # relative luminance (WCAG 2) below which text is white


def plot_confusion_matrix(
    cm: ArrayLike,
    classes: Sequence[str],
    ax: Axes | None = None,
    normalize: bool = False,
    cmap: str | Colormap | None = None,
    *,
    title: str = "",
) -> Axes:
    """Plot a confusion matrix.

    Rows are true classes, columns are predicted classes. Correct predictions, on the diagonal, are
    blue. Errors are orange, and the most frequent error has the full color, even if all errors are
    rare. Numbers that would be smaller than 6 points are not drawn.

    Args:
        cm: counts, (classes, classes), as returned by `evaluation.confusion_matrix`.
        classes: names of the classes, in label order.
        ax: Axes to draw in; None for a new figure, whose size depends on the number of classes.
        normalize: whether to show percentages of each true class. The row of a class without
            examples is empty.
        cmap: a colormap of Matplotlib, or its name, for all cells, from 0 to the largest value;
            None for blue and orange.
        title: title of the Axes.

    Returns:
        The Axes.

    Raises:
        ValueError: if cm is not square or has a negative count, or the number of names is wrong.

    >>> ax = plot_confusion_matrix([[9, 1], [2, 8]], ["cat", "dog"], normalize=True)
    >>> [text.get_text() for text in ax.texts]
    ['90.0', '10.0', '20.0', '80.0']
    """
    cm, classes = checked_matrix(cm, classes)
    names = [shorten(name, LETTERS) for name in classes]
    normalize = checks.flag("normalize", normalize)
    cmap = cmap if cmap is None else _colormap(cmap)
    values = _percentages(cm) if normalize else cm
    ax = axes_or_new(ax, size_for(classes))
    colors = _two_color_cells(values) if cmap is None else _cmap_cells(values, cmap)
    ax.imshow(colors)
    _draw_numbers(ax, values, colors, _format_percentage if normalize else _format_count)
    _set_class_names(ax, names)
    xlabel = "answer, in % of the true class" if normalize else "answer"
    ax.set(xlabel=xlabel, ylabel="true class")
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
    return cm, classes


def size_for(classes):
    """Return the width and the height in inches of a figure for these class names."""
    names = [shorten(name, LETTERS).split("\n") for name in classes]
    name_width = LETTER * max(len(line) for name in names for line in name)
    n_lines = max(map(len, names))
    side = max(MIN_SIDE, CELL_SIDES[n_lines - 1] * len(names))
    return side + name_width + 0.6, side + 0.8 * name_width + 0.9


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
    luminance = colors**2.2 @ (0.2126, 0.7152, 0.0722)
    for (row, column), text in texts.items():
        color = "white" if luminance[row, column] < DARK_LUMINANCE else "black"
        ax.add_artist(ScaledText(Label(column, row, text, size, {"color": color}), MAX_NUMBER_SIZE))


def _set_class_names(ax, names):
    """Label rows and columns with the class names, and rotate long names of columns."""
    positions = range(len(names))
    cell_side = min(ax.bbox.size) / len(names) / ax.figure.dpi
    longest = LETTER * max(len(line) for name in names for line in name.split("\n"))
    rotation = {}
    if longest > 0.75 * cell_side:
        rotation = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(positions, names, fontsize=NAME_SIZE, **LITERAL, **rotation)
    ax.set_yticks(positions, names, fontsize=NAME_SIZE, **LITERAL)
    edges = np.arange(len(names) + 1) - 0.5
    ax.set_xticks(edges, minor=True)
    ax.set_yticks(edges, minor=True)
    ax.grid(False)
    ax.grid(which="minor", color="0.8", lw=0.8)
    ax.tick_params(which="both", length=0)
