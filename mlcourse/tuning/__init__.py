"""Experiments: one change at a time, or a search over many settings, on one machine or on many."""

from mlcourse.tuning.ablation import Experiments, Fit, experiment_table
from mlcourse.tuning.classifier import KerasClassifier as KerasClassifier  # in old notebooks
from mlcourse.tuning.classifier import classifier
from mlcourse.tuning.search import Search, search
from mlcourse.tuning.search_file import SearchBusy
from mlcourse.tuning.spaces import cnn_space, course_space, mlp_space
from mlcourse.tuning.trials import Trial, Trials

__all__ = [
    "Experiments",
    "Fit",
    "Search",
    "SearchBusy",
    "Trial",
    "Trials",
    "classifier",
    "cnn_space",
    "course_space",
    "experiment_table",
    "mlp_space",
    "search",
]
