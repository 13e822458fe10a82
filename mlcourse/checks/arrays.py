"""Checks of what holds several values: lists, dicts, arrays."""

from collections.abc import Mapping

import numpy as np

from mlcourse.checks.values import positive

LIBRARIES = ("keras", "tensorflow", "torch", "grain")  # whose datasets `model.fit` takes


def is_dataset(x):
    """Return whether x is a dataset of batches that `model.fit` reads again in each epoch.

    That is a `keras.utils.PyDataset`, a `tf.data.Dataset`, or a data loader of PyTorch or Grain.

    >>> is_dataset(np.zeros(3)), is_dataset([1, 2])
    (False, False)
    """
    is_of_library = any(kind.__module__.split(".")[0] in LIBRARIES for kind in type(x).__mro__)
    return is_of_library and not hasattr(x, "shape") and not hasattr(x, "__next__")


def length(name, values):
    """Returns how many items there are, if `values` are a list or an array."""
    try:
        return len(values)
    except TypeError as error:
        raise ValueError(f"{name} must be a list or an array. Got {values!r} instead.") from error


def same_length(name, values, other, others):
    """Raises unless the two sequences have as many items as each other."""
    count, other_count = length(name, values), length(other, others)
    if count != other_count:
        lengths = f"{count:,} and {other_count:,}"
        raise ValueError(f"{name} and {other} must be of one length. Got {lengths} instead.")


def texts(name, values):
    """Returns several names or other texts as a list; one text is not several."""
    if isinstance(values, str | bytes | Mapping) or not hasattr(values, "__getitem__"):
        raise ValueError(f"{name} must be a list of texts. Got {values!r} instead.")
    return list(map(str, values))


def mapping(name, values, what):
    """Returns `values` as a dict if they are a mapping that is not empty.

    Args:
        name, values: the argument.
        what: what it maps, such as "names to trials".
    """
    if not isinstance(values, Mapping) or not values:
        raise ValueError(f"{name} must be a dict of {what}, one at least. Got {values!r} instead.")
    return dict(values)


def sides(name, values):
    """Returns a width and a height, in inches, as floats if both are positive."""
    if isinstance(values, str | Mapping) or length(name, values) != 2:
        raise ValueError(f"{name} must be a width and a height. Got {values!r} instead.")
    width, height = values
    return positive(name, width), positive(name, height)


def array(name, values):
    """Returns `values` as an array if each of their rows is as long as the others."""
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be an array. Got {values!r} instead.") from error


def floats(name, values):
    """Returns `values` as floats, NaN or float32 too, if they are numbers and nothing else."""
    found = array(name, values)
    if found.dtype.kind not in "biuf":
        raise ValueError(f"{name} must be numbers. Got {values!r} instead.")
    return found if found.dtype == np.float32 else found.astype(float, copy=False)


def finite(name, values):
    """Returns `values` as an array if they are numbers, at least one, and all finite."""
    try:
        found = np.asarray(values)
        if np.iscomplexobj(found):
            raise TypeError("complex numbers have no order")
        lost = np.argwhere(~np.isfinite(found))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be an array of numbers. Got {values!r} instead.") from error
    if found.ndim == 0 or not found.size:
        raise ValueError(f"{name} must have at least one example. Got {values!r} instead.")
    if len(lost):
        place = ", ".join(map(str, lost[0]))
        raise ValueError(f"{name} must be finite. Got {found[*lost[0]]} at [{place}] instead.")
    return found


def columns(name, x, count):
    """Raises unless x is of shape (n, count)."""
    if x.ndim != 2 or x.shape[1] != count:
        raise ValueError(f"{name} must be of shape (n, {count}). Got {x.shape} instead.")


def equally_many(x, y, part=""):
    """Raises unless x and y, lists of arrays, all have as many rows as each other, at least one.

    The part of the data, such as " of validation_data", ends their names in the error.
    """
    shapes = [getattr(one, "shape", ()) for one in (*(x or [None]), *(y or [None]))]
    lengths = sorted({shape[0] if shape else 0 for shape in shapes})
    if len(lengths) > 1 or 0 in lengths:
        rule = f"x and y{part} must be arrays of one length, at least 1"
        raise ValueError(f"{rule}. Got {lengths} instead.")
