"""The data of a search or of a table: a dict of parts, each a pair of examples and targets."""

import keras

from mlcourse import checks, fit_data


def check(data, needed, allowed=()):
    """Returns the data, in the order of its parts' names here, if it is what it must be.

    It must have the parts that are needed, and each must be a pair of one length.

    Args:
        data: a dict such as {"train": (x, y), "validation": (x, y)}; x and y as `model.fit` takes
            them: arrays, or lists and dicts of arrays.
        needed: names of the parts that there must be.
        allowed: names of those that there may be besides.

    Raises:
        ValueError: for anything else.
    """
    known = [*needed, *allowed]
    rule = f"data must be a dict of {', '.join(needed)}, each a pair (x, y)"
    if not isinstance(data, dict):
        raise ValueError(f"{rule}. Got {type(data).__name__} instead.")
    for name in data:
        checks.choice("each part of data", name, known)
    for name in needed:
        if name not in data:
            raise ValueError(f"{rule}. Got {', '.join(data) or 'none'} instead.")
    for name, part in data.items():
        if not isinstance(part, tuple | list) or len(part) != 2:
            raise ValueError(f"{name} in data must be a pair (x, y). Got {_kind(part)} instead.")
        _check_lengths(name, *part)
    return {name: data[name] for name in known if name in data}


def compiled(model):
    """Returns what a function `build` gave, if it is a model that can be trained."""
    if not isinstance(model, keras.Model) or not model.compiled:
        raise ValueError(f"build must return a compiled Keras model. Got {model!r} instead.")
    return model


def logged(model, data):
    """Returns the names of what a model says of its data, of which two examples a part are tried.

    So a part that does not fit the model is found before anything is trained.
    """
    for name, (x, y) in data.items():
        fit_data.check(model, x, y, part=f" of {name}")
    said = [model.evaluate(*first(one), return_dict=True, verbose=0) for one in data.values()]
    return list(said[0])


def first(part):
    """Returns the first two examples and targets of a part."""
    return [keras.tree.map_structure(lambda array: array[:2], one) for one in part]


def _check_lengths(name, x, y):
    lists = {"x": keras.tree.flatten(x), "y": keras.tree.flatten(y)}
    for which, arrays in lists.items():
        if not arrays or not all(getattr(array, "shape", ()) for array in arrays):
            rule = f"{which} of {name} must be an array with an example a row, or some of them"
            raise ValueError(f"{rule}. Got {_kind(x if which == 'x' else y)} instead.")
        for array in arrays:
            checks.same_length(f"x of {name}", lists["x"][0], f"{which} of {name}", array)
    checks.integer(f"the number of examples of {name}", len(lists["x"][0]), 1)


def _kind(value):
    return f"{type(value).__name__} of {len(value)}" if hasattr(value, "__len__") else repr(value)
