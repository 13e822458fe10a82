"""The learning-rate range test: the callback, and its result."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from scipy.ndimage import gaussian_filter1d

from mlcourse._core import checks
from mlcourse.callbacks.schedules import check_settable

SMOOTHING = 0.04  # of the sweep's length: the deviation of the Gaussian that smooths it


@dataclass(frozen=True, eq=False)
class LearningRateSweep:
    """Losses of batches, each at a higher learning rate than the one before.

    Attributes:
        rates: (n,), the learning rates.
        losses: (n,), each batch's own loss.
        metrics: a dict from names to arrays (n,), each batch's own values.
        diverged: whether the sweep ended because the loss ran away.

    Example:
        >>> rates = np.geomspace(0.001, 1, 50)
        >>> sweep = LearningRateSweep(rates, 2 - np.tanh(5 * rates), {})
        >>> round(sweep.tenth_of_minimum(), 3)
        0.1
    """

    rates: np.ndarray
    losses: np.ndarray
    metrics: dict
    diverged: bool = False

    def smooth(self, values: np.typing.ArrayLike) -> np.ndarray:
        """Returns values (n,) smoothed by a Gaussian, centred, so that nothing moves to the right.

        What is not finite, as losses at the end may be, is left out, and stays NaN.
        """
        values = np.asarray(values, float)
        known = np.isfinite(values)
        smooth = np.full(len(values), np.nan)
        if known.any():
            smooth[known] = gaussian_filter1d(values[known], self._width(), mode="nearest")
        return smooth

    def steepest(self) -> float | None:
        """Returns the rate at which the smoothed loss falls fastest by the log of the rate.

        The first few batches, which have none before them to be smoothed with, are passed over.
        None if the loss does not fall, or is lowest among these.
        """
        loss, rates = self._falling()
        first = math.ceil(2 * self._width())
        if len(loss) <= first:
            return None
        slopes = np.gradient(loss, np.log(rates))
        return float(rates[first + slopes[first:].argmin()])

    def tenth_of_minimum(self) -> float | None:
        """Returns a tenth of the rate with the lowest smoothed loss; None if it does not fall."""
        loss, rates = self._falling()
        return float(rates[-1]) / 10 if len(loss) > 1 else None

    def _width(self):
        return max(1.0, SMOOTHING * len(self.losses))

    def _falling(self):
        """Returns the smoothed loss up to its lowest, and its rates; nothing if it does not fall.

        A loss falls if it falls by more than what the single batches scatter around it.
        """
        loss = self.smooth(self.losses)
        known = np.flatnonzero(np.isfinite(loss))
        upto = known[: np.argmin(loss[known]) + 1] if len(known) else known
        fall = loss[upto[0]] - loss[upto[-1]] if len(upto) else 0.0
        if len(upto) < 2 or fall <= np.std(self.losses[upto] - loss[upto]):
            return np.empty(0), np.empty(0)
        return loss[upto], self.rates[upto]


SUGGESTIONS = {
    "steepest": LearningRateSweep.steepest,
    "minimum / 10": LearningRateSweep.tenth_of_minimum,
}


@dataclass(frozen=True)
class LearningRateFinderResult:
    """Several sweeps of one model, each with the examples in another order.

    Attributes:
        sweeps: a `LearningRateSweep` each.

    Example:
        >>> flat = LearningRateSweep(np.geomspace(0.001, 1, 50), np.ones(50), {})
        >>> LearningRateFinderResult((flat, flat)).suggestions
        {'steepest': None, 'minimum / 10': None}
    """

    sweeps: tuple

    @property
    def suggestions(self) -> dict[str, tuple[float, float, float] | None]:
        """A dict from "steepest" and "minimum / 10" to (median, lowest, highest) over the sweeps.

        None where the loss falls in no sweep.
        """
        found = {name: self._rates(name) for name in SUGGESTIONS}
        return {
            name: (float(np.median(rates)), min(rates), max(rates)) if rates else None
            for name, rates in found.items()
        }

    def _rates(self, name):
        rates = [SUGGESTIONS[name](sweep) for sweep in self.sweeps]
        return [rate for rate in rates if rate is not None]

    def __str__(self):
        texts = []
        for name, rates in self.suggestions.items():
            text = "the loss does not fall"
            if rates:
                count = len(self._rates(name))
                text = "{:.2g} ({:.2g} to {:.2g}".format(*rates)
                text += ")" if count == len(self.sweeps) else f", in {count} of them)"
            texts.append(f"{name}: {text}")
        return f"learning rate by {len(self.sweeps)} sweeps: " + ", ".join(texts)


SCALES: dict[str, Callable] = {"exponential": np.geomspace, "linear": np.linspace}
MEMORY = 0.8  # of the running mean by which divergence is noticed
FIRST = 10  # batches whose losses are taken for granted
RISE = 4  # times its lowest: a loss that is higher has run away


class LearningRateFinder(keras.callbacks.Callback):
    """Raises the learning rate from batch to batch, and notes each batch's loss and metrics.

    The fit ends after `steps` batches, or when the loss has run away. Then the model has the
    weights, the optimizer the state and the rate that they had before. Smith, 2017.

    A fit that is interrupted has no end: call `restore` then. `find_learning_rate` does so by
    itself. An optimizer that has made no step yet gets its state, all of it as at the beginning.
    Where the model is compiled with `steps_per_execution`, that many batches share a rate and
    count as one step. Callbacks that change weights when a fit ends come before this one.

    Args:
        low, high: the first and the last rate.
        steps: how many rates there are.
        scale: "exponential" for equal factors between them, "linear" for equal differences.

    Attributes:
        sweep: the `mlcourse.callbacks.learning_rate_finder.LearningRateSweep` of the latest fit.

    Example:
        >>> finder = LearningRateFinder(1e-5, 1, steps=100)
        >>> model.fit(x, y, epochs=5, callbacks=[finder])  # doctest: +SKIP
    """

    def __init__(
        self, low: float = 1e-6, high: float = 1.0, steps: int = 100, scale: str = "exponential"
    ) -> None:
        super().__init__()
        low, high = checks.positive("low", low), checks.positive("high", high)
        if low >= high:
            raise ValueError(f"low must be below high. Got {low:g} and {high:g} instead.")
        rates = SCALES[checks.choice("scale", scale, SCALES)]
        self._rates = rates(low, high, checks.integer("steps", steps, 10))
        self._found: list | None = None
        self.sweep: LearningRateSweep | None = None
        self._losses: list[float] = []
        self._metrics: dict[str, list] = {}

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Keeps what is to be restored."""
        check_settable(self.model, type(self).__name__)
        model = self.model
        if not model.built:
            rule = "LearningRateFinder needs a model that has its weights: call it on a batch first"
            raise ValueError(f"{rule}. Got {model!r} instead.")
        if not model.optimizer.built:  # on TensorFlow its first step would do it
            model.optimizer.build(model.trainable_variables)
        variables = [*model.variables, *model.metrics_variables, *model.optimizer.variables]
        self._found = [(variable, _array(variable)) for variable in variables]
        self._losses, self._metrics, self._mean, self._lowest = [], {}, 0.0, np.inf
        self._diverged = False

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Sets the next rate, and makes Keras's running means begin anew with this batch."""
        model = self.model
        model.optimizer.learning_rate = self._rates[len(self._losses)]
        model.reset_metrics()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Notes what the batch says, and ends the fit if it was the last one."""
        logs = {name: value for name, value in (logs or {}).items() if np.ndim(value) == 0}
        if "loss" not in logs:
            self.restore()
            names = ", ".join(logs) or "nothing"
            rule = 'the train_step of the model must log a "loss"'
            raise ValueError(f"{rule}. Got {names} instead.")
        self._losses.append(logs.pop("loss"))
        for name, value in logs.items():
            self._metrics.setdefault(name, []).append(value)
        self._diverged = self._has_diverged()
        if self._diverged or len(self._losses) == len(self._rates):
            self.model.stop_training = True

    def on_train_end(self, logs: dict | None = None) -> None:
        """Keeps the sweep, and leaves the model as it was found."""
        losses = np.array(self._losses, float)
        metrics = {name: np.array(values, float) for name, values in self._metrics.items()}
        self.sweep = LearningRateSweep(self._rates[: len(losses)], losses, metrics, self._diverged)
        self.restore()

    def restore(self) -> None:
        """Gives weights, optimizer, metrics and random generators the state they had before."""
        if self._found is None:
            return
        self.model.reset_metrics()  # those that were made in the first step had no state before
        for variable, value in self._found:
            variable.assign(value)
        self._found = None
        self.model.stop_training = False

    def _has_diverged(self):
        """Whether the loss is not finite, or far above its lowest and above all it was at first."""
        if not np.isfinite(self._losses[-1]):
            return True
        count = len(self._losses)
        self._mean = MEMORY * self._mean + (1 - MEMORY) * self._losses[-1]
        mean = self._mean / (1 - MEMORY**count)
        self._lowest = min(self._lowest, mean)
        return mean > max(RISE * self._lowest, *self._losses[:FIRST], 0)


def _array(variable):
    return np.array(keras.ops.convert_to_numpy(variable))
