"""The plane of a decision boundary, and a classifier's response at its points."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from mlcourse import evaluation
from mlcourse._core import checks
from mlcourse.evaluation.labels import are_whole
from mlcourse.evaluation.predictions import ADVICE
from mlcourse.figures._shared.axes import grid
from mlcourse.figures.evaluation.boundary_model import (
    PREDICT,
    PROBA,
    PROBABILITIES,
    SCORE,
    classes_of,
    is_estimator,
    last_activation,
    method_of,
    outputs_of,
    predicts_logits,
)
from mlcourse.networks.from_model import from_model
from mlcourse.networks.layers import compiled_loss
from mlcourse.networks.network import Scaling


def grid_points(frame, resolution, dtype):
    """Return the points of a grid in rows, from left to right and from the bottom to the top."""
    return np.column_stack([axis.ravel() for axis in grid(frame, resolution)]).astype(dtype)


def first_layer_lines(model, frame):
    """Returns each first-layer unit's line w x + b = 0, from border to border of the frame.

    Returns:
        An array (lines, 2, 2) of ends; a unit whose line does not cross the frame has none.
    """
    network = from_model(model)
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


def checked_examples(X, y):  # noqa: N803
    """Return examples, (n, 2), and their labels, (n,), as arrays."""
    X = checks.floats("X", _numbers_of(X))  # noqa: N806
    if X.ndim != 2 or X.shape[1] != 2 or not len(X) or not np.isfinite(X).all():
        got = "some that are not" if X.ndim == 2 and X.size and X.shape[1] == 2 else X.shape
        raise ValueError(f"X must be examples of shape (n, 2), all finite. Got {got} instead.")
    checks.same_length("X", X, "y", y)
    return X, evaluation.classes(y)


def _numbers_of(X):  # noqa: N803
    """Return the values of a DataFrame, also of dtypes of pandas; or X if it is none."""
    return X.to_numpy(float) if hasattr(X, "dtypes") and hasattr(X, "to_numpy") else X


def shown_classes(classes, labels, columns, class_names=None):
    """Return the labels of a model's classes, of which y may lack some.

    Args:
        classes: labels of the model's classes; None if it does not name them.
        labels: those in y, each once, sorted.
        columns: the number of classes.
        class_names: in which names among the labels have their order.
    """
    if classes is None and labels.dtype.kind == "U" and np.isin(labels, class_names or ()).all():
        classes = np.array(class_names)
    known = labels if classes is None else classes
    if len(known) == columns and np.isin(labels, known).all():
        return known
    from_zero = labels.dtype.kind in "iu" and labels.min() >= 0 and labels.max() < columns
    if classes is None and from_zero:
        return np.arange(columns)
    own = "" if classes is None else f", which are {classes.tolist()}"
    rule = f"y must have the {columns} classes of the model{own}"
    raise ValueError(f"{rule}. Got {labels.tolist()} instead.")


def names_of(classes, class_names):
    """Return the names of classes: `class_names`, or else the labels.

    Labels that are among `class_names` keep their own names.
    """
    if class_names is None:
        return [f"{label:g}" if classes.dtype.kind == "f" else str(label) for label in classes]
    checks.same_length("class_names", class_names, "the classes", classes)
    if classes.dtype.kind != "U" or not np.isin(classes, class_names).any():
        return class_names
    if not np.isin(classes, class_names).all():
        rule = "class_names must hold each name in y, or none of them"
        raise ValueError(f"{rule}. Got {', '.join(class_names)} for {', '.join(classes)} instead.")
    return classes.tolist()


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


DISTANCES = ("mean_squared_error", "mean_absolute_error", "mae", "huber", "log_cosh")
"""Losses of Keras that fit an output to the labels' own numbers."""


@dataclass(frozen=True, eq=False)
class Response:
    """A classifier's response at n points.

    Attributes:
        shares: (n, classes), of which the largest is that of the predicted class. With two classes
            both are from 0 to 1 and have the sum 1.
        classes: the labels of the classes; None if the model does not name them.
        kind: "probability", "decision function", "prediction" (of a regressor), or "class".
        limits: of two classes, the response where the first or the second one is most certain: the
            ends of the color bar.
    """

    shares: np.ndarray
    classes: np.ndarray | None
    kind: str
    limits: tuple[float, float] = (0, 1)


def response(model, points, labels, method=None, from_logits=False):
    """Return a classifier's response at points.

    Args:
        model, from_logits: see `plot_decision_boundary`.
        points: as the model was fitted on them, see `as_fitted`.
        labels: those of the examples, each once, sorted.
        method: as `response_method` in `plot_decision_boundary`.
    """
    classes = classes_of(model)
    name = method_of(model, len(labels if classes is None else classes), method)
    if from_logits and name is not None:
        rule = "from_logits must be False for a model that predicts by a method of scikit-learn"
        raise ValueError(f"{rule}. Got True and {name} instead.")
    if from_logits and last_activation(model) in PROBABILITIES:
        rule = "from_logits must be False for a model that ends in a softmax or a sigmoid"
        raise ValueError(f"{rule}. Got True and {last_activation(model)} instead.")
    outputs = outputs_of(model, name, points)
    if name == SCORE:
        return _of_scores(model, outputs, labels if classes is None else classes)
    if is_estimator(model, "regressor"):
        return _of_numbers(outputs, labels)
    if name is None and (from_logits or predicts_logits(model)):
        found = Response(_from_logits(outputs), None, "probability")
    elif outputs.shape[1] == 1:
        found = _of_column(model, outputs, labels, classes)
    elif name is None and method == PREDICT and outputs.dtype.kind == "f":
        found = Response(outputs, None, "class")
    else:
        found = _of_probabilities(outputs, classes)
    return _predicted(found) if method == PREDICT else found


def probabilities(model, points, labels, from_logits=False):
    """Return the `Response` of a model with probabilities; that of a class it predicts is 1."""
    has_score = hasattr(model, SCORE) and not hasattr(model, PROBA)
    found = response(model, points, labels, PREDICT if has_score else None, from_logits)
    if found.kind == "prediction":
        raise ValueError("the model must predict probabilities or classes. Got numbers instead.")
    return found


def _predicted(found):
    """Return the predicted classes of a response alone."""
    one_hot = np.eye(found.shares.shape[1])[found.shares.argmax(axis=1)]
    return replace(found, shares=one_hot, kind="class", limits=(0, 1))


def _from_logits(outputs):
    """Return the probabilities of logits, those of one column for the second of two classes."""
    if outputs.dtype.kind not in "iuf" or not np.isfinite(outputs).all():
        rule = "the model must predict logits, all finite, with from_logits=True"
        raise ValueError(f"{rule}. Got {outputs.dtype} or NaN instead.")
    outputs = outputs.astype(float)
    if outputs.shape[1] == 1:
        return special.expit(np.hstack([-outputs, outputs]))
    return special.softmax(outputs, axis=1)


def _of_scores(model, outputs, classes):
    """Return the response of a decision function: above 0 is the second of two classes."""
    _check_finite(outputs)
    if outputs.shape[1] == 1:
        largest = float(np.abs(outputs).max()) or 1.0
        low, high = float(outputs.min()), float(outputs.max())
        limits = low if low < 0 else -largest, high if high > 0 else largest
        return Response(_between(outputs, -largest, largest), classes, "decision function", limits)
    if getattr(model, "decision_function_shape", None) == "ovo":
        rule = "the decision function must have a score for each class"
        advice = "pass response_method='predict'"
        raise ValueError(f"{rule}. Got one for each pair of classes instead: {advice}.")
    return Response(outputs, classes, "class")


def _of_numbers(outputs, labels):
    """Return the response of a regressor: its border is half way between two labels."""
    _check_finite(outputs)
    if len(labels) != 2 or labels.dtype.kind == "U" or outputs.shape[1] != 1:
        rule = "y must hold two numbers, between which a regressor predicts others"
        got = f"Got {len(labels)} labels, {outputs.shape[1]} outputs instead"
        raise ValueError(f"{rule}. {got}: use a classifier.")
    low, high = map(float, labels)
    if outputs.max() < low or outputs.min() > high:
        rule = "y must hold the two numbers that the model was fitted on"
        got = f"predictions from {outputs.min():.3g} to {outputs.max():.3g}"
        raise ValueError(f"{rule}. Got {got}, and the labels {low:g} and {high:g} instead.")
    return Response(_between(outputs, low, high), labels, "prediction", (low, high))


def _check_finite(outputs):
    if outputs.dtype.kind not in "iuf" or not np.isfinite(outputs).all():
        raise ValueError("the model must predict finite numbers. Got NaN or infinity instead.")


def _between(outputs, low, high):
    """Return the shares of two classes, which are 0 and 1 at two outputs, and linear between."""
    second = np.clip((outputs.astype(float) - low) / (high - low), 0, 1)
    return np.hstack([1 - second, second])


def _of_column(model, outputs, labels, classes):
    """Return the response of one column: classes, the second one's probability, or numbers."""
    known = labels if classes is None else classes
    is_number = outputs.dtype.kind == "f" and bool(np.isfinite(outputs).all())
    is_beyond = is_number and not ((outputs >= 0) & (outputs <= 1)).all()
    if outputs.dtype.kind != "f" or np.isin(outputs, known).all():
        return _of_classes(outputs, known, classes is not None)
    if is_beyond and are_whole(outputs).all() and np.isin(outputs, known).any():
        return _of_classes(outputs.astype(int), known, classes is not None)
    is_signed = is_number and known.tolist() == [-1, 1] and outputs.min() < 0
    if is_signed or (is_beyond and compiled_loss(model) in DISTANCES):
        return _of_numbers(outputs, labels)
    return _of_probabilities(np.hstack([1 - outputs, outputs]), classes)


def _of_classes(outputs, known, is_named):
    """Return the response of predicted labels.

    Labels of y may be missing among the predicted ones, and the other way round. Some of both may
    be missing only where they are numbers from 0 on.
    """
    predicted, classes = np.unique(outputs), known
    same_type = (predicted.dtype.kind == "U") == (known.dtype.kind == "U")
    if same_type and not is_named:
        classes = np.union1d(predicted, known)
    has_all = max(len(predicted), len(known)) == len(classes)
    meet = len(classes) < len(predicted) + len(known) and classes.dtype.kind in "iu"
    if not same_type or not (has_all or (meet and classes[0] >= 0)):
        rule = "the model must predict probabilities or classes of y"
        got = f"Got the classes {_some(predicted)}, and {_some(known)} in y instead"
        raise ValueError(f"{rule}. {got}: y must hold labels such as the model predicts.")
    return Response((outputs == classes).astype(float), classes, "class")


def _some(labels):
    return str(labels[:5].tolist())[1:-1] + ", ..." * (len(labels) > 5)


def _of_probabilities(outputs, classes):
    """Return the response of probabilities, (n, classes), if they are such."""
    if outputs.dtype.kind != "f":
        got = np.unique(outputs)[:3].tolist()
        raise ValueError(f"the model must predict probabilities or classes of y. Got {got}.")
    if not (outputs >= -1e-5).all() or not (outputs <= 1 + 1e-5).all():
        low, high = np.min(outputs), np.max(outputs)
        rule = "the model must predict probabilities or classes"
        raise ValueError(f"{rule}. Got numbers from {low:.3g} to {high:.3g} instead: {ADVICE}.")
    sums = outputs.sum(axis=1)
    if not np.allclose(sums, 1, atol=1e-3):
        rule = "the probabilities of a point's classes must have the sum 1"
        got = f"Got sums from {sums.min():.3g} to {sums.max():.3g} instead"
        advice = "pass response_method='predict' for the class of the largest"
        raise ValueError(f"{rule}. {got}: {advice}.")
    return Response(np.clip(outputs, 0, 1), classes, "probability")
