"""`plot_confusion_matrix`: what is taken for what, with a scale of its own for the mistakes."""

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
from mlcourse.figures._shared.text import LITERAL, ScaledText, Word, extent, shorten
from mlcourse.figures._shared.titles import set_title

CELL, LEAST = (0.46, 0.54), 2.6  # inches: of a cell by its name's lines, and of all cells together
POINTS, LARGEST = 10, 13  # of the names, and of the numbers where there is room
LETTERS = 20  # of a name on a line; it has two at most
PALE = 0.5  # strength of the color of what is right, so that mistakes are seen beside it
DARK = 0.18  # relative luminance (WCAG 2) below which white is read better than black


def plot_confusion_matrix(
    cm: ArrayLike,
    classes: Sequence[str],
    ax: Axes | None = None,
    normalize: bool = False,
    cmap: str | Colormap | None = None,
    *,
    title: str = "",
) -> Axes:
    """Draws how many examples of each class are taken for each class, and returns the Axes.

    A row is a true class, a column an answer. Right answers, on the diagonal, are blue; the
    mistakes are orange, the most frequent one at full strength, however rare all of them are.
    A number that would have less than 6 points in its cell is left away.

    Args:
        cm: counts, (classes, classes), as `evaluation.confusion_matrix` returns them.
        classes: their names, in label order.
        ax: the Axes to draw in; None for new ones, of the size that the classes need.
        normalize: whether to show percentages of each true class; the row of a class without
            examples stays blank.
        cmap: a colormap of Matplotlib, or its name, for all cells together, from 0 to the largest;
            None for blue and orange.
        title: text above.

    Returns:
        The Axes.

    Raises:
        ValueError: if cm is not square or has a negative count, or there is not one name a class.

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
    image = _colors(values) if cmap is None else _mapped(values, cmap)
    ax.imshow(image)
    _write(ax, values, image, _percent if normalize else _count)
    _name(ax, names)
    answer = "answer, in % of the true class" if normalize else "answer"
    ax.set(xlabel=answer, ylabel="true class")
    set_title(ax, title)
    return ax


def checked_matrix(cm, classes):
    """Returns cm as an array, and the classes' names, if it is a confusion matrix of these."""
    cm, classes = checks.finite("cm", cm), checks.texts("classes", classes)
    if cm.ndim != 2 or cm.shape[0] != cm.shape[1] or len(cm) < 2:
        rule = "cm must be square, with a row and a column for each of at least 2 classes"
        raise ValueError(f"{rule}. Got {cm.shape} instead.")
    if cm.min() < 0:
        raise ValueError(f"cm must not be negative. Got {cm.min():g} instead.")
    checks.same_length("classes", classes, "cm", cm)
    return cm, classes


def size_for(classes):
    """Returns the size in inches, width and height, of a figure in which all can be read."""
    names = [shorten(name, LETTERS).split("\n") for name in classes]
    room = LETTER * max(len(line) for name in names for line in name)
    side = max(LEAST, CELL[max(map(len, names)) - 1] * len(names))
    return side + room + 0.6, side + 0.8 * room + 0.9


def _percentages(cm):
    """Returns 100 times the share of each row's cells; NaN in rows without examples."""
    totals = cm.sum(axis=1, keepdims=True)
    return 100 * (cm / np.where(totals, totals, np.nan))  # 100 * cm is too large for uint8


def _percent(value):
    return f"{value:.1f}" if 0 < value < 100 else f"{value:.0f}"


def _count(value):
    return f"{value:.0f}" if value % 1 == 0 else f"{value:.2f}"


def _colors(values):
    """Returns the cells' colors, (classes, classes, 3); white for NaN."""
    values, image = np.nan_to_num(values), np.ones((*values.shape, 3))
    right = np.eye(len(values), dtype=bool)
    for cells, color, strength in ((right, BLUE, PALE), (~right, RED, 1)):
        shares = values[cells] / (values[cells].max() or 1)
        image[cells] -= strength * shares[:, None] * (1 - np.array(to_rgb(color)))
    return image


def _colormap(cmap):
    """Return a colormap, or the one of that name."""
    if isinstance(cmap, Colormap):
        return cmap
    return mpl.colormaps[checks.choice("cmap", cmap, list(mpl.colormaps))]


def _mapped(values, cmap):
    """Return the cells' colors by a colormap, (classes, classes, 3); white for NaN."""
    image = cmap(np.nan_to_num(values) / (np.nanmax(values) or 1))[..., :3]
    image[np.isnan(values)] = 1
    return image


def _write(ax, values, image, word):
    """Writes a number into each cell, black or white, all of one size, which the longest fits."""
    texts = {place: word(value) for place, value in np.ndenumerate(values) if value == value}
    size = min(0.5, 0.85 / max((extent(text)[0] for text in texts.values()), default=1))
    size = max(size, 0.06 * len(values)) if len(values) < 5 else size
    luminance = image**2.2 @ (0.2126, 0.7152, 0.0722)
    for (row, column), text in texts.items():
        color = "white" if luminance[row, column] < DARK else "black"
        ax.add_artist(ScaledText(Word(column, row, text, size, {"color": color}), LARGEST))


def _name(ax, names):
    """Puts the classes' names at the rows and the columns, those aslant that have no room."""
    places, cell = range(len(names)), min(ax.bbox.size) / len(names) / ax.figure.dpi
    longest = LETTER * max(len(line) for name in names for line in name.split("\n"))
    aslant = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(
        places, names, fontsize=POINTS, **LITERAL, **aslant if longest > 0.75 * cell else {}
    )
    ax.set_yticks(places, names, fontsize=POINTS, **LITERAL)
    edges = np.arange(len(names) + 1) - 0.5
    ax.set_xticks(edges, minor=True)
    ax.set_yticks(edges, minor=True)
    ax.grid(False)
    ax.grid(which="minor", color="0.8", lw=0.8)
    ax.tick_params(which="both", length=0)
