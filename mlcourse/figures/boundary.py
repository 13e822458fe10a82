"""What a classifier says all over the plane, and the lines that its first layer draws there."""

import inspect

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize, to_rgb

from mlcourse import adapters, checks
from mlcourse.figures.axes import axes_or_new
from mlcourse.figures.style import CYCLE, PROBABILITIES

FILLS = ("probability", "class")
MARKERS = "o^sDvP"
BATCH = 8192  # points at a time: as quick as all at once, with less memory


def plot_decision_boundary(
    model,
    X,  # noqa: N803
    y,
    ax=None,
    *,
    fill="probability",
    hidden_lines=False,
    frame=None,
    resolution=200,
    colorbar=True,
):
    """Draws what a classifier says at each point of the plane, with the examples; returns the Axes.

    With two classes the colour is the probability of the second one, and the black line is where
    both are as likely. With more, the classes' colours are mixed by their probabilities.

    Args:
        model: anything that predicts: a Keras model, a scikit-learn classifier, or a function
            from points (n, 2) to probabilities, (n,), (n, 1) or (n, classes), or to classes, (n,)
            whole numbers. It is asked once, about all points.
        X: examples, (n, 2).
        y: their classes, (n,). Some of the model's may be missing, where they are numbers from 0 on
            or the model names its classes.
        ax: the Axes to draw in; None for a new one.
        fill: "probability" for shades, "class" for one colour a class.
        hidden_lines: draw each first-layer unit's line w x + b = 0, dashed; `model` must then be
            one that `draw_neural_net` takes.
        frame: (left, right, bottom, top); None for one around the examples.
        resolution: points along each side of the frame.
        colorbar: whether probabilities of two classes get a colour bar.

    Returns:
        The Axes.

    Raises:
        ValueError: if X is not (n, 2), y of another length, or the model does not predict
            probabilities or classes.

    >>> x = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> ax = plot_decision_boundary(lambda points: points[:, 0] > 0.5, x, [0, 1])
    >>> ax.get_title()
    ''
    """
    X, y = _examples(X, y)  # noqa: N806
    checks.choice("fill", fill, FILLS)
    checks.flag("hidden_lines", hidden_lines)
    checks.flag("colorbar", colorbar)
    resolution = checks.integer("resolution", resolution, 2)
    frame = _around(X) if frame is None else _frame(frame)
    lines = first_layer_lines(model, frame) if hidden_lines else None
    grid = probabilities_on_grid(model, frame, resolution, np.unique(y))
    names = _names(model, np.unique(y), grid.shape[2])

    ax = axes_or_new(ax, (5.6, 4.2))
    shown = np.eye(len(names))[grid.argmax(axis=2)] if fill == "class" else grid
    by_probability = fill == "probability" and len(names) == 2
    colours = PROBABILITIES(grid[:, :, 1]) if by_probability else _mixed(shown)
    ax.imshow(colours, extent=frame, origin="lower", aspect="auto", interpolation="bilinear")
    _draw_borders(ax, grid, frame)
    _draw_examples(ax, X, y, names)
    if len(names) > 2:
        ax.legend(title="class", fontsize=10, frameon=True)
    if hidden_lines:
        ax.add_collection(LineCollection(lines, colors="0.25", linestyles="--", linewidths=1.2))
    if by_probability and colorbar:
        bar = ScalarMappable(Normalize(0, 1), PROBABILITIES)
        ax.get_figure().colorbar(bar, ax=ax, label=f"probability of class {names[1]}")
    ax.set(xlim=frame[:2], ylim=frame[2:], xlabel="$x_1$", ylabel="$x_2$")
    ax.grid(False)
    return ax


def probabilities_on_grid(model, frame, resolution, classes):
    """Returns what a model says on a grid of points, (resolution, resolution, classes)."""
    left, right, bottom, top = frame
    grid = np.meshgrid(np.linspace(left, right, resolution), np.linspace(bottom, top, resolution))
    points = np.column_stack([axis.ravel() for axis in grid]).astype(np.float32)
    answers = _predict(model, points)
    if answers.shape[:1] != (len(points),) or answers.ndim > 2:
        rule = f"the model must give one answer for each of {len(points):,} points"
        raise ValueError(f"{rule}. Got an array of shape {answers.shape} instead.")
    answers = answers.reshape(len(points), -1)
    if answers.dtype.kind != "f":
        if answers.shape[1] != 1 or not np.isin(answers, classes).all():
            got = np.unique(answers)[:3].tolist()
            raise ValueError(f"the model must predict probabilities or classes of y. Got {got}.")
        answers = (answers == classes).astype(float)
    elif answers.shape[1] == 1:
        answers = np.hstack([1 - answers, answers])
    if not (answers >= -1e-5).all() or not (answers <= 1 + 1e-5).all():
        low, high = np.min(answers), np.max(answers)
        rule = "the model must predict probabilities or classes"
        raise ValueError(f"{rule}. Got numbers from {low:.3g} to {high:.3g} instead.")
    if not np.allclose(answers.sum(axis=1), 1, atol=1e-3):
        rule = "the probabilities of a point's classes must have the sum 1"
        got = f"{answers.sum(axis=1).min():.3g} to {answers.sum(axis=1).max():.3g}"
        raise ValueError(f"{rule}. Got sums from {got} instead.")
    return np.clip(answers, 0, 1).reshape(resolution, resolution, -1)


def first_layer_lines(model, frame):
    """Returns each first-layer unit's line w x + b = 0, from border to border of the frame.

    Returns:
        An array (lines, 2, 2) of ends; a unit whose line does not cross the frame has none.
    """
    layer = adapters.network(model).layers[0]
    if len(layer.weights) != 2:
        got = len(layer.weights)
        raise ValueError(f"hidden_lines needs a network of two inputs. Got {got} instead.")
    biases = np.zeros(layer.weights.shape[1]) if layer.bias is None else layer.bias
    lines = [_cut(w, b, frame) for w, b in zip(layer.weights.T, biases, strict=True)]
    return np.array([line for line in lines if line is not None]).reshape(-1, 2, 2)


def _cut(w, b, frame):
    """Returns where the line w x + b = 0 enters the frame and leaves it; None if it does not."""
    length = np.linalg.norm(w)
    if length == 0:
        return None
    foot, along = -b * w / length**2, np.array([-w[1], w[0]]) / length
    low, high = np.reshape(frame, (2, 2)).T
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.sort([(low - foot) / along, (high - foot) / along], axis=0)
    inside = (low <= foot) & (foot <= high)
    ends[:, along == 0] = np.where(inside, [[-np.inf], [np.inf]], np.nan)[:, along == 0]
    start, stop = np.max(ends[0]), np.min(ends[1])
    return np.array([foot + start * along, foot + stop * along]) if start < stop else None


def _predict(model, points):
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(points))
    if not hasattr(model, "predict"):
        if not callable(model):
            raise ValueError(f"the model must predict, or be a function. Got {model!r} instead.")
        return np.asarray(model(points))
    options = {"batch_size": BATCH, "verbose": 0}
    known = inspect.signature(model.predict).parameters
    return np.asarray(model.predict(points, **{k: v for k, v in options.items() if k in known}))


def _examples(X, y):  # noqa: N803
    X, y = np.asarray(X, dtype=float), np.asarray(y)  # noqa: N806
    if X.ndim != 2 or X.shape[1] != 2 or not len(X) or not np.isfinite(X).all():
        got = "some that are not" if X.ndim == 2 and X.size and X.shape[1] == 2 else X.shape
        raise ValueError(f"X must be examples of shape (n, 2), all finite. Got {got} instead.")
    if y.ndim != 1:
        raise ValueError(f"y must be classes of shape (n,). Got {y.shape} instead.")
    checks.same_length("X", X, "y", y)
    return X, y


def _names(model, classes, columns):
    """Returns the name of each of the model's classes, of which y may lack some."""
    known = getattr(model, "classes_", classes)
    if len(known) == columns and np.isin(classes, known).all():
        return known
    if classes.dtype.kind not in "iu" or classes.min() < 0 or classes.max() >= columns:
        rule = f"y must have the {columns} classes of the model"
        raise ValueError(f"{rule}. Got {classes.tolist()} instead.")
    return np.arange(columns)


def _mixed(shares):
    """Returns the classes' colours, lightened, mixed by their shares: (height, width, 3)."""
    colours = [to_rgb(CYCLE[number % len(CYCLE)]) for number in range(shares.shape[2])]
    return 1 - 0.55 * (1 - shares @ np.array(colours))


def _draw_examples(ax, X, y, names):  # noqa: N803
    """Draws each class in the colour of its area, with a marker of its own."""
    for number, name in enumerate(names):
        chosen = X[y == name]
        if len(chosen):
            colour, marker = CYCLE[number % len(CYCLE)], MARKERS[number % len(MARKERS)]
            style = {"color": colour, "marker": marker, "edgecolors": "white", "linewidths": 0.6}
            ax.scatter(*chosen.T, s=28, label=name, **style)


def _draw_borders(ax, grid, frame):
    """Draws where the likeliest class changes."""
    x = np.linspace(*frame[:2], grid.shape[1])
    y = np.linspace(*frame[2:], grid.shape[0])
    first = 1 if grid.shape[2] <= 2 else 0  # two classes have one border, one class has none
    for number in range(first, grid.shape[2]):
        lead = grid[:, :, number] - np.delete(grid, number, axis=2).max(axis=2)
        if lead.min() < 0 < lead.max():
            ax.contour(x, y, lead, levels=[0], colors="black", linewidths=1.5)


def _around(X):  # noqa: N803
    low, high = X.min(axis=0), X.max(axis=0)
    room = 0.15 * np.where(high > low, high - low, 1)
    return low[0] - room[0], high[0] + room[0], low[1] - room[1], high[1] + room[1]


def _frame(frame):
    sides = frame if np.ndim(frame) == 1 else ()
    values = [checks.number("each side of frame", side) for side in sides]
    if len(values) != 4 or values[0] >= values[1] or values[2] >= values[3]:
        raise ValueError(f"frame must be left < right, bottom < top. Got {frame!r} instead.")
    return tuple(values)
