"""Batches of data, update rules, the training loop, and its callbacks."""

import sys

import numpy as np
from tqdm import tqdm

from mlcourse import activations
from mlcourse._core import checks
from mlcourse.evaluation import accuracy
from mlcourse.optimizers import Optimizer, rules
from mlcourse.scratch.losses import Loss
from mlcourse.scratch.model import Model


class Data:
    """Examples X, (n, ...), and their targets y, (n,) or (n, outputs); all numbers finite."""

    def __init__(self, X: np.ndarray | list, y: np.ndarray | list) -> None:
        self.X, self.y = checks.finite("X", X), checks.finite("y", y)
        checks.same_length("X", self.X, "y", self.y)


class Sampler:
    """Which examples are in each batch: in order, or shuffled anew for each epoch."""

    def __init__(self, data: Data, batch_size: int, shuffle: bool = False, seed: int = 0) -> None:
        checks.instance("data", data, Data, "Data(X, y)")
        self.order, self.shuffle = np.arange(len(data.X)), checks.flag("shuffle", shuffle)
        self.batch_size = checks.integer("batch_size", batch_size, 1)
        self.rng = np.random.default_rng(checks.integer("seed", seed, 0))

    def __iter__(self):
        order = self.rng.permutation(self.order) if self.shuffle else self.order
        for start in range(0, len(order), self.batch_size):
            yield order[start : start + self.batch_size]


class Dataloader:
    """The batches of an epoch, (X, y) each."""

    def __init__(self, data: Data, sampler: Sampler) -> None:
        self.data = checks.instance("data", data, Data, "Data(X, y)")
        self.sampler = checks.instance("sampler", sampler, Sampler, "Sampler(data, 32)")
        checks.same_length("data", data.X, "what the sampler is for", sampler.order)

    def __len__(self):
        return -(-len(self.data.X) // self.sampler.batch_size)

    def __iter__(self):
        for chosen in self.sampler:
            yield self.data.X.take(chosen, axis=0), self.data.y[chosen]


GD, Momentum, Nesterov = rules.sgd, rules.momentum, rules.nesterov
RMSprop, Adam, AdamW = rules.rmsprop, rules.adam, rules.adamw


class Updates:
    """So many steps of an optimizer, each with all parameters of some layers."""

    def __init__(self, optimizer, layers, steps):
        places = [(layer, name) for layer in layers for name in layer.params]
        self.states = {(layer, name): optimizer.init(layer.params[name]) for layer, name in places}
        self.optimizer, self.rates, self.t = optimizer, optimizer.rates(steps), 0

    def apply(self):
        """Takes the next step, from the gradients that `backward` left in the layers."""
        rate, self.t = self.rates[self.t], self.t + 1
        for (layer, name), state in self.states.items():
            step = self.optimizer.update(layer.params[name], layer.grads[name], state, rate, self.t)
            layer.params[name], self.states[layer, name] = step


pass


class Learner:
    """Trains a model: for BCE it ends in a sigmoid, for CrossEntropy in softmax, or before these.

    Callbacks find here the number of the `epoch`, from 1, and the `batch_loss` of the last batch,
    and may set `stop_training` to make the epoch the last one.
    """

    def __init__(self, loss: Loss, model: Model, optimizer: Optimizer, epochs: int) -> None:
        self.loss = checks.instance("loss", loss, Loss, "MSE()")
        self.model = checks.instance("model", model, Model, "Model([Relu('relu')])")
        self.optimizer = checks.instance("optimizer", optimizer, Optimizer, "GD(0.1)")
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
        self.val = val and checks.instance("val", val, Data, "Data(X, y)")
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


class AccCallback:
    """Show a bar an epoch; keep batch_losses, their means losses, and accuracies by epoch.

    Old notebooks pass the learner and a batch_size; `Learner.set_callbacks` is enough.
    """

    def __init__(self, learner: Learner | None = None, batch_size: int | None = None) -> None:
        if learner is not None:
            self.learner = checks.instance(
                "learner", learner, Learner, "Learner(loss, model, GD(0.1))"
            )
        self.batch_size = (
            None if batch_size is None else checks.integer("batch_size", batch_size, 1)
        )

    def training_start(self) -> None:
        self.batch_losses, self.losses, self.bar = [], [], tqdm(disable=True)
        self.accuracies, self.val_accuracies, self.test_accuracies = [], [], []
        self.history = {"loss": self.losses, "accuracy": self.accuracies}
        self.history |= {"val_accuracy": self.val_accuracies} if self.learner.val else {}
        self.history |= {"test_accuracy": self.test_accuracies} if self.learner.test else {}

    def epoch_start(self) -> None:
        epoch, epochs = self.learner.epoch, self.learner.epochs
        look = {"desc": f"epoch {epoch}/{epochs}", "leave": epoch == epochs, "file": sys.stdout}
        self.bar = tqdm(total=len(self.learner.dataloader), **look)

    def batch_end(self) -> None:
        self.batch_losses.append(self.learner.batch_loss)
        self.bar.update()

    def epoch_end(self) -> None:
        self.losses.append(float(np.mean(self.batch_losses[-len(self.learner.dataloader) :])))
        for part in ("", "val_", "test_"):
            if data := getattr(self.learner, part.rstrip("_") or "data"):
                p = self.learner.predict(data.X)  # outputs of one column need not be probabilities
                classes = p.argmax(axis=1) if p.shape[1] > 1 else p[:, 0] > 0.5
                self.history[f"{part}accuracy"].append(accuracy(data.y, classes))
        self.bar.set_postfix({name: f"{values[-1]:.4f}" for name, values in self.history.items()})
        self.bar.close()

    def training_end(self) -> None:
        self.bar.close()  # also of an epoch that did not reach its end
