"""The model, data loading, update rules, the training loop, and callbacks."""

import sys

import numpy as np
from tqdm import tqdm

from mlcourse import activations
from mlcourse._core import checks
from mlcourse.evaluation import accuracy
from mlcourse.networks import keras_io
from mlcourse.optimizers import Optimizer, rules
from mlcourse.scratch import convolution, layers
from mlcourse.scratch.layers import Loss


class Model:
    """A chain of layers. Models that contain the same layer objects share their parameters.

    >>> from mlcourse.scratch import Affine, Relu
    >>> model = Model([Affine("first", 784, 100), Relu("relu"), Affine("last", 100, 10)])
    >>> model(np.zeros((5, 784))).shape
    (5, 10)
    """

    def __init__(self, layers: list) -> None:
        self.layers = checks.chain(layers)
        params = [array for layer in self.layers for array in layer.params.values()]
        self.dtype = params[0].dtype if params else np.dtype("float32")

    def __call__(self, X: np.ndarray, training: bool = False) -> np.ndarray:
        """Return the outputs for examples X, (n, ...); dropout is active only in training."""
        x = np.asarray(X, self.dtype)
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def backward(self, grad: np.ndarray | None) -> None:
        """Compute all gradients from dL/d(outputs), and store them in the layers' `grads`."""
        for layer in self.layers[::-1]:
            grad = layer.backward(grad, to_inputs=layer is not self.layers[0])


CLASSES = {"Dense": layers.Affine, "Dropout": layers.Dropout, "Activation": layers.Activation}
CLASSES |= {"BatchNormalization": layers.BatchNorm, **convolution.CLASSES}
"""The classes of `mlcourse.scratch` by the names of the corresponding Keras classes."""


def from_keras(model: object, dtype: str = "float32") -> Model:
    """Convert a built Keras model, a chain of layers, to a `Model` with the same weights."""
    return Model(keras_io.read(model, CLASSES, dtype))


def to_keras(model: Model, input_shape: tuple | None = None) -> object:
    """Convert a `Model` to a `keras.Sequential` with the same weights.

    input_shape is the shape of an example, by default (n_in,) of the first layer.
    """
    checks.instance("model", model, Model, "Model([Affine('last', 784, 10)])")
    input_shape = input_shape or (model.layers[0].n_in,)
    return keras_io.write(model.layers, CLASSES, input_shape, str(model.dtype))


class Data:
    """Examples X, (n, ...), and targets y, (n,) or (n, outputs); all values must be finite."""

    def __init__(self, X: np.ndarray | list, y: np.ndarray | list) -> None:
        self.X, self.y = checks.finite("X", X), checks.finite("y", y)
        checks.same_length("X", self.X, "y", self.y)


class Sampler:
    """Indices of the examples of each batch, in order or shuffled in each epoch."""

    def __init__(self, data: Data, batch_size: int, shuffle: bool = False, seed: int = 0) -> None:
        checks.instance("data", data, Data, "Data(X, y)")
        self.order = np.arange(len(data.X))
        self.shuffle = checks.flag("shuffle", shuffle)
        self.batch_size = checks.integer("batch_size", batch_size, 1)
        self.rng = np.random.default_rng(checks.integer("seed", seed, 0))

    def __iter__(self):
        order = self.rng.permutation(self.order) if self.shuffle else self.order
        for start in range(0, len(order), self.batch_size):
            yield order[start : start + self.batch_size]


class Dataloader:
    """Iterable over the batches (X, y) of an epoch."""

    def __init__(self, data: Data, sampler: Sampler) -> None:
        self.data = checks.instance("data", data, Data, "Data(X, y)")
        self.sampler = checks.instance("sampler", sampler, Sampler, "Sampler(data, 32)")
        checks.same_length("data", data.X, "the sampler's data", sampler.order)

    def __len__(self):
        return -(-len(self.data.X) // self.sampler.batch_size)

    def __iter__(self):
        for indices in self.sampler:
            yield self.data.X.take(indices, axis=0), self.data.y[indices]


GD = rules.sgd
Momentum = rules.momentum
Nesterov = rules.nesterov
RMSprop = rules.rmsprop
Adam = rules.adam
AdamW = rules.adamw


class Updates:
    """The steps of an optimizer on all parameters of some layers."""

    def __init__(self, optimizer, layers, steps):
        self.optimizer = optimizer
        self.learning_rates = optimizer.rates(steps)
        self.step = 0
        self.states = {
            (layer, name): optimizer.init(array)
            for layer in layers
            for name, array in layer.params.items()
        }

    def apply(self):
        """Update all parameters with the gradients in the layers' `grads`."""
        learning_rate = self.learning_rates[self.step]
        self.step += 1
        for (layer, name), state in self.states.items():
            layer.params[name], self.states[layer, name] = self.optimizer.update(
                layer.params[name], layer.grads[name], state, learning_rate, self.step
            )


class Learner:
    """Training of a model.

    For BCE the model must end in a sigmoid, for CrossEntropy in a softmax, or in the logits before
    these.

    Attributes:
        epoch: current epoch, from 1.
        batch_loss: loss of the last batch.
        stop_training: callbacks set it to True to stop after the current epoch.
    """

    def __init__(self, loss: Loss, model: Model, optimizer: Optimizer, epochs: int) -> None:
        self.loss = checks.instance("loss", loss, Loss, "MSE()")
        self.model = checks.instance("model", model, Model, "Model([Relu('relu')])")
        self.optimizer = checks.instance("optimizer", optimizer, Optimizer, "GD(0.1)")
        self.epochs = checks.integer("epochs", epochs, 1)
        self.callbacks = []
        self.body = model  # the part of the model that returns logits
        last = getattr(model.layers[-1], "activation", None)
        if last and loss.output != "linear":
            name = f"the output activation of a model for {type(loss).__name__}"
            checks.choice(name, last.name, [loss.output])
            self.body = Model(model.layers[:-1])

    def set_callbacks(self, callbacks: list) -> None:
        """Set the list of callbacks; each gets the learner as attribute `learner`."""
        self.callbacks = list(callbacks)
        for callback in self.callbacks:
            callback.learner = self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the outputs for examples X; probabilities if the loss is a cross-entropy."""
        return activations.find(self.loss.output).function(self.body(X))

    def train_loop(self, dataloader: Dataloader, X_test=None, y_test=None, val=None) -> float:
        """Train for all epochs, and return the loss of the last batch.

        The training, validation and test data are available to callbacks as `data`, `val` and
        `test`.

        Raises:
            FloatingPointError: if the loss is NaN or infinite.
            RuntimeError: if a callback raises an exception.
        """
        self.dataloader = dataloader
        self.data = dataloader.data
        self.stop_training = False
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
        with np.errstate(over="ignore", invalid="ignore"):  # reported below
            z = self.body(X, training=True)
            self.batch_loss, gradient = self.loss.value_and_gradient(z, y)
            if not np.isfinite(self.batch_loss):
                got = f"{self.batch_loss} in epoch {self.epoch} with {self.optimizer}"
                advice = "lower the learning rate"
                raise FloatingPointError(f"the loss must be finite. Got {got}: {advice}.")
            self.body.backward(gradient)
            updates.apply()

    def _call(self, hook):
        """Call a hook, such as "epoch_end", of all callbacks that have it."""
        for callback in self.callbacks:
            try:
                getattr(callback, hook, lambda: None)()
            except Exception as error:
                name = type(callback).__name__
                raise RuntimeError(f"the callback {name} failed in {hook}: {error!r}") from error


class AccCallback:
    """Progress bars, losses and accuracies of a training.

    Old notebooks pass the learner and a batch_size; `Learner.set_callbacks` makes this unnecessary.

    Attributes:
        batch_losses: loss of each batch.
        losses: mean loss of each epoch.
        accuracies, val_accuracies, test_accuracies: accuracies after each epoch.
        history: dict of names, as in Keras, to these lists.
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
        self.bar = tqdm(disable=True)
        self.batch_losses = []
        self.losses = []
        self.accuracies = []
        self.val_accuracies = []
        self.test_accuracies = []
        self.history = {"loss": self.losses, "accuracy": self.accuracies}
        if self.learner.val:
            self.history["val_accuracy"] = self.val_accuracies
        if self.learner.test:
            self.history["test_accuracy"] = self.test_accuracies

    def epoch_start(self) -> None:
        epoch = self.learner.epoch
        epochs = self.learner.epochs
        self.bar = tqdm(
            total=len(self.learner.dataloader),
            desc=f"epoch {epoch}/{epochs}",
            leave=epoch == epochs,
            file=sys.stdout,
        )

    def batch_end(self) -> None:
        self.batch_losses.append(self.learner.batch_loss)
        self.bar.update()

    def epoch_end(self) -> None:
        epoch_losses = self.batch_losses[-len(self.learner.dataloader) :]
        self.losses.append(float(np.mean(epoch_losses)))
        self.accuracies.append(self._accuracy(self.learner.data))
        if self.learner.val:
            self.val_accuracies.append(self._accuracy(self.learner.val))
        if self.learner.test:
            self.test_accuracies.append(self._accuracy(self.learner.test))
        self.bar.set_postfix({name: f"{values[-1]:.4f}" for name, values in self.history.items()})
        self.bar.close()

    def training_end(self) -> None:
        self.bar.close()  # of an interrupted epoch

    def _accuracy(self, data):
        """Return the accuracy on data; a single output is a class if it is above 0.5."""
        outputs = self.learner.predict(data.X)
        classes = outputs.argmax(axis=1) if outputs.shape[1] > 1 else outputs[:, 0] > 0.5
        return accuracy(data.y, classes)
