"""Small networks, and a check that inspection leaves them unchanged."""

import contextlib

import keras
import numpy as np

layers = keras.layers


def pictures(count=4, size=6, channels=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, size, size, channels)).astype("float32")


def residual(dropout=0.3, normalized=True, final="softmax"):
    """Return a compiled network: a stem, one residual block, and a head, with large weights."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input((6, 6, 3))
    stem = layers.Conv2D(4, 3, padding="same", name="stem")(inputs)
    inner = layers.Conv2D(4, 3, padding="same", use_bias=False, name="inner")(stem)
    if normalized:
        inner = layers.BatchNormalization(name="scaled")(inner)
    inner = layers.ReLU(name="relu")(inner)
    both = layers.Add(name="both")([stem, inner])
    pooled = layers.GlobalAveragePooling2D(name="mean")(layers.Dropout(dropout)(both))
    model = keras.Model(inputs, layers.Dense(3, final, name="classes")(pooled))
    compiled(model)
    for variable in model.variables:
        if "moving" in variable.path:
            variable.assign(np.linspace(0.5, 1.5, 4))
    return model


def compiled(model, **settings):
    settings = {"run_eagerly": True, "jit_compile": False, "metrics": ["accuracy"], **settings}
    model.compile(keras.optimizers.SGD(0.1, 0.9), "sparse_categorical_crossentropy", **settings)
    return model


@contextlib.contextmanager
def left_as_it_was(model):
    """Fail unless a model, its optimizer and its layers are unchanged after the block."""
    before, parts = _state(model), _parts(model)
    yield
    for one, other in zip(before, _state(model), strict=True):
        np.testing.assert_array_equal(one, other)
    assert _parts(model) == parts


def _state(model):
    variables = [*model.variables, *model.metrics_variables, *model.optimizer.variables]
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]


def _parts(model):
    nodes = [(len(layer._inbound_nodes), len(layer._outbound_nodes)) for layer in model.layers]
    trainable = [layer.trainable for layer in model.layers]
    built_in = [model.optimizer, model.loss, model.train_function, model.stop_training]
    return [model.get_config(), nodes, trainable, *map(id, built_in), id(model.layers[-1].output)]
