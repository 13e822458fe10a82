"""The optimizers of the course by name, with settings for Beale's surface."""

from collections.abc import Iterable, Mapping
from typing import Any

from mlcourse._core import checks
from mlcourse.optimizers import keras_engine, rules, schedules
from mlcourse.optimizers.rules import Optimizer

MAX_OPTIMIZERS = 50
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
        return optimizer if isinstance(optimizer, Optimizer) else keras_engine.adapt(optimizer)
    if engine == "keras":
        return keras_engine.adapt(keras_engine.by_name(optimizer, settings))
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
            to them, at most 50.

    Example:
        >>> find_all(["sgd", "adam"])
        {'sgd': sgd(0.01), 'adam': adam(0.2, epsilon=1e-08)}
    """
    if isinstance(optimizers, str) or not isinstance(optimizers, Iterable):
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
