"""Learning rate range test: the callback and its results."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from scipy.ndimage import gaussian_filter1d

from mlcourse._core import checks
from mlcourse.callbacks.schedules import check_settable

MAX_STEPS = 100_000
SMOOTHING = 0.04  # standard deviation of the Gaussian filter, as a fraction of the sweep's length


@dataclass(frozen=True, eq=False)
class LearningRateSweep:
    """Result of one range test: losses of batches at increasing learning rates.

    Attributes:
        learning_rates: learning rates, (n,).
        losses: loss of each batch, (n,).
        metrics: dict of names to the values of each batch, (n,).
        diverged: whether the sweep ended because the loss diverged.

    Example:
        >>> learning_rates = np.geomspace(0.001, 1, 50)
        >>> sweep = LearningRateSweep(learning_rates, 2 - np.tanh(5 * learning_rates), {})
        >>> round(sweep.tenth_of_minimum(), 3)
        0.1
    """

    learning_rates: np.ndarray
    losses: np.ndarray
    metrics: dict
    diverged: bool = False

    def smooth(self, values: np.typing.ArrayLike) -> np.ndarray:
        """Return values, (n,), smoothed by a centered Gaussian filter, which does not shift them.

        NaN and infinite values are ignored, and become NaN.
        """
        values = checks.floats("values", values)
        is_finite = np.isfinite(values)
        smooth = np.full(len(values), np.nan)
        if is_finite.any():
            smooth[is_finite] = gaussian_filter1d(values[is_finite], self._width(), mode="nearest")
        return smooth

    def steepest(self) -> float | None:
        """Return the learning rate at the steepest descent of the smoothed loss over its logarithm.

        The first few batches are skipped, because the filter has no batches before them. Return
        None if the loss does not decrease, or has its minimum among the skipped batches.
        """
        loss, learning_rates = self._descent()
        first = math.ceil(2 * self._width())
        if len(loss) <= first:
            return None
        slopes = np.gradient(loss, np.log(learning_rates))
        return float(learning_rates[first + slopes[first:].argmin()])

    def tenth_of_minimum(self) -> float | None:
        """Return a tenth of the learning rate at the minimum of the smoothed loss, or None."""
        loss, learning_rates = self._descent()
        return float(learning_rates[-1]) / 10 if len(loss) > 1 else None

    def _width(self):
        """Return the standard deviation of the Gaussian filter, in batches."""
        return max(1.0, SMOOTHING * len(self.losses))

    def _descent(self):
        """Return the smoothed loss up to its minimum, and the learning rates there.

        Both are empty if the loss does not decrease by more than the standard deviation of the
        single losses around the smoothed ones.
        """
        loss = self.smooth(self.losses)
        indices = np.flatnonzero(np.isfinite(loss))
        if len(indices):
            indices = indices[: np.argmin(loss[indices]) + 1]
        if len(indices) < 2:
            return np.empty(0), np.empty(0)
        decrease = loss[indices[0]] - loss[indices[-1]]
        if decrease <= np.std(self.losses[indices] - loss[indices]):
            return np.empty(0), np.empty(0)
        return loss[indices], self.learning_rates[indices]


SUGGESTIONS = {
    "steepest": LearningRateSweep.steepest,
    "minimum / 10": LearningRateSweep.tenth_of_minimum,
}


@dataclass(frozen=True)
class LearningRateFinderResult:
    """Result of several range tests of one model, each with the examples in another order.

    Attributes:
        sweeps: tuple of `LearningRateSweep` objects.

    Example:
        >>> flat = LearningRateSweep(np.geomspace(0.001, 1, 50), np.ones(50), {})
        >>> LearningRateFinderResult((flat, flat)).suggestions
        {'steepest': None, 'minimum / 10': None}
    """

    sweeps: tuple

    @property
    def suggestions(self) -> dict[str, tuple[float, float, float] | None]:
        """Dict of "steepest" and "minimum / 10" to (median, lowest, highest) over the sweeps.

        A value is None if the loss decreases in no sweep.
        """
        suggestions = {}
        for name in SUGGESTIONS:
            values = self._suggestions_by_sweep(name)
            summary = (float(np.median(values)), min(values), max(values)) if values else None
            suggestions[name] = summary
        return suggestions

    def _suggestions_by_sweep(self, name):
        """Return the suggested learning rate of each sweep that has one."""
        values = [SUGGESTIONS[name](sweep) for sweep in self.sweeps]
        return [value for value in values if value is not None]

    def __str__(self):
        texts = []
        for name, suggestion in self.suggestions.items():
            if suggestion is None:
                texts.append(f"{name}: the loss does not fall")
                continue
            median, lowest, highest = suggestion
            n_sweeps = len(self._suggestions_by_sweep(name))
            note = "" if n_sweeps == len(self.sweeps) else f", in {n_sweeps} of them"
            texts.append(f"{name}: {median:.2g} ({lowest:.2g} to {highest:.2g}{note})")
        n_sweeps = f"{len(self.sweeps)} sweep{'s' * (len(self.sweeps) > 1)}"
        return f"learning rate by {n_sweeps}: " + ", ".join(texts)


SCALES: dict[str, Callable] = {"exponential": np.geomspace, "linear": np.linspace}
SMOOTHING_FACTOR = 0.8  # of the exponential moving average of the loss
WARM_UP_BATCHES = 10  # none of their losses counts as diverged
DIVERGENCE_FACTOR = 4  # the average has diverged above this multiple of its minimum


class LearningRateFinder(keras.callbacks.Callback):
    """Keras callback for a learning rate range test: it raises the learning rate in each batch.

    The test records the loss and the metrics of each batch. It ends after `steps` batches, or when
    the loss diverges. Then the weights, the optimizer and its learning rate are restored. See
    Smith, 2017, "Cyclical Learning Rates for Training Neural Networks".

    Call `restore` if the fit is interrupted; `find_learning_rate` does this. An optimizer that is
    not built yet is built by the test. In a model that is compiled with `steps_per_execution`, that
    many batches have the same learning rate and count as one step. Put callbacks that change
    weights at the end of a fit before this one.

    Args:
        low: first learning rate.
        high: last learning rate.
        steps: number of learning rates, at most 100,000.
        scale: "exponential" for equal ratios of learning rates, "linear" for equal differences.

    Attributes:
        sweep: the `mlcourse.callbacks.LearningRateSweep` of the latest fit.

    Example:
        >>> finder = LearningRateFinder(1e-5, 1, steps=100)
        >>> model.fit(x, y, epochs=5, callbacks=[finder])  # doctest: +SKIP
    """

    def __init__(
        self, low: float = 1e-6, high: float = 1.0, steps: int = 100, scale: str = "exponential"
    ) -> None:
        super().__init__()
        low = checks.positive("low", low)
        high = checks.positive("high", high)
        if low >= high:
            raise ValueError(f"low must be below high. Got {low:g} and {high:g} instead.")
        space = SCALES[checks.choice("scale", scale, SCALES)]
        self._learning_rates = space(low, high, checks.integer("steps", steps, 10, limit=MAX_STEPS))
        self._saved_state: list | None = None
        self.sweep: LearningRateSweep | None = None
        self._losses: list[float] = []
        self._metrics: dict[str, list] = {}

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Save the state that `restore` restores."""
        check_settable(self.model, type(self).__name__)
        model = self.model
        if not model.built:
            rule = "LearningRateFinder needs a built model: call the model on a batch first"
            raise ValueError(f"{rule}. Got {model!r} instead.")
        if not model.optimizer.built:  # TensorFlow would build it in the first step
            model.optimizer.build(model.trainable_variables)
        variables = [*model.variables, *model.metrics_variables, *model.optimizer.variables]
        self._saved_state = [(variable, _array(variable)) for variable in variables]
        self._losses = []
        self._metrics = {}
        self._average = 0.0
        self._lowest_average = np.inf
        self._diverged = False

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Set the next learning rate, and reset the metrics to those of a single batch."""
        model = self.model
        model.optimizer.learning_rate = self._learning_rates[len(self._losses)]
        model.reset_metrics()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Record the loss and the metrics of the batch, and stop the fit after the last batch."""
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
        if self._diverged or len(self._losses) == len(self._learning_rates):
            self.model.stop_training = True

    def on_train_end(self, logs: dict | None = None) -> None:
        """Store the sweep, and restore the model."""
        losses = np.array(self._losses, float)
        metrics = {name: np.array(values, float) for name, values in self._metrics.items()}
        learning_rates = self._learning_rates[: len(losses)]
        self.sweep = LearningRateSweep(learning_rates, losses, metrics, self._diverged)
        self.restore()

    def restore(self) -> None:
        """Restore the weights, the optimizer, the metrics and the seed generators of layers."""
        if self._saved_state is None:
            return
        self.model.reset_metrics()  # metrics built in the first step have no saved state
        for variable, value in self._saved_state:
            variable.assign(value)
        self._saved_state = None
        self.model.stop_training = False

    def _has_diverged(self):
        """Return whether the loss is not finite, or its moving average is far above its minimum.

        The average must also exceed all losses of the first batches.
        """
        if not np.isfinite(self._losses[-1]):
            return True
        factor = SMOOTHING_FACTOR
        self._average = factor * self._average + (1 - factor) * self._losses[-1]
        average = self._average / (1 - factor ** len(self._losses))  # without the bias to 0
        self._lowest_average = min(self._lowest_average, average)
        limit = DIVERGENCE_FACTOR * self._lowest_average
        return average > max(limit, *self._losses[:WARM_UP_BATCHES], 0)


def _array(variable):
    """Return a copy of a variable as a NumPy array."""
    return np.array(keras.ops.convert_to_numpy(variable))
