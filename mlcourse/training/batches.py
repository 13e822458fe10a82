"""How many examples and batches a fit has, given the arguments of `model.fit`."""

import math

import keras

from mlcourse._core import checks
from mlcourse.models import fit_data

BATCH = 32  # examples: Keras's own


def check(model, data):
    """Raises unless a fit has examples, and they and their targets suit the model, if arrays.

    Args:
        model: a compiled model.
        data: the arguments of `model.fit`.
    """
    x, y = data.get("x"), data.get("y")
    parts = keras.tree.flatten(x)
    whole = any(map(is_array, parts)) or isinstance(x, list | tuple | dict)
    if whole:
        checks.equal_lengths(parts, parts if y is None else keras.tree.flatten(y))
    elif isinstance(x, str) or not (hasattr(x, "__iter__") or hasattr(x, "__getitem__")):
        raise ValueError(f"x must be arrays of examples, or a dataset. Got {x!r} instead.")
    fit_data.check_fit(model, data)


def steps_per_epoch(data):
    """Returns how many batches an epoch has, given the arguments of `model.fit`; None if unknown.

    >>> import numpy as np
    >>> steps_per_epoch({"x": np.zeros((100, 4)), "batch_size": 30})
    4
    """
    if data.get("steps_per_epoch"):
        return data["steps_per_epoch"]
    x = first(data.get("x"))
    if isinstance(x, keras.utils.PyDataset):
        return x.num_batches
    if is_array(x):
        return math.ceil(examples(data)[0] / (data.get("batch_size") or BATCH))
    try:
        return len(x)  # a dataset of batches
    except TypeError:
        return None


def examples(data):
    """Returns how many examples there are to train and to validate; None for what is no array.

    >>> import numpy as np
    >>> examples({"x": np.zeros((100, 4)), "validation_split": 0.1})
    (90, 10)
    """
    train, validation = (_count(data.get(name)) for name in ("x", "validation_data"))
    split = data.get("validation_split")
    if train is not None and split and data.get("validation_data") is None:
        kept = math.floor(train * (1.0 - split))  # as Keras does
        return kept, train - kept
    return train, validation


def begin_epoch(data, epoch):
    """Set the epoch of a dataset that has one, such as a `datasets.AugmentedDataset`.

    Args:
        data: the arguments of `model.fit`.
        epoch: its number, counted from 0.
    """
    x = data.get("x")
    if hasattr(x, "epoch"):
        x.epoch = epoch


def first(x):
    """Returns the first input: an array of examples, or else a dataset."""
    return keras.tree.flatten(x)[0] if isinstance(x, list | tuple | dict) else x


def is_array(x):
    """Whether inputs are an array of examples."""
    return hasattr(x, "shape")


def _count(x):
    array = first(x)
    return len(array) if is_array(array) else None
