"""Keras's own optimizers as (init, update) pairs: the one place below that knows Keras.

It is imported when it is asked for, so that whoever stays with NumPy never waits for it.
"""

import functools
import inspect
import json

import numpy as np

from mlcourse._core import checks
from mlcourse.optimizers.rules import Optimizer
from mlcourse.optimizers.schedules import Schedule


def adapt(optimizer):
    """Returns a `keras.optimizers.Optimizer` as an `Optimizer` of ours.

    Each descent gets a fresh copy, made of its settings. The rate is its own, be it a number or a
    schedule; the one that `update` is given is passed over.

    Raises:
        ValueError: if it is not an optimizer of Keras, cannot be made again from its settings, or
            its rate is not positive.
    """
    parts = "apply", "get_config", "learning_rate"
    if isinstance(optimizer, type) or not all(hasattr(optimizer, part) for part in parts):
        rule = "optimizer must be a name, an Optimizer, or an optimizer of Keras"
        raise ValueError(f"{rule}. Got {optimizer!r} instead.")
    config = optimizer.get_config()
    config.pop("name", None)  # Keras numbers them
    if isinstance(config.get("learning_rate"), float):  # else it is a schedule
        checks.positive("learning_rate", config["learning_rate"])
    try:
        type(optimizer).from_config(dict(config))
        return _adapted(type(optimizer), json.dumps(config))
    except Exception as error:  # of many kinds, as a schedule of one's own may fail in its own way
        rule = "an optimizer of Keras must be one that can be made again from its settings"
        raise ValueError(f"{rule}. Got {optimizer!r} instead.") from error


@functools.lru_cache(maxsize=64)  # so that the same settings are the same Optimizer
def _adapted(kind, config):
    import keras

    def init(w):
        fresh = kind.from_config(json.loads(config))
        return fresh, keras.Variable(w, dtype=str(w.dtype))

    def update(w, g, state, eta, t):
        optimizer, variable = state
        optimizer.apply([keras.ops.convert_to_tensor(g, variable.dtype)], [variable])
        return keras.ops.convert_to_numpy(variable.value).astype(w.dtype), state

    settings = json.loads(config)
    rate = settings.pop("learning_rate", "its own")
    rate = rate["class_name"] if isinstance(rate, dict) else str(rate)
    unknown = Schedule(rate, lambda t: np.full_like(t, np.nan), r"\eta_t")
    parameters = inspect.signature(kind).parameters
    usual = {name: parameters[name].default for name in settings if name in parameters}
    return Optimizer(f"keras {kind.__name__}", unknown, init, update, settings, usual)


def by_name(name, settings):
    """Returns the optimizer that Keras has under a name, whatever its case, with these settings."""
    import keras

    kinds = {kind.__name__: kind for kind in vars(keras.optimizers).values() if _has_rate(kind)}
    lower = {known.lower(): known for known in kinds}
    kind = kinds[checks.choice("optimizer", lower.get(name.lower(), name), kinds)]
    for setting in settings:
        checks.choice(f"a setting of {kind.__name__}", setting, inspect.signature(kind).parameters)
    return kind(**settings)


def _has_rate(kind):
    """Whether it is an optimizer by itself, not one that wraps another."""
    return isinstance(kind, type) and "learning_rate" in inspect.signature(kind).parameters
