"""The optimizers of the course by name, with the settings that suit Beale's surface."""

from collections.abc import Iterable, Mapping
from typing import Any

from mlcourse._core import checks
from mlcourse.optimizers import keras_engine, rules, schedules
from mlcourse.optimizers.rules import Optimizer

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
"""The eleven of the course."""

LATER = {"nadam": rules.nadam(0.2), "adamw": rules.adamw(0.2), "lion": rules.lion(0.05)}
"""Three that came later, with settings for the same surface."""

opt_names = list(COURSE)
"""The names of the eleven."""


def find(optimizer: object, engine: str = "numpy", **settings: Any) -> Optimizer:
    """Returns the `Optimizer` that is meant.

    Args:
        optimizer: an `Optimizer` or a `keras.optimizers.Optimizer` as they are, or a name: without
            settings one of `COURSE` or `LATER`, with settings one of `RULES`.
        engine: "numpy", or "keras" for the optimizer that Keras has under the name.
        settings: `learning_rate`, and others that the rule has.

    Raises:
        ValueError: for a name or a setting that is not known, listing those that are.

    >>> find("adam").learning_rate, find("adam", learning_rate=0.1).learning_rate
    (0.2, 0.1)
    """
    checks.choice("engine", engine, ("numpy", "keras"))
    if not isinstance(optimizer, str):
        if settings:
            raise ValueError(f"settings go with a name. Got {optimizer!r} and {settings} instead.")
        return optimizer if isinstance(optimizer, Optimizer) else keras_engine.adapt(optimizer)
    if engine == "keras":
        return keras_engine.adapt(keras_engine.by_name(optimizer, settings))
    if settings:
        rule = rules.RULES[checks.choice("an optimizer with settings", optimizer, rules.RULES)]
        if "learning_rate" not in settings:
            raise ValueError(f"{rule.name} needs a learning_rate. Got {settings} instead.")
        return rule(**settings)
    known = COURSE | LATER
    return known[checks.choice("optimizer", optimizer, known)]


def find_all(optimizers: object) -> dict[str, Optimizer]:
    """Returns a dict from labels to an `Optimizer` each.

    Args:
        optimizers: one that `find` takes, a list of them, or a mapping from labels to them.

    Example:
        >>> find_all(["sgd", "adam"])
        {'sgd': sgd(0.01), 'adam': adam(0.2, epsilon=1e-08)}
    """
    if isinstance(optimizers, str) or not isinstance(optimizers, Iterable):
        optimizers = [optimizers]
    if not isinstance(optimizers, Mapping):
        optimizers = list(optimizers)
        labels = [one if isinstance(one, str) else repr(find(one)) for one in optimizers]
        optimizers = dict(zip(_distinct(labels), optimizers, strict=True))
    checks.integer("the number of optimizers", len(optimizers), 1)
    return {label: find(optimizer) for label, optimizer in optimizers.items()}


def _distinct(labels):
    """Returns labels of which those that were there before are numbered."""
    times = [labels[:place].count(label) for place, label in enumerate(labels)]
    return [
        f"{label} ({before + 1})" if before else label
        for label, before in zip(labels, times, strict=True)
    ]
