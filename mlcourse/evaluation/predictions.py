"""Predictions as probabilities, scores and classes, also averaged over a horizontal flip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import special

from mlcourse._core import checks
from mlcourse.evaluation.labels import are_binary, are_one_hot, are_whole, classes, in_order, values

ADVICE = "apply a softmax (a sigmoid to one column), or pass from_logits=True"


@dataclass(frozen=True, eq=False)
class Predictions:
    """True and predicted classes of n examples, as indices of classes.

    Attributes:
        true: indices of the true classes, (n,).
        predicted: indices of the predicted classes, (n,).
        probabilities: (n, classes); None if the predictions are class labels.
        classes: the label of each class, (classes,).
        names: the name of each class.

    Example:
        >>> checked([0, 1], [[0.9, 0.1], [0.8, 0.2]]).misclassified.tolist()
        [1]
    """

    true: np.ndarray
    predicted: np.ndarray
    probabilities: np.ndarray | None
    classes: np.ndarray
    names: list[str]

    @property
    def confidence(self) -> np.ndarray | None:
        """The probability of each predicted class, (n,); None without probabilities."""
        if self.probabilities is None:
            return None
        return self.probabilities[np.arange(len(self.true)), self.predicted]

    @property
    def misclassified(self) -> np.ndarray:
        """The indices of misclassified examples, most confident first."""
        wrong = np.flatnonzero(self.predicted != self.true)
        if self.confidence is None:
            return wrong
        return wrong[np.argsort(-self.confidence[wrong], kind="stable")]


def checked(
    y_true: np.typing.ArrayLike,
    y_pred: np.typing.ArrayLike,
    class_names: Sequence[str] | None = None,
    *,
    count: int | None = None,
    from_logits: bool = False,
) -> Predictions:
    """Return true and predicted classes in one form.

    Args:
        y_true, y_pred, from_logits: as in `accuracy`, with one class for each example.
        class_names: in label order; names among the labels are found in it. None for the labels.
        count: the number of classes; None for as many as there are names or columns, or as the
            labels need.

    Returns:
        A `Predictions`.

    Raises:
        ValueError: if lengths differ, or for multi-label data, logits, or labels that do not fit.

    >>> found = checked(["dog", "cat"], [[0.9, 0.1], [0.7, 0.3]])
    >>> found.true.tolist(), found.predicted.tolist(), found.names
    ([1, 0], [0, 0], ['cat', 'dog'])
    """
    truth, scores = _rows(y_true, y_pred)
    if class_names is not None and count is None:
        count = len(checks.texts("class_names", class_names))
    if count is not None:
        checks.integer("the number of classes", count, 2)
    labels = {"y_true": classes(truth, "y_true")}
    is_hard = not checks.flag("from_logits", from_logits)
    is_hard = is_hard and _are_labels(scores, labels["y_true"], count)
    for name, rows in (("y_pred", scores), ("y_true", truth)):
        if rows.ndim == 2:
            count = rows.shape[1] if count is None else count
            checks.n_features(name, rows, count)
    if is_hard:
        labels["y_pred"] = classes(scores, "y_pred")
    else:
        scores = _columns(scores, from_logits)
        count = scores.shape[1] if count is None else count
        checks.n_features("y_pred", scores, count)
    from_zero = truth.ndim == 2 or (is_hard and scores.ndim == 2)
    indices, names, found = in_order(labels, class_names, count, from_zero)
    if is_hard:
        return Predictions(indices[0], indices[1], None, found, names)
    shares = special.softmax(scores, axis=1) if from_logits else scores
    return Predictions(indices[0], scores.argmax(axis=1), shares, found, names)


def checked_labels(
    y_true: np.typing.ArrayLike, y_pred: np.typing.ArrayLike, from_logits: bool = False
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return multi-label data as booleans, (n, labels) both; None for one class an example.

    A label is predicted where its probability is above 0.5, or its logit above 0.
    """
    truth, scores = _rows(y_true, y_pred)
    hard = scores.dtype.kind in "biu"
    several = hard and are_binary(scores) and not are_one_hot(scores)
    if not are_binary(truth) or (are_one_hot(truth) and not several):
        return None
    checks.n_features("y_pred", scores, truth.shape[1])
    if scores.dtype.kind == "U":
        raise ValueError("y_pred must be numbers for multi-label data. Got names instead.")
    if checks.flag("from_logits", from_logits):
        return truth > 0, scores > 0
    low, high = scores.min(), scores.max()
    if low < 0 or high > 1:
        rule = "y_pred must be probabilities, from 0 to 1, for multi-label data"
        advice = "apply a sigmoid, or pass from_logits=True"
        raise ValueError(f"{rule}. Got {low:g} to {high:g} instead: {advice}.")
    return truth > 0, scores > 0.5


def _rows(y_true, y_pred):
    """Return both as arrays of one length."""
    checks.same_length("y_true", y_true, "y_pred", y_pred)
    return values("y_true", y_true), values("y_pred", y_pred)


def _are_labels(rows, true=None, count=None):
    """Return whether rows are labels: names, integers, whole floats, one-hot integers.

    Floats 0 and 1 are probabilities, unless there are classes beyond these.
    """
    if rows.ndim == 2:
        return rows.dtype.kind == "U" or (rows.dtype.kind != "f" and are_binary(rows))
    if rows.dtype.kind != "f" or not are_whole(rows).all():
        return rows.dtype.kind != "f"
    if not np.isin(rows, (0, 1)).all() or (count or 2) > 2:
        return True
    has_more = true is not None and true.dtype.kind != "U" and (true > 1).any()
    return bool(has_more and ((true == 0).any() or np.isin(rows, true).all()))


def _columns(rows, from_logits):
    """Return probabilities or logits with a column for each class."""
    if rows.dtype.kind == "U":
        raise ValueError("y_pred must be logits with from_logits=True. Got names instead.")
    if from_logits:
        rows = rows.astype(float)
        return rows if rows.ndim == 2 else np.column_stack([np.zeros(len(rows)), rows])
    low, high = rows.min(), rows.max()
    if rows.ndim == 1:
        if low < 0 or high > 1:
            rule = "y_pred in one column must be probabilities, or class labels"
            got = f"{rows.dtype} from {low:g} to {high:g}"
            raise ValueError(f"{rule}. Got {got} instead: {ADVICE}.")
        return np.column_stack([1 - rows, rows])
    sums = rows.sum(axis=1, dtype=float)
    if low < 0 or not np.allclose(sums, 1, atol=5e-3):  # the precision of half floats
        rule = "each row of y_pred must be probabilities with the sum 1"
        got = f"values from {low:g} on and sums from {sums.min():g} to {sums.max():g}"
        raise ValueError(f"{rule}. Got {got} instead: {ADVICE}.")
    return rows


class Predictor(Protocol):
    """What says something of pictures, as a Keras model does."""

    def predict(self, x: np.ndarray, *, batch_size: int, verbose: int) -> np.ndarray:
        """Returns what it says of each picture."""


def predict_with_flip(
    model: Predictor, x: np.typing.ArrayLike, batch_size: int = 128
) -> np.ndarray:
    """Returns what a model says of pictures, averaged over each one and its mirror image.

    Left and right are exchanged. It costs a second prediction, and no training.

    Args:
        model: anything with `predict(x, batch_size=..., verbose=0)`, as a Keras model has it.
        x: pictures, (n, height, width) or (n, height, width, channels).
        batch_size: how many pictures are predicted at once.

    Returns:
        The averages, of the shape of the model's predictions.

    Raises:
        ValueError: if x is of another shape.

    Example:
        >>> class Mean:
        ...     def predict(self, x, *, batch_size, verbose):
        ...         return x[:, 0, 0]
        >>> predict_with_flip(Mean(), np.array([[[1.0, 3.0]]])).tolist()
        [2.0]
    """
    x = checks.array("x", x)
    checks.function("the model's predict", getattr(model, "predict", None))
    if x.ndim not in (3, 4) or not x.size:
        rule = "x must be of shape (n, height, width) or (n, height, width, channels)"
        raise ValueError(f"{rule}. Got {x.shape} instead.")
    batch_size = checks.integer("batch_size", batch_size, 1)
    mirrored = np.ascontiguousarray(x[:, :, ::-1])  # PyTorch takes no array that runs backwards
    both = [model.predict(one, batch_size=batch_size, verbose=0) for one in (x, mirrored)]
    return np.mean(both, axis=0)
