"""Keras optimizers as (init, update) pairs. Keras is imported only when one of them is used."""

import functools
import inspect
import json

import numpy as np

from mlcourse._core import checks
from mlcourse.optimizers.rules import Optimizer
from mlcourse.optimizers.schedules import Schedule


def adapt(optimizer):
    """Convert a `keras.optimizers.Optimizer` to an `Optimizer`.

    Each descent uses a new copy, made from the configuration. The copy uses its own learning rate
    or schedule and ignores the `eta` that `update` receives.

    Raises:
        ValueError: if this is not a Keras optimizer, it cannot be rebuilt from its configuration,
            or its learning rate is not positive.
    """
    attributes = "apply", "get_config", "learning_rate"
    if isinstance(optimizer, type) or not all(hasattr(optimizer, name) for name in attributes):
        rule = "optimizer must be a name, an Optimizer, or an optimizer of Keras"
        raise ValueError(f"{rule}. Got {optimizer!r} instead.")
    config = optimizer.get_config()
    config.pop("name", None)  # Keras numbers the names
    if isinstance(config.get("learning_rate"), float):  # not a schedule
        checks.positive("learning_rate", config["learning_rate"])
    try:
        type(optimizer).from_config(dict(config))
        return _from_config(type(optimizer), json.dumps(config))
    except Exception as error:  # a user-defined schedule may raise any exception
        rule = "an optimizer of Keras must be one that from_config can rebuild"
        raise ValueError(f"{rule}. Got {optimizer!r} instead.") from error


@functools.lru_cache(maxsize=64)  # equal configurations give the same Optimizer
def _from_config(optimizer_class, config):
    import keras

    def init(w):
        optimizer = optimizer_class.from_config(json.loads(config))
        return optimizer, keras.Variable(w, dtype=str(w.dtype))

    def update(w, g, state, eta, t):
        optimizer, variable = state
        optimizer.apply([keras.ops.convert_to_tensor(g, variable.dtype)], [variable])
        return keras.ops.convert_to_numpy(variable.value).astype(w.dtype), state

    settings = json.loads(config)
    rate = settings.pop("learning_rate", "its own")
    rate_name = rate["class_name"] if isinstance(rate, dict) else str(rate)
    schedule = Schedule(rate_name, lambda t: np.full_like(t, np.nan), r"\eta_t")
    parameters = inspect.signature(optimizer_class).parameters
    defaults = {name: parameters[name].default for name in settings if name in parameters}
    name = f"keras {optimizer_class.__name__}"
    return Optimizer(name, schedule, init, update, settings, defaults)


def by_name(name, settings):
    """Return the Keras optimizer of that name, case-insensitive, with these settings."""
    import keras

    classes = {
        known.__name__: known
        for known in vars(keras.optimizers).values()
        if _has_learning_rate(known)
    }
    by_lower_name = {known.lower(): known for known in classes}
    class_name = checks.choice("optimizer", by_lower_name.get(name.lower(), name), classes)
    optimizer_class = classes[class_name]
    for setting in settings:
        parameters = inspect.signature(optimizer_class).parameters
        checks.choice(f"a setting of {class_name}", setting, parameters)
    return optimizer_class(**settings)


def _has_learning_rate(value):
    """Return whether a value is an optimizer class that does not wrap another optimizer."""
    return isinstance(value, type) and "learning_rate" in inspect.signature(value).parameters
