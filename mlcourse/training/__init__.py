"""Training: data splits, fits, early stopping, several devices, runs that can be resumed."""

from mlcourse.training import runs
from mlcourse.training.distribution import distribute
from mlcourse.training.fitting import early_stopping, fit
from mlcourse.training.live import fit_live
from mlcourse.training.splits import prepare_images, set_seed, train_validation_split

__all__ = [
    "distribute",
    "early_stopping",
    "fit",
    "fit_live",
    "prepare_images",
    "runs",
    "set_seed",
    "train_validation_split",
]
