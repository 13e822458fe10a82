"""The predicted probability of a binary classifier, as a surface over the plane."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from mlcourse._core import checks
from mlcourse.figures._shared.axes import axes_3d_or_new, format_axes_3d, grid
from mlcourse.figures._shared.legends import color_and_marker, legend_3d
from mlcourse.figures._shared.style import PROBABILITIES
from mlcourse.figures._shared.text import set_literal, shorten
from mlcourse.figures._shared.titles import set_title
from mlcourse.figures.evaluation.boundary_model import as_fitted, feature_names
from mlcourse.figures.evaluation.boundary_response import (
    checked_examples,
    checked_frame,
    drawn_classes,
    grid_points,
    names_of,
    probabilities,
)

MAX_EXAMPLES = 10_000  # drawn
LETTERS = 40  # per line of a label
RESOLUTION = 160  # points along each side


def plot_probability_surface(
    model: object,
    X: ArrayLike,  # noqa: N803
    y: ArrayLike,
    *,
    class_names: Sequence[str] | None = None,
    frame: Sequence[float] | None = None,
    max_examples: int = 400,
    from_logits: bool = False,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Plot the probability of the second class as a surface, with the examples on it.

    The black line is where both classes have the same probability.

    Args:
        model: a binary classifier, as in `plot_decision_boundary`.
        X: examples, (n, 2), at most a million.
        y: labels, as in `evaluation.accuracy`.
        class_names: names of the classes 0 and 1; None for the labels.
        frame: (left, right, bottom, top); None for a frame around the examples.
        max_examples: the largest number of examples to draw, evenly spaced in X; at most 10,000.
        from_logits: as in `plot_decision_boundary`.
        title: title of the Axes.
        ax: three-dimensional Axes to draw in; None for a new figure.

    Returns:
        The Axes.

    Raises:
        ValueError: if X is not (n, 2), y has another length, or the model does not have two
            classes.

    Example:
        >>> x = np.array([[0.0, 0.0], [1.0, 1.0]])
        >>> ax = plot_probability_surface(lambda points: 1 / (1 + np.exp(-points[:, 0])), x, [0, 1])
        >>> ax.get_zlabel()
        'probability of 1'
    """
    features = feature_names(model, X)
    X, y = checked_examples(X, y)  # noqa: N806
    max_examples = checks.integer("max_examples", max_examples, 1, limit=MAX_EXAMPLES)
    frame = checked_frame(frame, X)
    checks.flag("from_logits", from_logits)
    if class_names is not None:
        class_names = checks.texts("class_names", class_names)
    labels = np.unique(y)
    points = as_fitted(model, grid_points(frame, RESOLUTION, X.dtype), features)
    prediction = probabilities(model, points, labels, from_logits)
    scores = prediction.scores.reshape(RESOLUTION, RESOLUTION, -1)
    classes = drawn_classes(prediction.classes, labels, scores.shape[2], class_names)
    names = names_of(classes, class_names)
    if len(classes) != 2:
        raise ValueError(f"the model must have two classes. Got {len(classes)} instead.")
    heights = scores[:, :, 1]

    ax = axes_3d_or_new(ax, (7.5, 6))
    ax.computed_zorder = False  # otherwise the surface hides the examples
    surface = ax.plot_surface(
        *grid(frame, RESOLUTION),
        heights,
        rcount=RESOLUTION,
        ccount=RESOLUTION,
        shade=False,
        lw=0,
        antialiased=False,  # otherwise gaps between the faces are visible as a grid
        zorder=1,
    )
    surface.set_facecolor(PROBABILITIES(_face_means(heights).ravel()))
    if heights.min() < 0.5 < heights.max():
        ax.contour(*grid(frame, RESOLUTION), heights, [0.5], colors="black", zorder=2)
    low, high = np.reshape(frame, (2, 2)).T
    inside = np.flatnonzero(((low <= X) & (high >= X)).all(axis=1))
    n_examples = min(max_examples, len(inside))
    indices = inside[np.linspace(0, len(inside) - 1, n_examples).astype(int)]
    examples = []
    p = np.empty(0)
    if len(indices):
        points = as_fitted(model, X[indices], features)
        p = probabilities(model, points, classes, from_logits).scores[:, 1]
    for number, name in enumerate(names):
        is_class = y[indices] == classes[number]
        color, marker = color_and_marker(number)
        style = {"s": 18, "color": color, "marker": marker, "edgecolors": "white", "lw": 0.3}
        style |= {"zorder": 3, "depthshade": False}
        examples.append(ax.scatter(*X[indices][is_class].T, p[is_class], label=name, **style))
    legend_3d(ax, examples, title="class")
    ax.set(xlabel="$x_1$", ylabel="$x_2$", zlim=(0, 1))
    if features is not None:
        set_literal(ax.set_xlabel, shorten(features[0], LETTERS))
        set_literal(ax.set_ylabel, shorten(features[1], LETTERS))
    set_literal(ax.set_zlabel, shorten(f"probability of {names[1]}", LETTERS))
    format_axes_3d(ax)
    ax.view_init(28, -65)
    set_title(ax, title)
    return ax


def _face_means(heights):
    """Return the mean height of the corners of each face."""
    return (heights[:-1, :-1] + heights[1:, :-1] + heights[:-1, 1:] + heights[1:, 1:]) / 4
