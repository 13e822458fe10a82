"""A classifier of the plane that Keras does not train: one unit, whose weights grow by epoch."""

from types import SimpleNamespace

import numpy as np

from mlcourse import scratch


class GrowingClassifier:
    """A sigmoid unit, whose weights are the number of epochs after an epoch.

    Args:
        losses: the loss of each epoch.
    """

    compiled = True

    def __init__(self, losses):
        self.layers = [scratch.Affine("unit", 2, 1), scratch.Sigmoid("sigmoid")]
        self.calls = []
        self._losses = losses
        self._set_weights(0)

    def _set_weights(self, value):
        self.layers[0].params["w"] = np.full((2, 1), float(value))
        self.layers[0].params["b"] = np.zeros(1)

    def fit(self, x, y, *, epochs, callbacks, **options):
        """Train for some epochs, and return the history."""
        self.calls.append((epochs, options))
        history = {}
        for index, loss in enumerate(self._losses[:epochs]):
            self._set_weights(index + 1)
            logs = {"loss": loss, "accuracy": 0.5}
            if options["validation_data"] is not None:
                logs["val_loss"] = 2 * loss
            for name, value in logs.items():
                history.setdefault(name, []).append(value)
            for callback in callbacks:
                callback.on_epoch_end(index, logs)
        return SimpleNamespace(history=history)
