"""Callbacks that set the learning rate and the momentum batch by batch."""

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
    """Keras callback that sets the learning rate of each batch by a schedule.

    A fit with `initial_epoch` continues the schedule, if Keras knows the number of batches per
    epoch. After the fit the optimizer has the last learning rate. In a model that is compiled with
    `steps_per_execution`, that many batches have the same learning rate.

    Args:
        schedule: a `mlcourse.optimizers.schedules.Schedule`, or another function of the index of
            the batch, counted from 0 over all epochs.

    Attributes:
        history: dict of lists with one value per batch of the latest fit: "iterations",
            "learning_rate", and the logs, which are means over the epoch so far.

    Example:
        >>> from mlcourse.optimizers import schedules
        >>> schedule = schedules.exponential_decay(0.1, decay_steps=500, decay_rate=0.5)
        >>> model.fit(x, y, callbacks=[ScheduledRate(schedule)])  # doctest: +SKIP
    """

    def __init__(self, schedule: Callable) -> None:
        super().__init__()
        if not callable(schedule):
            rule = "schedule must be a function of the batch's index"
            raise ValueError(f"{rule}. Got {schedule!r} instead.")
        self.schedule = schedule
        self._epoch_start = 0
        self._next_batch: int | None = None
        self.history: dict[str, list] = {}

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Start a new history; raise ValueError if the learning rate cannot be set."""
        check_settable(self.model, type(self).__name__)
        self.history = {"iterations": [], "learning_rate": []}
        self._epoch_start = 0
        self._next_batch = None

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Record the index of the first batch, including the batches of skipped epochs."""
        if self._next_batch is None:
            self._next_batch = epoch * (self.params.get("steps") or 0)
        self._epoch_start = self._next_batch

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Set the learning rate."""
        self.model.optimizer.learning_rate = float(self.schedule(self._epoch_start + batch))

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Add the batch to the history."""
        # with steps_per_execution, Keras may pass an index beyond the last batch
        done = min(batch + 1, self.params.get("steps") or batch + 1)
        self._next_batch = self._epoch_start + done
        values = {
            "iterations": self._next_batch - 1,
            "learning_rate": current_learning_rate(self.model),
            **(logs or {}),
        }
        for name, value in values.items():
            self.history.setdefault(name, []).append(value)


def check_settable(model, caller):
    """Raise ValueError unless the model has an optimizer whose learning rate can be set.

    Args:
        model: a Keras model.
        caller: name of the class or function that sets the learning rate, for the error.
    """
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        raise ValueError(f"{caller} needs a compiled model. Got {model!r} instead.")
    has_schedule = not isinstance(optimizer.learning_rate, keras.Variable)
    if has_schedule:
        config = _inner_optimizer(model).get_config()
        schedule = config.get("learning_rate")
        name = schedule.get("class_name") if isinstance(schedule, dict) else schedule
        rule = f"{caller} sets the learning rate, so the optimizer must be built with a number"
        raise ValueError(f"{rule}, not with a schedule. Got {name!r} instead.")


def current_learning_rate(model):
    """Return the learning rate of a model's optimizer as a float; NaN if it has none."""
    try:
        return float(model.optimizer.learning_rate)
    except (AttributeError, TypeError, ValueError):
        return np.nan


class CyclicLR(ScheduledRate):
    """Keras callback that varies the learning rate between two values, batch by batch.

    See Smith, 2017, "Cyclical Learning Rates for Training Neural Networks".

    Args:
        base_lr: lowest learning rate.
        max_lr: highest learning rate.
        step_size: batches from one to the other, half a cycle; an integer, or a float such as
            2000.0. Smith recommends 2 to 10 epochs.
        mode: "triangular" for cycles of equal height, "triangular2" to halve the height in each
            cycle, "exp_range" to multiply the height by `gamma` in each batch.
        gamma: factor of "exp_range", at most 1.
        scale_fn: function of the number of the cycle, from 1, that returns the factor of its
            height; it replaces `mode`.

    Attributes:
        history: see `ScheduledRate`.

    Raises:
        ValueError: if an argument is invalid; at the start of a fit, if the optimizer has a
            schedule.

    >>> callback = CyclicLR(0.001, 0.009, step_size=4)
    >>> callback.schedule([0, 2, 4, 8])
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


MOMENTUM_NAMES = (
    "momentum",  # SGD, RMSprop, Muon
    "beta_1",  # Adam and its variants
)


class ScheduledMomentum:
    """Momentum of an optimizer that changes from batch to batch during a fit.

    Keras's optimizers store their momentum as a number, which becomes a constant in a compiled
    train function. So for the fit the model gets another train function, which is compiled with a
    variable in place of the number. The optimizer has the variable only while this function runs:
    code that reads the optimizer, such as a callback that saves the model, finds the number. After
    the fit, also after an interrupt, the model has its earlier train function again.

    Args:
        model: a compiled Keras model whose fit has begun.
        name: name of the optimizer's attribute, as `momentum_name` returns it.
    """

    def __init__(self, model, name):
        self._model = model
        self._name = name
        self._fit = getattr(model, "history", None)
        self._optimizer = _inner_optimizer(model)
        value = float(getattr(self._optimizer, name))
        self._variable = _MomentumVariable(value, trainable=False, name="scheduled_momentum")
        self._original_train_function = model.train_function
        with self._replaced_number():
            model.make_train_function(force=True)
        self._train_function = model.train_function
        model.train_function = self._train

    def set(self, value):
        """Set the momentum of the next batches."""
        self._variable.assign(value)

    def end(self):
        """Restore the model's original train function."""
        self._model.train_function = self._original_train_function

    def _train(self, *arguments):
        """Run the train function with the variable as the momentum."""
        if self._model.history is not self._fit:  # this fit was interrupted, another one has begun
            self.end()
            self._model.make_train_function()
            return self._model.train_function(*arguments)
        with self._replaced_number():
            if keras.backend.backend() == "jax":
                return self._train_jax(*arguments)
            return self._train_function(*arguments)

    def _train_jax(self, state, iterator):
        """Run the train function of JAX, whose state also lists the optimizer's variables."""
        *others, optimizer_variables, metrics = state
        momentum = keras.ops.copy(self._variable.value)
        state = (*others, [*optimizer_variables, momentum], metrics)
        logs, (*others, optimizer_variables, metrics) = self._train_function(state, iterator)
        return logs, (*others, optimizer_variables[:-1], metrics)

    @contextlib.contextmanager
    def _replaced_number(self):
        """Replace the number by the variable, or on PyTorch, which is not compiled, its value."""
        number = getattr(self._optimizer, self._name)
        is_compiled = keras.backend.backend() != "torch"
        value = self._variable if is_compiled else float(self._variable)
        setattr(self._optimizer, self._name, value)
        try:
            yield
        finally:
            setattr(self._optimizer, self._name, number)
            untrack(self._optimizer, self._variable)


class _MomentumVariable(keras.Variable):
    """Variable that is always unequal to 0 and above 0, which optimizers check in Python."""

    def __ne__(self, other):
        return True

    def __gt__(self, other):
        return True


def momentum_name(model):
    """Return the name of the momentum of a model's optimizer; None if it has no momentum.

    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> for optimizer in ("sgd", "adam", keras.optimizers.SGD(momentum=0.9), "adagrad"):
    ...     model.compile(optimizer)
    ...     print(momentum_name(model))
    None
    beta_1
    momentum
    None
    """
    optimizer = _inner_optimizer(model)
    for name in MOMENTUM_NAMES:
        value = getattr(optimizer, name, None)
        if isinstance(value, Real) and value:
            return name
    return None


def _inner_optimizer(model):
    """Return a model's optimizer, without a `LossScaleOptimizer` around it."""
    return getattr(model.optimizer, "inner_optimizer", model.optimizer)


class OneCycle(ScheduledRate):
    """Keras callback for a one-cycle policy: the learning rate rises once, then falls to almost 0.

    The momentum changes in the opposite direction. See Smith, 2018, "A disciplined approach to
    neural network hyper-parameters"; the formula is that of PyTorch's `OneCycleLR`. The cycle has
    the length of the fit. After the fit the optimizer has the last learning rate, which is almost
    0, and its original momentum.

    The momentum is the optimizer's `momentum`, as in SGD and RMSprop, or else its `beta_1`, as in
    Adam. Only the learning rate changes if the optimizer has no momentum, such as Adagrad or SGD by
    default.

    Args:
        max_lr: highest learning rate.
        pct_start: fraction of the batches in which the learning rate rises.
        div_factor: `max_lr` divided by the initial learning rate, at least 1.
        final_div_factor: initial learning rate divided by the last one, at least 1.
        cycle_momentum: whether to change the momentum.
        base_momentum: momentum at the highest learning rate.
        max_momentum: momentum at the beginning and at the end.

    Attributes:
        history: see `ScheduledRate`; with "momentum" if it is changed.

    Raises:
        ValueError: if an argument is invalid; at the start of a fit, if the optimizer has a
            schedule, or the number of batches is unknown.

    Example:
        >>> model.fit(x, y, epochs=10, callbacks=[OneCycle(0.1)])  # doctest: +SKIP
    """

    def __init__(
        self,
        max_lr: float,
        *,
        pct_start: float = 0.3,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        cycle_momentum: bool = True,
        base_momentum: float = 0.85,
        max_momentum: float = 0.95,
    ) -> None:
        self._max_lr = max_lr
        self._pct_start = checks.number("pct_start", pct_start, 0, 1)
        self._div_factor = checks.number("div_factor", div_factor, 1)
        self._final_div_factor = checks.number("final_div_factor", final_div_factor, 1)
        self._cycle_momentum = checks.flag("cycle_momentum", cycle_momentum)
        self._base_momentum = base_momentum
        self._max_momentum = max_momentum
        self._momentum: ScheduledMomentum | None = None
        super().__init__(self._learning_rates(steps=2))
        self.momentum_schedule = self._momenta(steps=2)

    def _learning_rates(self, steps):
        """Return the schedule of the learning rate over a number of batches."""
        return schedules.one_cycle(
            self._max_lr, steps, self._pct_start, self._div_factor, self._final_div_factor
        )

    def _momenta(self, steps):
        """Return the schedule of the momentum over a number of batches."""
        return schedules.one_cycle_momentum(
            steps, self._pct_start, self._base_momentum, self._max_momentum
        )

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Set the length of the cycle to that of the fit."""
        super().on_train_begin(logs)
        steps_per_epoch = self.params.get("steps")
        if not steps_per_epoch:
            rule = "OneCycle needs the number of batches: call fit with steps_per_epoch"
            raise ValueError(f"{rule}. Got {steps_per_epoch} instead.")
        steps = max(2, self.params["epochs"] * steps_per_epoch)
        self.schedule = self._learning_rates(steps)
        name = momentum_name(self.model) if self._cycle_momentum else None
        self._momentum = None
        if name is not None:
            self.momentum_schedule = self._momenta(steps)
            self._momentum = ScheduledMomentum(self.model, name)
            self.history["momentum"] = []

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Set the learning rate and the momentum."""
        super().on_train_batch_begin(batch, logs)
        if self._momentum is not None:
            self._momentum_value = float(self.momentum_schedule(self._epoch_start + batch))
            self._momentum.set(self._momentum_value)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Add the batch to the history."""
        super().on_train_batch_end(batch, logs)
        if self._momentum is not None:
            self.history["momentum"].append(self._momentum_value)

    def on_train_end(self, logs: dict | None = None) -> None:
        """Restore the optimizer's original momentum."""
        if self._momentum is not None:
            self._momentum.end()
            self._momentum = None
