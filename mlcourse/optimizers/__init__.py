"""Optimizers as pairs of pure functions, and their descents of a surface.

`COURSE` holds the course's eleven by name, `RULES` what they are made of: `rules.py` is the file to
read first. `descend` lets one of them descend; `arrivals`, `rates_against_starts` and `noisy_paths`
let thousands do so at once.
"""

from mlcourse.optimizers.anatomy import MomentumStep, momentum_step
from mlcourse.optimizers.course import COURSE, LATER, find, find_all, opt_names
from mlcourse.optimizers.descent import descend, diverged_at, kept_path, walk
from mlcourse.optimizers.rule import Optimizer, Rule
from mlcourse.optimizers.rules import (
    RULES,
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
from mlcourse.optimizers.sweeps import Arrivals, arrivals, noisy_paths, rates_against_starts

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
    "diverged_at",
    "find",
    "find_all",
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
    "sgd",
    "walk",
]
