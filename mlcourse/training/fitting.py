"""`fit`: Keras's `fit` with data checks, faster small networks, and runs that resume."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import keras

from mlcourse._core import checks
from mlcourse.callbacks.controls import Controls, Stopped
from mlcourse.history import base, is_loss, is_validation, monitor_direction
from mlcourse.training import batches, distribution
from mlcourse.training.batches import BATCH_SIZE, set_epoch
from mlcourse.training.runs.checkpoints import open_run
from mlcourse.training.runs.state import fingerprint
from mlcourse.training.speed import (
    EpochByEpoch,
    as_datasets,
    create_variables,
    multi_step_execution,
)
from mlcourse.training.splits import callback_list


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Keras's callback, with an error for a monitor that the fit does not log."""

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Check for an improvement; the validation may start in a later epoch."""
        logs = logs or {}
        if base(self.monitor) not in logs:
            checks.choice("monitor", self.monitor, logs)
        super().on_epoch_end(epoch, logs)


def early_stopping(
    patience: int = 3, monitor: str = "val_loss", mode: str = "auto"
) -> keras.callbacks.EarlyStopping:
    """Return a callback that stops a fit without improvement and restores its best weights.

    Args:
        patience: number of epochs to wait for an improvement.
        monitor: name of the value to monitor, as in the history. A name that the fit does not
            log raises an error after the first epoch.
        mode: "min", "max", or "auto": losses are minimized, and Keras asks the model's metric for
            its direction. A metric of your own needs "min" or "max".

    Raises:
        ValueError: for an invalid setting.

    Example:
        >>> early_stopping(patience=5).monitor
        'val_loss'
    """
    mode = checks.choice("mode", mode, ("auto", "min", "max"))
    monitor = checks.text("monitor", monitor)
    is_minimized = mode == "auto" and is_loss(monitor)
    return EarlyStopping(
        monitor=monitor,
        mode="min" if is_minimized else mode,
        patience=checks.integer("patience", patience, 1),
        restore_best_weights=True,
    )


def fit(
    model: keras.Model,
    x: object = None,
    y: object = None,
    batch_size: int | None = None,
    epochs: int = 1,
    verbose: str | int = "auto",
    callbacks: Sequence[keras.callbacks.Callback] | None = None,
    *,
    run: str | None = None,
    seed: int = 0,
    monitor: str | None = None,
    mode: str = "auto",
    **options: object,
) -> keras.callbacks.History:
    """Train a compiled model as `model.fit` does, and return its `History`.

    After an interrupt, or an error in a callback, the callbacks' `on_train_end` still runs: the
    plot shows its last frame, and early stopping restores the best weights. Then the error is
    raised. A dense network with small batches and at least 100 steps is trained several steps per
    call (see `mlcourse.training.speed`). Within `distribute`, batches that do not divide evenly
    among the devices are refused.

    Arrays are checked before training: labels must be in the range of the output units, inputs
    and weights finite (see `mlcourse.models.fit_data`). Other data, such as datasets and
    generators, are not checked. There TensorFlow raises an error on a CPU for a label out of
    range; on a GPU, and on JAX, the loss becomes NaN or is wrong, and a NaN is in the history.

    With a `run`, the fit is saved in the folder `runs` (or that of `MLCOURSE_RUNS`):
    its settings, its history, its best and its last model. After an interruption at any moment,
    the same call resumes after the last complete epoch. With arrays on a CPU, it ends with the
    numbers of an uninterrupted fit: the order of examples of each epoch follows from the seed and
    the epoch, with which Python, NumPy and the backend are seeded. (A dataset that shuffles does
    so by its own rule; `datasets.AugmentedDataset` by its own seed and the epoch.) A run that is
    complete, or that a callback has stopped, is not trained again unless `epochs` is larger; its
    weights and its history are loaded. Saving an epoch takes some tenths of a second.

    Args:
        model: a compiled Keras model. For a run it must be built.
        x, y: examples and targets, as for `model.fit`. For a run they must be re-iterable, so not
            a generator.
        batch_size: number of examples in a batch; None for Keras's 32.
        epochs: number of epochs, including the saved ones of a run.
        verbose: 0 for no output, 1 for a progress bar, 2 for one line per epoch, "auto" for 1.
        callbacks: a list of Keras callbacks.
        run: name of a run to start or to resume; None to save nothing.
        seed: seed of a run, for the order of examples in each epoch.
        monitor: name of the value by which a run chooses its best epoch, such as
            "val_loss"; None for the default of `mlcourse.history.History.best`.
        mode: "min", "max", or "auto" for the direction of a loss or of a metric of Keras.
        options: other arguments of `model.fit`.

    Returns:
        Keras's `History`.

    Raises:
        ValueError: for invalid settings or data, or other ones than those of the saved run.
        RunUnreadable: if a file of the run is damaged, or of another version.
        RuntimeError: if another process trains the run.

    Example:
        >>> fit(model, x, y, epochs=20, batch_size=32, run="baseline")  # doctest: +SKIP
    """
    epochs = checks.integer("epochs", epochs, 1)
    seed = checks.seed(seed)
    if batch_size is not None:
        checks.integer("batch_size", batch_size, 1)
    callbacks = callback_list(callbacks)
    if not getattr(model, "compiled", False):
        raise ValueError(f"model must be compiled. Got {model!r} instead.")
    if hasattr(y, "to_numpy"):  # Keras adds an axis to a pandas Series, and labels lose their shape
        y = y.to_numpy()
    data = {"x": x, "y": y, "batch_size": batch_size, "verbose": verbose, **options}
    batches.check(model, data)
    distribution.check(model, data)
    _check_monitor(monitor, mode, run, data)
    create_variables(model, data)
    with multi_step_execution(model, data, epochs, callbacks):
        if run is None:
            return _fit(model, data, epochs, callbacks)
        return _fit_run(model, data, epochs, callbacks, run, seed, monitor, mode)


class _FitTracker(keras.callbacks.Callback):
    """Record whether a fit has begun and ended."""

    def __init__(self):
        super().__init__()
        self.begun = False
        self.ended = False

    def on_train_begin(self, logs=None):
        self.begun = True

    def on_train_end(self, logs=None):
        self.ended = True


class _EpochSetter(keras.callbacks.Callback):
    """Set the epoch of a dataset that depends on it."""

    def __init__(self, data):
        super().__init__()
        self._data = data

    def on_epoch_begin(self, epoch, logs=None):
        set_epoch(self._data, epoch)


def _fit(model, data, epochs, callbacks):
    """Call `model.fit`; after an error, end its callbacks."""
    first = _FitTracker()
    last = _FitTracker()
    tracked = [first, _EpochSetter(data), *callbacks, last]
    try:
        return model.fit(epochs=epochs, callbacks=tracked, **as_datasets(model, data))
    except BaseException as error:
        if last.begun and not first.ended:
            _end_callbacks(callbacks)
        if isinstance(error, Stopped):
            return model.history
        raise


def _fit_run(model, data, epochs, callbacks, name, seed, monitor, mode):
    """Train one epoch at a time, each with a seed of its own, and save each."""
    _check_can_be_saved(model, data)
    batch_size = data["batch_size"] or getattr(data["x"], "batch_size", BATCH_SIZE)
    settings = fingerprint({**data, "batch_size": batch_size})
    settings.pop("verbose", None)
    with open_run(name, model, seed, settings, epochs, monitor, mode) as checkpointer:
        epoch_by_epoch = EpochByEpoch(callbacks, model, epochs, data, seed)
        epoch_by_epoch.begin(checkpointer.log)
        try:
            stateful = [item for item in callbacks if not isinstance(item, Controls)]
            checkpointer.restore(stateful)
            epoch = checkpointer.log.last
            while epoch < epochs and not checkpointer.finished:
                epoch_by_epoch.fit_epoch(epoch)
                checkpointer.save_epoch(epoch_by_epoch.values)
                epoch += 1
        except Stopped:
            pass
        except BaseException:
            _end_callbacks(callbacks)
            raise
        epoch_by_epoch.end()
    return epoch_by_epoch.history


def _end_callbacks(callbacks):
    """Call `on_train_end` of all callbacks, and suppress their errors."""
    with contextlib.suppress(Exception), contextlib.ExitStack() as stack:
        for callback in reversed(callbacks):
            stack.callback(callback.on_train_end)


def _check_monitor(monitor, mode, run, data):
    """Raise ValueError for a monitor without a run, or without its validation data."""
    monitor_direction(monitor, mode)
    if monitor is None:
        return
    if run is None:
        raise ValueError(f"monitor needs a run. Got monitor {monitor!r} without one instead.")
    has_validation = data.get("validation_data") is not None or data.get("validation_split")
    if is_validation(monitor) and not has_validation:
        rule = "validation_data or validation_split must be given for a monitor of the validation"
        raise ValueError(f"{rule}. Got neither for {monitor!r} instead.")


def _check_can_be_saved(model, data):
    """Raise ValueError for a model or data with which a run could not resume."""
    if not model.built:
        rule = "model must be built for a fit with a run: start it with keras.Input, or call it"
        raise ValueError(f"{rule} on a batch. Got {model!r} instead.")
    if getattr(model, "optimizer", None) is None:
        raise ValueError(f"model must have an optimizer. Got {model!r} instead.")
    if getattr(model.optimizer, "use_ema", False):
        raise ValueError("use_ema of the optimizer must be False with a run. Got True instead.")
    if hasattr(data["x"], "__next__"):
        rule = "x must be re-iterable with a run, for example arrays"
        raise ValueError(f"{rule}. Got {type(data['x']).__name__} instead.")
    if data.get("steps_per_epoch"):  # each epoch would start with the same batches
        rule = "steps_per_epoch must be None with a run: an epoch is all of x"
        raise ValueError(f"{rule}. Got {data['steps_per_epoch']!r} instead.")
    if "initial_epoch" in data:
        rule = "initial_epoch must not be given with a run, which has its own"
        raise ValueError(f"{rule}. Got {data['initial_epoch']!r} instead.")
