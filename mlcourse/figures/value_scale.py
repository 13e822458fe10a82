"""Values of a hyperparameter as places on an axis from 0 to 1: numbers, texts, and none at all."""

import math
import numbers

import numpy as np
from matplotlib.ticker import MaxNLocator

from mlcourse import checks

FEW = 6  # distinct numbers that get a place each; more of them lie on a scale
WIDE = 50  # times the smallest is the largest from which a scale is logarithmic
MOST = 12  # ticks that an axis has room for
NONE = "none"  # the place of trials that do not have the hyperparameter
EMPTY = 0.0  # where that is
ROOM = 0.2  # from there to the lowest value


class ValueScale:
    """Where each value of one hyperparameter is drawn.

    A few distinct values get evenly spaced places, in their order; many numbers lie on a scale,
    a logarithmic one if they span orders of magnitude.

    Args:
        values: of the trials, numbers, texts or booleans; None where a trial has none.

    Attributes:
        ticks: a dict of places to their labels.
    """

    def __init__(self, values):
        known = [value for value in values if value is not None]
        self._low = ROOM if len(known) < len(values) else 0.0
        distinct = list({_key(value): value for value in known}.values())
        self._is_scale = len(distinct) > FEW and all(map(_is_number, distinct))
        if self._is_scale:
            self._fit(np.array(distinct, float))
        else:
            self._place(sorted(distinct) if _sortable(distinct) else distinct)
        if self._low:
            self.ticks = {EMPTY: NONE, **self.ticks}

    def __call__(self, value):
        """Returns a value's place."""
        if value is None:
            return EMPTY
        if not self._is_scale:
            return self._places[_key(value)]
        share = (self._scaled(value) - self._first) / (self._last - self._first)
        return self._low + (1 - self._low) * share

    def _place(self, ordered):
        """Gives each of the values a place, and as many of them a label as there is room for."""
        spread = [0.5] if len(ordered) == 1 else np.linspace(self._low, 1, len(ordered)).tolist()
        self._places = dict(zip(map(_key, ordered), spread, strict=True))
        step = math.ceil(len(ordered) / MOST) or 1
        self.ticks = dict(zip(spread[::step], map(text, ordered[::step]), strict=True))

    def _fit(self, known):
        low, high = known.min(), known.max()
        self._log = low > 0 and high / low >= WIDE
        self._first, self._last = self._scaled(low), self._scaled(high)
        marks = (
            _powers(low, high)
            if self._log
            else MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        )
        self.ticks = {self(mark): text(mark) for mark in marks if low <= mark <= high}

    def _scaled(self, number):
        return math.log10(number) if self._log else float(number)


def value_scales(trials):
    """Returns a `ValueScale` for each hyperparameter of the trials that have ended."""
    ended = ended_trials(trials)
    checks.integer("the number of hyperparameters", len(trials.names), 1)
    return [ValueScale([trial.values.get(name) for trial in ended]) for name in trials.names]


def ended_trials(trials):
    """Returns the trials of a search that do not run; raises ValueError if there are none."""
    checks.kind("trials", trials, "Trials", "what `tuning.search` returns")
    ended = [trial for trial in trials.trials if not trial.runs]
    if not ended:
        words = trials.status()
        raise ValueError(f"trials must have at least one that has ended. Got {words} instead.")
    return ended


def text(value):
    """Returns a value as a tick's label: a fraction with four digits at most."""
    if not _is_number(value) or isinstance(value, numbers.Integral):
        return str(value)
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.6g}"


def _is_number(value):
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return is_number and math.isfinite(value)


def _sortable(values):
    return all(map(_is_number, values)) or all(isinstance(value, bool) for value in values)


def _key(value):
    """Returns what tells values apart: True, 1 and "1" are not the same."""
    return (True, value) if _is_number(value) else (type(value), str(value))


def _powers(low, high):
    """Returns powers of ten in a range; where these are few, 2 and 5 times as much besides."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    inside = [power for power in powers if low <= 10.0**power <= high]
    if len(inside) < 3:
        return [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
    return [10.0**power for power in inside[:: math.ceil(2 * len(inside) / MOST)]]
