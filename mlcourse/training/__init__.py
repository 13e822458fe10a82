"""Before and around a fit: preparation, early stopping, fits that are kept, stopped and quick."""

from mlcourse.training.fitting import early_stopping, fit
from mlcourse.training.live import fit_live
from mlcourse.training.preparation import prepare_images, set_seed, train_validation_split

__all__ = [
    "early_stopping",
    "fit",
    "fit_live",
    "prepare_images",
    "set_seed",
    "train_validation_split",
]
