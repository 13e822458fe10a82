"""A learning rate that follows a schedule, batch by batch."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np


class ScheduledRate(keras.callbacks.Callback):
    """Sets the learning rate of each batch to what a schedule says.

    A fit that goes on with `initial_epoch` goes on in the schedule, if Keras knows how many batches
    an epoch has. After the fit the optimizer keeps the last rate. Where the model is compiled
    with `steps_per_execution`, that many batches share a rate.

    Args:
        schedule: a `mlcourse.schedules.Schedule`, or another function of the batch's number,
            counted from 0.

    Attributes:
        history: of the latest fit, a dict of lists with a value a batch: "iterations",
            "learning_rate", and the logs, which are means over the epoch so far.

    Example:
        >>> from mlcourse import schedules
        >>> rate = ScheduledRate(schedules.cosine_restarts(0.1, first_steps=500))
        >>> model.fit(x, y, callbacks=[rate])  # doctest: +SKIP
    """

    def __init__(self, schedule: Callable) -> None:
        super().__init__()
        if not callable(schedule):
            rule = "schedule must be a function of the batch's number"
            raise ValueError(f"{rule}. Got {schedule!r} instead.")
        self.schedule = schedule
        self._epoch_start = 0
        self._next: int | None = None
        self.history: dict[str, list] = {}

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Starts a new history; refuses an optimizer whose rate cannot be set."""
        check_settable(self.model, type(self).__name__)
        self.history = {"iterations": [], "learning_rate": []}
        self._epoch_start, self._next = 0, None

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Notes how many batches came before this epoch, those of epochs skipped included."""
        if self._next is None:
            self._next = epoch * (self.params.get("steps") or 0)
        self._epoch_start = self._next

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Sets the rate."""
        self.model.optimizer.learning_rate = float(self.schedule(self._epoch_start + batch))

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Adds the batch to the history."""
        # with steps_per_execution the last batch may be said to be one that there is not
        done = min(batch + 1, self.params.get("steps") or batch + 1)
        self._next = self._epoch_start + done
        rate = rate_of(self.model)
        values = {"iterations": self._next - 1, "learning_rate": rate, **(logs or {})}
        for name, value in values.items():
            self.history.setdefault(name, []).append(value)


def check_settable(model, who):
    """Raises unless the model has an optimizer whose learning rate can be set."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        raise ValueError(f"{who} needs a model that is compiled. Got {model!r} instead.")
    if not isinstance(optimizer.learning_rate, keras.Variable):  # which a schedule's is not
        config = getattr(optimizer, "inner_optimizer", optimizer).get_config()
        rate = config.get("learning_rate")
        name = rate.get("class_name") if isinstance(rate, dict) else rate
        rule = f"{who} sets the learning rate, so the optimizer must be built with a number"
        raise ValueError(f"{rule}, not with a schedule. Got {name!r} instead.")


def rate_of(model):
    """Returns the rate of a model's optimizer now, as a float; NaN where there is none."""
    try:
        return float(model.optimizer.learning_rate)
    except (AttributeError, TypeError, ValueError):
        return np.nan
