"""Numbers of examples and batches of a fit, from the arguments of `model.fit`."""

import math

import keras

from mlcourse._core import checks
from mlcourse.models import fit_data

BATCH_SIZE = 32  # Keras's default


def check(model, data):
    """Raise ValueError unless there are examples and, for arrays, they fit the model.

    Args:
        model: a compiled model.
        data: a dict of the arguments of `model.fit`.
    """
    x = data.get("x")
    y = data.get("y")
    parts = keras.tree.flatten(x)
    if any(map(is_array, parts)) or isinstance(x, list | tuple | dict):
        checks.equal_lengths(parts, parts if y is None else keras.tree.flatten(y))
    elif isinstance(x, str) or not (hasattr(x, "__iter__") or hasattr(x, "__getitem__")):
        raise ValueError(f"x must be arrays of examples, or a dataset. Got {x!r} instead.")
    fit_data.check_fit(model, data)


def steps_per_epoch(data):
    """Return the number of batches in an epoch; None if unknown.

    >>> import numpy as np
    >>> steps_per_epoch({"x": np.zeros((100, 4)), "batch_size": 30})
    4
    """
    if data.get("steps_per_epoch"):
        return data["steps_per_epoch"]
    x = first_input(data.get("x"))
    if isinstance(x, keras.utils.PyDataset):
        return x.num_batches
    if is_array(x):
        n_train, _ = count_examples(data)
        return math.ceil(n_train / (data.get("batch_size") or BATCH_SIZE))
    try:
        return len(x)  # a dataset of batches
    except TypeError:
        return None


def count_examples(data):
    """Return the numbers of training and validation examples, None each unless arrays.

    >>> import numpy as np
    >>> count_examples({"x": np.zeros((100, 4)), "validation_split": 0.1})
    (90, 10)
    """
    n_train = _count(data.get("x"))
    n_validation = _count(data.get("validation_data"))
    split = data.get("validation_split")
    if n_train is not None and split and data.get("validation_data") is None:
        n_remaining = math.floor(n_train * (1.0 - split))  # as Keras does
        return n_remaining, n_train - n_remaining
    return n_train, n_validation


def set_epoch(data, epoch):
    """Set the epoch of a dataset that depends on it, such as `datasets.AugmentedDataset`.

    Args:
        data: a dict of the arguments of `model.fit`.
        epoch: index of the epoch, from 0.
    """
    x = data.get("x")
    if hasattr(x, "epoch"):
        x.epoch = epoch


def first_input(x):
    """Return the first input array, or a dataset as it is."""
    return keras.tree.flatten(x)[0] if isinstance(x, list | tuple | dict) else x


def is_array(x):
    """Return whether an input is an array."""
    return hasattr(x, "shape")


def _count(x):
    array = first_input(x)
    return array.shape[0] if is_array(array) else None
