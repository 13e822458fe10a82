"""Checks of networks: layers in a row, what they take, and their targets."""

import itertools

import numpy as np

from mlcourse.checks.values import integer


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
        if fits and function != "none":
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


def taken(model, x, exactly=False, name="x"):
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
