"""The response of a classifier at the points of a grid in the plane."""

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
    PROBABILITY_ACTIVATIONS,
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

MAX_EXAMPLES = 1_000_000
MAX_CLASSES = 50


def grid_points(frame, resolution, dtype):
    """Return the points of a grid, (resolution**2, 2), row by row from the lower left."""
    return np.column_stack([axis.ravel() for axis in grid(frame, resolution)]).astype(dtype)


def first_layer_lines(model, frame):
    """Return the line w x + b = 0 of each unit in the first layer, within the frame.

    Returns:
        The end points of the lines, (lines, 2, 2), without lines outside of the frame.
    """
    network = from_model(model)
    layer = network.layers[0]
    if network.n_inputs != 2 or len(layer.weights) != 2:
        n_inputs = len(layer.weights)
        raise ValueError(f"hidden_lines needs a network of two inputs. Got {n_inputs} instead.")
    weights = layer.weights
    biases = 0 if layer.bias is None else layer.bias
    for step in reversed(network.preprocessing):
        if not isinstance(step, Scaling):
            rule = "hidden_lines needs a network without preprocessing other than scaling"
            raise ValueError(f"{rule}. Got one after {step.label} instead.")
        biases = biases + step.shift @ weights
        weights = weights * step.scale[:, None]
    biases = np.broadcast_to(biases, weights.shape[1])
    lines = [_line_within(w, b, frame) for w, b in zip(weights.T, biases, strict=True)]
    return np.array([line for line in lines if line is not None]).reshape(-1, 2, 2)


def _line_within(w, b, frame):
    """Return the end points of the line w x + b = 0 within the frame, or None outside of it."""
    norm = np.linalg.norm(w)
    if norm == 0:
        return None
    nearest_to_origin = -b * w / norm**2
    direction = np.array([-w[1], w[0]]) / norm
    low, high = np.reshape(frame, (2, 2)).T
    with np.errstate(divide="ignore", invalid="ignore"):
        distances = [(low - nearest_to_origin) / direction, (high - nearest_to_origin) / direction]
        ends = np.sort(distances, axis=0)
    is_inside = (low <= nearest_to_origin) & (nearest_to_origin <= high)
    is_parallel = direction == 0
    ends[:, is_parallel] = np.where(is_inside, [[-np.inf], [np.inf]], np.nan)[:, is_parallel]
    start = np.max(ends[0])
    stop = np.min(ends[1])
    if not start < stop:
        return None
    return np.array([nearest_to_origin + start * direction, nearest_to_origin + stop * direction])


def checked_examples(X, y):  # noqa: N803
    """Return examples, (n, 2), and their labels, (n,), as arrays."""
    X = checks.floats("X", _to_array(X))  # noqa: N806
    rule = "X must be examples of shape (n, 2), all finite"
    if X.ndim != 2 or X.shape[1] != 2 or not len(X):
        raise ValueError(f"{rule}. Got {X.shape} instead.")
    if not np.isfinite(X).all():
        raise ValueError(f"{rule}. Got NaN or infinity instead.")
    checks.coordinates("X", X)
    checks.same_length("X", X, "y", y)
    checks.at_most("the number of examples", len(X), MAX_EXAMPLES)
    labels = evaluation.classes(y)
    checks.at_most("the number of classes in y", len(np.unique(labels)), MAX_CLASSES)
    return X, labels


def _to_array(X):  # noqa: N803
    """Return the values of a DataFrame, of any dtype of pandas, or other data unchanged."""
    return X.to_numpy(float) if hasattr(X, "dtypes") and hasattr(X, "to_numpy") else X


def drawn_classes(classes, labels, columns, class_names=None):
    """Return the labels of a model's classes, some of which y may lack.

    Args:
        classes: class labels of the model; None if it does not know them.
        labels: the distinct labels in y, sorted.
        columns: the number of classes.
        class_names: names of the classes; they define the order if the labels are names.
    """
    if classes is None and labels.dtype.kind == "U" and np.isin(labels, class_names or ()).all():
        classes = np.array(class_names)
    candidates = labels if classes is None else classes
    if len(candidates) == columns and np.isin(labels, candidates).all():
        return candidates
    is_index = labels.dtype.kind in "iu" and labels.min() >= 0 and labels.max() < columns
    if classes is None and is_index:
        return np.arange(columns)
    class_list = "" if classes is None else f", which are {classes.tolist()}"
    rule = f"y must have the {columns} classes of the model{class_list}"
    raise ValueError(f"{rule}. Got {labels.tolist()} instead.")


def names_of(classes, class_names):
    """Return the names of classes: `class_names`, or the labels if it is None.

    If the labels themselves are among `class_names`, they are the names.
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
    """Return (left, right, bottom, top) around points, with a margin."""
    margin = 0.15 * np.where(np.ptp(X, axis=0) > 0, np.ptp(X, axis=0), 1)
    left, bottom = X.min(axis=0) - margin
    right, top = X.max(axis=0) + margin
    return left, right, bottom, top


def checked_frame(frame, X):  # noqa: N803
    """Return a frame with left < right and bottom < top, or one around the points for None."""
    if frame is None:
        return frame_around(X)
    sides = frame if np.ndim(frame) == 1 else ()
    values = [checks.number("each side of frame", side) for side in sides]
    if len(values) != 4 or values[0] >= values[1] or values[2] >= values[3]:
        raise ValueError(f"frame must be left < right, bottom < top. Got {frame!r} instead.")
    return tuple(values)


REGRESSION_LOSSES = ("mean_squared_error", "mean_absolute_error", "mae", "huber", "log_cosh")
"""Losses of Keras whose outputs are on the scale of the labels."""


@dataclass(frozen=True, eq=False)
class Response:
    """A classifier's response at n points.

    Attributes:
        scores: scores, (n, classes); the predicted class has the largest. With two classes the
            scores are between 0 and 1 and their sum is 1.
        classes: class labels; None if the model does not know them.
        kind: "probability", "decision function", "prediction" (of a regressor), or "class".
        limits: for two classes, the responses at the ends of the colorbar.
    """

    scores: np.ndarray
    classes: np.ndarray | None
    kind: str
    limits: tuple[float, float] = (0, 1)


def response(model, points, labels, method=None, from_logits=False):
    """Return the `Response` of a classifier at points.

    Args:
        model, from_logits: see `plot_decision_boundary`.
        points: points in the format of `as_fitted`.
        labels: the distinct labels of the examples, sorted.
        method: `response_method` of `plot_decision_boundary`.
    """
    classes = classes_of(model)
    name = method_of(model, len(labels if classes is None else classes), method)
    if from_logits and name is not None:
        rule = "from_logits must be False for a model that predicts by a method of scikit-learn"
        raise ValueError(f"{rule}. Got True and {name} instead.")
    if from_logits and last_activation(model) in PROBABILITY_ACTIVATIONS:
        rule = "from_logits must be False for a model that ends in a softmax or a sigmoid"
        raise ValueError(f"{rule}. Got True and {last_activation(model)} instead.")
    outputs = outputs_of(model, name, points)
    if name == SCORE:
        return _from_decision(model, outputs, labels if classes is None else classes)
    if is_estimator(model, "regressor"):
        return _from_regression(outputs, labels)
    if name is None and (from_logits or predicts_logits(model)):
        result = Response(_from_logits(outputs), None, "probability")
    elif outputs.shape[1] == 1:
        result = _from_column(model, outputs, labels, classes)
    elif name is None and method == PREDICT and outputs.dtype.kind == "f":
        result = Response(outputs, None, "class")
    else:
        result = _from_probabilities(outputs, classes)
    return _predicted_classes(result) if method == PREDICT else result


def probabilities(model, points, labels, from_logits=False):
    """Return a `Response` with probabilities, or one-hot predicted classes."""
    has_only_scores = hasattr(model, SCORE) and not hasattr(model, PROBA)
    method = PREDICT if has_only_scores else None
    result = response(model, points, labels, method, from_logits)
    if result.kind == "prediction":
        raise ValueError("the model must predict probabilities or classes. Got numbers instead.")
    return result


def _predicted_classes(result):
    """Return a response with one-hot predicted classes."""
    one_hot = np.eye(result.scores.shape[1])[result.scores.argmax(axis=1)]
    return replace(result, scores=one_hot, kind="class", limits=(0, 1))


def _from_logits(outputs):
    """Return the probabilities of logits. One column is the logit of the second of two classes."""
    if outputs.dtype.kind not in "iuf" or not np.isfinite(outputs).all():
        rule = "the model must predict logits, all finite, with from_logits=True"
        raise ValueError(f"{rule}. Got {outputs.dtype} or NaN instead.")
    outputs = outputs.astype(float)
    if outputs.shape[1] == 1:
        return special.expit(np.hstack([-outputs, outputs]))
    return special.softmax(outputs, axis=1)


def _from_decision(model, outputs, classes):
    """Return the response of a decision function. Above 0 is the second of two classes."""
    _check_finite(outputs)
    if outputs.shape[1] == 1:
        largest = float(np.abs(outputs).max()) or 1.0
        low = float(outputs.min())
        high = float(outputs.max())
        limits = low if low < 0 else -largest, high if high > 0 else largest
        scores = _two_class_scores(outputs, -largest, largest)
        return Response(scores, classes, "decision function", limits)
    if getattr(model, "decision_function_shape", None) == "ovo":
        rule = "the decision function must have a score for each class"
        advice = "pass response_method='predict'"
        raise ValueError(f"{rule}. Got one for each pair of classes instead: {advice}.")
    return Response(outputs, classes, "class")


def _from_regression(outputs, labels):
    """Return the response of a regressor, whose boundary is halfway between two labels."""
    _check_finite(outputs)
    if len(labels) != 2 or labels.dtype.kind == "U" or outputs.shape[1] != 1:
        rule = "y must hold two numbers for a regressor with one output"
        got = f"Got {len(labels)} labels, {outputs.shape[1]} outputs instead"
        raise ValueError(f"{rule}. {got}: use a classifier.")
    low, high = map(float, labels)
    if outputs.max() < low or outputs.min() > high:
        rule = "y must hold the two numbers that the model was fitted on"
        got = f"predictions from {outputs.min():.3g} to {outputs.max():.3g}"
        raise ValueError(f"{rule}. Got {got}, and the labels {low:g} and {high:g} instead.")
    return Response(_two_class_scores(outputs, low, high), labels, "prediction", (low, high))


def _check_finite(outputs):
    if outputs.dtype.kind not in "iuf" or not np.isfinite(outputs).all():
        raise ValueError("the model must predict finite numbers. Got NaN or infinity instead.")


def _two_class_scores(outputs, low, high):
    """Return the scores of two classes: the second is 0 at `low`, 1 at `high`, and linear."""
    second = np.clip((outputs.astype(float) - low) / (high - low), 0, 1)
    return np.hstack([1 - second, second])


def _from_column(model, outputs, labels, classes):
    """Return the response of one column: labels, probabilities of the second class, or numbers."""
    candidates = labels if classes is None else classes
    is_finite = outputs.dtype.kind == "f" and bool(np.isfinite(outputs).all())
    is_outside = is_finite and not ((outputs >= 0) & (outputs <= 1)).all()
    if outputs.dtype.kind != "f" or np.isin(outputs, candidates).all():
        return _from_labels(outputs, candidates, classes is not None)
    if is_outside and are_whole(outputs).all() and np.isin(outputs, candidates).any():
        return _from_labels(outputs.astype(int), candidates, classes is not None)
    is_signed = is_finite and candidates.tolist() == [-1, 1] and outputs.min() < 0
    if is_signed or (is_outside and compiled_loss(model) in REGRESSION_LOSSES):
        return _from_regression(outputs, labels)
    return _from_probabilities(np.hstack([1 - outputs, outputs]), classes)


def _from_labels(outputs, candidates, is_known):
    """Return the response of predicted labels.

    The predictions may lack labels of y, or y may lack predicted labels. Both may lack some only
    if the labels are non-negative integers.

    Args:
        outputs: predicted labels.
        candidates: the labels in y, or those of the model.
        is_known: whether the candidates are those of the model.
    """
    predicted = np.unique(outputs)
    classes = candidates
    has_same_type = (predicted.dtype.kind == "U") == (candidates.dtype.kind == "U")
    if has_same_type and not is_known:
        classes = np.union1d(predicted, candidates)
    has_all = max(len(predicted), len(candidates)) == len(classes)
    has_common = len(classes) < len(predicted) + len(candidates)
    is_index = classes.dtype.kind in "iu" and classes[0] >= 0
    if not has_same_type or not (has_all or (has_common and is_index)):
        rule = "the model must predict probabilities or classes of y"
        got = f"Got the classes {_first_labels(predicted)}, and {_first_labels(candidates)} in y"
        raise ValueError(f"{rule}. {got} instead: y must have the labels that the model predicts.")
    return Response((outputs == classes).astype(float), classes, "class")


def _first_labels(labels):
    """Return the first five labels as text."""
    text = str(labels[:5].tolist())[1:-1]
    return f"{text}, ..." if len(labels) > 5 else text


def _from_probabilities(outputs, classes):
    """Return the response of probabilities, (n, classes); raise ValueError if they are invalid."""
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
