"""The optimizers of the course by name, with settings for Beale's surface, and those of Keras."""

import functools
import inspect
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from mlcourse._core import checks
from mlcourse.optimizers import rules, schedules
from mlcourse.optimizers.rules import Optimizer
from mlcourse.optimizers.schedules import Schedule

MAX_OPTIMIZERS = 20
COURSE = {
    "sgd": rules.sgd(0.01),
    "sgd_decay": rules.sgd(schedules.exponential_decay(0.02, decay_steps=100, decay_rate=0.96)),
    "sgd_cyclic": rules.sgd(schedules.cyclical(0.005, 0.02, step_size=10)),
    "momentum": rules.momentum(0.005, momentum=0.9),
    "nesterov": rules.nesterov(0.005, momentum=0.9),
    "adagrad": rules.adagrad(0.4),
    "adadelta": rules.adadelta(1.0),
    "rmsprop": rules.rmsprop(0.1),
    "rmsprop_mom": rules.rmsprop(0.1, momentum=0.9),
    "adam": rules.adam(0.2, beta_1=0.9, beta_2=0.999, epsilon=1e-8),
    "adamax": rules.adamax(0.5),
}
"""The eleven optimizers of the course."""

LATER = {"nadam": rules.nadam(0.2), "adamw": rules.adamw(0.2), "lion": rules.lion(0.05)}
"""Three newer optimizers, with settings for the same surface."""

opt_names = list(COURSE)
"""The names of the eleven optimizers of the course."""


def find(optimizer: object, engine: str = "numpy", **settings: Any) -> Optimizer:
    """Return an `Optimizer` by name, or convert an optimizer of Keras.

    Args:
        optimizer: an `Optimizer`, which is returned unchanged, a `keras.optimizers.Optimizer`, or
            a name: in `COURSE` or `LATER` without settings, in `RULES` with settings.
        engine: "numpy", or "keras" for the Keras optimizer of that name.
        settings: `learning_rate`, and other settings of the update rule.

    Raises:
        ValueError: if a name or a setting is unknown. The message lists the valid ones.

    >>> find("adam").learning_rate, find("adam", learning_rate=0.1).learning_rate
    (0.2, 0.1)
    """
    checks.choice("engine", engine, ("numpy", "keras"))
    if not isinstance(optimizer, str):
        if settings:
            rule = "settings must come with the name of an optimizer"
            raise ValueError(f"{rule}. Got {optimizer!r} and {settings} instead.")
        return optimizer if isinstance(optimizer, Optimizer) else _adapt(optimizer)
    if engine == "keras":
        return _adapt(_keras_optimizer(optimizer, settings))
    if settings:
        rule = rules.RULES[checks.choice("an optimizer with settings", optimizer, rules.RULES)]
        if "learning_rate" not in settings:
            raise ValueError(f"{rule.name} needs a learning_rate. Got {settings} instead.")
        return rule(**settings)
    presets = COURSE | LATER
    return presets[checks.choice("optimizer", optimizer, presets)]


def find_all(optimizers: object) -> dict[str, Optimizer]:
    """Return a dict from labels to optimizers.

    Args:
        optimizers: an optimizer or a name as in `find`, a list of them, or a mapping from labels
            to them, at most 20.

    Example:
        >>> find_all(["sgd", "adam"])
        {'sgd': sgd(0.01), 'adam': adam(0.2, epsilon=1e-08)}
    """
    if isinstance(optimizers, str) or not np.iterable(optimizers):
        optimizers = [optimizers]
    if not isinstance(optimizers, Mapping):
        optimizers = list(optimizers)
        labels = [
            optimizer if isinstance(optimizer, str) else repr(find(optimizer))
            for optimizer in optimizers
        ]
        optimizers = dict(zip(_numbered(labels), optimizers, strict=True))
    checks.integer("the number of optimizers", len(optimizers), 1, limit=MAX_OPTIMIZERS)
    return {label: find(optimizer) for label, optimizer in optimizers.items()}


def _numbered(labels):
    """Return labels, with "(2)", "(3)" ... after repeated ones."""
    numbered = []
    for position, label in enumerate(labels):
        n_before = labels[:position].count(label)
        numbered.append(f"{label} ({n_before + 1})" if n_before else label)
    return numbered


def _adapt(optimizer):
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


def _keras_optimizer(name, settings):
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
