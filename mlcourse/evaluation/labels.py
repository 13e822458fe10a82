"""Conversion of class labels: integers, names, booleans, -1 and 1, one-hot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Real

import numpy as np

from mlcourse._core import checks

MAX_LABEL = 2**31
MAX_CLASSES = 100_000
BINARY_LABELS = ([0, 1], [-1, 1])
MULTI_LABEL_ADVICE = "use accuracy or class_report, or multilabel_confusion_matrix of scikit-learn"


def classes(y: np.typing.ArrayLike, name: str = "y") -> np.ndarray:
    """Return the class label of each example, (n,): integers or names.

    Args:
        y: labels, (n,) or (n, 1): integers, whole floats, booleans or names; or one-hot,
            (n, classes).
        name: the argument's name, for error messages.

    Raises:
        ValueError: if y does not hold labels, or is multi-label data.

    Example:
        >>> classes([[0, 1], [1, 0]]).tolist(), classes([[3.0], [5.0]]).tolist()
        ([1, 0], [3, 5])
    """
    labels = values(name, y)
    if labels.ndim == 2:
        _check_one_hot(name, labels)
        return labels.argmax(axis=1)
    if labels.dtype.kind == "U":
        return labels
    fractional = labels[~are_whole(labels)]
    if len(fractional):
        rule = f"{name} must hold class labels, which are whole numbers or names"
        hint = ". Are y_true and y_pred swapped?" if name == "y_true" else "."
        raise ValueError(f"{rule}. Got {fractional[0]} instead{hint}")
    return labels.astype(int)


def encode(
    y: np.typing.ArrayLike, class_names: Sequence[str] | None = None, name: str = "y"
) -> tuple[np.ndarray, list[str]]:
    """Return labels as class indices, (n,), and the class names.

    Args:
        y: labels, as in `classes`.
        class_names: in label order; None for the labels themselves. If a label is 0, the classes
            are 0 to the largest label, at most 100,000.
        name: the argument's name, for error messages.

    Raises:
        ValueError: if y does not hold labels, a label has no name, or there are too many classes.

    >>> indices, names = encode(["dog", "cat", "dog"])
    >>> indices.tolist(), names
    ([1, 0, 1], ['cat', 'dog'])
    """
    array = values(name, y)
    is_one_hot = array.ndim == 2
    n_classes = array.shape[1] if is_one_hot else None
    labels = {name: classes(y, name)}
    (indices,), names, _ = in_order(labels, class_names, n_classes, from_zero=is_one_hot)
    return indices, names


def values(name: str, y: np.typing.ArrayLike) -> np.ndarray:
    """Return labels or probabilities as an array of numbers or strings, (n,) or (n, columns)."""
    _check_categories(name, y)
    array = checks.array(name, y)
    if array.dtype.kind == "O":
        array = _convert_objects(array)
    if array.dtype.kind in "SUT":
        array = array.astype(str)
        if array.ndim == 0 or not array.size:
            raise ValueError(f"{name} must have at least one example. Got {y!r} instead.")
    else:
        array = checks.finite(name, array)
        if array.dtype.kind not in "biuf":
            raise ValueError(f"{name} must be numbers or names. Got {array.dtype} instead.")
    if array.ndim > 2:
        rule = f"{name} must be of shape (n,) or (n, classes)"
        advice = "flatten the steps or pixels of all examples into n rows first"
        raise ValueError(f"{rule}. Got {array.shape} instead: {advice}.")
    return array.ravel() if array.size == len(array) else array


def _check_categories(name, y):
    """Raise ValueError if y is an ordered pandas categorical whose categories are not sorted."""
    dtype = getattr(y, "dtype", None)
    names = list(getattr(dtype, "categories", ()))
    if getattr(dtype, "ordered", False) and names != sorted(names):
        codes = f"{name}.cat.codes" if hasattr(y, "cat") else f"{name}.codes"
        rule = f"{name} must have ordered categories in sorted order"
        advice = f"pass {codes} and the categories as class_names"
        raise ValueError(f"{rule}. Got {', '.join(map(str, names))} instead: {advice}.")


def are_whole(array: np.ndarray) -> np.ndarray:
    """Return whether each number is an integer of at most `MAX_LABEL`."""
    return (array % 1 == 0) & (np.abs(array.astype(float)) <= MAX_LABEL)


def are_binary(array: np.ndarray) -> bool:
    """Return whether an array has two dimensions and holds only zeros and ones."""
    return array.ndim == 2 and array.dtype.kind != "U" and bool(np.isin(array, (0, 1)).all())


def are_one_hot(array: np.ndarray) -> bool:
    """Return whether all rows of an array are one-hot."""
    return are_binary(array) and bool((array.sum(axis=1) == 1).all())


def in_order(
    labels: dict[str, np.ndarray],
    class_names: Iterable[str] | None,
    n_classes: int | None,
    from_zero: bool = False,
) -> tuple[list[np.ndarray], list[str], np.ndarray]:
    """Return labels as class indices, the class names, and the sorted labels of all classes.

    Args:
        labels: dict of argument names to arrays of labels, (n,), as returned by `classes`.
        class_names: in label order; None for the labels themselves.
        n_classes: number of classes; None to infer it from the labels.
        from_zero: whether labels must be integers from 0, because an array is one-hot.

    Raises:
        ValueError: if labels are both numbers and names, or do not fit class_names or n_classes.
    """
    names = None if class_names is None else checks.texts("class_names", class_names)
    if names is not None:
        n_classes = len(names) if n_classes is None else n_classes
        checks.same_length("class_names", names, "the classes", range(n_classes))
        labels = {key: _names_to_indices(key, array, names) for key, array in labels.items()}
    if len({array.dtype.kind == "U" for array in labels.values()}) > 1:
        rule = f"{' and '.join(labels)} must all hold numbers, or all names"
        raise ValueError(f"{rule}. Got one of each instead: pass class_names.")
    all_labels = _all_labels(labels, n_classes, from_zero)
    indices = [np.searchsorted(all_labels, array) for array in labels.values()]
    if names is None:
        names = [str(label) for label in all_labels]
    return indices, names, all_labels


def _convert_objects(array):
    """Return an object array as strings or numbers if all its elements are of that type."""
    elements = array.ravel().tolist()
    if elements and all(isinstance(element, str) for element in elements):
        return array.astype(str)
    if elements and all(isinstance(element, Real) for element in elements):
        return np.array(array.tolist())
    return array


def _check_one_hot(name, array):
    """Raise ValueError if an array, (n, classes), is not one-hot."""
    if are_one_hot(array):
        return
    if are_binary(array):
        rule = f"{name} must have one class for each example"
        row = np.flatnonzero(array.sum(axis=1) != 1)[0]
        got = f"multi-label data, {int(array[row].sum())} ones in row {row}"
        raise ValueError(f"{rule}. Got {got}, instead: {MULTI_LABEL_ADVICE}.")
    rule = f"{name} must be labels, (n,), or one-hot, (n, classes)"
    got = f"shape {array.shape}"
    if array.dtype.kind == "U" or are_whole(array).all():
        advice = "flatten labels of sequences or pixels into n rows first."
    else:
        got = f"{got} with {array[~are_whole(array)][0]:.4g}"
        is_true = name == "y_true"
        advice = "are y_true and y_pred swapped?" if is_true else "they are not labels."
    raise ValueError(f"{rule}. Got {got} instead: {advice}")


def _names_to_indices(name, labels, class_names):
    """Return the indices of class names; integer labels are returned unchanged."""
    if labels.dtype.kind != "U":
        return labels
    indices = {class_name: index for index, class_name in enumerate(class_names)}
    unknown = [label for label in np.unique(labels) if label not in indices]
    if unknown or len(indices) < len(class_names):
        rule = f"{name} must hold class names, which must be unique: {', '.join(class_names)}"
        raise ValueError(f"{rule}. Got {str((unknown or class_names)[0])!r} instead.")
    return np.array([indices[label] for label in labels.tolist()])


def _all_labels(labels, n_classes, from_zero):
    """Return the sorted labels of all classes, (n_classes,).

    Labels from 0 are class indices. Other labels, such as 1 to 3 or -1 and 1, are the classes in
    sorted order, as in scikit-learn's `classes_`.
    """
    present = np.unique(np.concatenate([*labels.values()]))
    if present.dtype.kind == "U":
        if n_classes is not None and len(present) != n_classes:
            rule = f"class_names must be given if not all {n_classes} classes occur"
            raise ValueError(f"{rule}. Got {', '.join(present)} instead.")
        return present
    for pair in BINARY_LABELS:
        if n_classes in (None, 2) and not from_zero and np.isin(present, pair).all():
            return np.array(pair)
    if n_classes is None and present[0] != 0:
        return present
    if n_classes is None:
        n_classes = present[-1] + 1
    checks.at_most(
        "the number of classes, one more than the largest label,", n_classes, MAX_CLASSES
    )
    if present[0] >= 0 and present[-1] < n_classes:
        return np.arange(n_classes)
    if len(present) == n_classes and 0 not in present and not from_zero:
        return present
    invalid = {name: array[(array < 0) | (array >= n_classes)] for name, array in labels.items()}
    name = next(name for name, array in invalid.items() if len(array))
    rule = f"{name} must hold whole numbers from 0 to {n_classes - 1}, or {n_classes} other labels"
    raise ValueError(f"{rule}. Got {invalid[name][0]} instead.")
