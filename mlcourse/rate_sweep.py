"""What a sweep over learning rates has found, and which rate it suggests."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

SMOOTHING = 0.04  # of the sweep's length: the deviation of the Gaussian that smooths it


@dataclass(frozen=True)
class RateSweep:
    """Losses of batches, each at a higher learning rate than the one before.

    Attributes:
        rates: (n,), the learning rates.
        losses: (n,), each batch's own loss.
        metrics: a dict from names to arrays (n,), each batch's own values.
        diverged: whether the sweep ended because the loss ran away.
    """

    rates: np.ndarray
    losses: np.ndarray
    metrics: dict
    diverged: bool = False

    def smooth(self, values):
        """Returns values (n,) smoothed by a Gaussian, centred, so that nothing moves to the right.

        What is not finite, as losses at the end may be, is left out, and stays NaN.
        """
        values = np.asarray(values, float)
        known = np.isfinite(values)
        smooth = np.full(len(values), np.nan)
        if known.any():
            smooth[known] = gaussian_filter1d(values[known], self._width(), mode="nearest")
        return smooth

    def steepest(self):
        """Returns the rate at which the smoothed loss falls fastest by the log of the rate.

        The first few batches, which have none before them to be smoothed with, are passed over.
        None if the loss never falls.
        """
        loss, rates = self._falling()
        if len(loss) < 2:
            return None
        slopes = np.gradient(loss, np.log(rates))
        first = min(math.ceil(2 * self._width()), len(slopes) - 1)
        return float(rates[first + slopes[first:].argmin()])

    def tenth_of_minimum(self):
        """Returns a tenth of the rate with the lowest smoothed loss; None if it never falls."""
        loss, rates = self._falling()
        return float(rates[-1]) / 10 if len(loss) > 1 else None

    def _width(self):
        return max(1.0, SMOOTHING * len(self.losses))

    def _falling(self):
        """Returns the smoothed loss up to its lowest, and its rates."""
        loss = self.smooth(self.losses)
        if np.isnan(loss).all():
            return np.empty(0), np.empty(0)
        known = np.flatnonzero(np.isfinite(loss))
        upto = known[known <= np.nanargmin(loss)]
        return loss[upto], self.rates[upto]


SUGGESTIONS = {"steepest": RateSweep.steepest, "minimum / 10": RateSweep.tenth_of_minimum}


@dataclass(frozen=True)
class RateFinding:
    """Several sweeps of one model, each with the examples in another order.

    Attributes:
        sweeps: the `RateSweep`s.
    """

    sweeps: tuple

    @property
    def suggestions(self):
        """A dict from "steepest" and "minimum / 10" to (median, lowest, highest) over the sweeps.

        None where no sweep has found a rate at which the loss falls.
        """
        found = {}
        for name, suggest in SUGGESTIONS.items():
            rates = [rate for rate in map(suggest, self.sweeps) if rate is not None]
            found[name] = (np.median(rates), min(rates), max(rates)) if rates else None
        return found

    def __str__(self):
        texts = []
        for name, rates in self.suggestions.items():
            text = "the loss never falls"
            if rates:
                text = "{:.2g} ({:.2g} to {:.2g})".format(*rates)
            texts.append(f"{name}: {text}")
        return f"learning rate by {len(self.sweeps)} sweeps: " + ", ".join(texts)
