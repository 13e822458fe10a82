"""The momentum of an optimizer, which changes from batch to batch."""

from __future__ import annotations

import contextlib
from numbers import Real

import keras

from mlcourse.private_names import untrack

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
