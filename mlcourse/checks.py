"""Checks of arguments: each returns its value, or raises ValueError: the rule, then the value."""

import itertools
import math
import numbers
import operator
import os

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


def kind(name, value, kind, example):
    """Raises unless `value` is of a kind, of which the error gives an example."""
    if not isinstance(value, kind):
        rule = f"{name} must be an {kind.__name__}, such as {example}"
        raise ValueError(f"{rule}. Got {value!r} instead.")


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


def finite(name, values):
    """Returns `values` as an array if they are numbers, at least one, and all finite."""
    try:
        array = np.asarray(values)
        lost = np.argwhere(~np.isfinite(array))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be an array of numbers. Got {values!r} instead.") from error
    if array.ndim == 0 or not len(array):
        raise ValueError(f"{name} must have at least one example. Got {values!r} instead.")
    if len(lost):
        place = ", ".join(map(str, lost[0]))
        raise ValueError(f"{name} must be finite. Got {array[*lost[0]]} at [{place}] instead.")
    return array


def columns(name, x, count):
    """Raises unless x is of shape (n, count)."""
    if x.ndim != 2 or x.shape[1] != count:
        raise ValueError(f"{name} must be of shape (n, {count}). Got {x.shape} instead.")


def chain(layers):
    """Raises unless layers can follow each other; their parameters differ in name, not in type.

    Args:
        layers: each has a `name`, its `params`, and `n_in` and `n_out`, None where any size does.
    """
    integer("the number of layers", len(layers), 1)
    names = [layer.name for layer in layers if layer.params or hasattr(layer, "rate")]
    for name in names:
        if names.count(name) > 1:
            rule = "layers with parameters or dropout must differ in name"
            raise ValueError(f"{rule}. Got {name!r} twice.")
    if len({id(layer) for layer in layers}) < len(layers):
        raise ValueError(
            "a layer must be used once, as it keeps what its way back needs. Got twice."
        )
    types = {str(array.dtype) for layer in layers for array in layer.params.values()}
    if len(types) > 1 or not types <= {"float32", "float64"}:
        rule = "layers must have parameters of one dtype, float32 or float64"
        raise ValueError(f"{rule}. Got {', '.join(sorted(types))} instead.")
    sized = [layer for layer in layers if layer.n_in or hasattr(layer, "reshapes")]
    for before, after in itertools.pairwise(sized):
        if before.n_in and after.n_in and before.n_out != after.n_in:
            rule = f"layer {after.name} must take what layer {before.name} gives"
            got = f"the shapes {before.n_in, before.n_out} and {after.n_in, after.n_out}"
            raise ValueError(f"{rule}. Got {got} instead.")


def targets(y, outputs, function):
    """Raises unless y, an array, holds targets for as many outputs of a function.

    With "softmax" these may be numbers of classes, (n,); else they are (n, outputs), or (n,) for
    one output, and with "sigmoid" or "softmax" from 0 to 1.
    """
    if function == "softmax" and y.ndim == 1:
        whole = y.dtype.kind in "iu" and y.min() >= 0 and y.max() < outputs
        rule = f"y must hold numbers of classes, from 0 to {outputs - 1}"
        got = f"{y.dtype} from {y.min()} to {y.max()}"
    else:
        whole = y.size == len(y) * outputs
        rule, got = f"y must be of shape (n, {outputs}), as the outputs are", y.shape
        if whole and function != "none":
            whole = y.min() >= 0 and y.max() <= 1
            rule, got = f"y must be from 0 to 1, as {function} is", f"{y.min()} to {y.max()}"
        if whole and function == "softmax":
            sums = y.sum(axis=1)
            whole = np.allclose(sums, 1, atol=1e-4)
            rule, got = "each row of y must have the sum 1", f"{sums.min()} to {sums.max()}"
    if not whole:
        raise ValueError(f"{rule}. Got {got} instead.")


def folder(name, path):
    """Raises if there is something at a path, and it is no folder."""
    if path.exists() and not path.is_dir():
        raise ValueError(f"{name} must be a folder. Got {str(path)!r} instead.")


def as_begun(what, where, mine, kept):
    """Raises unless what is kept was begun as it is to go on.

    Args:
        what: the setting's name.
        where: what is kept, in words.
        mine, kept: the setting's values.
    """
    if mine != kept:
        place, mine, kept = _first_difference(mine, kept)
        rule = f"{where} was begun with another {what}, and must go on as it began"
        raise ValueError(f"{rule}. Got {place}{_short(mine)} instead of {_short(kept)}.")


def _first_difference(mine, kept, place=""):
    """Returns where two values differ first, by the names of the dicts there, and both of it."""
    pairs = []
    if isinstance(mine, dict) and isinstance(kept, dict):
        pairs = [(f"{place}{name} ", mine.get(name), kept.get(name)) for name in {**kept, **mine}]
    elif isinstance(mine, list) and isinstance(kept, list) and len(mine) == len(kept):
        pairs = [(place, *both) for both in zip(mine, kept, strict=True)]
    for inner, one, other in pairs:
        if one != other:
            return _first_difference(one, other, inner)
    return place, mine, kept


def _short(value):
    text = repr(value)
    return text if len(text) < 100 else f"{text[:97]}..."


def is_set(variable):
    """Whether an environment variable says yes: it is there, and neither empty nor 0."""
    return os.environ.get(variable, "") not in ("", "0")
