"""What a classifier says on a grid of points, and where its first layer draws its lines."""

import inspect

import numpy as np
from scipy import special

from mlcourse import adapters, checks, evaluation
from mlcourse.evaluation.answers import ADVICE
from mlcourse.figures.contours import grid
from mlcourse.networks import Scaling

BATCH = 8192  # points at a time: as quick as all at once, with less memory


def answers_on_grid(model, X, y, frame, resolution, class_names, from_logits=False):  # noqa: N803
    """Return a model's probabilities on a grid of points, its classes, and their names."""
    labels = np.unique(y)
    shares = probabilities_on_grid(model, frame, resolution, labels, X.dtype, from_logits)
    classes = classes_of(model, labels, shares.shape[2])
    return shares, classes, names_of(classes, class_names)


def probabilities_on_grid(model, frame, resolution, classes, dtype=float, from_logits=False):
    """Return a model's probabilities on a grid of points, (resolution, resolution, classes)."""
    points = np.column_stack([axis.ravel() for axis in grid(frame, resolution)]).astype(dtype)
    shares = probabilities(model, points, classes, from_logits)
    return shares.reshape(resolution, resolution, -1)


def probabilities(model, points, classes, from_logits=False):
    """Return a model's probability of each class at points (n, 2): (n, classes).

    Predictions that are classes are those of the model, if it names them, or else of the examples.
    """
    classes = getattr(model, "classes_", classes)
    answers = _predict(model, points)
    if answers.shape[:1] != (len(points),) or answers.ndim > 2:
        rule = f"the model must give one answer for each of {len(points):,} points"
        raise ValueError(f"{rule}. Got an array of shape {answers.shape} instead.")
    answers = answers.reshape(len(points), -1)
    if from_logits:
        return _from_logits(answers)
    is_class = answers.shape[1] == 1 and np.isin(answers, classes).all()
    if is_class:
        answers = (answers == classes).astype(float)
    elif answers.dtype.kind != "f":
        got = np.unique(answers)[:3].tolist()
        raise ValueError(f"the model must predict probabilities or classes of y. Got {got}.")
    elif answers.shape[1] == 1:
        answers = np.hstack([1 - answers, answers])
    if not (answers >= -1e-5).all() or not (answers <= 1 + 1e-5).all():
        low, high = np.min(answers), np.max(answers)
        rule = "the model must predict probabilities or classes"
        raise ValueError(f"{rule}. Got numbers from {low:.3g} to {high:.3g} instead: {ADVICE}.")
    if not np.allclose(answers.sum(axis=1), 1, atol=1e-3):
        rule = "the probabilities of a point's classes must have the sum 1"
        got = f"{answers.sum(axis=1).min():.3g} to {answers.sum(axis=1).max():.3g}"
        raise ValueError(f"{rule}. Got sums from {got} instead.")
    return np.clip(answers, 0, 1)


def _from_logits(answers):
    """Return the probabilities of logits, those of one column for the second of two classes."""
    if answers.dtype.kind not in "iuf" or not np.isfinite(answers).all():
        rule = "the model must predict logits, all finite, with from_logits=True"
        raise ValueError(f"{rule}. Got {answers.dtype} or NaN instead.")
    answers = answers.astype(float)
    if answers.shape[1] == 1:
        return special.expit(np.hstack([-answers, answers]))
    return special.softmax(answers, axis=1)


def first_layer_lines(model, frame):
    """Returns each first-layer unit's line w x + b = 0, from border to border of the frame.

    Returns:
        An array (lines, 2, 2) of ends; a unit whose line does not cross the frame has none.
    """
    network = adapters.network(model)
    layer = network.layers[0]
    if network.n_inputs != 2 or len(layer.weights) != 2:
        got = len(layer.weights)
        raise ValueError(f"hidden_lines needs a network of two inputs. Got {got} instead.")
    weights, biases = layer.weights, 0 if layer.bias is None else layer.bias
    for step in reversed(network.preprocessing):
        if not isinstance(step, Scaling):
            rule = "hidden_lines needs a network of the inputs themselves, without a pipeline"
            raise ValueError(f"{rule}. Got one after {step.label} instead.")
        weights, biases = weights * step.scale[:, None], biases + step.shift @ weights
    biases = np.broadcast_to(biases, weights.shape[1])
    lines = [_cut(w, b, frame) for w, b in zip(weights.T, biases, strict=True)]
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


def checked_examples(X, y):  # noqa: N803
    """Return examples, (n, 2), and their labels, (n,), as arrays."""
    X = checks.floats("X", X)  # noqa: N806
    if X.ndim != 2 or X.shape[1] != 2 or not len(X) or not np.isfinite(X).all():
        got = "some that are not" if X.ndim == 2 and X.size and X.shape[1] == 2 else X.shape
        raise ValueError(f"X must be examples of shape (n, 2), all finite. Got {got} instead.")
    checks.same_length("X", X, "y", y)
    return X, evaluation.classes(y)


def classes_of(model, classes, columns):
    """Returns each of the model's classes, of which y may lack some."""
    known = getattr(model, "classes_", classes)
    if len(known) == columns and np.isin(classes, known).all():
        return known
    if classes.dtype.kind not in "iu" or classes.min() < 0 or classes.max() >= columns:
        rule = f"y must have the {columns} classes of the model"
        raise ValueError(f"{rule}. Got {classes.tolist()} instead.")
    return np.arange(columns)


def names_of(classes, class_names):
    """Returns what the classes are called, which is what they are unless there are names."""
    if class_names is None:
        return classes
    class_names = checks.texts("class_names", class_names)
    checks.same_length("class_names", class_names, "the classes", classes)
    return class_names


def frame_around(X):  # noqa: N803
    """Returns the frame around some points, with a margin."""
    low, high = X.min(axis=0), X.max(axis=0)
    room = 0.15 * np.where(high > low, high - low, 1)
    return low[0] - room[0], high[0] + room[0], low[1] - room[1], high[1] + room[1]


def checked_frame(frame, X):  # noqa: N803
    """Returns the frame if left < right and bottom < top; one around the points if it is None."""
    if frame is None:
        return frame_around(X)
    sides = frame if np.ndim(frame) == 1 else ()
    values = [checks.number("each side of frame", side) for side in sides]
    if len(values) != 4 or values[0] >= values[1] or values[2] >= values[3]:
        raise ValueError(f"frame must be left < right, bottom < top. Got {frame!r} instead.")
    return tuple(values)
