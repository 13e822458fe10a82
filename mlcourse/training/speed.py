"""Several steps a call, where a step is so small that the call costs more than the step.

On TensorFlow without a GPU, `benchmarks/training.py` finds: a dense network with batches of 32 is
trained twice as fast by 16 steps a call, compiled by XLA, once some two thousand steps make up for
the time that compiling takes. With batches of 512 nothing is gained, so there nothing is changed.
"""

import contextlib
import math

import keras

STEPS = 16  # a call
LARGEST_BATCH = 64
ENOUGH = 2000  # steps, to make up for compiling
DENSE = ("Dense", "InputLayer", "Flatten", "Dropout", "BatchNormalization", "Activation", "ReLU")
BATCH_HOOKS = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")


@contextlib.contextmanager
def quick(model, data, epochs, callbacks):
    """While it lasts, the model takes several steps a call, if that makes the fit quicker.

    A model that is compiled with `steps_per_execution` or `jit_compile` keeps its setting, and a
    callback that looks at each batch gets to see each.

    Args:
        model: a compiled model.
        data: the arguments of `model.fit`.
        epochs: how many epochs it is to be trained.
        callbacks: its callbacks.
    """
    steps = (steps_per_epoch(data) or 0) * epochs
    small = (data.get("batch_size") or 32) <= LARGEST_BATCH
    if not (small and steps >= ENOUGH and _can(model) and not any(map(_looks, callbacks))):
        yield
        return
    _set(model, STEPS, True)
    try:
        yield
    finally:
        _set(model, 1, False)


def steps_per_epoch(data):
    """Returns how many batches an epoch has, given the arguments of `model.fit`; None if unknown.

    >>> steps_per_epoch({"x": range(100), "batch_size": 30})
    4
    """
    if data.get("steps_per_epoch"):
        return data["steps_per_epoch"]
    x = data.get("x")
    if isinstance(x, keras.utils.PyDataset):
        return x.num_batches
    first = keras.tree.flatten(x)[0] if isinstance(x, list | tuple | dict) else x
    try:
        count = len(first)
    except TypeError:
        return None
    if not hasattr(first, "shape") and not isinstance(first, range):  # a dataset of batches
        return count
    count -= int(count * data.get("validation_split", 0) + 0.5)
    return math.ceil(count / (data.get("batch_size") or 32))


def _can(model):
    plain = model.steps_per_execution == 1 and not model.jit_compile and not model.run_eagerly
    dense = all(type(layer).__name__ in DENSE for layer in getattr(model, "layers", [None]))
    return keras.backend.backend() == "tensorflow" and plain and dense


def _looks(callback):
    """Whether a callback asks about each batch."""
    own = (not getattr(getattr(callback, hook), "_is_default", False) for hook in BATCH_HOOKS)
    return any(own) and not getattr(callback, "bears_many_steps", False)


def _set(model, steps, jit):
    model.steps_per_execution, model.jit_compile = steps, jit
    model.train_function = model.test_function = None  # else the compiled ones would be kept
