"""Checks of arguments: each returns its value, or raises ValueError: the rule, then the value."""

import itertools
import math
import operator
import os
from collections.abc import Mapping
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


def kind(name, value, kind, example):
    """Returns `value` if it is of a kind, of which the error gives an example."""
    if not isinstance(value, kind):
        rule = f"{name} must be {_with_article(kind.__name__)}, such as {example}"
        raise ValueError(f"{rule}. Got {value!r} instead.")
    return value


def _with_article(word):
    return f"an {word}" if word[0] in "AEIOU" else f"a {word}"


def choice(name, value, known):
    """Returns `value` if it is one of the `known` names, which the error lists."""
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}. Got {value!r} instead.")
    return value


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
        array = np.asarray(values)
        lost = np.argwhere(~np.isfinite(array))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be an array of numbers. Got {values!r} instead.") from error
    if array.ndim == 0 or not array.size:
        raise ValueError(f"{name} must have at least one example. Got {values!r} instead.")
    if len(lost):
        place = ", ".join(map(str, lost[0]))
        raise ValueError(f"{name} must be finite. Got {array[*lost[0]]} at [{place}] instead.")
    return array


def columns(name, x, count):
    """Raises unless x is of shape (n, count)."""
    if x.ndim != 2 or x.shape[1] != count:
        raise ValueError(f"{name} must be of shape (n, {count}). Got {x.shape} instead.")


def seed(value):
    """Returns `value` as an int if all random generators can be seeded with it."""
    return integer("seed", value, 0, 2**32 - 1)


def equally_many(x, y):
    """Raises unless x and y, lists of arrays, all have as many rows as each other, at least one."""
    shapes = [getattr(array, "shape", ()) for array in (*(x or [None]), *(y or [None]))]
    lengths = sorted({shape[0] if shape else 0 for shape in shapes})
    if len(lengths) > 1 or 0 in lengths:
        rule = "x and y must be arrays of one length, at least 1"
        raise ValueError(f"{rule}. Got {lengths} instead.")


def taken(model, x, exactly=False):
    """Raises unless examples are of the shape that a model takes, as far as the model says.

    Args:
        model: a Keras model; one of several inputs says nothing here.
        x: an array of examples, (n, ...); what is no array is let through.
        exactly: whether the model takes no examples that have a last axis of 1 too many or too few.
    """
    inputs = getattr(model, "inputs", None) or ()
    if len(inputs) != 1 or not hasattr(x, "shape"):
        return
    wanted, found = tuple(inputs[0].shape[1:]), tuple(x.shape[1:])
    fewer = found[:-1] if found[-1:] == (1,) else found
    forms = [found] if exactly else [found, fewer, (*found, 1)]
    if x.shape and any(_fits(form, wanted) for form in forms):
        return
    sizes = ", ".join("any" if size is None else str(size) for size in wanted)
    rule = f"x must be of shape (n, {sizes}), as the model takes it"
    raise ValueError(f"{rule}. Got {tuple(x.shape)} instead.")


def _fits(shape, wanted):
    """Whether a shape is the wanted one, in which None stands for any length."""
    same = len(shape) == len(wanted)
    return same and all(want in (None, own) for own, want in zip(shape, wanted, strict=True))


def chain(layers):
    """Returns layers as a list, if they can follow each other.

    Their parameters are to differ in name, not in type.

    Args:
        layers: each has a `name`, its `params`, and `n_in` and `n_out`, None where any size does.
    """
    layers = list(layers) if np.iterable(layers) else [layers]
    integer("the number of layers", len(layers), 1)
    for layer in layers:
        if not isinstance(getattr(layer, "params", None), dict):
            raise ValueError(f"layers must be layers, such as Relu('relu'). Got {layer!r} instead.")
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
    return layers


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


def path(name, value):
    """Returns `value` as a `Path` if it is one, or text."""
    if not isinstance(value, str | os.PathLike):
        raise ValueError(f"{name} must be a path. Got {value!r} instead.")
    return Path(value)


def target(y):
    """Raises if there is no target, without which no gradient comes back."""
    if y is None:
        raise ValueError("y must be a target, for there to be a way back. Got None instead.")


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
