"""Train a model by one call of `fit` per epoch, with callbacks that see a single fit."""

import numpy as np
from keras.callbacks import Callback, CallbackList

from mlcourse.training.batches import set_epoch, steps_per_epoch
from mlcourse.training.speed import as_datasets
from mlcourse.training.splits import set_seed


class EpochByEpoch(CallbackList):
    """A callback list for which many fits of one epoch are a single fit.

    Args:
        callbacks: a list of Keras callbacks.
        model: the model to train.
        epochs: number of epochs of the single fit.
        data: a dict of the arguments of `model.fit`.
        seed: seed of the single fit.

    Attributes:
        history: Keras's `History` of the single fit.
    """

    def __init__(self, callbacks, model, epochs, data, seed):
        self._data = data
        self._seed = seed
        self._recorder = _LastLogs()
        verbose = data.get("verbose", "auto")
        super().__init__(
            [*callbacks, self._recorder],
            add_history=True,
            add_progbar=verbose != 0,
            model=model,
            epochs=epochs,
            steps=steps_per_epoch(data),
            verbose=verbose,
        )
        self.history = model.history

    @property
    def values(self):
        """The logs of the last epoch, a dict."""
        return self._recorder.logs

    def begin(self, log):
        """Begin the fit after the epochs in a `History`."""
        super().on_train_begin()
        for callback in self.callbacks:
            if hasattr(callback, "load_history"):
                callback.load_history(log)
        self.history.history = {name: list(values) for name, values in log.history.items()}
        self.history.epoch = list(range(log.last))

    def fit_epoch(self, epoch):
        """Train one epoch, with a seed of its own, so its order of examples is independent.

        TensorFlow reads the seed when a dataset is created, before the epoch begins; the other
        backends read it during the epoch.

        Args:
            epoch: index of the epoch, from 0.
        """
        sequence = np.random.SeedSequence((self._seed, epoch))
        self._epoch_seed = int(sequence.generate_state(1)[0])
        set_seed(self._epoch_seed)
        data = as_datasets(self.model, self._data)
        self.model.fit(initial_epoch=epoch, epochs=epoch + 1, callbacks=self, **data)

    def on_epoch_begin(self, epoch, logs=None):
        """Set the seed, and the epoch of a dataset that depends on it."""
        set_seed(self._epoch_seed)
        set_epoch(self._data, epoch)
        super().on_epoch_begin(epoch, logs)

    def on_train_begin(self, logs=None):
        """Ignore the start of a fit of one epoch."""

    def on_train_end(self, logs=None):
        """Ignore the end of a fit of one epoch."""

    def end(self):
        """End the single fit."""
        super().on_train_end(self.values)


class _LastLogs(Callback):
    """Record the logs of the last epoch as Python numbers."""

    def __init__(self):
        super().__init__()
        self.logs = {}

    def on_epoch_end(self, epoch, logs=None):
        self.logs = dict(logs or {})
