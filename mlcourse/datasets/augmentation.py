"""Batches of pictures that are changed at random, each time anew, as a fit takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlcourse import checks
from mlcourse.datasets.changes import check

if TYPE_CHECKING:
    from mlcourse.datasets.augmented_batches import AugmentedBatches


def augment(
    x: np.typing.ArrayLike,
    y: np.typing.ArrayLike,
    *,
    batch_size: int = 32,
    flip: bool = True,
    pad: int = 4,
    cutout: int = 0,
    seed: int = 0,
) -> AugmentedBatches:
    """Returns batches of pictures for `fit`, in which each epoch shuffles and changes them anew.

    For training data alone: what is measured on validation and test data is to be of the pictures
    as they are.

    What a batch has follows from `seed`, the number of the epoch and that of the batch, and from
    nothing else. `training.fit` says which epoch it is, and so a fit with `run=` that was broken
    off ends with the numbers of an unbroken one. `model.fit` does not, so there the batches count
    the epochs that they were asked for. Both take the batches of an epoch in an order of their
    own, unless they get `shuffle=False`; neither is to get `steps_per_epoch`, with which an epoch
    of theirs would not be one of the batches'.

    Args:
        x: pictures, (n, height, width) or (n, height, width, channels), of any numbers: those that
            the network is to get, so scaled already.
        y: targets, (n, ...): numbers of classes, or ones among zeros; they stay as they are.
        batch_size: pictures a batch; the last one has what is left.
        flip, pad, cutout: as in `augmented`.
        seed: the same seed gives the same pictures.

    Returns:
        A `keras.utils.PyDataset` with `len` batches (x, y), to be given to `fit` in place of x.

    Raises:
        ValueError: for a setting that cannot be, or lengths that differ.

    Example:
        >>> batches = augment(np.zeros((5, 8, 8)), np.arange(5), batch_size=2)
        >>> len(batches), batches[0][0].shape
        (3, (2, 8, 8))
    """
    from mlcourse.datasets.augmented_batches import AugmentedBatches

    x, y = np.ascontiguousarray(checks.array("x", x)), checks.array("y", y)
    check(x, flip, pad, cutout)
    if y.ndim == 0:
        raise ValueError(f"y must hold a target for each picture. Got {y!r} instead.")
    checks.same_length("x", x, "y", y)
    batch_size = checks.integer("batch_size", batch_size, 1)
    seed = checks.integer("seed", seed, 0)
    return AugmentedBatches(x, y, batch_size, seed, flip=flip, pad=pad, cutout=cutout)
