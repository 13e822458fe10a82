"""Optimizers as pairs of pure functions, and their descents of a surface.

`COURSE` holds the course's eleven by name, `RULES` what they are made of: `rules.py` is the file to
read first. `descend` lets one of them descend; `arrivals`, `rates_against_starts` and `noisy_paths`
let thousands do so at once.
"""

from mlcourse.optimizers import schedules, surfaces
from mlcourse.optimizers.descent import (
    Arrivals,
    arrivals,
    descend,
    first_nonfinite,
    iterate,
    kept_path,
    noisy_paths,
    rates_against_starts,
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
    "Arrivals",
    "MomentumStep",
    "Optimizer",
    "Rule",
    "adadelta",
    "adagrad",
    "adam",
    "adamax",
    "adamw",
    "arrivals",
    "descend",
    "find",
    "find_all",
    "first_nonfinite",
    "iterate",
    "kept_path",
    "lion",
    "momentum",
    "momentum_step",
    "nadam",
    "nesterov",
    "noisy_paths",
    "opt_names",
    "rates_against_starts",
    "rmsprop",
    "schedules",
    "sgd",
    "surfaces",
]
