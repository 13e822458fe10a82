"""Learning rates and momentum by batch: any schedule, cyclical rates, one cycle."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from numbers import Real

import keras
import numpy as np

from mlcourse._core import checks
from mlcourse._core.private_names import untrack
from mlcourse.optimizers import schedules


class ScheduledRate(keras.callbacks.Callback):
    """Sets the learning rate of each batch to what a schedule says.

    A fit that goes on with `initial_epoch` goes on in the schedule, if Keras knows how many batches
    an epoch has. After the fit the optimizer keeps the last rate. Where the model is compiled
    with `steps_per_execution`, that many batches share a rate.

    Args:
        schedule: a `mlcourse.optimizers.schedules.Schedule`, or another function of the
            number of the batch, from 0.

    Attributes:
        history: of the latest fit, a dict of lists with a value a batch: "iterations",
            "learning_rate", and the logs, which are means over the epoch so far.

    Example:
        >>> from mlcourse.optimizers import schedules
        >>> rate = ScheduledRate(schedules.cosine_restarts(0.1, first_decay_steps=500))
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


class CyclicLR(ScheduledRate):
    """Lets the learning rate rise and fall between two values, batch by batch. Smith, 2017.

    Args:
        base_lr, max_lr: the rates in between.
        step_size: batches from one to the other, half a cycle, a whole number, also as a float;
            Smith advises 2 to 10 epochs.
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


NAMES = "momentum", "beta_1"  # that of SGD, RMSprop and Muon; that of Adam and its kind


class ScheduledMomentum:
    """Let a fit take the momentum of its optimizer from a variable.

    Keras's optimizers hold their momentum as a number, and a compiled train function would keep the
    one that it was compiled with. So for the fit the model has a train function of its own, and
    while that runs, the optimizer has a variable in place of the number. Whatever else looks at
    the optimizer, such as a callback that saves the model, finds the number. A later fit has the
    earlier train function again, also after an interrupt.

    Args:
        model: a compiled Keras model, whose fit has begun.
        name: the optimizer's attribute, as `momentum_name` finds it.
    """

    def __init__(self, model, name):
        self._model, self._name, self._fit = model, name, getattr(model, "history", None)
        self._optimizer = _inner(model)
        value = float(getattr(self._optimizer, name))
        self._variable = _Momentum(value, trainable=False, name="scheduled_momentum")
        self._earlier = model.train_function
        with self._in_place():
            model.make_train_function(force=True)
        self._own, model.train_function = model.train_function, self._train

    def set(self, value):
        """Set the momentum of the batches to come."""
        self._variable.assign(value)

    def end(self):
        """Give the model its earlier train function back."""
        self._model.train_function = self._earlier

    def _train(self, *arguments):
        """Make the steps of a call of the train function."""
        if self._model.history is not self._fit:  # this fit was interrupted, another one has begun
            self.end()
            self._model.make_train_function()
            return self._model.train_function(*arguments)
        with self._in_place():
            if keras.backend.backend() != "jax":
                return self._own(*arguments)
            (*before, optimizer, metrics), iterator = arguments
            optimizer = [*optimizer, keras.ops.copy(self._variable.value)]
            logs, (*before, optimizer, metrics) = self._own((*before, optimizer, metrics), iterator)
            return logs, (*before, optimizer[:-1], metrics)

    @contextlib.contextmanager
    def _in_place(self):
        """Put the variable in place of the optimizer's number, and among its variables."""
        number, compiles = getattr(self._optimizer, self._name), keras.backend.backend() != "torch"
        setattr(self._optimizer, self._name, self._variable if compiles else float(self._variable))
        try:
            yield
        finally:
            setattr(self._optimizer, self._name, number)
            untrack(self._optimizer, self._variable)


class _Momentum(keras.Variable):
    """A momentum that is not 0, as an optimizer asks in Python before it makes a step."""

    def __ne__(self, other):
        return True

    def __gt__(self, other):
        return True


def momentum_name(model):
    """Return the name of the momentum of a model's optimizer; None if it makes steps without one.

    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> for optimizer in ("sgd", "adam", keras.optimizers.SGD(momentum=0.9), "adagrad"):
    ...     model.compile(optimizer)
    ...     print(momentum_name(model))
    None
    beta_1
    momentum
    None
    """
    values = {name: getattr(_inner(model), name, None) for name in NAMES}
    return next((name for name, value in values.items() if isinstance(value, Real) and value), None)


def _inner(model):
    """Return a model's optimizer, without the one around it that scales the loss."""
    return getattr(model.optimizer, "inner_optimizer", model.optimizer)


pass


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
        self._settings = {
            "max_lr": max_lr,
            "pct_start": warm_up,
            "div_factor": start,
            "final_div_factor": end,
        }
        self._cycles_momentum = checks.flag("cycle_momentum", cycle_momentum)
        self._range = {"base_momentum": base_momentum, "max_momentum": max_momentum}
        self._momentum: ScheduledMomentum | None = None
        super().__init__(
            schedules.one_cycle(total_steps=2, **self._settings)
        )  # checks the settings
        self.momentum_schedule = schedules.one_cycle_momentum(2, **self._range)

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Make the cycle as long as the fit."""
        super().on_train_begin(logs)
        batches = self.params.get("steps")
        if not batches:
            rule = "OneCycle must know the number of batches: give fit a steps_per_epoch"
            raise ValueError(f"{rule}. Got {batches} instead.")
        steps = max(2, self.params["epochs"] * batches)
        self.schedule = schedules.one_cycle(total_steps=steps, **self._settings)
        name = momentum_name(self.model) if self._cycles_momentum else None
        self._momentum = None
        if name is not None:
            pct_start = self._settings["pct_start"]
            self.momentum_schedule = schedules.one_cycle_momentum(steps, pct_start, **self._range)
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
