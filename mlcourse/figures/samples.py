"""Pictures from a dataset, with their classes and with the probabilities that a network gives."""

import numpy as np

from mlcourse import checks, evaluation
from mlcourse.figures.axes import figure_or_new
from mlcourse.figures.style import BLUE, GREY, RED


def plot_samples(x, y, rows, cols, *, class_names=None, title="", fig=None):
    """Draws the first rows x cols pictures of `x`, each under its class.

    Args:
        x: pictures, (n, height, width) or (n, height, width, 3), uint8 or in [0, 1]; scaled ones
            become such by `pictures.visible`.
        y: their labels, (n,): numbers, which `class_names` may put into words; or (n, 1), or ones
            among zeros, (n, classes).
        rows, cols: how many pictures down and across.
        class_names: in label order.
        title: text above the pictures: say where they are from.
        fig: a Figure to draw in; a new one if None.

    Returns:
        The Figure, with one Axes a picture.

    Raises:
        ValueError: if there are fewer pictures than places, labels of another length, or a label
            that has no name.

    >>> import numpy as np
    >>> figure = plot_samples(np.zeros((4, 8, 8)), [3, 1, 4, 1], rows=2, cols=2)
    >>> [axes.get_title() for axes in figure.axes]
    ['3', '1', '4', '1']
    """
    rows, cols = checks.integer("rows", rows, 1), checks.integer("cols", cols, 1)
    checks.same_length("x", x, "y", y)
    x, y = checked_pictures("x", x), evaluation.classes(y) if np.ndim(y) == 2 else y
    checks.integer(f"the number of pictures, for {rows} x {cols} places,", len(x), rows * cols)
    fig = figure_or_new(fig, (1.9 * cols, 2.0 * rows + 0.4 * bool(title)))
    for axes, image, label in zip(fig.subplots(rows, cols, squeeze=False).flat, x, y, strict=False):
        show_picture(axes, image)
        axes.set_title(class_name(label, class_names), fontsize=12)
    fig.suptitle(title)
    return fig


def plot_probabilities(image, probabilities, class_names, *, label=None, title="", fig=None):
    """Draws one picture beside the probability that a network gives to each class.

    Args:
        image: (height, width) or (height, width, 3), uint8 or in [0, 1].
        probabilities: (classes,), in label order; the likeliest class is drawn in colour.
        class_names: (classes,), in label order.
        label: the true class; it goes above the picture, and a wrong answer is drawn in red.
        title: text above all: say where the picture is from.
        fig: a Figure to draw in; a new one if None.

    Returns:
        The Figure, with an Axes for the picture and one for the bars.

    Raises:
        ValueError: if there is not one probability for each class, or no such label.
    """
    probabilities = np.asarray(probabilities, dtype=float)
    checks.same_length("probabilities", probabilities, "class_names", class_names)
    fig = figure_or_new(fig, (8, 3.8))
    left, right = fig.subplots(1, 2, width_ratios=(1, 1.4))
    show_picture(left, image)
    left.set_title(
        "" if label is None else f"true class: {class_name(label, class_names)}", fontsize=12
    )
    winner = int(probabilities.argmax())
    colours = [GREY] * len(probabilities)
    colours[winner] = BLUE if label is None or int(label) == winner else RED
    bars = right.barh(class_names, probabilities, color=colours)
    right.bar_label(
        bars,
        [f"{share:.1%}" if share >= 0.001 else "" for share in probabilities],
        padding=3,
        fontsize=10,
    )
    right.invert_yaxis()
    right.set(xlim=(0, 1.18), xlabel="Probability", xticks=(0, 0.5, 1))
    right.grid(False)
    fig.suptitle(title)
    return fig


def class_name(label, class_names):
    """Returns what a label is called: its own number if there are no names."""
    if class_names is None:
        return str(label)
    return class_names[checks.integer("a label", label, 0, len(class_names) - 1)]


def checked_pictures(name, x):
    """Returns x as an array if it is pictures, such as `plot_samples` draws."""
    x = np.asarray(x)
    if x.ndim != 3 and not (x.ndim == 4 and x.shape[3] in (1, 3)):
        rule = f"{name} must be of shape (n, height, width), or with 1 or 3 channels last"
        raise ValueError(f"{rule}. Got {x.shape} instead.")
    checks.integer(f"the number of pictures in {name}", len(x), 1)
    low, high = x.min(), x.max()
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
    image = np.asarray(image)
    white = 255 if image.dtype == np.uint8 else 1
    look = {"cmap": "gray", "vmin": 0, "vmax": white, "interpolation": "nearest"}
    axes.imshow(image, extent=extent, **look)
    axes.set_axis_off()
