"""Optimizers as pairs of pure functions, test functions to minimize, and schedules.

`COURSE` has the eleven optimizers of the course by name, `RULES` the update rules; read `rules.py`
first. `descend` returns the path of one optimizer. `convergence`, `convergence_map` and
`noisy_paths` compute thousands of descents at once.
"""

from mlcourse.optimizers import schedules, surfaces
from mlcourse.optimizers.descent import (
    Convergence,
    cached_path,
    convergence,
    convergence_map,
    descend,
    first_nonfinite,
    iterate,
    noisy_paths,
)
from mlcourse.optimizers.momentum_step import MomentumStep, momentum_step
from mlcourse.optimizers.presets import COURSE, LATER, find, find_all, opt_names
from mlcourse.optimizers.rules import (
    RULES,
    Optimizer,
    Rule,
    adadelta,
    adagrad,
    adam,
    adamax,
    adamw,
    lion,
    momentum,
    nadam,
    nesterov,
    rmsprop,
    sgd,
)

__all__ = [
    "COURSE",
    "LATER",
    "RULES",
    "Convergence",
    "MomentumStep",
    "Optimizer",
    "Rule",
    "adadelta",
    "adagrad",
    "adam",
    "adamax",
    "adamw",
    "cached_path",
    "convergence",
    "convergence_map",
    "descend",
    "find",
    "find_all",
    "first_nonfinite",
    "iterate",
    "lion",
    "momentum",
    "momentum_step",
    "nadam",
    "nesterov",
    "noisy_paths",
    "opt_names",
    "rmsprop",
    "schedules",
    "sgd",
    "surfaces",
]
