"""Keras callbacks, one class per file, and `find_learning_rate`, which uses one of them."""

from mlcourse.callbacks.controls import Controls, Stopped
from mlcourse.callbacks.learning_rate_finder import (
    LearningRateFinder,
    LearningRateFinderResult,
    LearningRateSweep,
)
from mlcourse.callbacks.learning_rate_search import find_learning_rate
from mlcourse.callbacks.schedules import CyclicLR, OneCycle, ScheduledRate
from mlcourse.callbacks.training_plot import TrainingPlot
from mlcourse.callbacks.update_ratios import UpdateRatios

__all__ = [
    "Controls",
    "CyclicLR",
    "LearningRateFinder",
    "LearningRateFinderResult",
    "LearningRateSweep",
    "OneCycle",
    "ScheduledRate",
    "Stopped",
    "TrainingPlot",
    "UpdateRatios",
    "find_learning_rate",
]
