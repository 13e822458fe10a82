"""One picture as a network gets to see it, changed anew each time."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from mlcourse import checks
from mlcourse.datasets.changes import augmented
from mlcourse.figures.axes import figure_or_new
from mlcourse.figures.samples import checked_picture, show_picture
from mlcourse.figures.style import RED
from mlcourse.figures.titles import set_suptitle


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
