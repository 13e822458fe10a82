"""Checks of single values: numbers, texts, choices, paths, seeds, saved settings."""

import difflib
import math
import operator
import os
from numbers import Real
from pathlib import Path

import numpy as np


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
        got = value if whole is None or isinstance(value, bool) else whole  # 3, not np.int64(3)
        raise ValueError(f"{name} must be a whole number {limit}. Got {got!r} instead.")
    return whole


def whole(name, value, minimum):
    """Return `value` as an int if it is a whole number of at least `minimum`, or such a float.

    >>> whole("step_size", 2000.0, minimum=1)
    2000
    """
    is_float = isinstance(value, float | np.floating)
    return integer(name, int(value) if is_float and value.is_integer() else value, minimum)


def number(name, value, minimum=-math.inf, below=math.inf):
    """Returns `value` as a float if it is a finite number with `minimum <= value < below`."""
    try:
        real = float(value) if isinstance(value, Real) else math.nan
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


def seed(value, name="seed"):
    """Returns `value` as an int if all random generators can be seeded with it."""
    return integer(name, value, 0, 2**32 - 1)


def lecture_seed(value):
    """Returns a lecture's seed: `value`; for None that of `MLCOURSE_SEED`, else 0."""
    if value is not None:
        return seed(value)
    text = os.environ.get("MLCOURSE_SEED") or "0"
    return seed(int(text) if text.isdecimal() else text, "MLCOURSE_SEED")


def generator(name, seed):
    """Returns a `numpy.random.Generator`: the one that is given, or a new one by its seed."""
    if isinstance(seed, np.random.Generator):
        return seed
    return np.random.default_rng(integer(name, seed, 0))


def text(name, value):
    """Returns `value` if it is a text."""
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text. Got {value!r} instead.")
    return value


def function(name, value):
    """Returns `value` if it can be called."""
    if not callable(value):
        raise ValueError(f"{name} must be a function. Got {value!r} instead.")
    return value


def flag(name, value):
    """Returns `value` if it is True or False; a text or a number is neither."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False. Got {value!r} instead.")
    return value


def instance(name, value, kind, example):
    """Return `value` if it is an instance of a class; the error gives an example.

    Args:
        name, value: the argument.
        kind: a class, or the name of a class that stands on a higher floor.
        example: how one gets an instance, for the error.
    """
    if not is_instance(value, kind):
        kind = kind if isinstance(kind, str) else kind.__name__
        rule = f"{name} must be {_with_article(kind)}, such as {example}"
        raise ValueError(f"{rule}. Got {value!r} instead.")
    return value


def is_instance(value, kind):
    """Return whether `value` is an instance of a class, which may be given by its name."""
    if isinstance(kind, str):
        return any(base.__name__ == kind for base in type(value).__mro__)
    return isinstance(value, kind)


def _with_article(word):
    return f"an {word}" if word[0] in "AEIOU" else f"a {word}"


def choice(name, value, known):
    """Return `value` if it is one of the `known` names; the error lists them, and the nearest."""
    if not isinstance(value, str) or value not in known:
        nearest = difflib.get_close_matches(value, known, 1) if isinstance(value, str) else []
        hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
        raise ValueError(f"{name} must be one of {', '.join(known)}. Got {value!r} instead.{hint}")
    return value


def path(name, value):
    """Returns `value` as a `Path` if it is one, or text."""
    if not isinstance(value, str | os.PathLike):
        raise ValueError(f"{name} must be a path. Got {value!r} instead.")
    return Path(value)


def folder(name, path):
    """Raises if there is something at a path, and it is no folder."""
    if path.exists() and not path.is_dir():
        raise ValueError(f"{name} must be a folder. Got {str(path)!r} instead.")


def is_set(variable):
    """Whether an environment variable says yes: it is there, and neither empty nor 0."""
    return os.environ.get(variable, "") not in ("", "0")


def unchanged(what, where, mine, kept):
    """Raises unless what is kept was begun as it is to go on; what is not there is None.

    Args:
        what: the setting's name.
        where: what is kept, in words.
        mine, kept: the setting's values.
    """
    if found := _first_difference(mine, kept):
        place, mine, kept = found
        rule = f"{where} was begun with another {what}, and must go on as it began"
        rule = f"{rule}, or begin anew under another name"
        raise ValueError(f"{rule}. Got {place}{_short(mine)} instead of {_short(kept)}.")


def _first_difference(mine, kept, place=""):
    """Returns where two values differ first, by the names of the dicts there, and both of it.

    None if they are the same.
    """
    if isinstance(mine, dict) and isinstance(kept, dict):
        pairs = [(f"{place}{name} ", mine.get(name), kept.get(name)) for name in {**kept, **mine}]
    elif isinstance(mine, list) and isinstance(kept, list) and len(mine) == len(kept):
        pairs = [(place, *both) for both in zip(mine, kept, strict=True)]
    else:
        return None if _are_same(mine, kept) else (place, mine, kept)
    found = (_first_difference(one, other, inner) for inner, one, other in pairs)
    return next(filter(None, found), None)


def _are_same(mine, kept):
    """Whether two values are the same, or mine says more: of some there was once the type alone."""
    return mine == kept or (isinstance(mine, str) and mine.startswith(f"{kept}: "))


def _short(value):
    text = repr(value)
    return text if len(text) < 100 else f"{text[:97]}..."
