"""Learning rates by step: each schedule is a function of the step, counted from 0.

>>> halving = inverse_time_decay(0.1, decay_steps=10, decay_rate=1)
>>> halving([0, 10, 30])
array([0.1  , 0.05 , 0.025])
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mlcourse._core import checks


@dataclass(frozen=True)
class Schedule:
    """A learning rate that depends on the step alone.

    Attributes:
        name: that of the function that made it.
        rate: from an array of steps to one of learning rates.
        formula: in LaTeX, without dollars; t is the step.

    Example:
        >>> Schedule("linear", lambda t: 0.1 / (1 + t), "0.1 / (1 + t)")([0, 1])
        array([0.1 , 0.05])
    """

    name: str
    rate: Callable[[np.ndarray], np.ndarray]
    formula: str

    def __call__(self, step: np.typing.ArrayLike) -> np.ndarray:
        """Returns the learning rate at a step, or at each of an array of them."""
        return self.rate(checks.floats("step", step).astype(float))


def constant(learning_rate: float) -> Schedule:
    """The same learning rate at every step.

    Example:
        >>> constant(0.1)([0, 5])
        array([0.1, 0.1])
    """
    eta = checks.positive("learning_rate", learning_rate)
    return Schedule("constant", lambda t: np.full_like(t, eta), r"\eta")


def exponential_decay(learning_rate: float, decay_steps: int, decay_rate: float) -> Schedule:
    """Multiplies the rate by `decay_rate`, at most 1, in each `decay_steps` steps, smoothly.

    Example:
        >>> exponential_decay(0.1, decay_steps=10, decay_rate=0.5)([0, 10, 20])
        array([0.1  , 0.05 , 0.025])
    """
    eta = checks.positive("learning_rate", learning_rate)
    steps, factor = checks.whole("decay_steps", decay_steps, 1), _factor("decay_rate", decay_rate)
    return Schedule(
        "exponential_decay", lambda t: eta * factor ** (t / steps), r"\eta \, \gamma^{t / T}"
    )


def inverse_time_decay(learning_rate: float, decay_steps: int, decay_rate: float) -> Schedule:
    """Divides the rate by 1 + k `decay_rate` after k times `decay_steps` steps, smoothly.

    Example:
        >>> inverse_time_decay(0.1, decay_steps=10, decay_rate=1)([0, 10, 30])
        array([0.1  , 0.05 , 0.025])
    """
    eta = checks.positive("learning_rate", learning_rate)
    steps = checks.whole("decay_steps", decay_steps, 1)
    rate = checks.positive("decay_rate", decay_rate)
    return Schedule(
        "inverse_time_decay",
        lambda t: eta / (1 + rate * t / steps),
        r"\eta / (1 + \gamma t / T)",
    )


def cosine_restarts(
    learning_rate: float,
    first_steps: int,
    growth: float = 2.0,
    shrink: float = 1.0,
    low: float = 0.0,
) -> Schedule:
    """Lets the rate fall along half a cosine, and starts again: warm restarts.

    Args:
        learning_rate: the rate at the first step.
        first_steps: length of the first fall.
        growth: how many times as long each fall is as the one before, at least 1.
        shrink: how many times as high each one starts, at most 1.
        low: where the rate falls to, as a share of where it starts.

    Loshchilov and Hutter, 2017.

    >>> cosine_restarts(0.1, first_steps=10)([0, 5, 10, 20]).round(3)
    array([0.1 , 0.05, 0.1 , 0.05])
    """
    eta = checks.positive("learning_rate", learning_rate)
    first = checks.whole("first_steps", first_steps, 1)
    growth = checks.number("growth", growth, 1)
    shrink, low = _factor("shrink", shrink), checks.number("low", low, 0, 1)

    def rate(t):
        if growth == 1:
            fall, done = np.divmod(t / first, 1)
        else:  # the n-th fall starts after a geometric series of n terms
            fall = np.floor(np.log1p(t / first * (growth - 1)) / np.log(growth) + 1e-9)
            done = (t / first - (growth**fall - 1) / (growth - 1)) / growth**fall
        return eta * shrink**fall * (low + (1 - low) * (1 + np.cos(np.pi * done)) / 2)

    return Schedule("cosine_restarts", rate, r"\eta \, (1 + \cos(\pi \, t_\mathrm{fall} / T)) / 2")


CYCLES = {
    "triangular": lambda cycle, iteration, gamma: np.ones_like(cycle),
    "triangular2": lambda cycle, iteration, gamma: 0.5 ** (cycle - 1),
    "exp_range": lambda cycle, iteration, gamma: gamma**iteration,
}
"""How much of a cycle's height is left, by its number, from 1, and the iteration, from 0."""


def cyclical(
    base_lr: float,
    max_lr: float,
    step_size: float,
    mode: str = "triangular",
    gamma: float = 0.999,
    scale_fn: Callable[[float], float] | None = None,
) -> Schedule:
    """Lets the rate rise and fall between two values along straight lines.

    Args:
        base_lr, max_lr: the rates in between.
        step_size: steps from one to the other, half a cycle; a whole number, also as a float.
        mode: "triangular" for cycles of one height, "triangular2" to halve it each time,
            "exp_range" to multiply it by `gamma` at each step.
        gamma: see there; at most 1.
        scale_fn: a function of the cycle's number, from 1, in place of a mode.

    Smith, 2017.

    >>> cyclical(0.001, 0.009, step_size=4)([0, 2, 4, 8])
    array([0.001, 0.005, 0.009, 0.001])
    """
    low, high = checks.number("base_lr", base_lr, 0), checks.positive("max_lr", max_lr)
    if low >= high:
        raise ValueError(f"base_lr must be below max_lr. Got {low:g} and {high:g} instead.")
    half, gamma = checks.whole("step_size", step_size, 1), _factor("gamma", gamma)
    shape = CYCLES[checks.choice("mode", mode, CYCLES)]
    if scale_fn is not None:
        checks.function("scale_fn", scale_fn)

    def height(cycle, t):
        if scale_fn is None:
            return shape(cycle, t, gamma)
        return np.vectorize(scale_fn, otypes=[float])(cycle)

    def rate(t):
        cycle = np.floor(1 + t / (2 * half))
        away = np.abs(t / half - 2 * cycle + 1)
        return low + (high - low) * np.maximum(0, 1 - away) * height(cycle, t)

    return Schedule("cyclical", rate, r"\eta_0 + (\eta_1 - \eta_0) \, (1 - |t / T - 2c + 1|)")


def one_cycle(
    max_lr: float, steps: int, warm_up: float = 0.3, start: float = 25.0, end: float = 1e4
) -> Schedule:
    """Lets the rate rise once and then fall to almost nothing, each along half a cosine.

    Args:
        max_lr: the rate at the top.
        steps: of the whole training; what comes after has the last rate.
        warm_up: the share of the steps in which the rate rises.
        start: how many times lower than the top it starts.
        end: how many times lower than the start it ends.

    Smith and Topin, 2018, in the form of PyTorch's OneCycleLR.

    >>> one_cycle(0.5, steps=11, warm_up=0.5)([0, 4.5, 10]).round(3)
    array([0.02, 0.5 , 0.  ])
    """
    high = checks.positive("max_lr", max_lr)
    first = high / checks.number("start", start, 1)
    last = first / checks.number("end", end, 1)
    rate = _two_half_cosines(first, high, last, steps, warm_up)
    return Schedule("one_cycle", rate, r"\eta_0 \nearrow \eta_1 \searrow \eta_2")


def one_cycle_momentum(
    steps: int, warm_up: float = 0.3, base_momentum: float = 0.85, max_momentum: float = 0.95
) -> Schedule:
    """Lower the momentum once and raise it again, each along half a cosine.

    Args:
        steps: of the whole training; what comes after has the last momentum.
        warm_up: the share of the steps in which the momentum falls, as the rate of `one_cycle`
            rises.
        base_momentum: the momentum at the top of the rate.
        max_momentum: the momentum at the start and at the end, below 1.

    Smith, 2018, in the form of PyTorch's OneCycleLR.

    >>> one_cycle_momentum(steps=11, warm_up=0.5)([0, 4.5, 10])
    array([0.95, 0.85, 0.95])
    """
    high = checks.number("max_momentum", max_momentum, 0, 1)
    low = checks.positive("base_momentum", base_momentum)
    if low > high:
        rule = "base_momentum must be at most max_momentum"
        raise ValueError(f"{rule}. Got {low:g} and {high:g} instead.")
    momentum = _two_half_cosines(high, low, high, steps, warm_up)
    return Schedule("one_cycle_momentum", momentum, r"\mu_1 \searrow \mu_0 \nearrow \mu_1")


def _two_half_cosines(first, middle, last, steps, warm_up):
    """Return a function of the step, from the first value to the middle one and to the last."""
    steps, warm_up = checks.whole("steps", steps, 2), checks.number("warm_up", warm_up, 0, 1)
    top = warm_up * steps - 1

    def value(t):
        before = np.clip((t - top) / (top if top > 0 else 1), -1, 0)
        after = np.clip((t - top) / (steps - 1 - top), 0, 1)
        start = first + (middle - first) * (1 + np.cos(np.pi * before)) / 2
        end = last + (middle - last) * (1 + np.cos(np.pi * after)) / 2
        return np.where(t < top, start, end)

    return value


def _factor(name, value):
    """Returns a number above 0 and at most 1, to multiply with."""
    value = checks.positive(name, value)
    if value > 1:
        raise ValueError(f"{name} must be at most 1. Got {value:g} instead.")
    return value
