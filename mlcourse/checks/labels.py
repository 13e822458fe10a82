"""Checks of the values that a network is trained on: one or two passes over each array."""

import numpy as np

TOLERANCE = 0.01  # of a row's sum: bfloat16 has two to three decimal places


def all_finite(name, values):
    """Raises unless all values are finite.

    The sum is finite only if all values are, and takes half the time of looking at each. If it is
    not finite, it may just have overflowed, so each is looked at.

    Args:
        name: of the argument.
        values: an array of numbers.
    """
    with np.errstate(all="ignore"):
        total = values.sum(dtype=np.float32 if values.dtype == np.float16 else None)
    if not np.isfinite(total):
        _require(np.isfinite(values), f"{name} must be finite", values)


def within(name, values, low, high, why=""):
    """Raises unless all values lie from low to high, both included; NaN does not.

    Args:
        name: of the argument.
        values: an array of numbers.
        low, high: the limits.
        why: the reason for them, the end of the rule.
    """
    if not (values.min() >= low and values.max() <= high):
        inside = (values >= low) & (values <= high)
        _require(inside, f"{name} must hold values from {low} to {high}{why}", values)


def labels(name, values, units=None, ignored=None):
    """Raises unless all values are integer labels of the units of an output.

    Args:
        name: of the argument.
        values: an array of numbers; floats must be whole.
        units: of the output; None if unknown.
        ignored: a label that is allowed besides, of examples that the loss leaves out; or None.
    """
    highest = np.iinfo(np.int64).max if units is None else units - 1
    if not (values.min() >= 0 and values.max() <= highest):
        allowed = (values >= 0) & (values <= highest)
        if ignored is not None:
            allowed |= values == ignored
        rule = f"{name} must hold labels from 0 on"
        if units is not None:
            count = "1 unit" if units == 1 else f"{units} units"
            rule = f"{name} must hold labels from 0 to {highest}, as the output has {count}"
        _require(allowed, rule, values)
    if values.dtype.kind == "f":
        _require(values == np.trunc(values), f"{name} must hold labels, whole numbers", values)


def distributions(name, values, axis=-1):
    """Raises unless values are one-hot or probabilities: none is negative, and each row sums to 1.

    Args:
        name: of the argument.
        values: an array of numbers.
        axis: along which classes lie.
    """
    short = values.dtype.kind == "f" and values.dtype.itemsize < 4
    sums = values.sum(axis=axis, dtype=np.float32 if short else None)
    as_one = np.abs(sums - 1.0) <= TOLERANCE
    if not as_one.all():
        rule = f"each row of {name} must sum to 1, one-hot or probabilities"
        _require(as_one, rule, sums, "a sum of ")
    if not values.min() >= 0:
        _require(values >= 0, f"{name} must hold probabilities, from 0 to 1", values)


def _require(allowed, rule, values, what=""):
    """Raises the rule, with the first value that is not allowed and its index, if there is one."""
    places = np.argwhere(~allowed)
    if len(places):
        place = tuple(places[0].tolist())
        index = place[0] if len(place) == 1 else list(place)
        raise ValueError(f"{rule}. Got {what}{values[place]} at index {index} instead.")
