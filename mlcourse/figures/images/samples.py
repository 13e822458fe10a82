"""Images of a dataset, with their classes, with predicted probabilities, and augmented."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from mlcourse import evaluation
from mlcourse._core import checks
from mlcourse.datasets.augmentation import random_augment
from mlcourse.figures._shared.axes import figure_or_new, grid_shape
from mlcourse.figures._shared.style import BLUE, GREY, RED
from mlcourse.figures._shared.text import label_rows
from mlcourse.figures._shared.titles import set_caption, set_suptitle, set_title

MAX_CLASSES = 100  # with a bar each
LETTERS = 24  # per line of a class name beside its bar


def plot_samples(
    x: ArrayLike,
    y: ArrayLike,
    rows: int = 3,
    cols: int = 6,
    *,
    class_names: Sequence[str] | None = None,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Plot a grid of images with their classes.

    If there are as many rows as classes, each row has the first images of one class, and the rest
    of the row is empty if the class has fewer. Otherwise these are the first rows * cols images.

    Args:
        x: images, (n, height, width) or (n, height, width, 3), uint8 or in [0, 1]. Convert
            standardized images with `preprocessing.to_displayable`.
        y: labels, as in `evaluation.accuracy`.
        rows: the number of rows.
        cols: the number of columns; rows * cols is at most 400.
        class_names: names of the classes, in label order; None for the labels.
        title: title of the figure, for example the dataset.
        fig: Figure to draw in; None for a new figure.

    Returns:
        The Figure, with one Axes for each image.

    Raises:
        ValueError: if there are fewer than rows * cols images, lengths differ, or a label has no
            name.

    >>> figure = plot_samples(np.zeros((4, 8, 8)), [3, 1, 4, 1], rows=2, cols=2)
    >>> [axes.get_title() for axes in figure.axes]
    ['3', '1', '4', '1']
    """
    rows, cols = grid_shape(rows, cols)
    x = checked_images("x", x)
    checks.same_length("x", x, "y", y)
    labels, names = evaluation.encode(y, class_names)
    checks.integer(f"the number of images, for {rows} x {cols} Axes,", len(x), rows * cols)
    indices = _by_class(labels, rows, cols) if rows == len(names) else range(rows * cols)
    fig = figure_or_new(fig, (1.9 * cols, 2.0 * rows + 0.4 * bool(title)))
    grid = fig.subplots(rows, cols, squeeze=False).flat
    for ax, index in zip(grid, indices, strict=True):
        ax.set_axis_off()
        if index is not None:
            show_image(ax, x[index])
            set_caption(ax, names[labels[index]], fontsize=12)
    set_suptitle(fig, title)
    return fig


def _by_class(labels, rows, cols):
    """Return the indices of the first examples of each class, row by row, padded with None."""
    indices = []
    for label in range(rows):
        of_class = np.flatnonzero(labels == label)[:cols].tolist()
        indices += of_class + [None] * (cols - len(of_class))
    return indices


def plot_probabilities(
    image: ArrayLike,
    probabilities: ArrayLike,
    *,
    class_names: Sequence[str] | None = None,
    label: int | None = None,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Plot an image and a bar for the predicted probability of each class.

    Args:
        image: (height, width) or (height, width, 3), uint8 or in [0, 1].
        probabilities: predicted probabilities, (classes,), at most 100, in label order. The
            most probable class has a colored bar.
        class_names: names of the classes, (classes,), in label order; None for the labels.
        label: the true class, which is written above the image. If the prediction is wrong, its bar
            is red.
        title: title of the figure.
        fig: Figure to draw in; None for a new figure.

    Returns:
        The Figure, with an Axes for the image and one for the bars.

    Raises:
        ValueError: if the number of probabilities and of classes differ, or the label is invalid.

    Example:
        >>> names = ["cat", "dog"]
        >>> figure = plot_probabilities(np.eye(8), [0.25, 0.75], class_names=names, label=1)
        >>> figure.axes[0].get_title(), [text.get_text() for text in figure.axes[1].texts]
        ('true class: dog', ['25.0%', '75.0%'])
    """
    image = checked_image("image", image)
    if class_names is None:
        class_names = [
            str(number) for number in range(checks.length("probabilities", probabilities))
        ]
    class_names = checks.texts("class_names", class_names)
    checks.at_most("the number of classes", len(class_names), MAX_CLASSES)
    probabilities = _checked_probabilities(probabilities, class_names)
    image_title = "" if label is None else f"true class: {class_name(label, class_names)}"
    fig = figure_or_new(fig, (8, 3.8))
    left, right = fig.subplots(1, 2, width_ratios=(1, 1.4))
    show_image(left, image)
    predicted = int(probabilities.argmax())
    colors = [GREY] * len(probabilities)
    colors[predicted] = BLUE if label is None or int(label) == predicted else RED
    bars = right.barh(range(len(class_names)), probabilities, color=colors)
    label_rows(right, class_names, LETTERS, 12, max_lines=4)
    percentages = [
        f"{probability:.1%}" if probability >= 0.001 else "" for probability in probabilities
    ]
    right.bar_label(bars, percentages, padding=3, fontsize=10)
    right.invert_yaxis()
    right.set(xlim=(0, 1.18), xlabel="probability", xticks=(0, 0.5, 1))
    right.grid(False)
    set_title(left, image_title, max_lines=3, fontsize=12)
    set_suptitle(fig, title)
    return fig


def _checked_probabilities(probabilities, class_names):
    """Return probabilities as an array, (classes,); raise ValueError if they are invalid."""
    probabilities = checks.finite("probabilities", probabilities)
    checks.same_length("probabilities", probabilities, "class_names", class_names)
    if probabilities.ndim != 1 or probabilities.min() < 0 or probabilities.max() > 1:
        rule = "probabilities must be of shape (classes,), from 0 to 1"
        values = f"from {probabilities.min():g} to {probabilities.max():g}"
        raise ValueError(f"{rule}. Got {probabilities.shape} {values} instead.")
    return probabilities


def class_name(label, class_names):
    """Return the name of a class, or its label if there are no names."""
    if class_names is None:
        return str(label)
    return class_names[checks.integer("a label", label, 0, len(class_names) - 1)]


def checked_images(name, x):
    """Return images as an array; raise ValueError if the shape or the values are invalid."""
    return _checked(name, checks.array(name, x), 3, "(n, height, width)")


def checked_image(name, image):
    """Return an image as an array; raise ValueError if the shape or the values are invalid."""
    return _checked(name, checks.array(name, image), 2, "(height, width)")


def _checked(name, x, ndim, shape):
    """Return an array that has `ndim` axes, or one more for channels, and displayable values."""
    if x.ndim != ndim and not (x.ndim == ndim + 1 and x.shape[ndim] in (1, 3)):
        rule = f"{name} must be of shape {shape}, or with 1 or 3 channels last"
        raise ValueError(f"{rule}. Got {x.shape} instead.")
    checks.integer(f"the number of pixels in {name}", x.size, 1)
    low, high = (x.min(), x.max()) if x.dtype.kind in "buif" else (math.nan, math.nan)
    if x.dtype != np.uint8 and not (low >= 0 and high <= 1):
        rule = f"{name} must be uint8, or in [0, 1]"
        raise ValueError(f"{rule}. Got {x.dtype} from {low:g} to {high:g} instead.")
    return x


def show_image(ax, image, extent=None):
    """Draw an image, uint8 or in [0, 1], without axes.

    Args:
        ax: the Axes.
        image: (height, width) or (height, width, 3).
        extent: (left, right, lower, upper) edge of the image; None to fill the Axes.
    """
    image = np.asarray(image)
    white = 255
    if image.dtype != np.uint8:
        image = image.astype(float)  # Matplotlib scales integers by 255
        white = 1
    style = {"cmap": "gray", "vmin": 0, "vmax": white, "interpolation": "nearest"}
    ax.imshow(image, extent=extent, **style)
    ax.set_axis_off()


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
    """Plot an image, in a frame, and random augmentations of it.

    Args:
        image: (height, width), or with 1 or 3 channels last, uint8 or in [0, 1].
        rows: the number of rows.
        cols: the number of columns; rows * cols is at most 400.
        flip, pad, cutout: as in `datasets.random_augment`.
        seed: seed of the augmentations.
        title: title of the figure.
        fig: Figure to draw in; None for a new figure.

    Returns:
        The Figure, with one Axes for each image.

    Raises:
        ValueError: if the image or a setting is invalid, or rows * cols is 1.

    >>> figure = plot_augmented(np.eye(8), rows=1, cols=3)
    >>> [axes.get_title("left") for axes in figure.axes]
    ['original', '', '']
    """
    x = checked_image("image", image)[np.newaxis]
    rows, cols = grid_shape(rows, cols)
    n_augmented = checks.integer("the number of images, rows x cols,", rows * cols, 2) - 1
    rng = np.random.default_rng(checks.integer("seed", seed, 0))
    indices = np.zeros(n_augmented, int)
    augmentations = random_augment(x, rng, flip=flip, pad=pad, cutout=cutout, indices=indices)
    fig = figure_or_new(fig, (1.5 * cols, 1.5 * rows + 0.4 + 0.4 * bool(title)))
    grid = fig.subplots(rows, cols, squeeze=False).ravel()
    for ax, augmentation in zip(grid, [*x, *augmentations], strict=True):
        show_image(ax, augmentation)
    _mark_original(grid[0], x.shape[1:3])
    set_suptitle(fig, title)
    return fig


def _mark_original(ax, size):
    """Draw a frame around the original image, and its caption."""
    height, width = size
    frame = {"fill": False, "edgecolor": RED, "linewidth": 4, "clip_on": False}
    ax.add_patch(Rectangle((-0.5, -0.5), width, height, **frame))
    ax.set_title("original", fontsize=12, loc="left")
