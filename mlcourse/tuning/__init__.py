"""Experiments: one change at a time, or a search over many settings, on one machine or on many."""

from mlcourse.search_file import SearchBusy
from mlcourse.tuning.classifier import KerasClassifier as KerasClassifier  # in old notebooks
from mlcourse.tuning.classifier import classifier
from mlcourse.tuning.search import Search, search
from mlcourse.tuning.spaces import cnn_space, course_space, mlp_space
from mlcourse.tuning.table import experiment_table

__all__ = [
    "Search",
    "SearchBusy",
    "classifier",
    "cnn_space",
    "course_space",
    "experiment_table",
    "mlp_space",
    "search",
]
