"""Learning-rate schedules: functions of the step, counted from 0.

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
    """A learning rate as a function of the step.

    Attributes:
        name: name of the function that created it.
        rate: function from an array of steps to an array of learning rates.
        formula: LaTeX, without dollar signs; t is the step.

    Example:
        >>> Schedule("linear", lambda t: 0.1 / (1 + t), "0.1 / (1 + t)")([0, 1])
        array([0.1 , 0.05])
    """

    name: str
    rate: Callable[[np.ndarray], np.ndarray]
    formula: str

    def __call__(self, step: np.typing.ArrayLike) -> np.ndarray:
        """Return the learning rate at a step, or at each step of an array."""
        return self.rate(checks.floats("step", step).astype(float))


def constant(learning_rate: float) -> Schedule:
    """Use the same learning rate at every step.

    Example:
        >>> constant(0.1)([0, 5])
        array([0.1, 0.1])
    """
    eta = checks.positive("learning_rate", learning_rate)
    return Schedule("constant", lambda t: np.full_like(t, eta), r"\eta")


def exponential_decay(learning_rate: float, decay_steps: int, decay_rate: float) -> Schedule:
    """Decay the learning rate exponentially, by a factor of `decay_rate` in `decay_steps` steps.

    The arguments are as in `keras.optimizers.schedules.ExponentialDecay`. `decay_rate` is at
    most 1.

    Example:
        >>> exponential_decay(0.1, decay_steps=10, decay_rate=0.5)([0, 10, 20])
        array([0.1  , 0.05 , 0.025])
    """
    eta = checks.positive("learning_rate", learning_rate)
    steps = checks.whole("decay_steps", decay_steps, 1)
    factor = _factor("decay_rate", decay_rate)
    return Schedule(
        "exponential_decay", lambda t: eta * factor ** (t / steps), r"\eta \, \gamma^{t / T}"
    )


def inverse_time_decay(learning_rate: float, decay_steps: int, decay_rate: float) -> Schedule:
    """Divide the learning rate by 1 + `decay_rate` * step / `decay_steps`.

    The arguments are as in `keras.optimizers.schedules.InverseTimeDecay`.

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
    first_decay_steps: int,
    t_mul: float = 2.0,
    m_mul: float = 1.0,
    alpha: float = 0.0,
) -> Schedule:
    """Decay the learning rate along half a cosine, with warm restarts.

    The arguments are as in `keras.optimizers.schedules.CosineDecayRestarts`.

    Args:
        learning_rate: the learning rate at the first step.
        first_decay_steps: length of the first period, in steps.
        t_mul: factor from the length of one period to the next, at least 1.
        m_mul: factor from the highest learning rate of one period to the next, at most 1.
        alpha: the lowest learning rate, as a fraction of the highest of the period.

    Loshchilov and Hutter, 2017.

    >>> cosine_restarts(0.1, first_decay_steps=10)([0, 5, 10, 20]).round(3)
    array([0.1 , 0.05, 0.1 , 0.05])
    """
    eta = checks.positive("learning_rate", learning_rate)
    first = checks.whole("first_decay_steps", first_decay_steps, 1)
    t_mul = checks.number("t_mul", t_mul, 1)
    m_mul = _factor("m_mul", m_mul)
    alpha = checks.number("alpha", alpha, 0, 1)

    def rate(t):
        if t_mul == 1:
            period, done = np.divmod(t / first, 1)
        else:  # period n starts after a geometric series of n terms
            period = np.floor(np.log1p(t / first * (t_mul - 1)) / np.log(t_mul) + 1e-9)
            done = (t / first - (t_mul**period - 1) / (t_mul - 1)) / t_mul**period
        return eta * m_mul**period * (alpha + (1 - alpha) * (1 + np.cos(np.pi * done)) / 2)

    return Schedule("cosine_restarts", rate, r"\eta \, (1 + \cos(\pi \, t_\mathrm{fall} / T)) / 2")


CYCLES = {
    "triangular": lambda cycle, step, gamma: np.ones_like(cycle),
    "triangular2": lambda cycle, step, gamma: 0.5 ** (cycle - 1),
    "exp_range": lambda cycle, step, gamma: gamma**step,
}
"""Functions from the cycle, counted from 1, the step, from 0, and gamma to a scale factor."""


def cyclical(
    base_lr: float,
    max_lr: float,
    step_size: float,
    mode: str = "triangular",
    gamma: float = 0.999,
    scale_fn: Callable[[float], float] | None = None,
) -> Schedule:
    """Raise and lower the learning rate linearly between two values.

    Args:
        base_lr: the lowest learning rate.
        max_lr: the highest learning rate.
        step_size: half the length of a cycle, in steps; a whole number, also as a float.
        mode: "triangular" for cycles of the same height, "triangular2" to halve the height in each
            cycle, "exp_range" to multiply it by `gamma` at each step.
        gamma: factor of "exp_range", at most 1.
        scale_fn: function from the cycle, counted from 1, to the factor of the height. It replaces
            `mode`.

    Smith, 2017.

    >>> cyclical(0.001, 0.009, step_size=4)([0, 2, 4, 8])
    array([0.001, 0.005, 0.009, 0.001])
    """
    low = checks.number("base_lr", base_lr, 0)
    high = checks.positive("max_lr", max_lr)
    if low >= high:
        raise ValueError(f"base_lr must be below max_lr. Got {low:g} and {high:g} instead.")
    half = checks.whole("step_size", step_size, 1)
    gamma = _factor("gamma", gamma)
    scale = CYCLES[checks.choice("mode", mode, CYCLES)]
    if scale_fn is not None:
        checks.function("scale_fn", scale_fn)

    def height(cycle, t):
        if scale_fn is None:
            return scale(cycle, t, gamma)
        return np.vectorize(scale_fn, otypes=[float])(cycle)

    def rate(t):
        cycle = np.floor(1 + t / (2 * half))
        distance = np.abs(t / half - 2 * cycle + 1)  # from the peak, in half cycles
        return low + (high - low) * np.maximum(0, 1 - distance) * height(cycle, t)

    return Schedule("cyclical", rate, r"\eta_0 + (\eta_1 - \eta_0) \, (1 - |t / T - 2c + 1|)")


def one_cycle(
    max_lr: float,
    total_steps: int,
    pct_start: float = 0.3,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
) -> Schedule:
    """Raise the learning rate once and lower it to almost zero, each along half a cosine.

    The arguments are as in PyTorch's `OneCycleLR`.

    Args:
        max_lr: the highest learning rate.
        total_steps: the number of steps of the training; later steps have the last learning rate.
        pct_start: fraction of the steps in which the learning rate rises.
        div_factor: `max_lr` divided by the first learning rate.
        final_div_factor: the first learning rate divided by the last one.

    Smith and Topin, 2018, as implemented by PyTorch.

    >>> one_cycle(0.5, total_steps=11, pct_start=0.5)([0, 4.5, 10]).round(3)
    array([0.02, 0.5 , 0.  ])
    """
    high = checks.positive("max_lr", max_lr)
    first = high / checks.number("div_factor", div_factor, 1)
    last = first / checks.number("final_div_factor", final_div_factor, 1)
    rate = _two_half_cosines(first, high, last, total_steps, pct_start)
    return Schedule("one_cycle", rate, r"\eta_0 \nearrow \eta_1 \searrow \eta_2")


def one_cycle_momentum(
    total_steps: int,
    pct_start: float = 0.3,
    base_momentum: float = 0.85,
    max_momentum: float = 0.95,
) -> Schedule:
    """Lower the momentum once and raise it again, each along half a cosine.

    The arguments are as in PyTorch's `OneCycleLR`.

    Args:
        total_steps: the number of steps of the training; later steps have the last momentum.
        pct_start: fraction of the steps in which the momentum falls, while the learning rate of
            `one_cycle` rises.
        base_momentum: the lowest momentum, at the highest learning rate.
        max_momentum: the momentum at the start and at the end, below 1.

    Smith, 2018, as implemented by PyTorch.

    >>> one_cycle_momentum(total_steps=11, pct_start=0.5)([0, 4.5, 10])
    array([0.95, 0.85, 0.95])
    """
    high = checks.number("max_momentum", max_momentum, 0, 1)
    low = checks.positive("base_momentum", base_momentum)
    if low > high:
        rule = "base_momentum must be at most max_momentum"
        raise ValueError(f"{rule}. Got {low:g} and {high:g} instead.")
    momentum = _two_half_cosines(high, low, high, total_steps, pct_start)
    return Schedule("one_cycle_momentum", momentum, r"\mu_1 \searrow \mu_0 \nearrow \mu_1")


def _two_half_cosines(first, middle, last, total_steps, pct_start):
    """Return a function of the step that goes from `first` to `middle` and on to `last`."""
    total_steps = checks.whole("total_steps", total_steps, 2)
    pct_start = checks.number("pct_start", pct_start, 0, 1)
    top = pct_start * total_steps - 1

    def value(t):
        before = np.clip((t - top) / (top if top > 0 else 1), -1, 0)
        after = np.clip((t - top) / (total_steps - 1 - top), 0, 1)
        start = first + (middle - first) * (1 + np.cos(np.pi * before)) / 2
        end = last + (middle - last) * (1 + np.cos(np.pi * after)) / 2
        return np.where(t < top, start, end)

    return value


def _factor(name, value):
    """Return a factor; raise ValueError unless it is above 0 and at most 1."""
    value = checks.positive(name, value)
    if value > 1:
        raise ValueError(f"{name} must be at most 1. Got {value:g} instead.")
    return value
