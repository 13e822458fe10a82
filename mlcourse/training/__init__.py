"""Before and around a fit: preparation, stopping, several devices, fits kept and quick."""

from mlcourse.training.distribution import distribute
from mlcourse.training.fitting import fit
from mlcourse.training.live import fit_live
from mlcourse.training.preparation import prepare_images, set_seed, train_validation_split
from mlcourse.training.stopping import early_stopping

__all__ = [
    "distribute",
    "early_stopping",
    "fit",
    "fit_live",
    "prepare_images",
    "set_seed",
    "train_validation_split",
]
