"""Checks of arguments: each returns its value, or raises ValueError: the rule, then the value."""

import math
import numbers
import operator
import os


def integer(name, value, minimum, maximum=None):
    """Returns `value` as an int if it is a whole number from `minimum` to `maximum`.

    >>> integer("epochs", 3, minimum=1)
    3
    """
    try:
        whole = operator.index(value)
    except TypeError:
        whole = None
    too_large = maximum is not None and whole is not None and whole > maximum
    if whole is None or isinstance(value, bool) or whole < minimum or too_large:
        limit = f"of at least {minimum}" if maximum is None else f"from {minimum} to {maximum}"
        raise ValueError(f"{name} must be a whole number {limit}. Got {value!r} instead.")
    return whole


def number(name, value, minimum=-math.inf, below=math.inf):
    """Returns `value` as a float if it is a finite number with `minimum <= value < below`."""
    try:
        real = float(value) if isinstance(value, numbers.Real) else math.nan
    except OverflowError:
        real = math.inf
    if isinstance(value, bool) or not (math.isfinite(real) and minimum <= real < below):
        limits = [f"at least {minimum:g}"] if minimum > -math.inf else []
        limits += [f"below {below:g}"] if below < math.inf else []
        rule = " and ".join(limits) or "finite"
        raise ValueError(f"{name} must be a number, {rule}. Got {value!r} instead.")
    return real


def positive(name, value):
    """Returns `value` as a float if it is a finite number above 0."""
    if number(name, value) <= 0:
        raise ValueError(f"{name} must be positive. Got {value!r} instead.")
    return float(value)


def flag(name, value):
    """Returns `value` if it is True or False; a text or a number is neither."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False. Got {value!r} instead.")
    return value


def choice(name, value, known):
    """Returns `value` if it is one of the `known` names, which the error lists."""
    if value not in list(known):
        raise ValueError(f"{name} must be one of {', '.join(known)}. Got {value!r} instead.")
    return value


def same_length(name, values, other, others):
    """Raises unless the two sequences have as many items as each other."""
    if len(values) != len(others):
        lengths = f"{len(values):,} and {len(others):,}"
        raise ValueError(f"{name} and {other} must be of one length. Got {lengths} instead.")


def is_set(variable):
    """Whether an environment variable says yes: it is there, and neither empty nor 0."""
    return os.environ.get(variable, "") not in ("", "0")
