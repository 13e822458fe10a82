"""The plane of a decision boundary: its examples, classes and grid, and lines of a first layer."""

import numpy as np

from mlcourse import adapters, checks, evaluation
from mlcourse.figures.contours import grid
from mlcourse.networks import Scaling


def grid_points(frame, resolution, dtype):
    """Return the points of a grid in rows, from left to right and from the bottom to the top."""
    return np.column_stack([axis.ravel() for axis in grid(frame, resolution)]).astype(dtype)


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


def classes_of(classes, labels, columns, class_names=None):
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
