"""The values in a history, which need not be numbers."""

import numbers as kinds
from collections.abc import Mapping, Sequence

import numpy as np

OTHER_KINDS = tuple("SUOMmc")  # of NumPy: texts, objects, times, complex numbers


def numbers(values: Sequence | np.ndarray) -> np.ndarray:
    """Returns one float a value, NaN for what is not a single number that float32 can hold.

    A value so small that float32 makes it 0 is 0.

    Example:
        >>> numbers([1, np.inf, "2"])
        array([ 1., nan, nan])
    """
    if not is_column(values):
        raise ValueError(f"values must be a list or an array. Got {values!r} instead.")
    try:
        found = np.array(values)
    except (TypeError, ValueError):
        found = np.empty(0, object)
    if found.ndim != 1 or found.dtype.kind not in "biuf":  # not all of them are single numbers
        found = np.array([value if is_number(value) else np.nan for value in values], float)
    found = found.astype(float)
    with np.errstate(over="ignore"):
        held = found.astype(np.float32)
    return np.where(np.isfinite(held), np.where(held == 0, 0.0, found), np.nan)


def is_number(value: object) -> bool:
    """Whether a value is a single number, and not text or an array.

    Example:
        >>> is_number(np.float32(1)), is_number("1"), is_number([1])
        (True, False, False)
    """
    dtype, shape = getattr(value, "dtype", None), getattr(value, "shape", None)
    is_array = dtype is not None and shape == () and getattr(dtype, "kind", "") not in OTHER_KINDS
    return isinstance(value, kinds.Real) or is_array


def is_column(values):
    """Whether values are several: a list, say, and neither text nor a dict nor a DataFrame."""
    several = hasattr(values, "__len__") and getattr(values, "ndim", 1)
    is_frame = hasattr(values, "columns")
    return bool(several) and not is_frame and not isinstance(values, str | bytes | Mapping)
