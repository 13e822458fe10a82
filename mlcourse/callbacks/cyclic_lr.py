"""The cyclical learning rate."""

from __future__ import annotations

from collections.abc import Callable

from mlcourse import schedules
from mlcourse.callbacks.scheduled_rate import ScheduledRate


class CyclicLR(ScheduledRate):
    """Lets the learning rate rise and fall between two values, batch by batch. Smith, 2017.

    Args:
        base_lr, max_lr: the rates in between.
        step_size: batches from one to the other, half a cycle, a whole number; Smith advises 2 to
            10 epochs.
        mode: "triangular" for cycles of one height, "triangular2" to halve it each time,
            "exp_range" to multiply it by `gamma` at each batch.
        gamma: see there; at most 1.
        scale_fn: a function of the cycle's number, from 1, in place of a mode.

    Attributes:
        history: see `ScheduledRate`.

    Raises:
        ValueError: for a setting that cannot be; at the start of a fit, if the optimizer has been
            built with a schedule.

    >>> rate = CyclicLR(0.001, 0.009, step_size=4)
    >>> rate.schedule([0, 2, 4, 8])
    array([0.001, 0.005, 0.009, 0.001])
    """

    def __init__(
        self,
        base_lr: float,
        max_lr: float,
        step_size: float,
        mode: str = "triangular",
        *,
        gamma: float = 0.999,
        scale_fn: Callable | None = None,
    ) -> None:
        super().__init__(schedules.cyclical(base_lr, max_lr, step_size, mode, gamma, scale_fn))
