"""The learner: batch after batch forward, back, and a step."""

import numpy as np

from mlcourse import activations, checks
from mlcourse.optimizers import Optimizer
from mlcourse.scratch.data import Data, Dataloader
from mlcourse.scratch.losses import Loss
from mlcourse.scratch.model import Model
from mlcourse.scratch.optimizers import Updates


class Learner:
    """Trains a model: for BCE it ends in a sigmoid, for CrossEntropy in softmax, or before these.

    Callbacks find here the number of the `epoch`, from 1, and the `batch_loss` of the last batch,
    and may set `stop_training` to make the epoch the last one.
    """

    def __init__(self, loss: Loss, model: Model, optimizer: Optimizer, epochs: int) -> None:
        self.loss = checks.kind("loss", loss, Loss, "MSE()")
        self.model = checks.kind("model", model, Model, "Model([Relu('relu')])")
        self.optimizer = checks.kind("optimizer", optimizer, Optimizer, "GD(0.1)")
        self.epochs, self.callbacks = checks.integer("epochs", epochs, 1), []
        self.body, last = model, getattr(model.layers[-1], "activation", None)
        if last and loss.output != "none":  # the loss has it inside
            checks.choice(f"the end of a model for {type(loss).__name__}", last.name, [loss.output])
            self.body = Model(model.layers[:-1])

    def set_callbacks(self, callbacks: list) -> None:
        """Takes a list of callbacks, each of which finds the learner in its `learner`."""
        self.callbacks = list(callbacks)
        for callback in self.callbacks:
            callback.learner = self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Returns the outputs for examples: probabilities, if the loss is a cross-entropy."""
        return activations.find(self.loss.output).function(self.body(X))

    def train_loop(self, dataloader: Dataloader, X_test=None, y_test=None, val=None) -> float:
        """Train for all epochs, and return the loss of the last batch.

        Callbacks find the examples in `data`, `val` and `test`. A loss that is not finite raises
        FloatingPointError, a callback that fails RuntimeError.
        """
        self.dataloader, self.data, self.stop_training = dataloader, dataloader.data, False
        self.val = val and checks.kind("val", val, Data, "Data(X, y)")
        self.test = None if X_test is None else Data(X_test, y_test)
        for data in filter(None, (self.data, self.val, self.test)):
            checks.targets(data.y, self.body(data.X[:1]).shape[1], self.loss.output)
        updates = Updates(self.optimizer, self.body.layers, self.epochs * len(dataloader))
        self._call("training_start")
        try:
            for epoch in range(1, self.epochs + 1):
                self.epoch = epoch
                self._call("epoch_start")
                for x, y in dataloader:
                    self._call("batch_start")
                    self._train(x, y, updates)
                    self._call("batch_end")
                self._call("epoch_end")
                if self.stop_training:
                    break
        finally:
            self._call("training_end")
        return self.batch_loss

    def _train(self, X, y, updates):
        with np.errstate(over="ignore", invalid="ignore"):  # what it leads to is told
            z = self.body(X, training=True)
            self.batch_loss, gradient = self.loss.value_and_gradient(z, y)
            if not np.isfinite(self.batch_loss):
                got = f"{self.batch_loss} in epoch {self.epoch} with {self.optimizer}"
                raise FloatingPointError(f"the loss must be finite. Got {got}; lower its rate.")
            self.body.backward(gradient)
            updates.apply()

    def _call(self, moment):
        for callback in self.callbacks:
            try:
                getattr(callback, moment, lambda: None)()
            except Exception as error:
                where = f"{type(callback).__name__} failed in {moment}"
                raise RuntimeError(f"the callback {where}: {error!r}") from error
