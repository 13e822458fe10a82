"""Class labels in one form: integers, names, booleans, -1 and 1, one-hot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Real

import numpy as np

from mlcourse._core import checks

LARGEST = 2**31  # of integer labels
BINARY = [0, 1], [-1, 1]
SEVERAL = "use accuracy or class_report, or multilabel_confusion_matrix of scikit-learn"


def classes(y: np.typing.ArrayLike, name: str = "y") -> np.ndarray:
    """Return the class label of each example, (n,): integers or names.

    Args:
        y: labels, (n,) or (n, 1): integers, whole floats, booleans or names; or one-hot,
            (n, classes).
        name: the argument's name, for errors.

    Raises:
        ValueError: if y holds no labels, or several for an example.

    Example:
        >>> classes([[0, 1], [1, 0]]).tolist(), classes([[3.0], [5.0]]).tolist()
        ([1, 0], [3, 5])
    """
    rows = values(name, y)
    if rows.ndim == 2:
        _check_one_hot(name, rows)
        return rows.argmax(axis=1)
    if rows.dtype.kind == "U":
        return rows
    odd = rows[~are_whole(rows)]
    if len(odd):
        rule = f"{name} must hold class labels, which are whole numbers or names"
        swapped = ". Are y_true and y_pred swapped?" if name == "y_true" else "."
        raise ValueError(f"{rule}. Got {odd[0]} instead{swapped}")
    return rows.astype(int)


def encode(
    y: np.typing.ArrayLike, class_names: Sequence[str] | None = None, name: str = "y"
) -> tuple[np.ndarray, list[str]]:
    """Return labels as indices of classes, (n,), and the names of all classes.

    Args:
        y: labels, as in `classes`.
        class_names: in label order; None for the labels themselves.
        name: the argument's name, for errors.

    Raises:
        ValueError: if y holds no labels, or a label has no name.

    >>> indices, names = encode(["dog", "cat", "dog"])
    >>> indices.tolist(), names
    ([1, 0, 1], ['cat', 'dog'])
    """
    rows, labels = values(name, y), classes(y, name)
    count = rows.shape[1] if rows.ndim == 2 else None
    (indices,), names, _ = in_order({name: labels}, class_names, count, rows.ndim == 2)
    return indices, names


def values(name: str, y: np.typing.ArrayLike) -> np.ndarray:
    """Return labels or probabilities as an array, (n,) or (n, columns), of numbers or names."""
    _check_categories(name, y)
    found = checks.array(name, y)
    if found.dtype.kind == "O":
        found = _without_objects(found)
    if found.dtype.kind in "SUT":
        found = found.astype(str)
        if found.ndim == 0 or not found.size:
            raise ValueError(f"{name} must have at least one example. Got {y!r} instead.")
    else:
        found = checks.finite(name, found)
        if found.dtype.kind not in "biuf":
            raise ValueError(f"{name} must be numbers or names. Got {found.dtype} instead.")
    if found.ndim > 2:
        rule = f"{name} must be of shape (n,) or (n, classes)"
        advice = "flatten the steps or pixels of all examples into n rows first"
        raise ValueError(f"{rule}. Got {found.shape} instead: {advice}.")
    return found.ravel() if found.size == len(found) else found


def _check_categories(name, y):
    """Raise unless the order of the categories of pandas is that of sorted labels."""
    dtype = getattr(y, "dtype", None)
    names = list(getattr(dtype, "categories", ()))
    if getattr(dtype, "ordered", False) and names != sorted(names):
        codes = f"{name}.cat.codes" if hasattr(y, "cat") else f"{name}.codes"
        rule = f"{name} must have ordered categories in sorted order"
        advice = f"pass {codes} and the categories as class_names"
        raise ValueError(f"{rule}. Got {', '.join(map(str, names))} instead: {advice}.")


def are_whole(rows: np.ndarray) -> np.ndarray:
    """Return whether each number is whole, and small enough for a label."""
    return (rows % 1 == 0) & (np.abs(rows.astype(float)) <= LARGEST)


def are_binary(rows: np.ndarray) -> bool:
    """Return whether rows are several columns of zeros and ones."""
    return rows.ndim == 2 and rows.dtype.kind != "U" and bool(np.isin(rows, (0, 1)).all())


def are_one_hot(rows: np.ndarray) -> bool:
    """Return whether each row has a single one among zeros."""
    return are_binary(rows) and bool((rows.sum(axis=1) == 1).all())


def in_order(
    labels: dict[str, np.ndarray],
    class_names: Iterable[str] | None,
    count: int | None,
    from_zero: bool = False,
) -> tuple[list[np.ndarray], list[str], np.ndarray]:
    """Return labels as indices of classes, the names of all classes, and the labels of these.

    Args:
        labels: arrays of labels, (n,), as `classes` returns them, by their argument's name.
        class_names: in label order; None for the labels themselves.
        count: the number of classes; None for as many as the labels need.
        from_zero: whether labels must be integers from 0 on, as some are columns of one-hot rows.

    Raises:
        ValueError: if labels are both numbers and names, or do not fit the names or the count.
    """
    names = None if class_names is None else checks.texts("class_names", class_names)
    if names is not None:
        count = len(names) if count is None else count
        checks.same_length("class_names", names, "the classes", range(count))
        labels = {key: _numbered(key, some, names) for key, some in labels.items()}
    if len({some.dtype.kind == "U" for some in labels.values()}) > 1:
        rule = "y_true and y_pred must both hold numbers, or both names"
        raise ValueError(f"{rule}. Got one of each instead: pass class_names.")
    found = _classes(labels, count, from_zero)
    indices = [np.searchsorted(found, some) for some in labels.values()]
    return indices, list(map(str, found)) if names is None else names, found


def _without_objects(found):
    """Return an array of objects as one of numbers or of text, if all of them are such."""
    flat = found.ravel().tolist()
    if flat and all(isinstance(one, str) for one in flat):
        return found.astype(str)
    return np.array(found.tolist()) if flat and all(isinstance(x, Real) for x in flat) else found


def _check_one_hot(name, rows):
    """Raise ValueError unless each row has a single one among zeros."""
    if are_one_hot(rows):
        return
    rule, got = f"{name} must be labels, (n,), or one-hot, (n, classes)", f"shape {rows.shape}"
    if are_binary(rows):
        rule = f"{name} must have one class for each example"
        row = np.flatnonzero(rows.sum(axis=1) != 1)[0]
        got = f"multi-label data, {int(rows[row].sum())} ones in row {row}, instead: {SEVERAL}."
    elif rows.dtype.kind == "U" or are_whole(rows).all():
        got += " instead: flatten labels of sequences or pixels into n rows first."
    else:
        got += f" with {rows[~are_whole(rows)][0]:.4g} instead: "
        got += "are y_true and y_pred swapped?" if name == "y_true" else "they are no labels."
    raise ValueError(f"{rule}. Got {got}")


def _numbered(name, labels, class_names):
    """Return the indices of names among the class names; numbers as they are."""
    if labels.dtype.kind != "U":
        return labels
    places = {known: index for index, known in enumerate(class_names)}
    unknown = [label for label in np.unique(labels) if label not in places]
    if unknown or len(places) < len(class_names):
        rule = f"{name} must hold class names, {', '.join(class_names)}, each once among these"
        raise ValueError(f"{rule}. Got {str((unknown or class_names)[0])!r} instead.")
    return np.array([places[label] for label in labels.tolist()])


def _classes(labels, count, from_zero):
    """Return the labels of all classes, sorted; `count` of them unless that is None.

    Labels from 0 on are indices. Others, such as 1 to 3 or -1 and 1, are the classes in their
    order, as in `classes_` of scikit-learn.
    """
    found = np.unique(np.concatenate([*labels.values()]))
    if found.dtype.kind == "U":
        if count is not None and len(found) != count:
            rule = f"class_names must be given for names of fewer than all {count} classes"
            raise ValueError(f"{rule}. Got {', '.join(found)} instead.")
        return found
    for pair in BINARY:
        if count in (None, 2) and not from_zero and np.isin(found, pair).all():
            return np.array(pair)
    if count is None:
        return np.arange(found[-1] + 1) if found[0] == 0 else found
    if found[0] >= 0 and found[-1] < count:
        return np.arange(count)
    if len(found) == count and 0 not in found and not from_zero:
        return found
    odd = {name: some[(some < 0) | (some >= count)] for name, some in labels.items()}
    name, label = next((name, some[0]) for name, some in odd.items() if len(some))
    rule = f"{name} must hold whole numbers from 0 to {count - 1}, or {count} other labels"
    raise ValueError(f"{rule}. Got {label} instead.")
