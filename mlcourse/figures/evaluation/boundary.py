"""Decision boundaries: a classifier's predictions over the plane, and lines of its first layer."""

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
from mlcourse.figures._shared.text import LITERAL, letters_in, shorten
from mlcourse.figures.evaluation.boundary_model import as_fitted, feature_names
from mlcourse.figures.evaluation.boundary_response import (
    checked_examples,
    checked_frame,
    first_layer_lines,
    grid_points,
    names_of,
    response,
    shown_classes,
)

FILLS = ("probability", "class")
LETTERS = 40  # of the color bar's label on a line


def plot_decision_boundary(
    model: object,
    X: ArrayLike,  # noqa: N803
    y: ArrayLike,
    ax: Axes | None = None,
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
) -> Axes:
    """Draw a classifier's predictions over the plane, with the examples; return the Axes.

    With two classes the color is the probability of the second one, or the value of the decision
    function, and the black line is the border. With more, the classes' colors are mixed by their
    probabilities.

    Args:
        model: anything that predicts: a Keras model; a classifier, clusterer, outlier detector or
            Pipeline of scikit-learn; a regressor of two labels, whose border is half way between
            them; or a function from points (n, 2) to probabilities, (n,), (n, 1) or (n, classes),
            or to classes, (n,). It is called once, with all points: float32 if X is and else
            float64, or a DataFrame if it was fitted on one.
        X: examples, (n, 2). The columns of a DataFrame label the axes.
        y: their labels, as in `evaluation.accuracy`. Some of the model's may be missing, where they
            are numbers from 0 on or the model names its classes. For a clusterer or an outlier
            detector, labels such as it predicts.
        ax: the Axes to draw in; None for a new one.
        fill: "probability" for shades, "class" for one color a class.
        response_method: "predict_proba", "decision_function" or "predict" for what that method
            returns, or "auto" for the first of decision_function, predict_proba and predict that
            the model has, as in `DecisionBoundaryDisplay` of scikit-learn; None for probabilities
            if the model predicts some. Of a Keras model or a function "predict" is the class with
            the largest output.
        hidden_lines: draw each first-layer unit's line w x + b = 0, dashed; `model` must then be
            one that `draw_neural_net` takes.
        levels: probabilities of the second of two classes at which to draw a thin line, with its
            number on it.
        class_names: what the classes 0, 1, ... are called; None for their labels. Names among the
            labels are found in it.
        frame: (left, right, bottom, top); None for one around the examples.
        resolution: points along each side of the frame.
        colorbar: whether the response for two classes gets a color bar.
        from_logits: whether the model predicts logits, which a softmax, or the sigmoid of one
            column, makes probabilities. A Keras model whose loss takes logits needs no such hint.

    Returns:
        The Axes.

    Raises:
        ValueError: if X is not (n, 2), y of another length, the model does not predict
            probabilities or classes of y, or has no such method, or there are levels and not the
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
    resolution = checks.integer("resolution", resolution, 2)
    frame = checked_frame(frame, X)
    if class_names is not None:
        class_names = checks.texts("class_names", class_names)
    lines = first_layer_lines(model, frame) if hidden_lines else ()
    levels = _checked_levels(levels)
    labels = np.unique(y)
    points = as_fitted(model, grid_points(frame, resolution, X.dtype), features)
    found = response(model, points, labels, response_method, from_logits)
    grid = found.shares.reshape(resolution, resolution, -1)
    classes = shown_classes(found.classes, labels, grid.shape[2], class_names)
    names = names_of(classes, class_names)
    if levels and len(names) != 2:
        raise ValueError(f"levels are for two classes. Got {len(names)} instead.")
    if levels and found.kind not in ("probability", "class"):
        raise ValueError(f"levels are for probabilities. Got a {found.kind} instead.")

    ax = axes_or_new(ax, (5.6, 4.2))
    has_shades = fill == "probability" and len(names) == 2
    if has_shades:
        colors = PROBABILITIES(_norm(found)(_responses(found, grid[:, :, 1])))
    else:
        is_hard = fill == "class" or found.kind == "class"
        colors = _mixed(np.eye(len(names))[grid.argmax(axis=2)] if is_hard else grid)
    ax.imshow(colors, extent=frame, origin="lower", aspect="auto", interpolation="bilinear")
    _draw_borders(ax, grid, frame)
    _draw_levels(ax, grid, frame, levels)
    artists = _draw_examples(ax, X, y, classes, names)
    ax.set(xlim=frame[:2], ylim=frame[2:], xlabel="$x_1$", ylabel="$x_2$")
    ax.grid(False)
    if features is not None:
        ax.set_xlabel(shorten(features[0], LETTERS), **LITERAL)
        ax.set_ylabel(shorten(features[1], LETTERS), **LITERAL)
    if len(lines):
        style: dict = {"colors": "0.25", "linestyles": "--", "linewidths": 1.2}
        artists.append(LineCollection(lines, label="first-layer unit", **style))
        ax.add_collection(artists[-1])
    has_bar = colorbar and has_shades and found.kind != "class"
    bar = _set_colorbar(ax, found, names[1]) if has_bar else _remove_colorbar(ax)
    legend_off_points(ax, artists, X, title="class")
    if bar is not None:
        _align(bar.ax, ax)
    return ax


def _checked_levels(levels):
    """Return levels, sorted, each once, if they are probabilities."""
    checks.length("levels", levels)
    levels = sorted({checks.positive("each of levels", level) for level in levels})
    checks.number("the largest of levels", max(levels, default=0.5), below=1)
    return levels


def _responses(found, shares):
    """Return the responses at shares of the second of two classes."""
    low, high = found.limits
    if found.kind == "decision function":
        return (2 * shares - 1) * max(-low, high)
    return low + shares * (high - low)


def _norm(found):
    """Return the scale of colors, of which the middle is at the border."""
    is_score = found.kind == "decision function"
    return TwoSlopeNorm(0, *found.limits) if is_score else Normalize(*found.limits)


def _set_colorbar(ax, found, name):
    """Give Axes one color bar, for the response of the second of two classes; return it."""
    extend = "both" if found.kind == "prediction" else "neither"
    bar = ScalarMappable(_norm(found), PROBABILITIES)
    earlier = _colorbar_axes(ax)
    for one in earlier:
        one.clear()
    place = {"cax": earlier[0]} if earlier else {"ax": ax}
    bar = ax.get_figure().colorbar(bar, extend=extend, **place)
    bar.ax.set_gid(_colorbar_id(ax))
    label = "prediction" if found.kind == "prediction" else f"{found.kind} of class {name}"
    letters = min(LETTERS, letters_in(ax.bbox.height / ax.get_figure().dpi, 12))
    bar.set_label(shorten(label, letters, 4), **LITERAL)
    return bar


def _remove_colorbar(ax):
    """Remove the color bar of an earlier drawing in the same Axes."""
    for one in _colorbar_axes(ax):
        one.remove()


def _colorbar_axes(ax):
    return [one for one in ax.get_figure().axes if one.get_gid() == _colorbar_id(ax)]


def _colorbar_id(ax):
    return f"color bar of {id(ax)}"


def _align(bar, ax):
    """Give a color bar the height of its Axes, and the labels of both a place in the figure."""
    figure = ax.get_figure()
    if figure.get_layout_engine() is not None:
        return
    own, place = bar.get_position(), ax.get_position()
    bar.set_position((own.x0, place.y0, own.width, place.height))
    width = figure.bbox.width
    left = max(0, -ax.get_tightbbox().x0 / width)
    right = max(0, bar.get_tightbbox().x1 / width - 1)
    if left + right < place.width / 2:
        ax.set_position((place.x0 + left, place.y0, place.width - left - right, place.height))
        bar.set_position((own.x0 - right, place.y0, own.width, place.height))


def _mixed(shares):
    """Returns the classes' colors, lightened, mixed by their shares: (height, width, 3)."""
    colors = [to_rgb(color_and_marker(number, BLACK)[0]) for number in range(shares.shape[2])]
    return 1 - 0.55 * (1 - shares @ np.array(colors))


def _draw_examples(ax, X, y, classes, names):  # noqa: N803
    """Draws each class in the color of its area, with a marker of its own; returns the artists."""
    examples = []
    size = np.clip(28 * 400 / len(X), 7, 28)  # many are small
    for number, name in enumerate(names):
        chosen = X[y == classes[number]]
        if len(chosen):
            color, marker = color_and_marker(number, BLACK)
            edges = {"edgecolors": "white", "linewidths": size / 28 * 0.6}
            look_of_class = {"color": color, "marker": marker, **edges}
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
