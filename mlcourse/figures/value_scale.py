"""Values of a hyperparameter as places on an axis from 0 to 1: numbers, texts, and none at all."""

import math

import numpy as np

FEW = 6  # distinct numbers that get a place each; more of them lie on a scale
WIDE = 50  # times the smallest is the largest from which a scale is logarithmic
NEAR = 1.7  # times as large as a power of ten an end must be to have a tick besides
NONE = "none"  # the place of trials that do not have the hyperparameter
EMPTY = 0.0  # where that is


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
        self._low = 0.15 if len(known) < len(values) else 0.0  # room for those that have none
        distinct = list({_key(value): value for value in known}.values())
        self._is_scale = len(distinct) > FEW and all(map(_is_number, distinct))
        if self._is_scale:
            self._fit(np.array(distinct, float))
        else:
            ordered = sorted(distinct) if _sortable(distinct) else distinct
            spread = [0.5] if len(ordered) == 1 else np.linspace(self._low, 1, len(ordered))
            self._places = dict(zip(map(_key, ordered), map(float, spread), strict=True))
            self.ticks = dict(zip(self._places.values(), map(text, ordered), strict=True))
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

    def _fit(self, numbers):
        low, high = numbers.min(), numbers.max()
        self._log = low > 0 and high / low >= WIDE
        self._first, self._last = self._scaled(low), self._scaled(high)
        if self._log:
            self.ticks = {self(number): f"{number:.2g}" for number in _decades(low, high)}
        else:
            self.ticks = {self(number): text(number) for number in np.linspace(low, high, 5)}

    def _scaled(self, number):
        return math.log10(number) if self._log else float(number)


def text(value):
    """Returns a value as a tick's label, a number with three digits or four."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def _sortable(values):
    return all(map(_is_number, values)) or all(isinstance(value, bool) for value in values)


def _key(value):
    """Returns what tells values apart: True and 1 are not the same."""
    return type(value).__name__ if isinstance(value, bool) else "", value


def _decades(low, high):
    """Returns the powers of ten in a range, and its ends if there are few of them."""
    first, last = math.ceil(math.log10(low)), math.floor(math.log10(high))
    powers = [10.0**power for power in range(first, last + 1)]
    ends = [] if len(powers) > 2 else [low, high]
    near = [power for power in powers if all(max(power / e, e / power) > NEAR for e in ends)]
    return [*near, *map(float, ends)]
