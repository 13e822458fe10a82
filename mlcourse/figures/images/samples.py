"""Images from a dataset, with classes and probabilities, and augmented."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from mlcourse import evaluation
from mlcourse._core import checks
from mlcourse.datasets.augmentation import augmented
from mlcourse.figures._shared.axes import figure_or_new
from mlcourse.figures._shared.style import BLUE, GREY, RED
from mlcourse.figures._shared.text import LITERAL, shorten
from mlcourse.figures._shared.titles import set_caption, set_suptitle, set_title

LETTERS = 24  # of a class's name beside its bar, on a line


def plot_samples(
    x: ArrayLike,
    y: ArrayLike,
    rows: int,
    cols: int,
    *,
    class_names: Sequence[str] | None = None,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Draw images in a grid, each under its class.

    Where there is a row for each class, a row has the first images of its class, and stays empty
    after the last one. Else these are the first rows x cols images.

    Args:
        x: pictures, (n, height, width) or (n, height, width, 3), uint8 or in [0, 1]; scaled ones
            become such by `pictures.visible`.
        y: their labels, as in `evaluation.accuracy`.
        rows, cols: how many pictures down and across.
        class_names: in label order; None for the labels themselves.
        title: text above the pictures: say where they are from.
        fig: a Figure to draw in; a new one if None.

    Returns:
        The Figure, with one Axes a picture.

    Raises:
        ValueError: if there are fewer pictures than places, labels of another length, or a label
            that has no name.

    >>> figure = plot_samples(np.zeros((4, 8, 8)), [3, 1, 4, 1], rows=2, cols=2)
    >>> [axes.get_title() for axes in figure.axes]
    ['3', '1', '4', '1']
    """
    rows, cols = checks.integer("rows", rows, 1), checks.integer("cols", cols, 1)
    x = checked_pictures("x", x)
    checks.same_length("x", x, "y", y)
    indices, known = evaluation.encode(y, class_names)
    checks.integer(f"the number of pictures, for {rows} x {cols} places,", len(x), rows * cols)
    chosen = _by_class(indices, rows, cols) if rows == len(known) else range(rows * cols)
    fig = figure_or_new(fig, (1.9 * cols, 2.0 * rows + 0.4 * bool(title)))
    places = fig.subplots(rows, cols, squeeze=False).flat
    for axes, index in zip(places, chosen, strict=True):
        axes.set_axis_off()
        if index is not None:
            show_picture(axes, x[index])
            set_caption(axes, known[indices[index]], fontsize=12)
    set_suptitle(fig, title)
    return fig


def _by_class(indices, rows, cols):
    """Return which examples are drawn, row by row: the first of each class, None for no more."""
    places = [np.flatnonzero(indices == row)[:cols].tolist() for row in range(rows)]
    return [place for row in places for place in [*row, *[None] * (cols - len(row))]]


def plot_probabilities(
    image: ArrayLike,
    probabilities: ArrayLike,
    class_names: Sequence[str],
    *,
    label: int | None = None,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Draws one picture beside the probability that a network gives to each class.

    Args:
        image: (height, width) or (height, width, 3), uint8 or in [0, 1].
        probabilities: (classes,), in label order; the likeliest class is drawn in color.
        class_names: (classes,), in label order.
        label: the true class; it goes above the picture, and a wrong answer is drawn in red.
        title: text above all: say where the picture is from.
        fig: a Figure to draw in; a new one if None.

    Returns:
        The Figure, with an Axes for the picture and one for the bars.

    Raises:
        ValueError: if there is not one probability for each class, or no such label.

    Example:
        >>> figure = plot_probabilities(np.eye(8), [0.25, 0.75], ["cat", "dog"], label=1)
        >>> figure.axes[0].get_title(), [text.get_text() for text in figure.axes[1].texts]
        ('true class: dog', ['25.0%', '75.0%'])
    """
    image, class_names = checked_picture("image", image), checks.texts("class_names", class_names)
    probabilities = _shares(probabilities, class_names)
    words = "" if label is None else f"true class: {class_name(label, class_names)}"
    fig = figure_or_new(fig, (8, 3.8))
    left, right = fig.subplots(1, 2, width_ratios=(1, 1.4))
    show_picture(left, image)
    winner = int(probabilities.argmax())
    colors = [GREY] * len(probabilities)
    colors[winner] = BLUE if label is None or int(label) == winner else RED
    bars = right.barh(range(len(class_names)), probabilities, color=colors)
    names = [shorten(name, LETTERS, 4) for name in class_names]
    right.set_yticks(range(len(names)), names, **LITERAL)
    right.bar_label(
        bars,
        [f"{share:.1%}" if share >= 0.001 else "" for share in probabilities],
        padding=3,
        fontsize=10,
    )
    right.invert_yaxis()
    right.set(xlim=(0, 1.18), xlabel="Probability", xticks=(0, 0.5, 1))
    right.grid(False)
    set_title(left, words, max_lines=3, fontsize=12)
    set_suptitle(fig, title)
    return fig


def _shares(probabilities, class_names):
    """Returns probabilities as an array, one for each class."""
    shares = checks.finite("probabilities", probabilities)
    checks.same_length("probabilities", shares, "class_names", class_names)
    if shares.ndim != 1 or shares.min() < 0 or shares.max() > 1:
        rule = "probabilities must be of shape (classes,), from 0 to 1"
        got = f"{shares.shape} from {shares.min():g} to {shares.max():g}"
        raise ValueError(f"{rule}. Got {got} instead.")
    return shares


def class_name(label, class_names):
    """Returns what a label is called: its own number if there are no names."""
    if class_names is None:
        return str(label)
    return class_names[checks.integer("a label", label, 0, len(class_names) - 1)]


def checked_pictures(name, x):
    """Returns x as an array if it is pictures, such as `plot_samples` draws."""
    return _checked(name, checks.array(name, x), 3, "(n, height, width)")


def checked_picture(name, image):
    """Returns one picture as an array, if it is one."""
    return _checked(name, checks.array(name, image), 2, "(height, width)")


def _checked(name, x, axes, shape):
    """Returns x if it has so many axes, or one more for channels, and numbers of pictures."""
    if x.ndim != axes and not (x.ndim == axes + 1 and x.shape[axes] in (1, 3)):
        rule = f"{name} must be of shape {shape}, or with 1 or 3 channels last"
        raise ValueError(f"{rule}. Got {x.shape} instead.")
    checks.integer(f"the number of pixels in {name}", x.size, 1)
    low, high = (x.min(), x.max()) if x.dtype.kind in "buif" else (math.nan, math.nan)
    if x.dtype != np.uint8 and not (low >= 0 and high <= 1):
        rule = f"{name} must be uint8, or in [0, 1]"
        raise ValueError(f"{rule}. Got {x.dtype} from {low:g} to {high:g} instead.")
    return x


def show_picture(axes, image, extent=None):
    """Draws a picture, uint8 or in [0, 1], and nothing else.

    Args:
        axes: the Axes, which it fills.
        image: (height, width) or (height, width, 3).
        extent: its left, right, lower and upper edge, if it does not fill them.
    """
    image, white = np.asarray(image), 255
    if image.dtype != np.uint8:
        image, white = image.astype(float), 1  # whole numbers would be out of 255
    look = {"cmap": "gray", "vmin": 0, "vmax": white, "interpolation": "nearest"}
    axes.imshow(image, extent=extent, **look)
    axes.set_axis_off()


def plot_augmented(
    image: ArrayLike,
    *,
    rows: int = 3,
    cols: int = 6,
    flip: bool = True,
    pad: int = 4,
    cutout: int = 0,
    seed: int = 0,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Draws a picture as it is, in a frame, and then as `datasets.augment` changes it at random.

    Args:
        image: (height, width), or with 1 or 3 channels last, uint8 or in [0, 1].
        rows, cols: how many pictures down and across.
        flip, pad, cutout: as in `datasets.augmented`.
        seed: the same seed gives the same pictures.
        title: text above the pictures.
        fig: a Figure to draw in; a new one if None.

    Returns:
        The Figure, with one Axes a picture.

    Raises:
        ValueError: if image is no picture, there is no place for a second one, or a setting cannot
            be.

    >>> figure = plot_augmented(np.eye(8), rows=1, cols=3)
    >>> [axes.get_title() for axes in figure.axes]
    ['original', '', '']
    """
    x = checked_picture("image", image)[np.newaxis]
    rows, cols = checks.integer("rows", rows, 1), checks.integer("cols", cols, 1)
    count = checks.integer("the number of pictures, rows x cols,", rows * cols, 2) - 1
    generator = np.random.default_rng(checks.integer("seed", seed, 0))
    same = np.zeros(count, int)  # the only picture that there is, so many times
    changed = augmented(x, generator, flip=flip, pad=pad, cutout=cutout, chosen=same)
    fig = figure_or_new(fig, (1.5 * cols, 1.5 * rows + 0.4 + 0.4 * bool(title)))
    places = fig.subplots(rows, cols, squeeze=False).ravel()
    for axes, picture in zip(places, [*x, *changed], strict=True):
        show_picture(axes, picture)
    _mark(places[0], x.shape[1:3])
    set_suptitle(fig, title)
    return fig


def _mark(axes, size):
    """Says of a picture that it is the original, and frames it."""
    height, width = size
    frame = {"fill": False, "edgecolor": RED, "linewidth": 4, "clip_on": False}
    axes.add_patch(Rectangle((-0.5, -0.5), width, height, **frame))
    axes.set_title("original", fontsize=12)
