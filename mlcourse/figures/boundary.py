"""What a classifier says all over the plane, and the lines that its first layer draws there."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize, to_rgb
from numpy.typing import ArrayLike

from mlcourse import checks
from mlcourse.figures.axes import axes_or_new
from mlcourse.figures.boundary_grid import (
    answers_on_grid,
    checked_examples,
    checked_frame,
    first_layer_lines,
)
from mlcourse.figures.folding import shorten
from mlcourse.figures.legends import add_legend, look
from mlcourse.figures.style import PROBABILITIES
from mlcourse.figures.texts import LITERAL

FILLS = ("probability", "class")
LETTERS = 40  # of the colour bar's label on a line


def plot_decision_boundary(
    model: object,
    X: ArrayLike,  # noqa: N803
    y: ArrayLike,
    ax: Axes | None = None,
    *,
    fill: str = "probability",
    hidden_lines: bool = False,
    levels: Sequence[float] = (),
    class_names: Sequence[str] | None = None,
    frame: Sequence[float] | None = None,
    resolution: int = 200,
    colorbar: bool = True,
    from_logits: bool = False,
) -> Axes:
    """Draw a classifier's predictions over the plane, with the examples; return the Axes.

    With two classes the colour is the probability of the second one, and the black line is where
    both are as likely. With more, the classes' colours are mixed by their probabilities.

    Args:
        model: anything that predicts: a Keras model, a scikit-learn classifier, or a function
            from points (n, 2) to probabilities, (n,), (n, 1) or (n, classes), or to the classes of
            y, (n,). It is called once, with all points, float32 if X is and else float64.
        X: examples, (n, 2).
        y: their labels, as in `evaluation.accuracy`. Some of the model's may be missing, where they
            are numbers from 0 on or the model names its classes.
        ax: the Axes to draw in; None for a new one.
        fill: "probability" for shades, "class" for one colour a class.
        hidden_lines: draw each first-layer unit's line w x + b = 0, dashed; `model` must then be
            one that `draw_neural_net` takes.
        levels: probabilities of the second of two classes at which to draw a thin line, with its
            number on it.
        class_names: what the classes 0, 1, ... are called; None for their numbers.
        frame: (left, right, bottom, top); None for one around the examples.
        resolution: points along each side of the frame.
        colorbar: whether probabilities of two classes get a colour bar.
        from_logits: whether the model predicts logits, which a softmax, or the sigmoid of one
            column, makes probabilities.

    Returns:
        The Axes.

    Raises:
        ValueError: if X is not (n, 2), y of another length, the model does not predict
            probabilities or classes, or there are levels and not two classes.

    >>> x = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> ax = plot_decision_boundary(lambda points: points[:, 0] > 0.5, x, [0, 1])
    >>> ax.get_title()
    ''
    """
    X, y = checked_examples(X, y)  # noqa: N806
    checks.choice("fill", fill, FILLS)
    checks.flag("hidden_lines", hidden_lines)
    checks.flag("colorbar", colorbar)
    checks.flag("from_logits", from_logits)
    resolution = checks.integer("resolution", resolution, 2)
    frame = checked_frame(frame, X)
    lines = first_layer_lines(model, frame) if hidden_lines else None
    checks.length("levels", levels)
    levels = sorted({checks.positive("each of levels", level) for level in levels})
    checks.number("the largest of levels", max(levels, default=0.5), below=1)
    grid, classes, names = answers_on_grid(model, X, y, frame, resolution, class_names, from_logits)
    if levels and len(names) != 2:
        raise ValueError(f"levels are for two classes. Got {len(names)} instead.")

    ax = axes_or_new(ax, (5.6, 4.2))
    shown = np.eye(len(names))[grid.argmax(axis=2)] if fill == "class" else grid
    by_probability = fill == "probability" and len(names) == 2
    colours = PROBABILITIES(grid[:, :, 1]) if by_probability else _mixed(shown)
    ax.imshow(colours, extent=frame, origin="lower", aspect="auto", interpolation="bilinear")
    _draw_borders(ax, grid, frame)
    _draw_levels(ax, grid, frame, levels)
    examples = _draw_examples(ax, X, y, classes, names)
    has_bar = by_probability and colorbar
    if len(names) > 2 or (class_names is not None and not has_bar):
        add_legend(ax, examples, title="class", frameon=True)
    if lines is not None:
        ax.add_collection(LineCollection(lines, colors="0.25", linestyles="--", linewidths=1.2))
    if has_bar:
        bar = ScalarMappable(Normalize(0, 1), PROBABILITIES)
        bar = ax.get_figure().colorbar(bar, ax=ax)
        bar.set_label(shorten(f"probability of class {names[1]}", LETTERS, 4), **LITERAL)
    ax.set(xlim=frame[:2], ylim=frame[2:], xlabel="$x_1$", ylabel="$x_2$")
    ax.grid(False)
    return ax


def _mixed(shares):
    """Returns the classes' colours, lightened, mixed by their shares: (height, width, 3)."""
    colours = [to_rgb(look(number)[0]) for number in range(shares.shape[2])]
    return 1 - 0.55 * (1 - shares @ np.array(colours))


def _draw_examples(ax, X, y, classes, names):  # noqa: N803
    """Draws each class in the colour of its area, with a marker of its own; returns the artists."""
    examples = []
    size = np.clip(28 * 400 / len(X), 7, 28)  # many are small
    for number, name in enumerate(names):
        chosen = X[y == classes[number]]
        if len(chosen):
            colour, marker = look(number)
            edges = {"edgecolors": "white", "linewidths": size / 28 * 0.6}
            look_of_class = {"color": colour, "marker": marker, **edges}
            examples.append(ax.scatter(*chosen.T, s=size, label=name, **look_of_class))
    return examples


def _sides(grid, frame):
    return np.linspace(*frame[:2], grid.shape[1]), np.linspace(*frame[2:], grid.shape[0])


def _draw_levels(ax, grid, frame, levels):
    """Draws where the second class has certain probabilities, and their numbers, one after another.

    The lines are those of the logits, which are straight where those of probabilities are steps.
    """
    p = np.clip(grid[:, :, -1].astype(float), 1e-12, 1 - 1e-12)
    logits, (x, y) = np.log(p / (1 - p)), _sides(grid, frame)
    style = {"colors": "0.25", "linewidths": 0.8, "linestyles": "solid"}
    box = {"facecolor": "white", "alpha": 0.8, "lw": 0, "pad": 1}
    text = {"color": "black", "fontsize": 10, "ha": "center", "va": "center", "bbox": box}
    for number, level in enumerate(levels):
        if p.min() < level < p.max():
            lines = ax.contour(x, y, logits, levels=[np.log(level / (1 - level))], **style)
            place = _place_on(lines.get_paths()[0].vertices, (number + 0.5) / len(levels), frame)
            if place is not None:
                ax.text(*place, f"{level:g}", **text)


def _place_on(line, share, frame):
    """Returns a place on a line, at this share of the frame; None if the line keeps to the rim.

    Lines beside each other, each with a share of its own, so have labels that do not overlap.
    """
    low, high = np.reshape(frame, (2, 2)).T
    inside = (line - low) / (high - low)
    kept = (inside > 0.08).all(axis=1) & (inside < 0.92).all(axis=1)
    if not kept.any():
        return None
    along = int(np.ptp(inside[:, 1]) >= np.ptp(inside[:, 0]))  # its longer way
    return line[kept][np.abs(inside[kept][:, along] - share).argmin()]


def _draw_borders(ax, grid, frame):
    """Draws where the likeliest class changes."""
    x, y = _sides(grid, frame)
    first = 1 if grid.shape[2] <= 2 else 0  # two classes have one border, one class has none
    for number in range(first, grid.shape[2]):
        lead = grid[:, :, number] - np.delete(grid, number, axis=2).max(axis=2)
        if lead.min() < 0 < lead.max():
            ax.contour(x, y, lead, levels=[0], colors="black", linewidths=1.5)
