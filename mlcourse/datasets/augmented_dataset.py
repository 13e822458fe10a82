"""Augmented training images in shuffled batches, as a Keras dataset."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np

from mlcourse._core import checks
from mlcourse.datasets.augmentation import check_arguments, random_augment


class AugmentedDataset(keras.utils.PyDataset):
    """Batches of randomly augmented images, shuffled and augmented differently in each epoch.

    Pass it to `fit` in place of x and y. Use it for training data only: validation and test data
    must not be augmented.

    A batch depends only on `seed`, the epoch and the batch's index. `training.fit` sets the epoch,
    so a run that is interrupted and resumed gives the same result as an uninterrupted one.
    `model.fit` does not; there, `on_epoch_end` counts epochs. Both shuffle the batches' order,
    unless they get `shuffle=False`. Do not pass `steps_per_epoch`: it would split an epoch.

    Args:
        x: images, (n, height, width) or (n, height, width, channels), already scaled for the
            network.
        y: targets, (n, ...), such as integer labels or one-hot; returned unchanged.
        batch_size: images per batch; the last batch may be smaller.
        flip, pad, cutout: as in `random_augment`.
        seed: integer seed of shuffling and augmentation.

    Attributes:
        epoch: the current epoch, counted from 0.
        batch_size: images per batch.

    Raises:
        ValueError: if an argument is invalid, or x and y differ in length.

    Example:
        >>> dataset = AugmentedDataset(np.zeros((5, 8, 8)), np.arange(5), batch_size=2)
        >>> len(dataset), dataset[0][0].shape
        (3, (2, 8, 8))
    """

    def __init__(
        self,
        x: np.typing.ArrayLike,
        y: np.typing.ArrayLike,
        *,
        batch_size: int = 32,
        flip: bool = True,
        pad: int = 4,
        cutout: int = 0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self._x = np.ascontiguousarray(checks.array("x", x))
        self._y = checks.array("y", y)
        check_arguments(self._x, flip, pad, cutout)
        if self._y.ndim == 0:
            raise ValueError(f"y must hold one target per image. Got {self._y!r} instead.")
        checks.same_length("x", self._x, "y", self._y)
        self.batch_size = checks.integer("batch_size", batch_size, 1)
        self.epoch = 0
        self._seed = checks.integer("seed", seed, 0)
        self._options: dict[str, Any] = {"flip": flip, "pad": pad, "cutout": cutout}
        self._epoch_and_order = (-1, None)

    @property
    def settings(self) -> dict:
        """The arguments, by name, that determine the batches."""
        arrays = {"x": self._x, "y": self._y}
        return {**arrays, "batch_size": self.batch_size, "seed": self._seed, **self._options}

    def __len__(self) -> int:
        return math.ceil(len(self._x) / self.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        index = range(len(self))[index]  # as for a list: negative indices, and IndexError
        epoch = self.epoch
        start = index * self.batch_size
        indices = self._order(epoch)[start : start + self.batch_size]
        generator = self._generator(epoch, index)
        images = random_augment(self._x, generator, indices=indices, **self._options)
        return images, self._y[indices]

    def on_epoch_end(self) -> None:
        """Advance to the next epoch."""
        self.epoch += 1

    def _order(self, epoch):
        """Return the order of the examples in an epoch, (n,).

        The epoch and its order are one tuple, because worker threads read and write them at any
        time.
        """
        cached_epoch, order = self._epoch_and_order
        if cached_epoch != epoch:
            order = self._generator(epoch).permutation(len(self._x))
            self._epoch_and_order = (epoch, order)
        return order

    def _generator(self, *spawn_key):
        """Return the generator of an epoch, `(epoch,)`, or of a batch, `(epoch, index)`."""
        return np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=spawn_key))
