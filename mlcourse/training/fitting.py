"""`fit`: Keras's `fit`, faster, checked, saved, and stopped early."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import keras

from mlcourse._core import checks
from mlcourse.callbacks.controls import Controls, Stopped
from mlcourse.history import base, is_loss, is_validation, monitor_direction
from mlcourse.training import batches, distribution
from mlcourse.training.batches import BATCH, begin_epoch
from mlcourse.training.epoch_by_epoch import EpochByEpoch
from mlcourse.training.runs.checkpoints import open_run
from mlcourse.training.runs.state import fingerprint
from mlcourse.training.speed import as_datasets, multi_step_execution
from mlcourse.training.splits import callback_list


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Keras's own callback, which refuses a monitor that the fit does not log."""

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Look for an improvement; validation may come in a later epoch."""
        names = logs or {}
        if base(self.monitor) not in names:
            checks.choice("monitor", self.monitor, names)
        super().on_epoch_end(epoch, logs)


def early_stopping(
    patience: int = 3, monitor: str = "val_loss", mode: str = "auto"
) -> keras.callbacks.EarlyStopping:
    """Return a callback that stops a fit without improvement and restores its best weights.

    Args:
        patience: number of epochs to wait for an improvement.
        monitor: the name of the value to watch, as in the history. A name that the fit does not
            log is refused after the first epoch.
        mode: "min", "max", or "auto": losses are minimized, and Keras asks the model's metric for
            its direction. A metric of your own needs "min" or "max".

    Raises:
        ValueError: for a setting that cannot be.

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
    """Trains a compiled model as `model.fit` does, and returns its `History`.

    Some things are added. A fit that is interrupted, or that a callback breaks, ends like
    any other: the plot has its last frame, and early stopping brings back the best weights;
    then the error goes on. A dense network with small batches and at least a hundred steps is
    trained several steps a call (see `mlcourse.training.speed`). Within `distribute`, batches are
    refused that several devices could not share evenly.

    Arrays are checked before training: labels must be in the range of the output's units, inputs
    and weights finite (see `mlcourse.models.fit_data`). Other data, such as datasets and
    generators, are not. There TensorFlow raises an error on a CPU at a label out of
    range; on a GPU, and on JAX, the loss becomes NaN or is wrong, and a NaN is in the history.

    And with a `run` the fit is kept, in the folder `runs` (or that which `MLCOURSE_RUNS` names):
    its settings, its history, its best and its last model. Killed at any moment, the same call goes
    on after the last whole epoch. With arrays, on a CPU, it ends with the numbers of an unbroken
    fit: each epoch's order of the examples follows from the seed and the epoch, for which Python,
    NumPy and the backend are seeded anew. (A dataset that shuffles by itself does so as it
    likes; `datasets.AugmentedDataset` by its own seed and the epoch.) A run that is complete, or
    that a callback has ended, is not trained again unless it is to have more epochs; its weights
    and its history come back. To keep an epoch takes some tenths of a second.

    Args:
        model: a compiled Keras model. For a run it must have its weights.
        x, y: examples and targets, as `model.fit` takes them. For a run nothing that can only be
            gone through once, such as a generator.
        batch_size: examples a batch; None for Keras's 32.
        epochs: how many epochs the fit is to have, those of a run's past included.
        verbose: 0 for silence, 1 for a progress bar, 2 for a line an epoch, "auto" for 1.
        callbacks: a list of Keras callbacks.
        run: the name of a run to begin or to go on with; None keeps nothing.
        seed: for a run: each epoch's order of the examples follows from it and the epoch.
        monitor: for a run: the name of the value that its best epoch is chosen by, such as
            "val_loss"; None for the choice of `histories.History.best`.
        mode: "min", "max", or "auto" for the direction of a loss or of a metric of Keras.
        options: all else that `model.fit` takes.

    Returns:
        Keras's `History`.

    Raises:
        ValueError: for a setting or data that cannot be, or one that the run did not begin with.
        RunUnreadable: if the run has a file that is cut short, or of another version.
        RuntimeError: if the run is being trained already.

    Example:
        >>> fit(model, x, y, epochs=20, batch_size=32, run="baseline")  # doctest: +SKIP
    """
    epochs, seed = checks.integer("epochs", epochs, 1), checks.seed(seed)
    if batch_size is not None:
        checks.integer("batch_size", batch_size, 1)
    callbacks = callback_list(callbacks)
    if not getattr(model, "compiled", False):
        raise ValueError(f"model must be compiled. Got {model!r} instead.")
    data = {"x": x, "y": y, "batch_size": batch_size, "verbose": verbose, **options}
    batches.check(model, data)
    distribution.check(model, data)
    _check_monitor(monitor, mode, run, data)
    with multi_step_execution(model, data, epochs, callbacks):
        if run is None:
            return _fit(model, data, epochs, callbacks)
        return _fit_run(model, data, epochs, callbacks, run, seed, monitor, mode)


class _FitTracker(keras.callbacks.Callback):
    """Notes that a fit has begun, and that it ends."""

    def __init__(self):
        super().__init__()
        self.begun = self.ended = False

    def on_train_begin(self, logs=None):
        self.begun = True

    def on_train_end(self, logs=None):
        self.ended = True


class _Epochs(keras.callbacks.Callback):
    """Tells the data which epoch begins."""

    def __init__(self, data):
        super().__init__()
        self._data = data

    def on_epoch_begin(self, epoch, logs=None):
        begin_epoch(self._data, epoch)


def _fit(model, data, epochs, callbacks):
    """Calls `model.fit`; if it does not come to its end, its callbacks do."""
    first, last = _FitTracker(), _FitTracker()
    every = [first, _Epochs(data), *callbacks, last]
    try:
        return model.fit(epochs=epochs, callbacks=every, **as_datasets(model, data))
    except BaseException as error:
        if last.begun and not first.ended:
            _end(callbacks)
        if isinstance(error, Stopped):
            return model.history
        raise


def _fit_run(model, data, epochs, callbacks, name, seed, monitor, mode):
    """Trains an epoch at a time, each with a seed of its own, and keeps each."""
    _check_can_be_kept(model, data)
    batch_size = data["batch_size"] or getattr(data["x"], "batch_size", BATCH)
    settings = fingerprint({**data, "batch_size": batch_size})
    settings.pop("verbose", None)
    with open_run(name, model, seed, settings, epochs, monitor, mode) as keeper:
        every = EpochByEpoch(callbacks, model, epochs, data, seed)
        every.begin(keeper.log)
        try:
            keeper.restore([one for one in callbacks if not isinstance(one, Controls)])
            for epoch in range(keeper.log.last, 0 if keeper.finished else epochs):
                every.fit_one(epoch)
                keeper.keep(every.values)
                if keeper.finished:
                    break
        except Stopped:
            pass
        except BaseException:
            _end(callbacks)
            raise
        every.end()
    return every.history


def _end(callbacks):
    """Ends the callbacks of a fit that is broken, each, whatever another one raises."""
    with contextlib.suppress(Exception), contextlib.ExitStack() as ends:
        for callback in reversed(callbacks):
            ends.callback(callback.on_train_end)


def _check_monitor(monitor, mode, run, data):
    """Raise ValueError for a monitor that no run could be judged by."""
    monitor_direction(monitor, mode)
    if monitor is None:
        return
    if run is None:
        raise ValueError(f"monitor needs a run. Got monitor {monitor!r} without one instead.")
    has_validation = data.get("validation_data") is not None or data.get("validation_split")
    if is_validation(monitor) and not has_validation:
        rule = "validation_data or validation_split must be given for a monitor of the validation"
        raise ValueError(f"{rule}. Got neither for {monitor!r} instead.")


def _check_can_be_kept(model, data):
    if not model.built:
        rule = "model must have its weights before its fit is kept: begin it with keras.Input"
        raise ValueError(f"{rule}, or call it on a batch. Got {model!r} instead.")
    if getattr(model, "optimizer", None) is None:
        raise ValueError(f"model must have an optimizer. Got {model!r} instead.")
    if getattr(model.optimizer, "use_ema", False):
        rule = "use_ema of the optimizer of a fit that is kept must be False"
        raise ValueError(f"{rule}. Got True instead.")
    if hasattr(data["x"], "__next__"):
        rule = "x of a fit that is kept must be what can be gone through again"
        raise ValueError(f"{rule}, such as arrays. Got {type(data['x']).__name__} instead.")
    if data.get("steps_per_epoch"):  # each epoch would begin with the same batches
        rule = "steps_per_epoch of a fit that is kept must be None: an epoch is all of x"
        raise ValueError(f"{rule}. Got {data['steps_per_epoch']!r} instead.")
    if "initial_epoch" in data:
        rule = "initial_epoch of a fit that is kept is what its run says"
        raise ValueError(f"{rule}. Got {data['initial_epoch']!r} instead.")
