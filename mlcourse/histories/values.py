"""The values in a history, which need not be numbers."""

import numbers as kinds
from collections.abc import Mapping, Sequence

import numpy as np


def numbers(values: Sequence | np.ndarray) -> np.ndarray:
    """Returns one float a value, NaN for infinities and for what is not a single number.

    Example:
        >>> numbers([1, np.inf, "low"])
        array([ 1., nan, nan])
    """
    if not is_column(values):
        raise ValueError(f"values must be a list or an array. Got {values!r} instead.")
    try:
        found = np.array(values, dtype=float)
    except (TypeError, ValueError):
        found = np.empty(0)
    if found.ndim != 1 or len(found) != len(values):
        found = np.array([value if is_number(value) else np.nan for value in values], dtype=float)
    return np.where(np.isfinite(found), found, np.nan)


def is_number(value: object) -> bool:
    """Whether a value is a single number, and not text or an array.

    Example:
        >>> is_number(np.float32(1)), is_number("1"), is_number([1])
        (True, False, False)
    """
    return isinstance(value, kinds.Real) or (
        hasattr(value, "dtype") and getattr(value, "shape", None) == ()
    )


def is_column(values):
    """Whether values are several: a list, say, and neither text nor a dict."""
    several = hasattr(values, "__len__") and getattr(values, "ndim", 1)
    return bool(several) and not isinstance(values, str | bytes | Mapping)
