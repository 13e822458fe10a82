"""Keras callbacks, one class a file, and the search for a learning rate that one of them does."""

from mlcourse.callbacks.controls import Controls, Stopped
from mlcourse.callbacks.cyclic_lr import CyclicLR
from mlcourse.callbacks.learning_rate_finder import LearningRateFinder
from mlcourse.callbacks.learning_rate_search import find_learning_rate
from mlcourse.callbacks.one_cycle import OneCycle
from mlcourse.callbacks.scheduled_rate import ScheduledRate
from mlcourse.callbacks.training_plot import TrainingPlot
from mlcourse.callbacks.update_ratios import UpdateRatios

__all__ = [
    "Controls",
    "CyclicLR",
    "LearningRateFinder",
    "OneCycle",
    "ScheduledRate",
    "Stopped",
    "TrainingPlot",
    "UpdateRatios",
    "find_learning_rate",
]
