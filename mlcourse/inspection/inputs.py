"""Inputs and outputs of any model: one array, or a list, a tuple or a dict of arrays."""

import keras
import numpy as np

from mlcourse import checks


def checked_inputs(model, x, exactly=False):
    """Return x with numbers as arrays, if it holds examples that the model takes.

    Args:
        model: a built Keras model of any kind.
        x: an array, (n, ...), or a list, a tuple or a dict of arrays, as `model.fit` takes them.
        exactly: whether a last axis of 1 must be there, which Keras adds or drops by itself.

    Raises:
        ValueError: if the model is not built, or x does not fit it, is empty or not finite.
    """
    require_built(model)
    tensors = list(getattr(model, "inputs", None) or [])
    x = _arrays(x, tensors)
    if isinstance(x, dict):
        tensors = _by_name(model, x, tensors)
    flat = keras.tree.flatten(x)
    if tensors and len(tensors) != len(flat):
        rule = f"x must hold {len(tensors)} arrays, one for each input of the model"
        raise ValueError(f"{rule}. Got {len(flat)} instead.")
    for number, array in enumerate(flat):
        name = "x" if len(flat) == 1 else f"array {number + 1} of x"
        if tensors:
            checks.shaped(name, array.shape, tensors[number].shape, "the model takes it", exactly)
        if not tensors or tensors[number].dtype != "string":
            checks.finite(name, array)
    lengths = sorted({len(array) for array in flat})
    if len(lengths) != 1 or lengths[0] == 0:
        rule = "the arrays of x must be of one length, at least 1"
        raise ValueError(f"{rule}. Got {lengths} instead.")
    return x


def input_arrays(model, x):
    """Return the inputs of a functional model as a list of arrays, in the order of `model.inputs`.

    Args, Raises: as in `checked_inputs`.
    """
    x = checked_inputs(model, x, exactly=True)
    if isinstance(x, dict):
        names = model.input if isinstance(model.input, dict) else input_names(model)
        return [x[name] for name in names]
    return list(x) if isinstance(x, list | tuple) else [x]


def require_built(model):
    """Raise ValueError unless this is a Keras model that has its weights."""
    if not isinstance(model, keras.Model) or not model.built:
        rule = "model must be a Keras model that is built: begin it with keras.Input, or call it"
        raise ValueError(f"{rule} on a batch. Got {model!r} instead.")


def _arrays(x, tensors):
    """Return x as an array, or as a list, a tuple or a dict of arrays."""
    if isinstance(x, dict):
        return {name: checks.array(f"x[{name!r}]", one) for name, one in x.items()}
    if isinstance(x, list | tuple) and _holds_several(x, tensors):
        parts = [checks.array(f"array {number} of x", one) for number, one in enumerate(x, 1)]
        return parts[0] if len(parts) == len(tensors) == 1 else type(x)(parts)
    return checks.array("x", x)


def _holds_several(x, tensors):
    """Return whether a list or tuple holds an array for each input, not the examples of one."""
    if len(tensors) > 1:
        return True
    if tensors:
        return len(x) == 1 and np.ndim(x[0]) == len(tensors[0].shape)
    return bool(x) and all(hasattr(one, "shape") and len(one.shape) > 0 for one in x)


def _by_name(model, x, tensors):
    """Return the inputs of a model in the order of a dict of arrays; drop what is not an input."""
    if not tensors:
        return []
    names = model.input if isinstance(model.input, dict) else {one.name: one for one in tensors}
    missing = [name for name in names if name not in x]
    if missing:
        rule = f"x must have an array for each input, {', '.join(names)}"
        raise ValueError(f"{rule}. Got {', '.join(map(str, x)) or 'no array'} instead.")
    for name in set(x) - set(names):
        del x[name]
    return [names[name] for name in sorted(x)]  # the order in which Keras flattens a dict


def input_names(model):
    """Return the names of a model's inputs."""
    return [tensor.name for tensor in model.inputs]


def output_names(model):
    """Return the names of a model's outputs: the keys of a dict, else the names of layers."""
    output = getattr(model, "output", None)
    if isinstance(output, dict):
        return sorted(output)
    return list(getattr(model, "output_names", ["output"]))


def chosen(argument, value, names, allowed):
    """Return the number of an input or output.

    Args:
        argument: the name of the argument, "input" or "output".
        value: the name of an input or output, or its number; None for the only one that is allowed.
        names: the names of all inputs or outputs.
        allowed: the numbers that may be chosen.
    """
    if value is None and len(allowed) == 1:
        return allowed[0]
    if isinstance(value, str) and names.count(value) == 1:
        number = names.index(value)
    else:
        number = value
    if type(number) is not int or number not in allowed:
        options = ", ".join(f"{names[one]!r} ({one})" for one in allowed)
        raise ValueError(f"{argument} must be one of {options}. Got {value!r} instead.")
    return number
