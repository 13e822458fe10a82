"""Faster fits: one trace, datasets whose epochs end at once, several steps per call, by epoch."""

import contextlib

import keras
import numpy as np
from keras.callbacks import Callback, CallbackList

from mlcourse.devices import array_dataset
from mlcourse.training.batches import (
    BATCH_SIZE,
    count_examples,
    first_input,
    is_array,
    set_epoch,
    steps_per_epoch,
)
from mlcourse.training.distribution import n_replicas
from mlcourse.training.splits import set_seed

TRAINING_DATA = ("x", "y", "sample_weight")
ARRAYS_ONLY = ("class_weight", "steps_per_epoch", "validation_steps")  # differ with datasets

STEPS_PER_EXECUTION = 32
MAX_BATCH_SIZE = 64
MIN_STEPS = 100  # of a fit, for several steps per call
MIN_XLA_STEPS = 600  # of a fit, to make up for the compilation by XLA
DENSE = ("Dense", "InputLayer", "Flatten", "Dropout", "BatchNormalization", "Activation", "ReLU")
BATCH_HOOKS = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")


def create_variables(model, data):
    """Create the variables of the optimizer and of the metrics before the first step.

    Keras creates them while TensorFlow traces the first step, and TensorFlow then traces the step
    again, which takes some tenths of a second. A model with parts that are not Keras's own is left
    as it is, because they may count their calls.

    Args:
        model: a compiled model.
        data: a dict of the arguments of `model.fit`.
    """
    arrays = data.get("x"), data.get("y")
    if (
        keras.backend.backend() != "tensorflow"
        or not model.built
        or model.run_eagerly
        or getattr(model.optimizer, "built", True)
        or arrays[1] is None
        or not _are_plain(arrays)
        or not _has_only_keras_parts(model)
    ):
        return
    x, y = _rows(arrays, slice(1))
    model.optimizer.build(model.trainable_variables)
    model.compute_metrics(x, y, model(x, training=False))
    model.reset_metrics()


def as_datasets(model, data):
    """Return the arguments of `model.fit` with datasets in place of arrays, where possible.

    The end of such an epoch takes no time. The batches and their order are the same, so the
    numbers of the fit are too. The arguments are unchanged on other backends than TensorFlow, on
    several devices, and unless all data are plain arrays of numbers.

    Args:
        model: a compiled model.
        data: a dict of the arguments of `model.fit`.
    """
    train = tuple(data.get(name) for name in TRAINING_DATA)
    shuffle = data.get("shuffle", True)
    if (
        keras.backend.backend() != "tensorflow"
        or n_replicas(model) > 1
        or not isinstance(shuffle, bool)
        or not _are_plain(train)
        or any(data.get(name) is not None for name in ARRAYS_ONLY)
    ):
        return data
    validation = data.get("validation_data")
    if data.get("validation_split") and validation is None:
        n_train, n_validation = count_examples(data)
        if not (n_train > 0 and n_validation > 0):
            return data  # Keras raises the error
        validation = _rows(train, slice(n_train, None))
        train = _rows(train, slice(n_train))
    batch_size = data.get("batch_size") or BATCH_SIZE
    validation_batch_size = data.get("validation_batch_size") or batch_size
    if isinstance(validation, tuple | list):
        if not _are_plain(validation):
            return data
        validation = array_dataset(_pack(*validation), validation_batch_size)
    replaced = (*TRAINING_DATA, "batch_size", "validation_split", "validation_batch_size")
    others = {name: value for name, value in data.items() if name not in replaced}
    train = array_dataset(_pack(*train), batch_size, shuffle)
    return {**others, "x": train, "shuffle": False, "validation_data": validation}


def _are_plain(parts):
    """Return whether x, y and sample weights are NumPy arrays of numbers, with one weight array."""
    if len(parts) == 3 and parts[2] is not None and keras.tree.is_nested(parts[1]):
        return False
    arrays = [part for part in keras.tree.flatten(parts) if part is not None]
    return bool(arrays) and all(map(_is_plain, arrays))


def _is_plain(array):
    return type(array) is np.ndarray and array.ndim > 0 and array.dtype.kind in "biuf"


def _pack(x, y=None, sample_weight=None):
    return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)


def _rows(parts, rows):
    return keras.tree.map_structure(lambda part: None if part is None else part[rows], parts)


@contextlib.contextmanager
def multi_step_execution(model, data, epochs, callbacks):
    """Let a model take several steps per call, if that is faster, within a `with` block.

    The model stays as it is if it was compiled with `steps_per_execution` or `jit_compile=True`,
    has parts that are not Keras's own, or is on several devices; or if a callback has a hook for
    each batch. (Keras does not record whether `jit_compile=False` was given.)

    Args:
        model: a compiled model.
        data: a dict of the arguments of `model.fit`.
        epochs: number of epochs.
        callbacks: a list of Keras callbacks.
    """
    n_epochs = epochs - (data.get("initial_epoch") or 0)
    steps = (steps_per_epoch(data) or 0) * n_epochs
    if (
        not _are_arrays(data)
        or (data.get("batch_size") or BATCH_SIZE) > MAX_BATCH_SIZE
        or steps < MIN_STEPS
        or not _is_supported(model)
        or any(map(_uses_batch_hooks, callbacks))
    ):
        yield
        return
    _set_execution(model, STEPS_PER_EXECUTION, steps >= MIN_XLA_STEPS)
    try:
        yield
    finally:
        _set_execution(model, 1, False)


def _are_arrays(data):
    """Return whether all data are arrays, so labels were checked: XLA ignores invalid ones."""
    validation = data.get("validation_data")
    if isinstance(validation, tuple | list):
        validation = validation[0]
    is_validation_array = validation is None or is_array(first_input(validation))
    return is_array(first_input(data.get("x"))) and is_validation_array


def _is_supported(model):
    """Return whether XLA can compile the model, and it was compiled with Keras's defaults."""
    if keras.backend.backend() != "tensorflow" or model.jit_compile or model.run_eagerly:
        return False
    if model.steps_per_execution != 1 or n_replicas(model) > 1:
        return False
    if any(type(layer).__name__ not in DENSE for layer in model.layers):
        return False
    return _has_only_keras_parts(model)


def _has_only_keras_parts(model):
    """Return whether a model, its layers, its loss and its metrics are Keras's own."""
    try:
        configs = [model.get_compile_config(), model.get_config()]
    except Exception:  # a custom model may have no configuration
        return False
    return _is_from_keras([{"module": type(model).__module__}, *configs])


def _is_from_keras(config):
    """Return whether all classes and functions in a configuration are Keras's own."""
    if isinstance(config, dict):
        module = config.get("module") or "keras"
        return module.split(".")[0] == "keras" and _is_from_keras(list(config.values()))
    if isinstance(config, list | tuple):
        return all(map(_is_from_keras, config))
    return True


def _uses_batch_hooks(callback):
    """Return whether a callback overrides a hook for each batch."""
    if getattr(callback, "supports_steps_per_execution", False):
        return False
    for name in BATCH_HOOKS:
        hook = getattr(callback, name)
        if getattr(hook, "__func__", hook) is not getattr(keras.callbacks.Callback, name):
            return True
    return False


def _set_execution(model, steps, jit):
    model.steps_per_execution = steps
    model.jit_compile = jit
    for name in ("train", "test", "predict"):  # discard the compiled functions
        setattr(model, f"{name}_function", None)


class EpochByEpoch(CallbackList):
    """A callback list for which many fits of one epoch are a single fit.

    Args:
        callbacks: a list of Keras callbacks.
        model: the model to train.
        epochs: number of epochs of the single fit.
        data: a dict of the arguments of `model.fit`.
        seed: seed of the single fit.

    Attributes:
        history: Keras's `History` of the single fit.
    """

    def __init__(self, callbacks, model, epochs, data, seed):
        self._data = data
        self._seed = seed
        self._recorder = _LastLogs()
        verbose = data.get("verbose", "auto")
        super().__init__(
            [*callbacks, self._recorder],
            add_history=True,
            add_progbar=verbose != 0,
            model=model,
            epochs=epochs,
            steps=steps_per_epoch(data),
            verbose=verbose,
        )
        self.history = model.history

    @property
    def values(self):
        """The logs of the last epoch, a dict."""
        return self._recorder.logs

    def begin(self, log):
        """Begin the fit after the epochs in a `History`."""
        super().on_train_begin()
        for callback in self.callbacks:
            if hasattr(callback, "load_history"):
                callback.load_history(log)
        self.history.history = {name: list(values) for name, values in log.history.items()}
        self.history.epoch = list(range(log.last))

    def fit_epoch(self, epoch):
        """Train one epoch, with a seed of its own, so its order of examples is independent.

        TensorFlow reads the seed when a dataset is created, before the epoch begins; the other
        backends read it during the epoch.

        Args:
            epoch: index of the epoch, from 0.
        """
        sequence = np.random.SeedSequence((self._seed, epoch))
        self._epoch_seed = int(sequence.generate_state(1)[0])
        set_seed(self._epoch_seed)
        data = as_datasets(self.model, self._data)
        self.model.fit(initial_epoch=epoch, epochs=epoch + 1, callbacks=self, **data)

    def on_epoch_begin(self, epoch, logs=None):
        """Set the seed, and the epoch of a dataset that depends on it."""
        set_seed(self._epoch_seed)
        set_epoch(self._data, epoch)
        super().on_epoch_begin(epoch, logs)

    def on_train_begin(self, logs=None):
        """Ignore the start of a fit of one epoch."""

    def on_train_end(self, logs=None):
        """Ignore the end of a fit of one epoch."""

    def end(self):
        """End the single fit."""
        super().on_train_end(self.values)


class _LastLogs(Callback):
    """Record the logs of the last epoch as Python numbers."""

    def __init__(self):
        super().__init__()
        self.logs = {}

    def on_epoch_end(self, epoch, logs=None):
        self.logs = dict(logs or {})
