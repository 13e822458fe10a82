"""Keras's own optimizers as (init, update) pairs: the one place below that knows Keras.

It is imported when it is asked for, so that whoever stays with NumPy never waits for it.
"""

import functools
import json

import numpy as np

from mlcourse import checks
from mlcourse.optimizers.rule import Optimizer
from mlcourse.schedules import Schedule


def adapt(optimizer):
    """Returns a `keras.optimizers.Optimizer` as an `Optimizer` of ours.

    Each descent gets a fresh copy, made of its settings. Keras computes in float32, whatever the
    points are; the rate is the optimizer's own, be it a number or a schedule.

    Raises:
        ValueError: if it is not an optimizer of Keras, or its rate is not positive.
    """
    parts = "apply", "get_config", "learning_rate"
    if isinstance(optimizer, type) or not all(hasattr(optimizer, part) for part in parts):
        rule = "optimizer must be a name, an Optimizer, or an optimizer of Keras"
        raise ValueError(f"{rule}. Got {optimizer!r} instead.")
    config = optimizer.get_config()
    config.pop("name", None)  # Keras numbers them
    if isinstance(config["learning_rate"], float):  # else it is a schedule
        checks.positive("learning_rate", config["learning_rate"])
    return _adapted(type(optimizer), json.dumps(config))


@functools.lru_cache(maxsize=64)  # so that the same settings are the same Optimizer
def _adapted(kind, config):
    import keras

    def fresh():
        return kind.from_config(json.loads(config))

    def init(w):
        return fresh(), keras.Variable(w, dtype=str(w.dtype))

    def update(w, g, state, eta, t):
        optimizer, variable = state
        optimizer.apply([keras.ops.convert_to_tensor(g, variable.dtype)], [variable])
        return keras.ops.convert_to_numpy(variable.value).astype(w.dtype), state

    def rates(t):
        rate = fresh()._learning_rate
        return np.array([float(rate(i)) if callable(rate) else float(rate) for i in t.flat])

    return Optimizer(f"keras {kind.__name__}", Schedule("its own", rates, r"\eta_t"), init, update)


def by_name(name, settings):
    """Returns the optimizer that Keras has under a name, whatever its case, with these settings."""
    import keras

    base = keras.optimizers.Optimizer
    classes = {key: value for key, value in vars(keras.optimizers).items() if _is_kind(value, base)}
    lower = {key.lower(): key for key in classes}
    return classes[checks.choice("optimizer", lower.get(name.lower(), name), classes)](**settings)


def _is_kind(value, base):
    return isinstance(value, type) and issubclass(value, base) and value is not base
