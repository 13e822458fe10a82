"""What the tests of a diagnosis read: samples of the data, outputs, gradients and histories."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property

import keras
import numpy as np
from keras.layers import Embedding

from mlcourse.diagnosis.experiments import CopyError, Experiment, inner_optimizer, penalty
from mlcourse.diagnosis.label_noise import N_FOLDS, neighbor_probabilities, tree_probabilities
from mlcourse.history import as_histories
from mlcourse.inspection import dead_units, gradient_norms
from mlcourse.inspection.activation_rules import final_function, without_activation
from mlcourse.inspection.backward import unchanged
from mlcourse.inspection.dead_units import sort_layers
from mlcourse.inspection.graph import linked_steps
from mlcourse.inspection.layers import as_array, kernels, observe
from mlcourse.models import fit_data

N_SAMPLE = 2_000  # examples on which most tests are made
N_TREE_EXAMPLES = 4_000  # examples of the trees, which search for wrong labels
MIN_TREE_EXAMPLES = 100
MIN_NEIGHBOR_EXAMPLES = 100
N_GRADIENT = 256  # examples of a gradient
DEFAULT_BATCH_SIZE = 32
N_UNIT_EXAMPLES = 500  # examples of which each unit is read
MAX_REPEATED = 150  # batches of a history that a copy repeats
OUTPUT_BATCH = 250  # examples per forward pass
LOSSES_OF_LOGITS = {  # by the name of the loss of probabilities, and the output's function
    ("sparsecategoricalcrossentropy", "softmax"): keras.losses.SparseCategoricalCrossentropy,
    ("categoricalcrossentropy", "softmax"): keras.losses.CategoricalCrossentropy,
    ("binarycrossentropy", "sigmoid"): keras.losses.BinaryCrossentropy,
}


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
        may_train: whether tests may train a copy of the model.
    """

    def __init__(self, model, train, validation, test, history, batch_size, seed, may_train):
        self.model = model
        self.train = train
        self.validation = validation
        self.test = test
        self.sources = _sources(history)
        self.histories = {} if history is None else as_histories(history)
        self.batch_size = batch_size or self._inferred_batch_size()
        self.seed = seed
        self.may_train = may_train

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
    def has_features(self):
        """Whether the inputs are finite measurements, not indices for an embedding."""
        layers = [step.layer for step in self.steps]
        return self.is_finite and not any(isinstance(layer, Embedding) for layer in layers)

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
    def validation_neighbors_accuracy(self):
        """Accuracy of the 5 nearest neighbors among the other validation examples of the sample.

        It is None without validation data, for a regression, and for fewer than 100 examples.
        """
        part = self.validation
        is_possible = part is not None and self.has_features and self.is_classification
        if not is_possible or part.labels is None or len(part.rows) < MIN_NEIGHBOR_EXAMPLES:
            return None
        probabilities, classes = neighbor_probabilities(part.sample, part.sample_labels)
        return float(np.mean(classes[probabilities.argmax(axis=1)] == part.sample_labels))

    @cached_property
    def penalty(self):
        """Sum of the penalties of the weights, which Keras adds to the loss."""
        return penalty(self.model)

    @cached_property
    def tree_rows(self):
        """Rows of 4,000 training examples for the trees; empty if they or a class are too few."""
        rng = np.random.default_rng(self.seed)
        rows = np.sort(rng.permutation(len(self.train))[:N_TREE_EXAMPLES])
        _, counts = np.unique(self.train.labels[rows], return_counts=True)
        has_enough = len(rows) >= MIN_TREE_EXAMPLES and counts.min() >= N_FOLDS
        return rows if has_enough else rows[:0]

    @cached_property
    def tree_probabilities(self):
        """Cross-validated probabilities of the classes for `tree_rows`, (n, classes)."""
        rows = self.tree_rows
        x = self.train.x[rows].reshape(len(rows), -1)
        return tree_probabilities(x, self.train.labels[rows], self.seed)

    @cached_property
    def gradient_norms(self):
        """Gradient norm of the kernels by layer before training, on a batch of training data.

        They are those of a crossentropy of the logits. One of probabilities clips them, on JAX and
        PyTorch, so that the gradient of a confident prediction is 0.
        """
        rows = self.train.rows[:: -(-len(self.train.rows) // N_GRADIENT)]
        self.experiment.reset()
        batch = self.train.x[rows], self.train.y[rows]
        loss = LOSSES_OF_LOGITS.get((self.loss_name, self.output_function))
        if loss is None or self.from_logits:
            return gradient_norms(self.experiment.model, *batch, self.model.loss)
        with model_of_logits(self.experiment.model) as model:
            return gradient_norms(model, *batch, loss(from_logits=True))

    def accuracies(self, outputs, part):
        """Return whether each prediction for the sample of a part is right, (n,) booleans."""
        return self.are_right(outputs, part.sample_labels)

    def are_right(self, outputs, labels):
        """Return whether each prediction is the label, (n,) booleans.

        Args:
            outputs: outputs of the model, (n, units).
            labels: integer labels, (n,).
        """
        if outputs.shape[1] > 1:
            return outputs.argmax(axis=1) == labels
        limit = 0.5 if self.output_function == "sigmoid" else 0
        return (outputs[:, 0] > limit) == (labels == 1)

    def mean_loss(self, outputs, y):
        """Return the mean compiled loss of outputs, (n, units), for targets, (n, ...)."""
        if y.ndim == 1 and self.loss_name not in fit_data.SPARSE:
            y = y[:, None]
        losses = self.loss(keras.ops.convert_to_tensor(y), keras.ops.convert_to_tensor(outputs))
        return float(np.mean(keras.ops.convert_to_numpy(losses)))

    def _inferred_batch_size(self):
        """Return the batch size by the number of batches per epoch in Keras's history, or 32."""
        if not self.steps_per_epoch:
            return DEFAULT_BATCH_SIZE
        return max(1, round(len(self.train) / self.steps_per_epoch))

    @cached_property
    def steps_per_epoch(self):
        """Number of batches per epoch in Keras's history; None if unknown."""
        for source in self.sources:
            steps = (getattr(source, "params", None) or {}).get("steps")
            if steps:
                return steps
        return None

    @cached_property
    def training_accuracy(self):
        """Accuracy on the sample now, or that of the last epoch in the history, if it is larger."""
        reported = self.history.history.get("accuracy") if self.history else None
        now = float(self.accuracies(self.outputs, self.train).mean())
        return max(now, float(reported[-1])) if reported else now

    @cached_property
    def simple_accuracies(self):
        """Whether each prediction of nearest neighbors, or trees if they are better, is right."""
        probabilities, classes = self.neighbor_probabilities
        neighbors = classes[probabilities.argmax(axis=1)] == self.train.sample_labels
        rows = self.tree_rows
        if not len(rows):
            return neighbors
        _, labels = np.unique(self.train.labels[rows], return_inverse=True)
        trees = self.tree_probabilities.argmax(axis=1) == labels
        return max(neighbors, trees, key=np.mean)

    @cached_property
    def beats_simple_methods(self):
        """Whether a trained classifier has a higher training accuracy than a simple method."""
        can_compare = self.is_trained and self.has_features and self.is_classification
        return can_compare and self.training_accuracy > self.simple_accuracies.mean()

    @property
    def repeatable_losses(self):
        """Training losses of the first epochs, as many as a copy can repeat in 150 batches."""
        if not self.steps_per_epoch:
            return []
        return self.history.history["loss"][: MAX_REPEATED // self.steps_per_epoch]

    @cached_property
    def n_steps_of_history(self):
        """Number of steps of the optimizer in the histories; None if unknown."""
        if not self.steps_per_epoch:
            return None
        epochs = sum(len(getattr(source, "epoch", ())) for source in self.sources)
        return self.steps_per_epoch * epochs

    @cached_property
    def learning_rate(self):
        """Learning rate of the first step."""
        logged = self.history.history.get("learning_rate") if self.history else None
        if logged:
            return float(logged[0])
        schedule = self._schedule
        if schedule is not None:
            return float(keras.ops.convert_to_numpy(schedule(0)))
        return float(keras.ops.convert_to_numpy(inner_optimizer(self.model).learning_rate))

    @cached_property
    def learning_rates(self):
        """Learning rate of each epoch, a list; empty if it is constant or unknown."""
        logged = self.history.history.get("learning_rate")
        if logged or self._schedule is None or not self.steps_per_epoch:
            return list(map(float, logged or []))
        steps = self.steps_per_epoch * np.arange(self.history.last)
        return [float(keras.ops.convert_to_numpy(self._schedule(step))) for step in steps]

    @cached_property
    def _schedule(self):
        """The schedule of the optimizer; None for a constant learning rate."""
        config = inner_optimizer(self.model).get_config()["learning_rate"]
        if isinstance(config, dict):
            return keras.optimizers.schedules.deserialize(config)
        return None

    @cached_property
    def experiment(self):
        """Short fits of a copy of the model."""
        options = self.batch_size, self.is_fresh, self.seed
        return Experiment(self.model, self.train, self.mean_loss, *options)

    @cached_property
    def has_copy(self):
        """Whether Keras can copy the model, for `experiment`."""
        try:
            return bool(self.experiment)
        except CopyError:
            return False

    @cached_property
    def can_train_a_copy(self):
        """Whether a copy of the model can and may be trained on the data."""
        return self.may_train and self.is_trainable and self.has_copy

    @cached_property
    def overfit_accuracy(self):
        """Accuracy of a copy on 16 examples after 300 steps on them."""
        outputs, rows = self.experiment.overfit
        return float(self.are_right(outputs, self.train.labels[rows]).mean())

    @cached_property
    def behaves(self):
        """Whether inputs, targets and weights are such that outputs and gradients have meaning."""
        weights = self.model.get_weights()
        is_finite = all(np.isfinite(weight).all() for weight in weights)
        return is_finite and self.suits_loss

    @cached_property
    def is_trained(self):
        """Whether outputs have meaning, and the optimizer has made steps."""
        return self.behaves and self.n_steps > 0

    @cached_property
    def is_trainable(self):
        """Whether the model can be trained on the data."""
        return self.suits_loss and bool(self.model.trainable_weights)

    @cached_property
    def has_kernels(self):
        """Whether the model has trainable kernels, and can be trained on the data."""
        try:
            return self.is_trainable and bool(kernels(self.model))
        except ValueError:  # none
            return False

    @cached_property
    def unit_report(self):
        """Dead units of the hidden layers, a dict of names to `inspection.LayerUnits`."""
        return self._unit_report(self.model)

    @cached_property
    def initial_unit_report(self):
        """The same before training; empty if Keras cannot copy the model."""
        if not self.has_copy:
            return {}
        self.experiment.reset()
        return self._unit_report(self.experiment.model)

    def _unit_report(self, model):
        """Return the dead units of the hidden layers of a model or of its copy."""
        try:
            report = dead_units(model, self._few)
        except ValueError:  # no layer that can be judged
            return {}
        return {name: units for name, units in report.layers.items() if name != self._last}

    @cached_property
    def saturated_fractions(self):
        """Fraction of activations at a limit, by hidden layer with a bounded activation."""
        judged, _ = sort_layers(self.model)
        bounded = {
            name: layer
            for name, layer in judged.items()
            if not layer.flat.is_dead and name != self._last
        }
        fractions = {name: [] for name in bounded}

        def on_call(call):
            z = as_array(call.inputs[0])
            flat = bounded[call.layer_name].flat
            fractions[call.layer_name].append(((z <= flat.low) | (z >= flat.high)).mean())

        methods = [(name, item.layer, item.attribute) for name, item in bounded.items()]
        observe(self.model, self._few, methods, on_call)
        return {name: float(np.mean(values)) for name, values in fractions.items() if values}

    @property
    def _few(self):
        """A few examples of the sample, for the units."""
        return self.train.x[self.train.rows[:: -(-len(self.train.rows) // N_UNIT_EXAMPLES)]]

    @property
    def _last(self):
        """Name of the output layer."""
        return self.steps[-1].name


@contextmanager
def model_of_logits(model):
    """Yield a model with the same layers that returns the logits of a softmax or sigmoid."""
    steps, outputs = linked_steps(model)
    logits, _, is_activation = final_function(steps, outputs[0])
    layer = steps[logits.step].layer
    if is_activation:
        with without_activation(layer):
            yield model
    else:
        yield keras.Model(model.inputs[0], layer.output)


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
