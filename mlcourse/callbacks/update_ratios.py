"""How large the steps of a fit are, next to the weights that they change."""

from __future__ import annotations

import warnings

import keras
import numpy as np

from mlcourse._core import checks
from mlcourse.inspection.layers import kernels


class UpdateRatios(keras.callbacks.Callback):
    """Record, for each layer, the norm of the update of its kernels over the norm of the kernels.

    A ratio of about 0.001 is healthy, says a rule of thumb (Karpathy, notes of CS231n, 2015): far
    below it, the layer hardly learns; far above, its weights jump. Kernels alone are looked at;
    biases and what batch normalization learns are left out. A layer within a model, a wrapper or a
    custom layer has their names before its own, as in "encoder/dense".

    A measurement copies all kernels from the device, before the batch and after it: on a CPU about
    10 ms for a million weights. Between measurements nothing is read, and Keras waits for no batch.
    Where the model is compiled with `steps_per_execution`, the update is the mean of that many
    batches. A fit that is kept with `run` goes on in its history. A model that gets its weights in
    the first batch is measured from the second one on.

    Args:
        every: batches from one measurement to the next.

    Attributes:
        history: of the latest fit, a dict of lists with a value a measurement: "iterations", the
            number of the batch among all that the optimizer has seen, from 0, and by layer the
            ratio, NaN where all weights are 0.

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
        """Starts a new history."""
        if getattr(self.model, "optimizer", None) is None:
            rule = "UpdateRatios needs a model that is compiled"
            raise ValueError(f"{rule}. Got {self.model!r} instead.")
        self.history = {"iterations": []}
        self._before = self._variables = None
        self._steps = self.model.steps_per_execution
        self._is_late = False

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Notes how many batches the optimizer has seen."""
        self._epoch_start = _number(self.model.optimizer.iterations)

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Ends a measurement, and begins one if it is time."""
        self._compare()
        if -(self._epoch_start + batch) % self.every < self._steps or self._is_late:
            self._before = self._look()
            self._is_late = self._before is None

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Ends the measurement of the last batch."""
        self._compare()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Forget a measurement that the fit did not come to the end of; warn if there is none."""
        self._before = None
        if not self.history["iterations"]:
            rule = "UpdateRatios has measured nothing: the model's optimizer has made no steps"
            warnings.warn(f"{rule}, or the model is not built", stacklevel=2)

    def _compare(self):
        """Adds the change since the measurement began to the history."""
        if self._before is None:
            return
        (begun, before), (ended, after) = self._before, self._look()
        self._before = None
        if ended == begun:
            return
        self.history["iterations"].append(begun)
        for name, kernel in before.items():
            size, ratio = np.linalg.norm(kernel), np.nan
            if size:
                ratio = np.linalg.norm(after[name] - kernel) / ((ended - begun) * size)
            self.history.setdefault(name, []).append(float(ratio))

    def _look(self):
        """Return how many batches the optimizer has seen, and each layer's kernels, in a row.

        None stands for a model that has no weights yet.
        """
        model = self.model  # on JAX, to ask for it brings the weights back into it, each time
        if not model.built:
            return None
        self._variables = self._variables or kernels(model)
        rows = {
            name: np.concatenate([_array(one).ravel() for one in own])
            for name, own in self._variables.items()
        }
        return _number(model.optimizer.iterations), rows


def _array(variable):
    """Return a variable as an array of at least float32: squares overflow in half precision."""
    array = keras.ops.convert_to_numpy(variable)
    return array.astype(np.promote_types(array.dtype, np.float32))


def _number(variable):
    return int(keras.ops.convert_to_numpy(variable))
