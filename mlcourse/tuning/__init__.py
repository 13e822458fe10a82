"""Hyperparameter tuning: ablation studies and searches, on one machine or a Dask cluster."""

from mlcourse.tuning.ablation import Ablation, Fit, ablation
from mlcourse.tuning.classifier import KerasClassifier as KerasClassifier  # in old notebooks
from mlcourse.tuning.classifier import classifier
from mlcourse.tuning.search import Search, search
from mlcourse.tuning.search_file import SearchBusy
from mlcourse.tuning.spaces import cnn_space, course_space, mlp_space
from mlcourse.tuning.trials import Trial, Trials

__all__ = [
    "Ablation",
    "Fit",
    "Search",
    "SearchBusy",
    "Trial",
    "Trials",
    "ablation",
    "classifier",
    "cnn_space",
    "course_space",
    "mlp_space",
    "search",
]
