"""Short fits of a copy of a model."""

from __future__ import annotations

import math
import random
from functools import cached_property

import keras
import numpy as np

from mlcourse.callbacks.learning_rate_search import restored_random_state

N_BATCHES = 40
MAX_BATCH_SIZE = 64
N_EVALUATION = 500
N_OVERFIT = 16
N_OVERFIT_STEPS = 300
OVERFIT_RATE = 0.01


class CopyError(ValueError):
    """A model that Keras cannot copy."""


class Experiment:
    """A copy of a model that is trained for a few batches, again and again from the same weights.

    These are the weights of the model before its first step; after it, new ones from its
    initializers. Penalties of weights are left out. The random states of Python and NumPy are
    restored.

    Args:
        model: a compiled model, which stays unchanged.
        part: training data, an `evidence.Part`.
        loss_of: function of outputs and targets that returns the mean loss.
        batch_size: examples per batch, at most 64.
        from_weights: whether to start from the weights of the model.
        seed: integer seed of new weights and of batches.

    Attributes:
        model: the copy, with the weights of the latest fit.
        initial_loss: loss of the first weights on 500 examples.
        penalty: sum of the penalties of the first weights.

    Raises:
        CopyError: if Keras cannot copy the model.
    """

    def __init__(self, model, part, loss_of, batch_size, from_weights, seed):
        self._part = part
        self._loss_of = loss_of
        self._batch_size = min(batch_size, MAX_BATCH_SIZE, len(part))
        self._seed = seed
        self._optimizer = inner_optimizer(model)
        self._loss = model.loss
        with restored_random_state():
            random.seed(seed)
            self.model = _copy(model)
        if from_weights:
            self.model.set_weights(model.get_weights())
        self.penalty = penalty(self.model)
        for variable in self.model.trainable_variables:
            variable.regularizer = None
        self._weights = self.model.get_weights()
        self._evaluation = part.rows[:: math.ceil(len(part.rows) / N_EVALUATION)]
        self.initial_loss = self._evaluate()
        self._compiled = None
        self._losses = {}

    def reset(self):
        """Set the first weights again."""
        self.model.set_weights(self._weights)

    def final_loss(self, learning_rate):
        """Return the loss on 500 examples after 40 batches; NaN if it diverged.

        Args:
            learning_rate: constant learning rate of the model's optimizer.
        """
        if learning_rate not in self._losses:
            self.train(learning_rate, N_BATCHES)
            self._losses[learning_rate] = self._evaluate()
        return self._losses[learning_rate]

    def train(self, learning_rate, n_batches):
        """Train from the first weights, and return the mean loss of the batches.

        Args:
            learning_rate: constant learning rate of the model's optimizer.
            n_batches: number of batches.
        """
        rng = np.random.default_rng(self._seed)
        n_rows = n_batches * self._batch_size
        n_epochs = math.ceil(n_rows / len(self._part))
        order = np.concatenate([rng.permutation(len(self._part)) for _ in range(n_epochs)])
        return self._fit(self._optimizer, learning_rate, order[:n_rows], self._batch_size)

    def train_in_order(self, learning_rate, n_batches, n_epochs):
        """Train like `train`, but with the examples in the order of the data in each epoch.

        Args:
            learning_rate: constant learning rate of the model's optimizer.
            n_batches: number of batches per epoch, from the first to the last example.
            n_epochs: number of epochs.
        """
        order = np.linspace(0, len(self._part) - 1, n_batches * self._batch_size).astype(int)
        rows = np.tile(order, n_epochs)
        return self._fit(self._optimizer, learning_rate, rows, self._batch_size)

    @cached_property
    def overfit(self):
        """Outputs for 16 examples after 300 steps of Adam on them, and the rows of the examples."""
        rows = self._part.rows[:N_OVERFIT]
        adam = keras.optimizers.Adam()
        optimizer = self._optimizer if type(self._optimizer) is type(adam) else adam
        self._fit(optimizer, OVERFIT_RATE, np.tile(rows, N_OVERFIT_STEPS), len(rows))
        outputs = self.model(self._part.x[rows], training=False)
        return keras.ops.convert_to_numpy(outputs), rows

    def _fit(self, optimizer, learning_rate, rows, batch_size):
        """Fit the copy from the first weights, and return the mean loss of the batches.

        `train_on_batch` needs less time than `fit` for so few batches.
        """
        self.reset()
        with restored_random_state():
            random.seed(self._seed)
            self._compile(optimizer)
            self.model.optimizer.learning_rate = learning_rate
            total = 0.0
            for batch in np.split(rows, range(batch_size, len(rows), batch_size)):
                self.model.reset_metrics()  # Keras does it since version 3.15
                x, y = self._part.x[batch], self._part.y[batch]
                logs = self.model.train_on_batch(x, y, return_dict=True)
                total += len(batch) * float(logs["loss"])
            return total / len(rows)

    def _compile(self, optimizer):
        """Compile the copy with a copy of an optimizer, or reset the one that it has.

        TensorFlow's XLA is not used: it takes longer than a short fit.
        """
        if self._compiled is optimizer:
            for variable, value in zip(self.model.optimizer.variables, self._state, strict=True):
                variable.assign(value)
            return
        config = optimizer.get_config() | {"learning_rate": 0.0}
        copy = type(optimizer).from_config(config)
        copy.build(self.model.trainable_variables)
        self._state = [np.array(keras.ops.convert_to_numpy(item)) for item in copy.variables]
        options = {"jit_compile": keras.backend.backend() == "jax", "auto_scale_loss": False}
        self.model.compile(copy, self._loss, **options)
        self._compiled = optimizer

    def _evaluate(self):
        """Return the loss on the evaluation examples; NaN if it is not finite."""
        outputs = self.model(self._part.x[self._evaluation], training=False)
        loss = self._loss_of(keras.ops.convert_to_numpy(outputs), self._part.y[self._evaluation])
        return loss if math.isfinite(loss) else math.nan


def _copy(model):
    """Return a copy of a model with new weights; raise CopyError if Keras cannot make it."""
    try:
        return keras.models.clone_model(model)
    except Exception as error:  # a layer raises errors of its own
        raise CopyError(f"{type(error).__name__}: {error}") from error


def penalty(model):
    """Return the sum of the penalties of the weights of a model."""
    return float(sum(map(keras.ops.convert_to_numpy, model.losses)))


def inner_optimizer(model):
    """Return the optimizer of a model, without the one around it that scales the loss."""
    return getattr(model.optimizer, "inner_optimizer", model.optimizer)
