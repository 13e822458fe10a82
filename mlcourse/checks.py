"""Checks of arguments: each returns its value, or raises ValueError: the rule, then the value."""

import math
import operator


def integer(name, value, minimum):
    """Returns `value` as an int if it is a whole number of at least `minimum`.

    >>> integer("epochs", 3, minimum=1)
    3
    """
    try:
        whole = operator.index(value)
    except TypeError:
        whole = None
    if whole is None or isinstance(value, bool) or whole < minimum:
        raise ValueError(
            f"{name} must be a whole number of at least {minimum}. Got {value!r} instead."
        )
    return whole


def number(name, value, minimum=-math.inf, below=math.inf):
    """Returns `value` as a float if it is finite and `minimum <= value < below`."""
    try:
        real = float(value)
    except (TypeError, ValueError):
        real = math.nan
    if not (math.isfinite(real) and minimum <= real < below):
        limits = [f"at least {minimum:g}"] if minimum > -math.inf else []
        limits += [f"below {below:g}"] if below < math.inf else []
        rule = " and ".join(limits) or "finite"
        raise ValueError(f"{name} must be a number, {rule}. Got {value!r} instead.")
    return real


def choice(name, value, known):
    """Returns `value` if it is one of the `known` names, which the error lists."""
    if value not in list(known):
        raise ValueError(f"{name} must be one of {', '.join(known)}. Got {value!r} instead.")
    return value


def same_length(name, values, other, others):
    """Raises unless the two sequences have as many items as each other."""
    if len(values) != len(others):
        raise ValueError(
            f"{name} and {other} must be of one length. Got {len(values):,} and {len(others):,}."
        )
