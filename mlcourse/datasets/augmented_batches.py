"""The batches that `augment` returns, as Keras asks for them: imported when there are some."""

import math

import keras
import numpy as np

from mlcourse.datasets.augmentation import augmented


class AugmentedBatches(keras.utils.PyDataset):
    """Batches of pictures that are shuffled and changed anew in each epoch.

    Args:
        x, y: pictures and their targets, arrays of one length.
        batch_size: pictures a batch.
        seed: a whole number.
        changes: settings of `augmented`.

    Attributes:
        epoch: the number of the epoch that comes next, or is under way; from 0 on.
        batch_size: pictures a batch.
    """

    def __init__(self, x, y, batch_size, seed, **changes):
        super().__init__()
        self.epoch, self.batch_size = 0, batch_size
        self._x, self._y, self._seed, self._changes = x, y, seed, changes
        self._order = -1, None  # of which epoch, and the order itself

    @property
    def settings(self):
        """What the batches follow from, by name."""
        arrays = {"x": self._x, "y": self._y}
        return {**arrays, "batch_size": self.batch_size, "seed": self._seed, **self._changes}

    def __len__(self):
        return math.ceil(len(self._x) / self.batch_size)

    def __getitem__(self, index):
        index = range(len(self))[index]  # a negative one, and an error, as of a list
        epoch, first = self.epoch, index * self.batch_size
        chosen = self._order_in(epoch)[first : first + self.batch_size]
        generator = self._generator(epoch, index)
        return augmented(self._x, generator, chosen=chosen, **self._changes), self._y[chosen]

    def on_epoch_end(self):
        """Keras says that an epoch has ended."""
        self.epoch += 1

    def _order_in(self, epoch):
        known, order = self._order  # read at once and written at once, for there may be threads
        if known != epoch:
            order = self._generator(epoch).permutation(len(self._x))
            self._order = epoch, order
        return order

    def _generator(self, *place):
        """Returns a generator of its own for an epoch, or for a batch in it."""
        return np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=place))
