"""The arrays in a structure, by name, as NumPy's arrays of numbers."""

import keras
import numpy as np


def named(name, arrays):
    """Returns the arrays in a structure, each with its name, such as `x['image']`."""
    if arrays is None:
        return []
    leaves = keras.tree.flatten_with_path(arrays)
    return [(name + "".join(f"[{key!r}]" for key in path), leaf) for path, leaf in leaves]


def numbers(values):
    """Returns an array as NumPy's; None for text, and for what is no dense array."""
    array = as_numpy(values)
    if array is None:
        return None
    if array.dtype.kind == "O" or array.dtype.name == "bfloat16":
        try:
            return array.astype(np.float32)
        except (TypeError, ValueError):
            return None
    return array if array.dtype.kind in "biuf" else None


def as_numpy(values):
    """Returns an array as NumPy's; None for what is no dense array, such as a dataset."""
    shape = getattr(values, "shape", None)
    if not shape:
        return None
    try:
        array = np.asarray(values)
    except (TypeError, RuntimeError):  # a tensor that lies on another device
        array = keras.ops.convert_to_numpy(values)
    return array if array.shape == tuple(shape) else None  # else it is a sparse matrix
