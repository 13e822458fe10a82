"""What the tests of a diagnosis read: samples of the data, outputs, gradients and histories."""

from __future__ import annotations

from functools import cached_property

import keras
import numpy as np

from mlcourse.diagnosis.label_noise import neighbor_probabilities
from mlcourse.history import as_histories
from mlcourse.inspection import gradient_norms
from mlcourse.inspection.activation_rules import final_function
from mlcourse.inspection.backward import unchanged
from mlcourse.inspection.graph import linked_steps
from mlcourse.models import fit_data

N_SAMPLE = 2_000  # examples on which most tests are made
N_GRADIENT = 256  # examples of a gradient
DEFAULT_BATCH_SIZE = 32
OUTPUT_BATCH = 250  # examples per forward pass


class Part:
    """Examples and labels of a part of the data, and a random sample of them.

    Args:
        x: examples, (n, ...).
        y: targets, (n,), (n, 1) or (n, units).
        rng: generator of the sample.

    Attributes:
        x, y: the arguments.
        rows: indices of the sample, ascending.
        labels: integer labels, (n,); None for a regression.
    """

    def __init__(self, x, y, rng):
        self.x = x
        self.y = y
        n_sample = min(N_SAMPLE, len(x))
        self.rows = np.sort(rng.choice(len(x), n_sample, replace=False))
        self.labels = _labels(y)

    def __len__(self):
        return len(self.x)

    @cached_property
    def sample(self):
        """The sampled examples as rows of floats, (n, features)."""
        rows = self.x[self.rows]
        return rows.reshape(len(rows), -1).astype(np.float32)

    @cached_property
    def sample_labels(self):
        """The labels of the sample."""
        return self.labels[self.rows]


class Evidence:
    """A model, its data and its histories, and what is computed from them once.

    Args:
        model: a compiled Sequential or Functional model with one input and one output.
        train, validation, test: each a `Part`; validation and test may be None.
        history: training histories, as in `mlcourse.history.as_histories`, or None.
        batch_size: examples per batch, or None for that of the history.
        seed: integer seed of the experiments.
    """

    def __init__(self, model, train, validation, test, history, batch_size, seed):
        self.model = model
        self.train = train
        self.validation = validation
        self.test = test
        self.sources = _sources(history)
        self.histories = {} if history is None else as_histories(history)
        self.batch_size = batch_size or self._batch_size_of_history()
        self.seed = seed

    @cached_property
    def history(self):
        """The last training history that has losses; None without one."""
        logs = [log for log in self.histories.values() if len(log.history.get("loss", ()))]
        return logs[-1] if logs else None

    @cached_property
    def loss_name(self):
        """Name of the compiled loss in lower case without underscores; "" if it is not Keras's."""
        return fit_data.keras_name(self.loss)

    @cached_property
    def loss(self):
        """The compiled loss, as Keras's object or function."""
        shape = (None, self.n_units)
        return fit_data.resolve(self.model.loss, self.train.y, shape)

    @cached_property
    def is_classification(self):
        """Whether the labels are classes and the loss is a crossentropy."""
        crossentropies = fit_data.SPARSE | fit_data.CATEGORICAL | fit_data.BINARY
        return self.train.labels is not None and self.loss_name in crossentropies

    @cached_property
    def n_classes(self):
        """Number of different labels in the training data."""
        return len(np.unique(self.train.labels))

    @cached_property
    def n_units(self):
        """Number of units of the output."""
        return self.model.outputs[0].shape[-1]

    @cached_property
    def has_more_classes(self):
        """Whether the labels are 0, 1, ... of more classes than the output has units.

        A few labels beyond the units are no class, but wrong.
        """
        labels, counts = np.unique(self.train.labels, return_counts=True)
        is_complete = np.array_equal(labels, np.arange(len(labels)))
        return is_complete and 1 < self.n_units < len(labels) and 4 * counts.min() > counts.mean()

    @cached_property
    def from_logits(self):
        """Whether the compiled loss expects logits."""
        return bool(getattr(self.loss, "from_logits", False))

    @cached_property
    def is_finite(self):
        """Whether the inputs of all parts are finite."""
        parts = [part for part in (self.train, self.validation, self.test) if part is not None]
        return all(bool(np.isfinite(part.x.sum(dtype=np.float64))) for part in parts)

    @cached_property
    def steps(self):
        """The steps of the model, from `mlcourse.inspection.graph.linked_steps`."""
        return linked_steps(self.model)[0]

    @cached_property
    def output_function(self):
        """Name of the output's function, "softmax" or "sigmoid"; None for another one."""
        steps, outputs = linked_steps(self.model)
        with unchanged(self.model):
            return final_function(steps, outputs[0])[1]

    @cached_property
    def is_fresh(self):
        """Whether the optimizer has made no step, and there is no history."""
        return self.n_steps == 0 and self.history is None

    @cached_property
    def n_steps(self):
        """Number of steps of the optimizer so far."""
        return int(keras.ops.convert_to_numpy(self.model.optimizer.iterations))

    @cached_property
    def suits_loss(self):
        """Whether the inputs are finite and the targets have values for which the loss is defined.

        Otherwise gradients and experiments would be meaningless.
        """
        parts = [part for part in (self.train, self.validation) if part is not None]
        try:
            for part in parts:
                fit_data.check(self.model, part.x, part.y)
        except ValueError:
            return False
        return True

    @cached_property
    def outputs(self):
        """Outputs for the sample of the training data, as in `predict`, (n, units)."""
        return self.outputs_of(self.train)

    @cached_property
    def validation_outputs(self):
        """Outputs for the sample of the validation data, as in `predict`, (n, units)."""
        return self.outputs_of(self.validation)

    def outputs_of(self, part):
        """Return the outputs of the model for the sample of a part, float32, (n, units)."""
        batches = []
        with unchanged(self.model):
            for start in range(0, len(part.rows), OUTPUT_BATCH):
                x = part.x[part.rows[start : start + OUTPUT_BATCH]]
                outputs = self.model(x, training=False)
                batches.append(keras.ops.convert_to_numpy(keras.ops.cast(outputs, "float32")))
        return np.concatenate(batches)

    @cached_property
    def neighbor_probabilities(self):
        """Fractions of the classes among the neighbors of each example of the sample, and classes.

        They are those of `label_noise.neighbor_probabilities`.
        """
        return neighbor_probabilities(self.train.sample, self.train.sample_labels)

    @cached_property
    def gradient_norms(self):
        """Gradient norm of the kernels by layer, on a batch of the training data."""
        rows = self.train.rows[:: max(1, len(self.train.rows) // N_GRADIENT)]
        return gradient_norms(self.model, self.train.x[rows], self.train.y[rows])

    def accuracies(self, outputs, part):
        """Return whether each prediction for the sample of a part is right, (n,) booleans."""
        if outputs.shape[1] > 1:
            return outputs.argmax(axis=1) == part.sample_labels
        limit = 0 if self.output_function is None else 0.5
        return (outputs[:, 0] > limit) == (part.sample_labels == 1)

    def mean_loss(self, outputs, part):
        """Return the mean compiled loss of outputs for the sample of a part."""
        y = part.y[part.rows]
        losses = self.loss(keras.ops.convert_to_tensor(y), keras.ops.convert_to_tensor(outputs))
        return float(np.mean(keras.ops.convert_to_numpy(losses)))

    def _batch_size_of_history(self):
        """Return the batch size by the number of steps per epoch in Keras's history, or 32."""
        for source in self.sources:
            steps = (getattr(source, "params", None) or {}).get("steps")
            if steps:
                return max(1, round(len(self.train) / steps))
        return DEFAULT_BATCH_SIZE


def _sources(history):
    """Return the sources of histories as a list."""
    if history is None:
        return []
    if isinstance(history, dict) and not all(hasattr(item, "history") for item in history.values()):
        return [history]
    if isinstance(history, dict):
        return list(history.values())
    return list(history) if isinstance(history, list | tuple) else [history]


def _labels(y):
    """Return integer labels, (n,), of integer, binary or one-hot targets; None for others."""
    if y.ndim == 2 and y.shape[1] > 1:
        is_one_hot = np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all()
        return y.argmax(axis=1) if is_one_hot else None
    y = y.reshape(len(y), -1)[:, 0] if y.ndim <= 2 else None
    if y is None or not np.isfinite(y).all() or (y != np.floor(y)).any():
        return None
    return y.astype(np.int64)
