"""The arrays of a fit as datasets whose epochs end at once, on TensorFlow."""

import keras
import numpy as np

from mlcourse.devices.array_dataset import array_dataset
from mlcourse.training.batches import BATCH, examples
from mlcourse.training.distribution import shares

TRAINING = "x", "y", "sample_weight"
READ_BY_KERAS = "class_weight", "steps_per_epoch", "validation_steps"


def as_datasets(model, data):
    """Return the arguments of `model.fit` with datasets in place of arrays, where that is possible.

    The batches, their order and so the numbers of the fit are the same. The arguments stay as they
    are on other backends and several devices, and for what is not plain arrays of numbers.

    Args:
        model: a compiled model.
        data: the arguments of `model.fit`.
    """
    train = tuple(data.get(name) for name in TRAINING)
    shuffle = data.get("shuffle", True)
    if (
        keras.backend.backend() != "tensorflow"
        or shares(model) > 1
        or not isinstance(shuffle, bool)
        or not _are_plain(train)
        or any(data.get(name) is not None for name in READ_BY_KERAS)
    ):
        return data
    validation, split = data.get("validation_data"), data.get("validation_split")
    if split and validation is None:
        n_train, n_validation = examples(data)
        if not (n_train > 0 and n_validation > 0):
            return data  # which Keras refuses
        train, validation = (_rows(train, part) for part in (slice(n_train), slice(n_train, None)))
    batch_size = data.get("batch_size") or BATCH
    validation_batch_size = data.get("validation_batch_size") or batch_size
    if isinstance(validation, tuple | list):
        if not _are_plain(validation):
            return data
        validation = array_dataset(_packed(*validation), validation_batch_size)
    replaced = *TRAINING, "batch_size", "validation_split", "validation_batch_size"
    others = {name: value for name, value in data.items() if name not in replaced}
    train = array_dataset(_packed(*train), batch_size, shuffle)
    return {**others, "x": train, "shuffle": False, "validation_data": validation}


def _are_plain(parts):
    """Return whether x, y and sample weights are NumPy arrays of numbers, a weight an example."""
    if len(parts) == 3 and parts[2] is not None and keras.tree.is_nested(parts[1]):
        return False
    arrays = [part for part in keras.tree.flatten(parts) if part is not None]
    return bool(arrays) and all(
        type(array) is np.ndarray and array.ndim and array.dtype.kind in "biuf" for array in arrays
    )


def _packed(x, y=None, sample_weight=None):
    return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)


def _rows(parts, rows):
    return keras.tree.map_structure(lambda part: None if part is None else part[rows], parts)
