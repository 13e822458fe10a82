"""Inspection of models within models, of wrappers and of custom layers."""

import contextlib

import keras
import numpy as np
import pytest

from mlcourse.inspection import dead_units, feature_maps, filters, gradient_norms, gradients
from tests.inspection.tiny import layers, pictures

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
X = pictures(5, 2, 1)


class Block(layers.Layer):
    """A custom layer with a list and a dict of layers, and an activation function of its own."""

    def __init__(self, **options):
        super().__init__(**options)
        self.convolutions = [layers.Conv2D(2, 1, name=f"conv{i}") for i in range(2)]
        self.others = {
            "norm": layers.BatchNormalization(name="norm"),
            "relu": layers.ReLU(name="r"),
        }
        self.activation = keras.activations.tanh

    def call(self, x):
        first, second = self.convolutions
        return self.activation(second(self.others["relu"](self.others["norm"](first(x)))))


class Own(keras.Model):
    """A subclassed model with a custom layer, a model with the same layer names, a shared layer."""

    def __init__(self):
        super().__init__(name="own_model")
        self.block = Block(name="block")
        self.encoder = keras.Sequential(
            [layers.Conv2D(2, 1, activation="elu", name="conv0"), layers.Flatten()], name="encoder"
        )
        self.shared = layers.Dense(8, "relu", name="shared")
        self.unused = layers.Conv2D(1, 1, name="unused")
        self.scale = self.add_weight(shape=(8, 2), initializer="glorot_normal", name="scale")

    def call(self, x, training=True):
        x = self.encoder(self.block(x))
        return keras.ops.matmul(self.shared(self.shared(x)), self.scale)


def own_model():
    """Return a built model, with one convolution that is built but never called."""
    keras.utils.set_random_seed(0)
    model = Own()
    model.unused.build((None, 2, 2, 2))
    model(np.zeros((1, 2, 2, 1)))
    return model


def in_wrappers():
    """Return a functional model: two inputs, a model per time step, bidirectional layers."""
    keras.utils.set_random_seed(0)
    step = keras.Sequential(
        [keras.Input((4, 4, 1)), layers.Conv2D(2, 3, activation="relu", name="conv")], name="step"
    )
    step.add(layers.Flatten())
    images, extra = keras.Input((3, 4, 4, 1), name="images"), keras.Input((2,), name="extra")
    x = layers.TimeDistributed(step, name="times")(images)
    x = layers.Bidirectional(layers.LSTM(2, name="lstm"), name="both")(x)
    outputs = layers.Dense(1, name="score")(layers.Concatenate()([x, extra]))
    return keras.Model([images, extra], outputs)


@contextlib.contextmanager
def functions_left_alone(model):
    """Fail unless the layers of a model have the same functions and values as before."""
    before = _functions(model), [np.array(one) for one in model.variables]
    yield
    assert _functions(model) == before[0]
    for one, other in zip(model.variables, before[1], strict=True):
        np.testing.assert_array_equal(one, other)


def _functions(model):
    layers = [model, *model._flatten_layers(include_self=False)]
    return [(vars(one).get("call"), vars(one).get("activation")) for one in layers]


def test_units_of_a_subclassed_model():
    model = own_model()
    model.encoder.layers[0].bias.assign([-99.0, 0])
    model.shared.set_weights([np.eye(8), np.array([-99.0] * 3 + [99] * 5)])
    with functions_left_alone(model):
        units = dead_units(model, pictures(40, 2, 1))
    assert list(units) == ["block/r", "block", "encoder/conv0", "shared"]
    assert units["encoder/conv0"] == 0.5
    assert units["shared"] == 3 / 8
    assert units.layers["block"].activation == "tanh"
    assert units.layers["shared"].uses == 2
    assert units.not_judged.keys() == {
        "block/conv0", "block/conv1", "block/norm", "unused", "own_model",
    }  # fmt: skip
    assert units.not_judged["own_model"].startswith("custom layer")


def test_maps_of_a_subclassed_model():
    model = own_model()
    with functions_left_alone(model), pytest.warns(UserWarning, match="no feature maps of unused"):
        maps = feature_maps(model, X)
    assert list(maps) == ["block/conv0", "block/conv1", "encoder/conv0"]
    block = model.block
    first = block.others["relu"](block.others["norm"](block.convolutions[0](X), training=False))
    second = block.convolutions[1](first)
    np.testing.assert_allclose(maps["block/conv0"], first, atol=1e-6)
    np.testing.assert_allclose(maps["block/conv1"], second, atol=1e-6)
    np.testing.assert_allclose(
        maps["encoder/conv0"], model.encoder.layers[0](keras.ops.tanh(second)), atol=1e-6
    )
    (whole,) = feature_maps(model, X, ["block"]).values()
    np.testing.assert_allclose(whole, np.tanh(second), atol=1e-6)
    np.testing.assert_array_equal(
        filters(model), np.transpose(block.convolutions[0].kernel, (3, 0, 1, 2))
    )


@pytest.mark.filterwarnings("ignore:Gradients do not exist for variables")
def test_gradients_of_a_subclassed_model():
    model = own_model()
    y = np.ones((5, 2), "float32")
    norms = gradient_norms(model, X, y, "mse", training=False)
    names = ["block/conv0", "block/conv1", "encoder/conv0", "shared", "unused", "own_model"]
    assert list(norms) == names
    assert norms["unused"] == 0
    found = dict(gradients(model, X, y, "mse", training=False))
    assert norms["shared"] == pytest.approx(np.linalg.norm(found["own_model/shared/kernel"]))
    # the last matrix product in NumPy
    model_with_ones = model(X, training=False)
    error = np.array(model_with_ones) - y
    hidden = model.shared(model.shared(model.encoder(model.block(X, training=False))))
    expected = np.array(hidden).T @ (2 * error / error.size)
    assert norms["own_model"] == pytest.approx(np.linalg.norm(expected), rel=1e-4)


def test_wrappers_and_several_inputs():
    model = in_wrappers()
    images, extra = pictures(6 * 3, 4, 1).reshape(6, 3, 4, 4, 1), np.ones((6, 2))
    model.get_layer("times").layer.layers[0].bias.assign([-99.0, 99])
    for x in ([images, extra], (images, extra), {"extra": extra, "images": images, "more": extra}):
        with functions_left_alone(model):
            units = dead_units(model, x)
        assert units == {"times/step/conv": 0.5}
        assert set(units.not_judged) == {"both/forward_lstm", "both/backward_lstm", "score"}
    maps = feature_maps(model, [images, extra])
    step = model.get_layer("times").layer.layers[0]
    for number, name in enumerate(maps):
        np.testing.assert_allclose(maps[name], step(images[:, number]), atol=1e-5)
    assert list(maps) == [f"times/step/conv{use}" for use in ("", ", use 2", ", use 3")]
    norms = gradient_norms(model, [images, extra], np.ones((6, 1)), "mse")
    assert list(norms) == ["times/step/conv", "both/forward_lstm", "both/backward_lstm", "score"]
    paths = [path for path, _ in gradients(model, [images, extra], np.ones((6, 1)), "mse")]
    assert paths[0] == "times/step/conv/kernel"
    assert len(set(paths)) == len(paths)


def test_inputs_that_do_not_fit_are_refused():
    model = in_wrappers()
    images, extra = np.ones((6, 3, 4, 4, 1)), np.ones((6, 2))
    wrong = {
        r"x must have 2 arrays, one for each input .* Got 1 instead": images,
        r"x must have 2 arrays, one for each input .* Got 3 instead": [images, extra, extra],
        r"array 2 of x must be of shape \(n, 2\)": [images, images],
        r"arrays of x must have the same length.* Got \[5, 6\]": [images, extra[:5]],
        r"an array for each input, images, extra\. Got images instead": {"images": images},
        r"array 2 of x must be finite\. Got inf": [images, extra * np.inf],
    }
    for message, x in wrong.items():
        for look in (dead_units, feature_maps):
            with pytest.raises(ValueError, match=message):
                look(model, x)


def test_two_layers_of_one_name_are_both_listed():
    one, other = (
        keras.Sequential([keras.Input((2,)), layers.Dense(2, "relu", name="dense")], name=name)
        for name in ("one", "other")
    )

    class Twins(keras.Model):
        def __init__(self):
            super().__init__()
            self.parts = [one, other]
            self.heads = [layers.Dense(2, "relu", name="head") for _ in range(2)]

        def call(self, x):
            return sum(head(part(x)) for head, part in zip(self.heads, self.parts, strict=True))

    model = Twins()
    model(np.ones((1, 2)))
    names = ["one/dense", "other/dense", "head", "head (2)"]
    assert list(gradient_norms(model, np.ones((2, 2)), np.ones((2, 2)), "mse")) == names
    assert set(dead_units(model, np.ones((2, 2)))) == set(names)


def test_an_error_in_the_model_leaves_its_layers_as_they_were():
    class Broken(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense, self.is_broken = layers.Dense(2, "relu"), False

        def call(self, x):
            if self.is_broken:
                raise RuntimeError("broken")
            return self.dense(x)

    model = Broken()
    model(np.ones((1, 2)))
    model.is_broken = True
    with functions_left_alone(model), pytest.raises(RuntimeError, match="broken"):
        dead_units(model, np.ones((1, 2)))


def test_a_layer_in_a_compiled_function_is_named_with_the_reason():
    class Mapped(keras.Model):
        def __init__(self):
            super().__init__()
            self.first = layers.Conv2D(2, 1, activation="relu", name="first")
            self.rows = layers.Dense(2, "tanh", name="rows")

        def call(self, x):
            return keras.ops.vectorized_map(self.rows, self.first(x))

    model = Mapped()
    model.rows.build((None, 2))
    model(X)
    units = dead_units(model, X)
    assert list(units) == ["first"]
    assert units.not_judged == {"rows": "computed in a compiled function"}
    assert list(feature_maps(model, X)) == ["first"]


def test_inputs_that_a_subclassed_model_cannot_use_are_refused():
    class Pair(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2, "relu", name="dense")

        def call(self, x):
            return self.dense(x["left"]) + self.dense(x["right"])

    model = Pair()
    x = {"left": np.ones((4, 3)), "right": -np.ones((4, 3))}
    model({name: one[:1] for name, one in x.items()})
    assert dead_units(model, x).layers["dense"].uses == 2
    assert list(gradient_norms(model, x, np.ones((4, 2)), "mse")) == ["dense"]
    for wrong in (np.ones((4, 3)), {"left": x["left"]}, [x["left"], x["right"]]):
        with pytest.raises(ValueError, match=r"x must fit the model\. Got"):
            dead_units(model, wrong)
        with pytest.raises(ValueError, match=r"must be valid arguments of model\.fit\. Got"):
            gradients(model, wrong, np.ones((4, 2)), "mse")
