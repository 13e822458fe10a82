"""What a sweep over learning rates has found, and which rate it suggests."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

SMOOTHING = 0.04  # of the sweep's length: the deviation of the Gaussian that smooths it


@dataclass(frozen=True, eq=False)
class RateSweep:
    """Losses of batches, each at a higher learning rate than the one before.

    Attributes:
        rates: (n,), the learning rates.
        losses: (n,), each batch's own loss.
        metrics: a dict from names to arrays (n,), each batch's own values.
        diverged: whether the sweep ended because the loss ran away.

    Example:
        >>> rates = np.geomspace(0.001, 1, 50)
        >>> sweep = RateSweep(rates, 2 - np.tanh(5 * rates), {})
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


SUGGESTIONS = {"steepest": RateSweep.steepest, "minimum / 10": RateSweep.tenth_of_minimum}


@dataclass(frozen=True)
class RateFinding:
    """Several sweeps of one model, each with the examples in another order.

    Attributes:
        sweeps: a `RateSweep` each.

    Example:
        >>> flat = RateSweep(np.geomspace(0.001, 1, 50), np.ones(50), {})
        >>> RateFinding((flat, flat)).suggestions
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
