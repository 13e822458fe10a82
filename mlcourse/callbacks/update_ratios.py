"""Callback that measures the sizes of weight updates relative to the weights."""

from __future__ import annotations

import warnings

import keras
import numpy as np

from mlcourse._core import checks
from mlcourse.inspection.layers import kernels


class UpdateRatios(keras.callbacks.Callback):
    """Keras callback that records each layer's ratio of the update's norm to the kernels' norm.

    A common rule of thumb is a ratio of about 0.001 (Karpathy, notes of CS231n, 2015): far below it
    a layer hardly learns, far above it the weights jump. Only kernels are measured, not biases and
    the variables of batch normalization. The name of a layer in a nested model, a wrapper or a
    custom layer has their names as a prefix, as in "encoder/dense".

    A measurement copies all kernels from the device, before and after a batch: on a CPU this takes
    about 10 ms for a million weights. Between measurements nothing is copied, and Keras need not
    wait for the batches. In a model that is compiled with `steps_per_execution`, the update is the
    mean over that many batches. A fit that resumes with `run` continues the history. A model that
    is built in the first batch is measured from the second one on.

    Args:
        every: number of batches from one measurement to the next.

    Attributes:
        history: dict of lists with one value per measurement of the latest fit: "iterations" has
            the index of the batch among all batches of the optimizer, from 0; each layer's name has
            the ratio, NaN if all weights are 0.

    Example:
        >>> ratios = UpdateRatios(every=50)
        >>> model.fit(x, y, callbacks=[ratios])  # doctest: +SKIP
        >>> plot_update_ratios(ratios.history)  # doctest: +SKIP
    """

    def __init__(self, every: int = 100) -> None:
        super().__init__()
        self.every = checks.integer("every", every, 1)
        self.history: dict[str, list] = {}

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Start a new history."""
        if getattr(self.model, "optimizer", None) is None:
            raise ValueError(f"UpdateRatios needs a compiled model. Got {self.model!r} instead.")
        self.history = {"iterations": []}
        self._before = None
        self._kernels = None
        self._steps = self.model.steps_per_execution
        self._is_overdue = False

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Record the number of batches that the optimizer has processed."""
        self._epoch_start = _as_int(self.model.optimizer.iterations)

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Finish a measurement, and start the next one if it is due."""
        self._finish_measurement()
        batches_until_due = -(self._epoch_start + batch) % self.every
        if batches_until_due < self._steps or self._is_overdue:
            self._before = self._measure()
            self._is_overdue = self._before is None

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Finish the measurement of the last batch."""
        self._finish_measurement()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Discard an unfinished measurement; warn if there is no finished one."""
        self._before = None
        if not self.history["iterations"]:
            message = "UpdateRatios has measured nothing: the model's optimizer has made no steps"
            warnings.warn(f"{message}, or the model is not built", stacklevel=2)

    def _finish_measurement(self):
        """Add the update since the start of the measurement to the history."""
        if self._before is None:
            return
        first_batch, before = self._before
        next_batch, after = self._measure()
        self._before = None
        n_batches = next_batch - first_batch
        if n_batches == 0:
            return
        self.history["iterations"].append(first_batch)
        for name, weights in before.items():
            norm = np.linalg.norm(weights)
            ratio = np.nan
            if norm:
                ratio = np.linalg.norm(after[name] - weights) / (n_batches * norm)
            self.history.setdefault(name, []).append(float(ratio))

    def _measure(self):
        """Return (the number of the optimizer's batches, a dict of layers to flat kernels).

        Return None if the model is not built yet.
        """
        model = self.model  # read once: on JAX each access copies the weights into the model
        if not model.built:
            return None
        self._kernels = self._kernels or kernels(model)
        weights = {
            name: np.concatenate([_as_array(variable).ravel() for variable in variables])
            for name, variables in self._kernels.items()
        }
        return _as_int(model.optimizer.iterations), weights


def _as_array(variable):
    """Return a variable as an array of at least float32, as squares overflow in float16."""
    array = keras.ops.convert_to_numpy(variable)
    return array.astype(np.promote_types(array.dtype, np.float32))


def _as_int(variable):
    return int(keras.ops.convert_to_numpy(variable))
