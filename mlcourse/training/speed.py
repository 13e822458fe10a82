"""Datasets whose epochs end at once, and several steps in one call."""

import contextlib

import keras
import numpy as np

from mlcourse.devices.parallel import array_dataset
from mlcourse.training.batches import BATCH, examples, first, is_array, steps_per_epoch
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


STEPS = 32  # a call
LARGEST_BATCH = 64
SOME = 100  # steps of a fit, for several a call to be worthwhile
ENOUGH = 600  # steps of a fit, to make up for compiling by XLA
DENSE = ("Dense", "InputLayer", "Flatten", "Dropout", "BatchNormalization", "Activation", "ReLU")
BATCH_HOOKS = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")


@contextlib.contextmanager
def multi_step_execution(model, data, epochs, callbacks):
    """While it lasts, the model takes several steps a call, if that makes the fit quicker.

    A model that is compiled with `steps_per_execution` or `jit_compile=True` keeps its setting, one
    with parts that are not Keras's own or that is on several devices is left alone, and a callback
    that looks at each batch gets to see each. (Whether `jit_compile=False` was asked for, Keras
    does not say.)

    Args:
        model: a compiled model.
        data: the arguments of `model.fit`.
        epochs: how many epochs it is to be trained.
        callbacks: its callbacks.
    """
    steps = (steps_per_epoch(data) or 0) * (epochs - (data.get("initial_epoch") or 0))
    small = _are_checked(data) and (data.get("batch_size") or BATCH) <= LARGEST_BATCH
    if not (small and steps >= SOME and _can(model) and not any(map(_uses_batch_hooks, callbacks))):
        yield
        return
    _set(model, STEPS, steps >= ENOUGH)
    try:
        yield
    finally:
        _set(model, 1, False)


def _are_checked(data):
    """Whether all data are arrays, and so were checked: XLA takes any label without a word."""
    validation = data.get("validation_data")
    parts = [data.get("x"), validation[0] if isinstance(validation, tuple | list) else validation]
    return is_array(first(parts[0])) and (parts[1] is None or is_array(first(parts[1])))


def _can(model):
    """Whether XLA can compile the model, and it is compiled in the usual way."""
    if keras.backend.backend() != "tensorflow" or model.jit_compile or model.run_eagerly:
        return False
    if shares(model) > 1:  # neither several steps a call nor XLA works on several devices
        return False
    try:
        compiled, config = model.get_compile_config(), model.get_config()
    except Exception:  # a model of the user's own need not have a configuration
        return False
    asked = model.steps_per_execution != 1
    dense = all(type(layer).__name__ in DENSE for layer in model.layers)
    return (
        dense and not asked and _is_keras_s([{"module": type(model).__module__}, compiled, config])
    )


def _is_keras_s(config):
    """Whether all classes and functions in a configuration are Keras's own."""
    if isinstance(config, dict):
        module = config.get("module") or "keras"
        return module.split(".")[0] == "keras" and _is_keras_s(list(config.values()))
    if isinstance(config, list | tuple):
        return all(map(_is_keras_s, config))
    return True


def _uses_batch_hooks(callback):
    """Whether a callback asks about each batch."""
    if getattr(callback, "supports_steps_per_execution", False):
        return False
    hooks = (
        (getattr(callback, name), getattr(keras.callbacks.Callback, name)) for name in BATCH_HOOKS
    )
    return any(getattr(hook, "__func__", hook) is not default for hook, default in hooks)


def _set(model, steps, jit):
    model.steps_per_execution, model.jit_compile = steps, jit
    for which in ("train", "test", "predict"):  # else the compiled ones would be kept
        setattr(model, f"{which}_function", None)
