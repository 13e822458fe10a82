"""The one-cycle learning rate and momentum."""

from __future__ import annotations

from mlcourse import checks, schedules
from mlcourse.callbacks.scheduled_momentum import ScheduledMomentum, momentum_name
from mlcourse.callbacks.scheduled_rate import ScheduledRate


class OneCycle(ScheduledRate):
    """Raise the learning rate once and lower it to almost 0, and the momentum the other way round.

    Smith, 2018, in the form of PyTorch's `OneCycleLR`. The cycle is as long as the fit, whose
    epochs and batches it asks for. After the fit the optimizer keeps the last rate, which is almost
    0, and has the momentum that it had before. The momentum is `momentum` of SGD, RMSprop and
    others, or else `beta_1`, as Adam has it; an optimizer without one, such as SGD by default or
    Adagrad, is trained without.

    Args:
        max_lr: the rate at the top.
        warm_up: the share of the batches in which the rate rises.
        start: how many times lower than the top it starts.
        end: how many times lower than the start it ends.
        cycle_momentum: whether to change the momentum, too; False leaves that of the optimizer.
        base_momentum: the momentum at the top of the rate.
        max_momentum: the momentum at the start and at the end.

    Attributes:
        history: see `ScheduledRate`; with "momentum" if it is changed.

    Raises:
        ValueError: for a setting that cannot be; at the start of a fit, if the optimizer has been
            built with a schedule, or the number of batches is not known.

    Example:
        >>> model.fit(x, y, epochs=10, callbacks=[OneCycle(0.1)])  # doctest: +SKIP
    """

    def __init__(
        self,
        max_lr: float,
        *,
        warm_up: float = 0.3,
        start: float = 25.0,
        end: float = 1e4,
        cycle_momentum: bool = True,
        base_momentum: float = 0.85,
        max_momentum: float = 0.95,
    ) -> None:
        self._settings = {"max_lr": max_lr, "warm_up": warm_up, "start": start, "end": end}
        self._cycles_momentum = checks.flag("cycle_momentum", cycle_momentum)
        self._range = {"base_momentum": base_momentum, "max_momentum": max_momentum}
        self._momentum: ScheduledMomentum | None = None
        super().__init__(schedules.one_cycle(steps=2, **self._settings))  # checks the settings
        self.momentum_schedule = schedules.one_cycle_momentum(2, **self._range)

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Make the cycle as long as the fit."""
        super().on_train_begin(logs)
        batches = self.params.get("steps")
        if not batches:
            rule = "OneCycle must know the number of batches: give fit a steps_per_epoch"
            raise ValueError(f"{rule}. Got {batches} instead.")
        steps = max(2, self.params["epochs"] * batches)
        self.schedule = schedules.one_cycle(steps=steps, **self._settings)
        name = momentum_name(self.model) if self._cycles_momentum else None
        self._momentum = None
        if name is not None:
            warm_up = self._settings["warm_up"]
            self.momentum_schedule = schedules.one_cycle_momentum(steps, warm_up, **self._range)
            self._momentum = ScheduledMomentum(self.model, name)
            self.history["momentum"] = []

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Set the rate and the momentum."""
        super().on_train_batch_begin(batch, logs)
        if self._momentum is not None:
            self._value = float(self.momentum_schedule(self._epoch_start + batch))
            self._momentum.set(self._value)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Add the batch to the history."""
        super().on_train_batch_end(batch, logs)
        if self._momentum is not None:
            self.history["momentum"].append(self._value)

    def on_train_end(self, logs: dict | None = None) -> None:
        """Leave the optimizer with its own momentum."""
        if self._momentum is not None:
            self._momentum.end()
            self._momentum = None
