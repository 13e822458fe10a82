"""Conversion of predictions to classes and probabilities, and test-time augmentation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import special

from mlcourse._core import checks
from mlcourse.evaluation.labels import (
    MAX_CLASSES,
    are_binary,
    are_one_hot,
    are_whole,
    classes,
    in_order,
    values,
)

ADVICE = "apply a softmax (a sigmoid to one column), or pass from_logits=True"


@dataclass(frozen=True, eq=False)
class Predictions:
    """True and predicted classes of n examples, as class indices.

    Attributes:
        true: true class of each example, (n,).
        predicted: predicted class of each example, (n,).
        probabilities: predicted probabilities, (n, classes); None if y_pred holds labels.
        classes: label of each class, (classes,).
        names: class names, in label order.

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
        """The probability of each predicted class, (n,), or None without probabilities."""
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
    n_classes: int | None = None,
    from_logits: bool = False,
) -> Predictions:
    """Convert labels and predictions of any form to `Predictions`.

    Args:
        y_true, y_pred, from_logits: as in `accuracy`, with one class for each example.
        class_names: in label order; None for the labels themselves.
        n_classes: number of classes, at most 100,000; None to infer it from class_names, columns
            or labels.

    Returns:
        A `Predictions`.

    Raises:
        ValueError: if lengths differ, or for multi-label data, logits without from_logits, or
            invalid labels.

    >>> found = checked(["dog", "cat"], [[0.9, 0.1], [0.7, 0.3]])
    >>> found.true.tolist(), found.predicted.tolist(), found.names
    ([1, 0], [0, 0], ['cat', 'dog'])
    """
    targets, scores = _to_arrays(y_true, y_pred)
    if class_names is not None and n_classes is None:
        n_classes = len(checks.texts("class_names", class_names))
    if n_classes is not None:
        checks.integer("the number of classes", n_classes, 2, limit=MAX_CLASSES)
    labels = {"y_true": classes(targets, "y_true")}
    is_hard = not checks.flag("from_logits", from_logits)
    is_hard = is_hard and _are_labels(scores, labels["y_true"], n_classes)
    for name, array in (("y_pred", scores), ("y_true", targets)):
        if array.ndim == 2:
            n_classes = array.shape[1] if n_classes is None else n_classes
            checks.n_features(name, array, n_classes)
    if is_hard:
        labels["y_pred"] = classes(scores, "y_pred")
    else:
        scores = _to_columns(scores, from_logits)
        n_classes = scores.shape[1] if n_classes is None else n_classes
        checks.n_features("y_pred", scores, n_classes)
    from_zero = targets.ndim == 2 or (is_hard and scores.ndim == 2)
    indices, names, all_labels = in_order(labels, class_names, n_classes, from_zero)
    if is_hard:
        return Predictions(indices[0], indices[1], None, all_labels, names)
    probabilities = special.softmax(scores, axis=1) if from_logits else scores
    return Predictions(indices[0], scores.argmax(axis=1), probabilities, all_labels, names)


def checked_labels(
    y_true: np.typing.ArrayLike, y_pred: np.typing.ArrayLike, from_logits: bool = False
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return multi-label targets and predictions as booleans, (n, labels); else None.

    A label is predicted if its probability is above 0.5, or its logit above 0. Data with one class
    for each example is not multi-label.
    """
    targets, scores = _to_arrays(y_true, y_pred)
    is_hard = scores.dtype.kind in "biu"
    is_multi_label = is_hard and are_binary(scores) and not are_one_hot(scores)
    if not are_binary(targets) or (are_one_hot(targets) and not is_multi_label):
        return None
    checks.n_features("y_pred", scores, targets.shape[1])
    if scores.dtype.kind == "U":
        raise ValueError("y_pred must be numbers for multi-label data. Got names instead.")
    if checks.flag("from_logits", from_logits):
        return targets > 0, scores > 0
    low, high = scores.min(), scores.max()
    if low < 0 or high > 1:
        rule = "y_pred must be probabilities, from 0 to 1, for multi-label data"
        advice = "apply a sigmoid, or pass from_logits=True"
        raise ValueError(f"{rule}. Got {low:g} to {high:g} instead: {advice}.")
    return targets > 0, scores > 0.5


def _to_arrays(y_true, y_pred):
    """Return labels and predictions as arrays of the same length."""
    checks.same_length("y_true", y_true, "y_pred", y_pred)
    return values("y_true", y_true), values("y_pred", y_pred)


def _are_labels(y_pred, y_true, n_classes):
    """Return whether predictions are labels: names, integers, whole floats or one-hot integers.

    Floats that are all 0 or 1 are probabilities, unless there are more than two classes.
    """
    is_float = y_pred.dtype.kind == "f"
    if y_pred.ndim == 2:
        return y_pred.dtype.kind == "U" or (not is_float and are_binary(y_pred))
    if not is_float:
        return True
    if not are_whole(y_pred).all():
        return False
    if not np.isin(y_pred, (0, 1)).all() or (n_classes or 2) > 2:
        return True
    has_more_classes = y_true.dtype.kind != "U" and (y_true > 1).any()
    return bool(has_more_classes and ((y_true == 0).any() or np.isin(y_pred, y_true).all()))


def _to_columns(scores, from_logits):
    """Return probabilities or logits with one column per class."""
    if scores.dtype.kind == "U":
        raise ValueError("y_pred must be logits with from_logits=True. Got names instead.")
    if from_logits:
        scores = scores.astype(float)
        return scores if scores.ndim == 2 else np.column_stack([np.zeros(len(scores)), scores])
    low, high = scores.min(), scores.max()
    if scores.ndim == 1:
        if low < 0 or high > 1:
            rule = "y_pred in one column must be probabilities, or class labels"
            got = f"{scores.dtype} from {low:g} to {high:g}"
            raise ValueError(f"{rule}. Got {got} instead: {ADVICE}.")
        return np.column_stack([1 - scores, scores])
    sums = scores.sum(axis=1, dtype=float)
    if low < 0 or not np.allclose(sums, 1, atol=5e-3):  # rounding errors of half precision
        rule = "each row of y_pred must be probabilities with the sum 1"
        got = f"values of at least {low:g} and sums from {sums.min():g} to {sums.max():g}"
        raise ValueError(f"{rule}. Got {got} instead: {ADVICE}.")
    return scores


class Predictor(Protocol):
    """A model with Keras's `predict`."""

    def predict(self, x: np.ndarray, *, batch_size: int, verbose: int) -> np.ndarray:
        """Return the predictions for images."""


def predict_with_flip(
    model: Predictor, x: np.typing.ArrayLike, batch_size: int = 128
) -> np.ndarray:
    """Return predictions averaged over each image and its horizontal flip.

    This is test-time augmentation: it needs a second prediction, but no training.

    Args:
        model: a Keras model, or any object with `predict(x, batch_size=..., verbose=0)`.
        x: images, (n, height, width) or (n, height, width, channels).
        batch_size: images per batch.

    Returns:
        The mean predictions, of the shape of the model's predictions.

    Raises:
        ValueError: if x is not a batch of images, or model has no `predict`.

    Example:
        >>> class Mean:
        ...     def predict(self, x, *, batch_size, verbose):
        ...         return x[:, 0, 0]
        >>> predict_with_flip(Mean(), np.array([[[1.0, 3.0]]])).tolist()
        [2.0]
    """
    x = checks.array("x", x)
    if x.dtype.kind in "cmMOSU":
        raise ValueError(f"x must be numbers. Got {x.dtype} instead.")
    checks.function("the model's predict", getattr(model, "predict", None))
    if x.ndim not in (3, 4) or not x.size:
        rule = "x must be of shape (n, height, width) or (n, height, width, channels)"
        raise ValueError(f"{rule}. Got {x.shape} instead.")
    batch_size = checks.integer("batch_size", batch_size, 1)
    flipped = np.ascontiguousarray(x[:, :, ::-1])  # PyTorch does not accept negative strides
    predictions = [
        model.predict(images, batch_size=batch_size, verbose=0) for images in (x, flipped)
    ]
    return np.mean(predictions, axis=0)
