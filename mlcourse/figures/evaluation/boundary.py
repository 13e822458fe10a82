"""Decision boundaries of classifiers in the plane."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize, TwoSlopeNorm, to_rgb
from numpy.typing import ArrayLike

from mlcourse._core import checks
from mlcourse.figures._shared.axes import axes_or_new
from mlcourse.figures._shared.legends import BLACK, color_and_marker, legend_off_points
from mlcourse.figures._shared.style import PROBABILITIES
from mlcourse.figures._shared.text import letters_in, set_literal, shorten
from mlcourse.figures._shared.titles import set_title
from mlcourse.figures.evaluation.boundary_model import as_fitted, feature_names
from mlcourse.figures.evaluation.boundary_response import (
    checked_examples,
    checked_frame,
    drawn_classes,
    first_layer_lines,
    grid_points,
    names_of,
    response,
)

MAX_RESOLUTION = 1_000
FILLS = ("probability", "class")
LETTERS = 40  # per line of a label


def plot_decision_boundary(
    model: object,
    X: ArrayLike,  # noqa: N803
    y: ArrayLike,
    *,
    fill: str = "probability",
    response_method: str | None = None,
    hidden_lines: bool = False,
    levels: Sequence[float] = (),
    class_names: Sequence[str] | None = None,
    frame: Sequence[float] | None = None,
    resolution: int = 200,
    colorbar: bool = True,
    from_logits: bool = False,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Plot the decision boundary of a classifier, with the examples.

    With two classes the color is the probability of the second class, or the value of the decision
    function, and the black line is the boundary. With more classes their colors are mixed by the
    probabilities.

    Args:
        model: a Keras model; a classifier, clusterer, outlier detector or Pipeline of scikit-learn;
            a regressor of two labels, whose boundary is halfway between them; or a function from
            points, (n, 2), to probabilities, (n,), (n, 1) or (n, classes), or to classes, (n,). It
            is called once, with all points: float32 if X is float32, otherwise float64, or a
            DataFrame if the model was fitted on one.
        X: examples, (n, 2), at most a million. The columns of a DataFrame label the axes.
        y: labels, as in `evaluation.accuracy`, of at most 50 classes. They may lack
            classes of the model, if labels are non-negative integers or the model knows its
            classes. For a clusterer or an outlier detector, use labels as it predicts them.
        fill: "probability" for mixed colors, "class" for one color per class.
        response_method: the method to call, "predict_proba", "decision_function" or "predict";
            "auto" for the first of decision_function, predict_proba and predict that the model has,
            as in `DecisionBoundaryDisplay` of scikit-learn; None for probabilities if available.
            For a Keras model or a function, "predict" is the class with the largest output.
        hidden_lines: whether to draw the line w x + b = 0 of each unit in the first layer, dashed.
            The model must then be one that `draw_neural_net` accepts.
        levels: probabilities of the second of two classes, at which to draw labeled lines.
        class_names: names of the classes 0, 1, ...; None for the labels. If the labels are names,
            the list defines their order.
        frame: (left, right, bottom, top); None for a frame around the examples.
        resolution: points along each side of the frame, at most 1,000.
        colorbar: whether to add a colorbar for two classes.
        from_logits: whether the model predicts logits: one column for a sigmoid, several for a
            softmax. It is detected for a Keras model whose loss has `from_logits`.
        title: title of the Axes.
        ax: Axes to draw in; None for a new figure.

    Returns:
        The Axes.

    Raises:
        ValueError: if X is not (n, 2), y has another length, the model does not predict
            probabilities or classes of y, or does not have the method, or levels are given without
            probabilities of two classes.

    >>> x = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> ax = plot_decision_boundary(lambda points: points[:, 0] > 0.5, x, [0, 1])
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['0', '1']
    """
    features = feature_names(model, X)
    X, y = checked_examples(X, y)  # noqa: N806
    checks.choice("fill", fill, FILLS)
    checks.flag("hidden_lines", hidden_lines)
    checks.flag("colorbar", colorbar)
    checks.flag("from_logits", from_logits)
    resolution = checks.integer("resolution", resolution, 2, limit=MAX_RESOLUTION)
    frame = checked_frame(frame, X)
    if class_names is not None:
        class_names = checks.texts("class_names", class_names)
    lines = first_layer_lines(model, frame) if hidden_lines else ()
    levels = _checked_levels(levels)
    labels = np.unique(y)
    points = as_fitted(model, grid_points(frame, resolution, X.dtype), features)
    result = response(model, points, labels, response_method, from_logits)
    grid = result.scores.reshape(resolution, resolution, -1)
    classes = drawn_classes(result.classes, labels, grid.shape[2], class_names)
    names = names_of(classes, class_names)
    if levels and len(names) != 2:
        raise ValueError(f"levels are for two classes. Got {len(names)} instead.")
    if levels and result.kind not in ("probability", "class"):
        raise ValueError(f"levels are for probabilities. Got a {result.kind} instead.")

    ax = axes_or_new(ax, (5.6, 4.2))
    has_gradient = fill == "probability" and len(names) == 2
    colors = region_colors(result, grid, fill)
    ax.imshow(colors, extent=frame, origin="lower", aspect="auto", interpolation="bilinear")
    draw_boundaries(ax, grid, frame)
    _draw_levels(ax, grid, frame, levels)
    artists = _draw_examples(ax, X, y, classes, names, np.unique(grid.argmax(axis=2)))
    ax.set(xlim=frame[:2], ylim=frame[2:], xlabel="$x_1$", ylabel="$x_2$")
    ax.grid(False)
    if features is not None:
        set_literal(ax.set_xlabel, shorten(features[0], LETTERS))
        set_literal(ax.set_ylabel, shorten(features[1], LETTERS))
    if len(lines):
        style: dict = {"colors": "0.25", "linestyles": "--", "linewidths": 1.2}
        artists.append(LineCollection(lines, label="first-layer unit", **style))
        ax.add_collection(artists[-1])
    bar = None
    if colorbar and has_gradient and result.kind != "class":
        bar = _set_colorbar(ax, result, names[1])
    else:
        _remove_colorbar(ax)
    legend_off_points(ax, artists, X, title="class")
    if bar is not None:
        _align_colorbar(bar.ax, ax)
    set_title(ax, title)
    return ax


def region_colors(result, grid, fill="probability"):
    """Return the colors of a grid of points.

    Args:
        result: the `Response` at the points.
        grid: its scores, (rows, columns, classes).
        fill: see `plot_decision_boundary`.
    """
    n_classes = grid.shape[2]
    if fill == "probability" and n_classes == 2:
        return PROBABILITIES(_norm(result)(_responses(result, grid[:, :, 1])))
    if fill == "class" or result.kind == "class":
        return _mixed_colors(np.eye(n_classes)[grid.argmax(axis=2)])
    return _mixed_colors(grid)


def _checked_levels(levels):
    """Return the distinct levels, sorted; raise ValueError unless they are between 0 and 1."""
    checks.length("levels", levels)
    levels = sorted({checks.positive("each of levels", level) for level in levels})
    checks.number("the largest of levels", max(levels, default=0.5), below=1)
    return levels


def _responses(result, scores):
    """Return the responses for scores of the second of two classes."""
    low, high = result.limits
    if result.kind == "decision function":
        return (2 * scores - 1) * max(-low, high)
    return low + scores * (high - low)


def _norm(result):
    """Return the color scale, whose middle is at the decision boundary."""
    is_decision = result.kind == "decision function"
    return TwoSlopeNorm(0, *result.limits) if is_decision else Normalize(*result.limits)


def _set_colorbar(ax, result, name):
    """Add or replace the colorbar of Axes, for the second of two classes, and return it."""
    mappable = ScalarMappable(_norm(result), PROBABILITIES)
    previous = _colorbar_axes(ax)
    for bar_ax in previous:
        bar_ax.clear()
    position = {"cax": previous[0]} if previous else {"ax": ax}
    extend = "both" if result.kind == "prediction" else "neither"
    bar = ax.get_figure().colorbar(mappable, extend=extend, **position)
    bar.ax.set_gid(_colorbar_id(ax))
    label = "prediction" if result.kind == "prediction" else f"{result.kind} of class {name}"
    n_letters = min(LETTERS, letters_in(ax.bbox.height / ax.get_figure().dpi, 12))
    set_literal(bar.set_label, shorten(label, n_letters, 4))
    return bar


def _remove_colorbar(ax):
    """Remove the colorbar of a previous plot in the same Axes."""
    for bar_ax in _colorbar_axes(ax):
        bar_ax.remove()


def _colorbar_axes(ax):
    return [other for other in ax.get_figure().axes if other.get_gid() == _colorbar_id(ax)]


def _colorbar_id(ax):
    return f"colorbar of {id(ax)}"


def _align_colorbar(bar_ax, ax):
    """Give a colorbar the height of its Axes, and move both so that their labels fit.

    A layout engine does this by itself.
    """
    figure = ax.get_figure()
    if figure.get_layout_engine() is not None:
        return
    bar_box = bar_ax.get_position()
    box = ax.get_position()
    bar_ax.set_position((bar_box.x0, box.y0, bar_box.width, box.height))
    width = figure.bbox.width
    left = max(0, -ax.get_tightbbox().x0 / width)
    right = max(0, bar_ax.get_tightbbox().x1 / width - 1)
    if left + right < box.width / 2:
        ax.set_position((box.x0 + left, box.y0, box.width - left - right, box.height))
        bar_ax.set_position((bar_box.x0 - right, box.y0, bar_box.width, box.height))


def _mixed_colors(scores):
    """Return lightened class colors, mixed by the scores, (height, width, 3)."""
    colors = [to_rgb(color_and_marker(number, BLACK)[0]) for number in range(scores.shape[2])]
    return 1 - 0.55 * (1 - scores @ np.array(colors))


def _draw_examples(ax, X, y, classes, names, with_region):  # noqa: N803
    """Draw the examples, with a color and a marker for each class, and return the artists.

    A class without examples has an artist, for the legend, if it has a region.
    """
    artists = []
    size = np.clip(28 * 400 / len(X), 7, 28)  # smaller for many examples
    for number, name in enumerate(names):
        color, marker = color_and_marker(number, BLACK)
        edges = {"edgecolors": "white", "linewidths": size / 28 * 0.6}
        style = {"color": color, "marker": marker, **edges}
        examples = X[y == classes[number]]
        if len(examples) or number in with_region:
            artists.append(ax.scatter(*examples.T, s=size, label=name, **style))
    return artists


def _grid_axes(grid, frame):
    """Return x and y of a grid."""
    return np.linspace(*frame[:2], grid.shape[1]), np.linspace(*frame[2:], grid.shape[0])


def _draw_levels(ax, grid, frame, levels):
    """Draw labeled contour lines at probabilities of the second class.

    Contours of the logits are smoother than contours of the probabilities.
    """
    p = np.clip(grid[:, :, -1].astype(float), 1e-12, 1 - 1e-12)
    logits = np.log(p / (1 - p))
    x, y = _grid_axes(grid, frame)
    style = {"colors": "0.25", "linewidths": 0.8, "linestyles": "solid"}
    box = {"facecolor": "white", "alpha": 0.8, "lw": 0, "pad": 1}
    text = {"color": "black", "fontsize": 10, "ha": "center", "va": "center", "bbox": box}
    for number, level in enumerate(levels):
        if p.min() < level < p.max():
            lines = ax.contour(x, y, logits, levels=[np.log(level / (1 - level))], **style)
            vertices = lines.get_paths()[0].vertices
            position = _label_position(vertices, (number + 0.5) / len(levels), frame)
            if position is not None:
                ax.text(*position, f"{level:g}", **text)


def _label_position(line, fraction, frame):
    """Return the point of a line at a fraction of the frame, or None at the edge of the frame.

    Parallel lines with different fractions have labels that do not overlap.
    """
    low, high = np.reshape(frame, (2, 2)).T
    relative = (line - low) / (high - low)
    is_inside = (relative > 0.08).all(axis=1) & (relative < 0.92).all(axis=1)
    if not is_inside.any():
        return None
    main_axis = int(np.ptp(relative[:, 1]) >= np.ptp(relative[:, 0]))
    return line[is_inside][np.abs(relative[is_inside][:, main_axis] - fraction).argmin()]


def draw_boundaries(ax, grid, frame):
    """Draw the lines on which the predicted class changes, and return their artists.

    Args:
        ax: the Axes.
        grid: scores on a grid of points, (rows, columns, classes).
        frame: (left, right, bottom, top).
    """
    lines = []
    x, y = _grid_axes(grid, frame)
    first = 1 if grid.shape[2] <= 2 else 0  # two classes have one boundary, one class has none
    for number in range(first, grid.shape[2]):
        difference = grid[:, :, number] - np.delete(grid, number, axis=2).max(axis=2)
        if difference.min() < 0 < difference.max():
            style = {"colors": "black", "linewidths": 1.5}
            lines.append(ax.contour(x, y, difference, levels=[0], **style))
    return lines
