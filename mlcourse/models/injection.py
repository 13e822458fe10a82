"""Put one fault into a healthy model or its fit, for exercises in which students find it."""

from __future__ import annotations

import keras
import numpy as np

from mlcourse._core import checks
from mlcourse.datasets import injection
from mlcourse.models import fit_data

LOSSES = {
    "sparse_categorical_crossentropy": keras.losses.SparseCategoricalCrossentropy,
    "categorical_crossentropy": keras.losses.CategoricalCrossentropy,
}
DEEP = 10  # number of layers that make a network too deep
TOO_HIGH = 1.0  # learning rate of optimizers that adapt the step of each weight
TOO_HIGH_SGD = 5.0  # learning rate of gradient descent


class Draft:
    """A sequential model and the settings of its fit, to be changed.

    Attributes:
        layers: configurations of the layers, as `keras.layers.serialize` returns them.
        loss: name of the loss.
        from_logits: whether the loss expects logits.
        learning_rate: a float, or a `keras.optimizers.schedules.LearningRateSchedule`.
        too_high: learning rate with which training fails.
        settings: arguments of `model.fit`.
    """

    def __init__(self, model, settings):
        self.layers = [_serialized(layer) for layer in model.layers]
        self.loss = _loss_name(model)
        self.from_logits = False
        self.learning_rate = float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))
        self.too_high = TOO_HIGH_SGD if "SGD" in type(model.optimizer).__name__ else TOO_HIGH
        self.settings = settings
        self._model = model

    @property
    def hidden(self):
        """The configurations of the layers with weights before the output."""
        layers = [layer["config"] for layer in self.layers[:-1]]
        return [config for config in layers if "kernel_initializer" in config]

    @property
    def output(self):
        """The configuration of the output layer."""
        return self.layers[-1]["config"]

    @property
    def width(self):
        """The number of units of the last hidden layer that is dense, or 32."""
        return ([32] + [config["units"] for config in self.hidden if "units" in config])[-1]

    def insert(self, layers, index=-1):
        """Insert layers before the one with this index, by default the output."""
        self.layers[index:index] = map(_serialized, layers)

    def insert_after_hidden(self, new_layer, setting="kernel_initializer"):
        """Insert a new layer after each layer before the output that has a setting.

        Args:
            new_layer: function that returns a layer.
            setting: name of the setting; by default all layers with weights have it.
        """
        for index in reversed(range(len(self.layers) - 1)):
            if setting in self.layers[index]["config"]:
                self.insert([new_layer()], index + 1)

    def build(self, rng):
        """Return a compiled model with new weights, and the settings of its fit."""
        layers = []
        for layer in self.layers:
            _set_seeds(layer["config"], rng)
            layers.append(keras.layers.deserialize(layer))
        model = keras.Sequential([keras.Input(self._model.input_shape[1:]), *layers])
        optimizer = keras.optimizers.deserialize(keras.optimizers.serialize(self._model.optimizer))
        config = {**optimizer.get_config(), "learning_rate": self.learning_rate}
        model.compile(
            type(optimizer).from_config(config),
            LOSSES[self.loss](from_logits=self.from_logits),
            metrics=["accuracy"],
        )
        return model, self.settings


def inject(
    model: keras.Sequential,
    x: np.ndarray | None = None,
    y: np.ndarray | None = None,
    *,
    batch_size: int = 32,
    epochs: int = 10,
    fault: str | None = None,
    seed: int = 0,
) -> injection.Injected:
    """Return a copy of a model and the settings of a fit with one fault, which is not named.

    Find the fault, and let `Session.check` check its name. `mlcourse.datasets.inject` does the same
    for data. The copy has new initial weights, the metric "accuracy" and Keras's crossentropy; its
    optimizer has the settings of the model's, but no state.

    Args:
        model: a compiled `keras.Sequential`, whose last layer is dense with a softmax, with a
            categorical crossentropy as its loss.
        x: examples for the fault "shared weights", on which the copy has already been trained;
            None to exclude it.
        y: their labels, as the loss expects them.
        batch_size: examples in a batch of the healthy fit.
        epochs: epochs of the healthy fit.
        fault: name of the fault; None for a random one.
        seed: integer seed of the fault and of the initial weights.

    Returns:
        An `mlcourse.datasets.Injected`: iterate for the model and a dict of settings, as in
        `model.fit(x, y, **settings)`.

    Raises:
        ValueError: if the model is not as described, or the fault is not possible with it.

    >>> from mlcourse.models import mlp
    >>> model = mlp(2, hidden=(8,), classes=2)
    >>> model.compile("sgd", "sparse_categorical_crossentropy")
    >>> _, settings = inject(model, fault="trained past the best epoch")
    >>> settings
    {'batch_size': 32, 'epochs': 200}
    """
    _check_model(model)
    settings = {
        "batch_size": checks.integer("batch_size", batch_size, 1),
        "epochs": checks.integer("epochs", epochs, 1),
    }
    names = [name for name in FAULTS if name != SHARED or x is not None]
    if x is not None:
        checks.has_target(y)
        checks.equal_lengths([x], [y])
        fit_data.check(model, x, y)
    rng = np.random.default_rng(checks.integer("seed", seed, 0))
    name = injection.draw(names, fault, rng)
    draft = Draft(model, settings)
    FAULTS[name](draft, rng)
    broken = draft.build(rng)
    if name == SHARED:
        broken[0].fit(x, y, **settings, shuffle=False, verbose=0)
    return injection.Injected("model", broken, name, names, seed)


def _check_model(model):
    """Raise ValueError unless faults can be put into a model."""
    rule = "model must be a compiled keras.Sequential"
    if not isinstance(model, keras.Sequential) or not model.built or not model.compiled:
        raise ValueError(f"{rule} with an input shape. Got {model!r} instead.")
    output = model.layers[-1]
    is_softmax = getattr(output, "activation", None) is keras.activations.softmax
    if not isinstance(output, keras.layers.Dense) or not is_softmax:
        raise ValueError(f"the last layer of model must be Dense with a softmax. Got {output!r}.")
    if not any(hasattr(layer, "kernel") for layer in model.layers[:-1]):
        raise ValueError("model must have a hidden layer with weights. Got none.")
    if _loss_name(model) not in LOSSES:
        raise ValueError(f"{rule} with a loss of {', '.join(LOSSES)}. Got {model.loss!r} instead.")
    if getattr(model.loss, "from_logits", False):
        raise ValueError("the loss of model must expect probabilities. Got from_logits=True.")


def _loss_name(model):
    """Return the name of a compiled loss, or "" for one without a name."""
    return model.loss if isinstance(model.loss, str) else getattr(model.loss, "name", "")


def _set_seeds(config, rng):
    """Set all seeds in the configuration of a layer, also those of its initializers."""
    if "seed" in config:
        config["seed"] = int(rng.integers(2**31))
    for value in config.values():
        if isinstance(value, dict) and isinstance(value.get("config"), dict):
            _set_seeds(value["config"], rng)


# Each function below puts a fault into a `Draft`.


def _linear(draft, rng):
    for config in draft.hidden:
        config["activation"] = "linear"
    draft.layers = [layer for layer in draft.layers if layer["class_name"] not in ACTIVATIONS]


def _softmax_twice(draft, rng):
    draft.layers.append(_serialized(keras.layers.Activation("softmax")))


def _logits(draft, rng):
    draft.output["activation"] = "linear"


def _sigmoid_output(draft, rng):
    draft.output["activation"] = "sigmoid"


def _frozen(draft, rng):
    for config in draft.hidden:
        config["trainable"] = False


def _small_batches(draft, rng):
    """Normalize the batches of each hidden layer, of 1 or 2 examples."""
    draft.settings["batch_size"] = int(rng.integers(1, 3))
    if not any(layer["class_name"] == "BatchNormalization" for layer in draft.layers):
        draft.insert_after_hidden(keras.layers.BatchNormalization)


def _bottleneck(draft, rng):
    draft.insert([keras.layers.Dense(1, activation="tanh")])


def _dead(draft, rng):
    """Draw the biases of ReLU layers so that most of the units are below 0 for all examples."""
    for config in draft.hidden:
        config["activation"] = "relu"
        config["bias_initializer"] = _serialized(keras.initializers.RandomUniform(-30, 1))


def _saturated(draft, rng):
    for config in draft.hidden:
        config["activation"] = "tanh"
        config["kernel_initializer"] = _serialized(keras.initializers.VarianceScaling(1000))


def _vanishing(draft, rng):
    draft.insert([keras.layers.Dense(draft.width, "sigmoid") for _ in range(DEEP)])


def _exploding(draft, rng):
    """Insert layers that double the signal: He's variance times 4."""
    for _ in range(DEEP):
        initializer = keras.initializers.VarianceScaling(8)
        draft.insert([keras.layers.Dense(draft.width, "relu", kernel_initializer=initializer)])


def _large_output(draft, rng):
    draft.output["kernel_initializer"] = _serialized(keras.initializers.VarianceScaling(2500))


def _rate_too_low(draft, rng):
    draft.learning_rate *= 1e-3


def _rate_too_high(draft, rng):
    draft.learning_rate = draft.too_high


def _diverging(draft, rng):
    """Let the weights become infinite, with a loss of logits, which has no upper limit."""
    draft.learning_rate = 1e6 * draft.too_high
    draft.output["activation"] = "linear"
    draft.from_logits = True


def _decays_too_early(draft, rng):
    schedule = keras.optimizers.schedules.ExponentialDecay
    draft.learning_rate = schedule(draft.learning_rate, decay_steps=1, decay_rate=0.5)


def _nearly_all_dropped(draft, rng):
    """Drop the fraction of the units that was to be kept, after each dense hidden layer."""
    setting = "units" if any("units" in config for config in draft.hidden) else "kernel_initializer"
    draft.insert_after_hidden(lambda: keras.layers.Dropout(0.98), setting)


def _regularized(draft, rng):
    for config in [*draft.hidden, draft.output]:
        config["kernel_regularizer"] = _serialized(keras.regularizers.L2(0.1))


def _too_many_epochs(draft, rng):
    """Train 20 times as long, with many units and no dropout: then the validation loss rises."""
    draft.settings["epochs"] *= 20
    for config in draft.hidden:
        if "units" in config:
            config["units"] *= 8
    draft.layers = [layer for layer in draft.layers if layer["class_name"] != "Dropout"]


def _trained_before(draft, rng):
    """Change nothing: `inject` trains the copy."""


def _serialized(part):
    """Return a layer, an initializer or a regularizer as a dict, without the shape of its input."""
    config = keras.saving.serialize_keras_object(part)
    config.pop("build_config", None)
    return config


ACTIVATIONS = {"Activation", "ReLU", "LeakyReLU", "PReLU", "ELU"}  # layers without other weights
SHARED = "shared weights"
FAULTS = {
    "no activation between layers": _linear,
    "softmax twice": _softmax_twice,
    "logits without from_logits": _logits,
    "wrong output layer": _sigmoid_output,
    "frozen weights": _frozen,
    "batches too small for batch normalization": _small_batches,
    "bottleneck": _bottleneck,
    "dead units": _dead,
    "saturated units": _saturated,
    "vanishing gradients": _vanishing,
    "exploding gradients": _exploding,
    "initial loss": _large_output,
    "learning rate too low": _rate_too_low,
    "learning rate too high": _rate_too_high,
    "diverging": _diverging,
    "decays too early": _decays_too_early,
    "cannot overfit a batch": _nearly_all_dropped,
    "underfitting": _regularized,
    "trained past the best epoch": _too_many_epochs,
    SHARED: _trained_before,
}
"""The faults of models and fits by name, with the functions that inject them."""
