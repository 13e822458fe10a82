"""Checks of single values: numbers, strings, choices, paths, seeds, saved settings."""

import difflib
import math
import operator
import os
from numbers import Real
from pathlib import Path

import numpy as np


def integer(name, value, minimum, maximum=None, *, limit=None):
    """Return `value` as an int if it is an integer from `minimum` to `maximum`.

    Args:
        name: name of the argument.
        value: value of the argument.
        minimum: lowest valid integer.
        maximum: highest valid integer; None for any.
        limit: highest integer that memory, time or a page allows, as in `at_most`; None for any.

    >>> integer("epochs", 3, minimum=1)
    3
    """
    limits = f"of at least {minimum}" if maximum is None else f"from {minimum} to {maximum}"
    rule = f"{name} must be a whole number {limits}"
    try:
        result = operator.index(value)
    except TypeError:
        result = None
    if result is None or isinstance(value, bool):
        raise ValueError(f"{rule}. Got {value!r} instead.")
    if result < minimum or (maximum is not None and result > maximum):
        raise ValueError(f"{rule}. Got {result} instead.")
    if limit is not None:
        at_most(name, result, limit)
    return result


def at_most(name, count, maximum, advice=""):
    """Raise ValueError if a count is above the maximum that memory, time or a page allows.

    Args:
        name: name of the count, such as "the number of epochs".
        count: an integer.
        maximum: the largest count allowed.
        advice: alternative for larger counts, such as "; see `max_units`".
    """
    if count > maximum:
        raise ValueError(f"{name} must be at most {maximum:,}{advice}. Got {count:,} instead.")


def whole(name, value, minimum):
    """Return `value` as an int if it is an integer of at least `minimum`, or a float such as 3.0.

    >>> whole("step_size", 2000.0, minimum=1)
    2000
    """
    is_float = isinstance(value, float | np.floating)
    return integer(name, int(value) if is_float and value.is_integer() else value, minimum)


def number(name, value, minimum=-math.inf, below=math.inf):
    """Return `value` as a float if it is a finite number with `minimum <= value < below`."""
    try:
        real = float(value) if isinstance(value, Real) else math.nan
    except OverflowError:
        real = math.inf
    if isinstance(value, bool) or not (math.isfinite(real) and minimum <= real < below):
        limits = []
        if minimum > -math.inf:
            limits.append(f"at least {minimum:g}")
        if below < math.inf:
            limits.append(f"below {below:g}")
        limits = " and ".join(limits) or "finite"
        raise ValueError(f"{name} must be a number, {limits}. Got {value!r} instead.")
    return real


def number_within(name, value, low, high):
    """Return `value` as a float if it is a number from `low` to `high`."""
    if number(name, value, low) > high:
        raise ValueError(f"{name} must be at most {high:g}. Got {value!r} instead.")
    return float(value)


def positive(name, value):
    """Return `value` as a float if it is a finite number above 0."""
    if number(name, value) <= 0:
        raise ValueError(f"{name} must be positive. Got {value!r} instead.")
    return float(value)


def seed(value, name="seed"):
    """Return `value` as an int if it can seed Python's, NumPy's and Keras's random generators."""
    return integer(name, value, 0, 2**32 - 1)


def lecture_seed(value):
    """Return a lecture's seed: `value`, or if it is None, that of `MLCOURSE_SEED`, or 0."""
    if value is not None:
        return seed(value)
    text = os.environ.get("MLCOURSE_SEED") or "0"
    return seed(int(text) if text.isdecimal() else text, "MLCOURSE_SEED")


def generator(name, seed):
    """Return a `numpy.random.Generator`: the given one, or a new one from an integer seed."""
    if isinstance(seed, np.random.Generator):
        return seed
    return np.random.default_rng(integer(name, seed, 0))


def text(name, value):
    """Return `value` if it is a string."""
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a string. Got {value!r} instead.")
    return value


def function(name, value):
    """Return `value` if it is callable."""
    if not callable(value):
        raise ValueError(f"{name} must be a function. Got {value!r} instead.")
    return value


def flag(name, value):
    """Return `value` if it is True or False; strings and numbers are refused."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False. Got {value!r} instead.")
    return value


def instance(name, value, kind, example):
    """Return `value` if it is an instance of a class.

    Args:
        name: name of the argument.
        value: value of the argument.
        kind: a class, or the name of a class that this module must not import.
        example: expression that creates an instance, for the error message.
    """
    if not is_instance(value, kind):
        class_name = kind if isinstance(kind, str) else kind.__name__
        rule = f"{name} must be {_with_article(class_name)}, such as {example}"
        raise ValueError(f"{rule}. Got {value!r} instead.")
    return value


def is_instance(value, kind):
    """Return whether `value` is an instance of a class, given as the class or its name."""
    if isinstance(kind, str):
        return any(base.__name__ == kind for base in type(value).__mro__)
    return isinstance(value, kind)


def _with_article(word):
    return f"an {word}" if word[0] in "AEIOU" else f"a {word}"


def choice(name, value, choices):
    """Return `value` if it is one of the choices; the error lists them and suggests the nearest."""
    if isinstance(value, str) and value in choices:
        return value
    rule = f"{name} must be one of {', '.join(choices)}"
    raise ValueError(f"{rule}. Got {value!r} instead.{hint(value, choices)}")


def hint(value, choices):
    """Return " Did you mean ...?" with the nearest choice, or "" if none is near.

    >>> hint("adm", ["sgd", "adam"])
    " Did you mean 'adam'?"
    """
    nearest = difflib.get_close_matches(value, choices, 1) if isinstance(value, str) else []
    return f" Did you mean {nearest[0]!r}?" if nearest else ""


def path(name, value):
    """Return `value` as a `Path` if it is a path or a string."""
    if not isinstance(value, str | os.PathLike):
        raise ValueError(f"{name} must be a path. Got {value!r} instead.")
    return Path(value)


def folder(name, path):
    """Raise ValueError if a path exists and is not a folder."""
    if path.exists() and not path.is_dir():
        raise ValueError(f"{name} must be a folder. Got {str(path)!r} instead.")


def is_set(variable):
    """Return whether an environment variable is set to something other than "" or "0"."""
    return os.environ.get(variable, "") not in ("", "0")


def unchanged(setting, owner, current, saved):
    """Raise ValueError if a saved setting differs from the current one.

    Args:
        setting: name of the setting.
        owner: what the setting belongs to, such as "run 'first'".
        current: current value, or None.
        saved: saved value, or None.
    """
    difference = _first_difference(current, saved)
    if difference is None:
        return
    location, current, saved = difference
    rule = f"{setting} must be the same as in {owner}; otherwise use a new name or folder"
    raise ValueError(f"{rule}. Got {location}{_short(current)} instead of {_short(saved)}.")


def _first_difference(current, saved, location=""):
    """Return (location, current, saved) of the first difference between two values, or None.

    The location consists of the keys of the nested dicts.
    """
    if isinstance(current, dict) and isinstance(saved, dict):
        for key in {**saved, **current}:
            inner = f"{location}{key} "
            difference = _first_difference(current.get(key), saved.get(key), inner)
            if difference is not None:
                return difference
        return None
    if isinstance(current, list) and isinstance(saved, list) and len(current) == len(saved):
        for current_item, saved_item in zip(current, saved, strict=True):
            difference = _first_difference(current_item, saved_item, location)
            if difference is not None:
                return difference
        return None
    return None if _are_equal(current, saved) else (location, current, saved)


def _are_equal(current, saved):
    """Return whether two values are equal; a saved "DataFrame" equals "DataFrame: 1234".

    Earlier versions saved only the type of some values.
    """
    return current == saved or (isinstance(current, str) and current.startswith(f"{saved}: "))


def _short(value):
    """Return the repr of a value, shortened to 100 characters."""
    text = repr(value)
    return text if len(text) < 100 else f"{text[:97]}..."
