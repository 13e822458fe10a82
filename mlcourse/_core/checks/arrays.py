"""Checks of arrays, lists, dicts, labels and the layers of a network."""

import itertools
from collections.abc import Mapping

import numpy as np

from mlcourse._core.checks.values import integer, positive

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


def figsize(name, values):
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


def n_features(name, x, count):
    """Raises unless x is of shape (n, count)."""
    if x.ndim != 2 or x.shape[1] != count:
        raise ValueError(f"{name} must be of shape (n, {count}). Got {x.shape} instead.")


def equal_lengths(x, y, part=""):
    """Raises unless x and y, lists of arrays, all have as many rows as each other, at least one.

    The part of the data, such as " of validation_data", ends their names in the error.
    """
    shapes = [getattr(one, "shape", ()) for one in (*(x or [None]), *(y or [None]))]
    lengths = sorted({shape[0] if shape else 0 for shape in shapes})
    if len(lengths) > 1 or 0 in lengths:
        rule = f"x and y{part} must be arrays of one length, at least 1"
        raise ValueError(f"{rule}. Got {lengths} instead.")


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
        if sum(one is layer for one in layers) > 1:
            rule = "a layer must be used once, as it keeps what its way back needs"
            raise ValueError(f"{rule}. Got {layer.name!r} twice.")
    names = [layer.name for layer in layers if layer.params or hasattr(layer, "rate")]
    for name in names:
        if names.count(name) > 1:
            rule = "layers with parameters or dropout must differ in name"
            raise ValueError(f"{rule}. Got {name!r} twice.")
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
        fits = y.dtype.kind in "iu" and y.min() >= 0 and y.max() < outputs
        rule = f"y must hold numbers of classes, from 0 to {outputs - 1}"
        got = f"{y.dtype} from {y.min()} to {y.max()}"
    else:
        fits = y.size == len(y) * outputs
        rule, got = f"y must be of shape (n, {outputs}), as the outputs are", y.shape
        if fits and function != "linear":
            fits = y.min() >= 0 and y.max() <= 1
            rule, got = f"y must be from 0 to 1, as {function} is", f"{y.min()} to {y.max()}"
        if fits and function == "softmax":
            sums = y.sum(axis=1)
            fits = np.allclose(sums, 1, atol=1e-4)
            rule, got = "each row of y must have the sum 1", f"{sums.min()} to {sums.max()}"
    if not fits:
        raise ValueError(f"{rule}. Got {got} instead.")


def has_target(y):
    """Raises if there is no target, without which no gradient comes back."""
    if y is None:
        raise ValueError("y must be a target, for there to be a way back. Got None instead.")


def input_shape(model, x, exactly=False, name="x"):
    """Raises unless examples are of the shape that a model takes, as far as the model says.

    Args:
        model: a Keras model; one of several inputs says nothing here.
        x: an array of examples, (n, ...); what is no array is let through.
        exactly: False lets through x whose last axis of 1 is missing, or one too many, as Keras
            does.
        name: of the examples.
    """
    inputs = getattr(model, "inputs", None) or ()
    if len(inputs) != 1 or not hasattr(x, "shape"):
        return
    shaped(name, x.shape, inputs[0].shape, "the model takes it", exactly)


def shaped(name, shape, wanted, why, exactly=False):
    """Raises unless an array has the wanted shape, but for the number of examples.

    Args:
        name: of the array.
        shape: its shape.
        wanted: a shape in which None stands for any length.
        why: what the shape is that of, such as "the model takes it".
        exactly: False lets through a last axis of 1 that is missing, or one too many.
    """
    if fits(shape, wanted, exactly):
        return
    sizes = ", ".join("any" if size is None else str(size) for size in wanted[1:])
    shown = f"(n, {sizes})" if sizes else "(n,)"
    raise ValueError(f"{name} must be of shape {shown}, as {why}. Got {tuple(shape)} instead.")


def fits(shape, wanted, exactly=False):
    """Whether an array has the wanted shape, as `shaped` has it."""
    found, wanted = tuple(shape[1:]), tuple(wanted[1:])
    fewer = found[:-1] if found[-1:] == (1,) else found
    forms = [found] if exactly else [found, fewer, (*found, 1)]
    return bool(shape) and any(_equal(form, wanted) for form in forms)


def _equal(shape, wanted):
    """Whether a shape is the wanted one, in which None stands for any length."""
    same = len(shape) == len(wanted)
    return same and all(want in (None, own) for own, want in zip(shape, wanted, strict=True))
