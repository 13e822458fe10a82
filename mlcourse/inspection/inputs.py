"""The inputs and outputs of a model: several of them too, by name or by number."""

from mlcourse import checks


def arrays(model, x):
    """Return the inputs of a model as a list of finite arrays of the right shapes.

    Args:
        model: a built Keras model.
        x: an array, or for several inputs a list of arrays or a dict by the names of the inputs.
    """
    names, inputs = input_names(model), model.inputs
    if len(inputs) == 1 and not isinstance(x, dict):
        x = [x]
    if isinstance(x, dict):
        if set(x) != set(names):
            rule = f"x must be a dict with the inputs {', '.join(names)}"
            raise ValueError(f"{rule}. Got {', '.join(map(str, x))} instead.")
        x = [x[name] for name in names]
    if not isinstance(x, list | tuple) or len(x) != len(inputs):
        rule = f"x must be a list of {len(inputs)} arrays, as the model has {len(inputs)} inputs"
        got = f"{len(x)} arrays" if isinstance(x, list | tuple) else f"a {type(x).__name__}"
        raise ValueError(f"{rule}. Got {got} instead.")
    checked = []
    for name, values, tensor in zip(names, x, inputs, strict=True):
        name = "x" if len(inputs) == 1 else f"x of {name}"
        values = checks.array(name, values)
        checks.shaped(name, values.shape, tensor.shape, "the model takes it", exactly=True)
        checked.append(checks.finite(name, values))
        checks.same_length("x", checked[0], name, values)
    return checked


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
