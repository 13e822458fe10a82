"""The one-cycle learning rate."""

from __future__ import annotations

from mlcourse import schedules
from mlcourse.callbacks.scheduled_rate import ScheduledRate


class OneCycle(ScheduledRate):
    """Lets the learning rate rise once, and fall to almost nothing by the end of the fit.

    Smith and Topin, 2018. The cycle is as long as the fit, whose epochs and batches it asks for.
    After the fit the optimizer keeps the last rate, which is next to nothing.

    Args:
        max_lr: the rate at the top.
        warm_up: the share of the batches in which the rate rises.
        start: how many times lower than the top it starts.
        end: how many times lower than the start it ends.

    Attributes:
        history: see `ScheduledRate`.

    Raises:
        ValueError: for a setting that cannot be; at the start of a fit, if the optimizer has been
            built with a schedule, or the number of batches is not known.

    Example:
        >>> model.fit(x, y, epochs=10, callbacks=[OneCycle(0.1)])  # doctest: +SKIP
    """

    def __init__(
        self, max_lr: float, *, warm_up: float = 0.3, start: float = 25.0, end: float = 1e4
    ) -> None:
        self._settings = {"max_lr": max_lr, "warm_up": warm_up, "start": start, "end": end}
        super().__init__(schedules.one_cycle(steps=2, **self._settings))  # checks the settings

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Makes the cycle as long as the fit."""
        super().on_train_begin(logs)
        batches = self.params.get("steps")
        if not batches:
            rule = "OneCycle must know the number of batches: give fit a steps_per_epoch"
            raise ValueError(f"{rule}. Got {batches} instead.")
        steps = max(2, self.params["epochs"] * batches)
        self.schedule = schedules.one_cycle(steps=steps, **self._settings)
