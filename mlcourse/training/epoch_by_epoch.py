"""One fit made of many: callbacks that live through fits of an epoch each."""

import numpy as np
from keras.callbacks import Callback, CallbackList

from mlcourse.training.batches import begin_epoch, steps_per_epoch
from mlcourse.training.speed import as_datasets
from mlcourse.training.splits import set_seed


class EpochByEpoch(CallbackList):
    """Callbacks for which fits of an epoch each are one fit: it begins once and ends once.

    Args:
        callbacks: a list of Keras callbacks.
        model: the model that is trained.
        epochs: how many epochs the whole fit has.
        data: the arguments of `model.fit`.
        seed: of the whole fit.

    Attributes:
        history: Keras's `History` of the whole fit.
    """

    def __init__(self, callbacks, model, epochs, data, seed):
        verbose, steps = data.get("verbose", "auto"), steps_per_epoch(data)
        shown = {"add_progbar": verbose != 0, "verbose": verbose}
        self._data, self._seed, self._last = data, seed, _Last()
        every = [*callbacks, self._last]
        super().__init__(every, add_history=True, model=model, epochs=epochs, steps=steps, **shown)
        self.history = model.history

    @property
    def values(self):
        """What the last epoch said."""
        return self._last.values

    def begin(self, log):
        """The fit begins, with the epochs in a log behind it."""
        super().on_train_begin()
        for callback in self.callbacks:
            if hasattr(callback, "load_history"):
                callback.load_history(log)
        self.history.history = {name: list(values) for name, values in log.history.items()}
        self.history.epoch = list(range(log.last))

    def fit_one(self, epoch):
        """Trains the epoch of that number, counted from 0, with a seed of its own.

        So its order of the examples does not depend on what came before. TensorFlow takes the
        seed when a dataset is made, which is before the epoch begins; the others as late as that.
        """
        sequence = np.random.SeedSequence((self._seed, epoch))
        self._epoch_seed = int(sequence.generate_state(1)[0])
        set_seed(self._epoch_seed)
        data = as_datasets(self.model, self._data)
        self.model.fit(initial_epoch=epoch, epochs=epoch + 1, callbacks=self, **data)

    def on_epoch_begin(self, epoch, logs=None):
        """Sets the seed anew, and tells a dataset that asks for it the epoch."""
        set_seed(self._epoch_seed)
        begin_epoch(self._data, epoch)
        super().on_epoch_begin(epoch, logs)

    def on_train_begin(self, logs=None):
        """A fit of one epoch begins: no news to the callbacks."""

    def on_train_end(self, logs=None):
        """A fit of one epoch ends: no news to the callbacks."""

    def end(self):
        """The fit ends, whichever way."""
        super().on_train_end(self.values)


class _Last(Callback):
    """Notes what an epoch says, in Python's own numbers, as callbacks get it."""

    def __init__(self):
        super().__init__()
        self.values = {}

    def on_epoch_end(self, epoch, logs=None):
        self.values = dict(logs or {})
