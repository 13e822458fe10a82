"""Conversion of models from and to Keras."""

import keras
import numpy as np
import pytest

from mlcourse.scratch import (
    BCE,
    GD,
    MSE,
    Activation,
    Affine,
    BatchNorm,
    Conv2D,
    CrossEntropy,
    Data,
    Dataloader,
    Dropout,
    Flatten,
    Layer,
    LeakyRelu,
    Learner,
    MaxPool2D,
    Model,
    Relu,
    Sampler,
    Sigmoid,
    Softmax,
    Tanh,
    from_keras,
    to_keras,
)

LAYERS = keras.layers


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def params(model):
    return [array for layer in model.layers for array in layer.params.values()]


def randomized(model):
    """Set random weights and moving statistics in a Keras model, and return it."""
    rng, arrays = np.random.default_rng(0), []
    for w in model.get_weights():
        size = np.prod(w.shape[:-1]) ** -0.5 if w.ndim > 1 else 0.5  # for outputs near 1
        arrays.append(rng.normal(0, size, w.shape))
    model.set_weights(arrays)
    for layer in model.layers:
        if isinstance(layer, LAYERS.BatchNormalization):
            layer.moving_variance.assign(rng.uniform(0.5, 2, layer.moving_variance.shape))
    return model


def dense(dtype="float32"):
    options = {"dtype": dtype}
    return [
        keras.Input((6,), dtype=dtype),
        LAYERS.Dense(8, "relu", **options),
        LAYERS.BatchNormalization(momentum=0.7, epsilon=0.01, **options),
        LAYERS.Dropout(0.4, **options),
        LAYERS.Dense(7, use_bias=False, **options),
        LAYERS.LeakyReLU(negative_slope=0.25, **options),
        LAYERS.Dense(5, **options),
        LAYERS.BatchNormalization(scale=False, **options),
        LAYERS.Activation("tanh", **options),
        LAYERS.Dense(3, "softmax", **options),
    ]


def functions():
    steps = [
        LAYERS.ReLU(),
        LAYERS.ELU(),
        LAYERS.ReLU(negative_slope=0.2),
        LAYERS.Activation("gelu"),
    ]
    steps += [LAYERS.Activation(name) for name in ("leaky_relu", "selu", "silu", "softplus")]
    steps += [LAYERS.Activation("linear"), LAYERS.BatchNormalization(center=False)]
    hidden = [layer for step in steps for layer in (LAYERS.Dense(5), step)]
    return [keras.Input((4,)), *hidden, LAYERS.Dense(1, activation=LAYERS.LeakyReLU())]


def images(padding="valid", size=3, pool=2):
    return [
        keras.Input((13, 11, 2)),
        LAYERS.Conv2D(4, size, padding=padding, activation="relu"),
        LAYERS.MaxPooling2D(pool),
        LAYERS.Conv2D(3, 2, padding=padding, use_bias=False),
        LAYERS.LeakyReLU(negative_slope=0.2),
        LAYERS.Dropout(0.3),
        LAYERS.Flatten(),
        LAYERS.Dense(3, "softmax"),
    ]


def nested():
    inner = keras.Sequential([keras.Input((5,)), LAYERS.Dense(4, "elu"), LAYERS.Dense(3, "tanh")])
    inputs = keras.Input((2, 3))
    hidden = inner(LAYERS.Dense(5, "sigmoid")(LAYERS.Flatten()(inputs)))
    return keras.Model(inputs, LAYERS.Softmax()(LAYERS.Dense(2)(hidden)))


CONVERTED = {
    "dense": lambda: keras.Sequential(dense()),
    "functions": lambda: keras.Sequential(functions()),
    "images": lambda: keras.Sequential(images()),
    "images, same": lambda: keras.Sequential(images("same")),
    "images, even filters": lambda: keras.Sequential(images("same", 4)),
    "images, one pixel": lambda: keras.Sequential(images("valid", 1, 1)),
    "images, large blocks": lambda: keras.Sequential(images("same", 5, 4)),
    "nested": nested,
}


@pytest.mark.parametrize("name", CONVERTED)
def test_a_model_of_keras_predicts_the_same_here_and_back_there(name):
    theirs = randomized(CONVERTED[name]())
    ours, x = from_keras(theirs), numbers(9, *theirs.input_shape[1:])
    expected = theirs.predict(x, verbose=0)
    assert ours.dtype == ours(x).dtype == "float32"
    np.testing.assert_allclose(ours(x), expected, atol=1e-5)
    assert np.ptp(expected, axis=0).max() > 0.01  # predictions differ between examples
    again = to_keras(ours, theirs.input_shape[1:])
    np.testing.assert_allclose(again.predict(x, verbose=0), expected, atol=1e-5)


def test_settings_go_there_and_back():
    ours = from_keras(to_keras(from_keras(randomized(keras.Sequential(dense())))))
    norm, drop, leak = ours.layers[2], ours.layers[3], ours.layers[5]
    assert (norm.momentum, norm.epsilon, drop.rate) == (0.7, 0.01, 0.4)
    np.testing.assert_allclose(leak.forward(np.array([-1.0, 1.0])), [-0.25, 1.0])
    kinds = [type(layer) for layer in ours.layers]
    norm = [BatchNorm, Activation]
    first = [Affine, Activation, BatchNorm, Dropout]
    assert kinds == [*first, Affine, Activation, Affine, *norm, Affine, Activation]


def own():
    """Return a model from scratch with all kinds of layers, and its input shape."""
    layers = [Conv2D("edges", 1, 3, 3, "same"), Relu("relu"), MaxPool2D("pool"), Dropout("d", 0.5)]
    layers += [Conv2D("shapes", 3, 2, 2), Tanh("tanh"), Flatten("flat"), Affine("a", 12, 5)]
    layers += [BatchNorm("norm", 5, momentum=0.9), LeakyRelu("leak", 0.25), Affine("last", 5, 1)]
    return Model([*layers, Sigmoid("p")]), (6, 8, 1)


def test_a_model_from_scratch_predicts_the_same_in_keras():
    model, shape = own()
    model(numbers(20, *shape), training=True)  # updates the statistics
    theirs, x = to_keras(model, shape), numbers(9, *shape, seed=1)
    assert isinstance(theirs, keras.Sequential) and theirs.input_shape == (None, *shape)
    np.testing.assert_allclose(theirs.predict(x, verbose=0), model(x), atol=1e-5)
    np.testing.assert_allclose(from_keras(theirs)(x), model(x), atol=1e-6)


def test_float64_stays_float64():
    theirs = randomized(keras.Sequential(dense("float64")))
    x = numbers(9, 6).astype("float32")  # as Keras rounds the inputs of predict
    rounding = (
        1e-12 if keras.backend.backend() == "tensorflow" else 1e-6
    )  # other backends round intermediate results
    ours = from_keras(theirs, "float64")
    assert ours.dtype == ours(x).dtype == "float64"
    np.testing.assert_allclose(ours(x), theirs.predict(x, verbose=0), rtol=rounding)
    again = to_keras(ours)
    assert {str(weight.dtype) for weight in again.weights} == {"float64"}
    np.testing.assert_allclose(again.predict(x, verbose=0), ours(x), rtol=rounding)
    assert from_keras(theirs).dtype == "float32"


def arrays(model):
    """Return the weights and statistics of a model of Keras or from scratch."""
    if isinstance(model, keras.Model):
        return model.get_weights()
    layers = [layer.params | layer.state for layer in model.layers]
    return [array.copy() for named in layers for array in named.values()]


def train_ours(model):
    data = Data(numbers(8, 6), np.arange(8) % 3)
    Learner(CrossEntropy(), model, GD(0.5), 2).train_loop(Dataloader(data, Sampler(data, 4)))


def train_theirs(model):
    model.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy", run_eagerly=True)
    model.train_on_batch(numbers(8, 6), np.arange(8) % 3)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_are_copies(dtype):
    theirs = randomized(keras.Sequential(dense(dtype)))
    ours = from_keras(theirs, dtype)
    again = to_keras(ours)
    models = [theirs, ours, again]
    for trained, train in zip(models, [train_theirs, train_ours, train_theirs], strict=True):
        before = [arrays(model) for model in models]
        train(trained)
        for model, old in zip(models, before, strict=True):
            pairs = zip(arrays(model), old, strict=True)
            moved = [bool((new != start).any()) for new, start in pairs]
            assert any(moved) is (model is trained)


def test_writing_to_an_array_of_ours_changes_nothing_in_keras():
    theirs = randomized(keras.Sequential(dense("float64")))
    before, ours = theirs.get_weights(), from_keras(theirs, "float64")
    for layer in ours.layers:
        for array in (layer.params | layer.state).values():
            array += 1
    for array, old in zip(theirs.get_weights(), before, strict=True):
        np.testing.assert_array_equal(array, old)


NETWORKS = {
    "784-100-100-2-1": (
        [
            Affine("first", 784, 100),
            Relu("relu 1"),
            Affine("second", 100, 100),
            Relu("relu 2"),
            Affine("third", 100, 2),
            Tanh("tanh"),
            Affine("last", 2, 1),
            Sigmoid("sigmoid"),
        ],
        BCE(),
        "binary_crossentropy",
        np.arange(32)[:, None] % 2,
    ),
    "784-50-10": (
        [
            Affine("first", 784, 50),
            LeakyRelu("leak"),
            Affine("last", 50, 10),
            Softmax("softmax"),
        ],
        CrossEntropy(),
        "sparse_categorical_crossentropy",
        np.arange(32) % 10,
    ),
    "batch norm": (
        [
            Affine("first", 784, 30),
            BatchNorm("norm", 30, momentum=0.8),
            Relu("relu"),
            Affine("last", 30, 3),
            BatchNorm("norm 2", 3),
            Softmax("softmax"),
        ],
        CrossEntropy(),
        "sparse_categorical_crossentropy",
        np.arange(32) % 3,
    ),
    "mean squared error": (
        [Affine("first", 784, 20), Sigmoid("sigmoid"), Affine("last", 20, 2)],
        MSE(),
        "mse",
        numbers(32, 2, seed=2),
    ),
    "images": (
        [
            Conv2D("edges", 1, 4, 3, "same"),
            Tanh("tanh"),
            MaxPool2D("pool", 3),
            Conv2D("shapes", 4, 3, 2),
            Relu("relu"),
            Flatten("flat"),
            Affine("last", 192, 1),
            Sigmoid("sigmoid"),
        ],
        BCE(),
        "binary_crossentropy",
        np.arange(32)[:, None] % 2,
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_are_those_of_keras(name):
    """One step of SGD with learning rate 1 subtracts the gradient."""
    layers, loss, theirs, y = NETWORKS[name]
    shape = (28, 28, 1) if name == "images" else (784,)
    x, model = np.random.default_rng(1).random((32, *shape)), Model(layers)
    twin = to_keras(model, shape)
    body = Model(layers[:-1]) if loss.output != "linear" else model
    value, gradient = loss.value_and_gradient(body(x, training=True), y)
    body.backward(gradient)

    twin.compile(keras.optimizers.SGD(1.0), theirs, run_eagerly=True)
    before = [weight.numpy() for weight in twin.trainable_variables]
    assert twin.train_on_batch(x, y) == pytest.approx(value, rel=1e-4)
    steps = [
        old - weight.numpy() for old, weight in zip(before, twin.trainable_variables, strict=True)
    ]
    ours = [layer.grads[key] for layer in layers for key in layer.params]
    largest = [np.abs(step).max() for step in steps]
    for computed, step, size in zip(ours, steps, largest, strict=True):
        assert computed.dtype == "float32"
        size = max(size, max(largest) / 100)  # a bias before a batch norm has a gradient of 0
        np.testing.assert_allclose(computed, step, rtol=0, atol=1e-4 * size)
    moved = [array for layer in layers for array in layer.state.values()]
    for array, variable in zip(moved, twin.non_trainable_variables, strict=True):
        np.testing.assert_allclose(array, variable.numpy(), rtol=1e-4, atol=1e-6)


def skip():
    inputs = keras.Input((3,))
    return keras.Model(inputs, LAYERS.Add()([inputs, LAYERS.Dense(3)(inputs)]))


def shared():
    inputs, layer = keras.Input((3,)), LAYERS.Dense(3)
    return keras.Model(inputs, layer(layer(inputs)))


def two_outputs():
    inputs = keras.Input((3,))
    return keras.Model(inputs, [LAYERS.Dense(4)(inputs), LAYERS.Dense(2)(inputs)])


def with_layer(layer, *shape):
    return lambda: keras.Sequential([keras.Input(shape), layer])


REFUSED = [
    (
        with_layer(LAYERS.Conv2D(2, 3, strides=2, name="edges"), 9, 9, 1),
        r"layer edges must have strides=\(1, 1\) .* Got \(2, 2\) instead",
    ),
    (
        with_layer(LAYERS.Conv2D(2, (3, 2), name="edges"), 9, 9, 1),
        r"layer edges must have kernel_size=\(3, 3\) .* Got \(3, 2\) instead",
    ),
    (
        with_layer(LAYERS.Conv2D(2, 3, dilation_rate=2, name="edges"), 9, 9, 1),
        r"layer edges must have dilation_rate=\(1, 1\) .* Got \(2, 2\) instead",
    ),
    (
        with_layer(LAYERS.Conv2D(2, 3, groups=2, name="edges"), 9, 9, 4),
        r"layer edges must have groups=1 .* Got 2 instead",
    ),
    (
        with_layer(LAYERS.Conv2D(2, 3, data_format="channels_first", name="edges"), 4, 9, 9),
        r"layer edges must have data_format=channels_last .* Got channels_first instead",
    ),
    (
        with_layer(LAYERS.MaxPooling2D(2, strides=1, name="pool"), 9, 9, 1),
        r"layer pool must have strides=\(2, 2\) .* Got \(1, 1\) instead",
    ),
    (
        with_layer(LAYERS.MaxPooling2D(2, padding="same", name="pool"), 9, 9, 1),
        r"layer pool must have padding=valid .* Got same instead",
    ),
    (
        with_layer(LAYERS.MaxPooling2D((2, 3), name="pool"), 9, 9, 1),
        r"layer pool must have pool_size=\(2, 2\) .* Got \(2, 3\) instead",
    ),
    (
        with_layer(LAYERS.BatchNormalization(axis=1, name="norm"), 4, 3),
        r"layer norm must have inputs \(examples, features\) .* Got \(None, 4, 3\) instead",
    ),
    (
        with_layer(LAYERS.BatchNormalization(name="norm"), 6, 6, 2),
        r"layer norm must have inputs \(examples, features\) .* Got \(None, 6, 6, 2\) instead",
    ),
    (
        with_layer(LAYERS.Dense(2, name="each"), 4, 3),
        r"layer each must have inputs \(examples, features\) .* Got \(None, 4, 3\) instead",
    ),
    (with_layer(LAYERS.LSTM(2, name="memory"), 4, 3), r"Got LSTM \(memory\) instead"),
    (
        with_layer(LAYERS.EinsumDense("ab,bc->ac", 3, activation="relu", name="sum"), 3),
        r"Got EinsumDense \(sum\) instead",
    ),
    (
        with_layer(LAYERS.Conv1D(2, 2, name="line"), 4, 3),
        r"Got Conv1D \(line\) instead",
    ),
    (
        with_layer(LAYERS.LayerNormalization(name="norm"), 4),
        r"of Dense, Dropout, BatchNormalization, .* Got LayerNormalization \(norm\) instead",
    ),
    (with_layer(LAYERS.PReLU(name="leak"), 4), r"for conversion\. Got PReLU \(leak\) instead"),
    (
        with_layer(LAYERS.AveragePooling2D(2, name="pool"), 8, 8, 1),
        r"for conversion\. Got AveragePooling2D \(pool\) instead",
    ),
    (
        with_layer(LAYERS.GaussianNoise(0.1, name="noise"), 4),
        r"for conversion\. Got GaussianNoise \(noise\) instead",
    ),
    (with_layer(LAYERS.ReLU(max_value=6), 4), r"ReLU .* max_value, None\. Got 6 instead"),
    (with_layer(LAYERS.Dense(2, "hard_sigmoid"), 4), r"must be one of .* Got 'hard_sigmoid' inst"),
    (skip, r"a chain .* Got a layer with several inputs instead"),
    (shared, r"a chain .* Got a layer that is used twice instead"),
    (two_outputs, r"a chain .* Got 1 inputs and 2 outputs instead"),
]


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_layers_that_are_not_convertible_raise(make, message):
    with pytest.raises(ValueError, match=message):
        from_keras(make())


def test_a_layer_of_ones_own_is_refused_by_name():
    class Twice(Layer):
        def forward(self, x, training=False):
            return 2 * x

    with pytest.raises(ValueError, match=r"a layer must be one of Affine, .*\. Got Twice instead"):
        to_keras(Model([Affine("sum", 2, 2), Twice("twice")]))


def test_a_first_layer_that_takes_any_shape_needs_one():
    model = Model([Flatten("row"), Affine("sum", 4, 2)])
    with pytest.raises(ValueError, match=r"input_shape must be the shape of an example"):
        to_keras(model)
    assert to_keras(model, (2, 2)).input_shape == (None, 2, 2)


def test_a_model_that_is_not_built_is_refused():
    model = keras.Sequential([LAYERS.Dense(2)])
    with pytest.raises(ValueError, match="a model must be built before its conversion"):
        from_keras(model)
