"""Conversion of models of all kinds to a `Network`."""

import functools

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from mlcourse import activations, models, scratch
from mlcourse.networks import from_model

RNG = np.random.default_rng(0)
LAYERS = keras.layers


def predict(network, x):
    return np.array([network.run(row).a[-1] for row in x])


def functional():
    inner = keras.Sequential([keras.Input((5,)), LAYERS.Dense(4, "elu"), LAYERS.Dropout(0.2)])
    inputs = keras.Input((2, 3))
    hidden = inner(LAYERS.Dense(5, "softplus")(LAYERS.Flatten()(inputs)))
    hidden = LAYERS.Dense(4, activation=LAYERS.LeakyReLU(negative_slope=0.4))(hidden)
    return keras.Model(inputs, LAYERS.Softmax()(LAYERS.Dense(3, use_bias=False)(hidden)))


def activation_layers():
    steps = [LAYERS.ReLU(negative_slope=0.3), LAYERS.LeakyReLU(), LAYERS.ELU(), LAYERS.ReLU()]
    hidden = [layer for step in steps for layer in (LAYERS.Dense(4), step)]
    return keras.Sequential([keras.Input((6,)), *hidden, LAYERS.Dense(2, "sigmoid")])


def normalized():
    made = models.mlp(6, (8, 4), classes=3, batch_norm=True, dropout=0.5, activation="leaky_relu")
    made.set_weights([RNG.uniform(0.5, 1.5, weight.shape) for weight in made.get_weights()])
    return made


def statistics(shape):
    """Return random means and variances for normalization of the last axis."""
    return {"mean": RNG.normal(size=shape[-1]), "variance": RNG.uniform(0.5, 2, shape[-1])}


def batch_norm_of_images():
    """Return a model with batch normalization and other scaling of images before a dense layer."""
    shape = (2, 3, 4)
    layers = [
        LAYERS.Rescaling([0.5, 2.0, 1.0, -1.0], 0.1),
        LAYERS.BatchNormalization(axis=1),
        LAYERS.Normalization(**statistics(shape)),
        LAYERS.Normalization(axis=(1, 3), mean=np.ones((2, 4)), variance=np.full((2, 4), 4.0)),
    ]
    dense = [LAYERS.Flatten(), LAYERS.Dense(3, "tanh"), LAYERS.Rescaling(2.0, 1.0), LAYERS.Dense(2)]
    made = keras.Sequential([keras.Input(shape), *layers, *dense])
    made.set_weights([RNG.uniform(0.5, 1.5, weight.shape) for weight in made.get_weights()])
    return made


def adapted():
    """Return a model with adapted normalization and dropout of the inputs."""
    normalization = LAYERS.Normalization()
    normalization.adapt(RNG.normal(2, 3, (50, 6)).astype("float32"))
    inputs = keras.Input((6,))
    x = LAYERS.Dropout(0.5)(normalization(inputs))
    return keras.Model(inputs, LAYERS.Dense(3, "softmax")(LAYERS.Dense(4, "relu")(x)))


def inverted():
    """Return a model with inverted normalization of the outputs."""
    scaled = LAYERS.Normalization(invert=True, **statistics((6,)))
    return keras.Sequential(
        [keras.Input((6,)), LAYERS.BatchNormalization(), LAYERS.Dense(6), scaled]
    )


BEFORE_ACTIVATION = keras.Sequential(
    [
        keras.Input((6,)),
        LAYERS.Dense(4),
        LAYERS.BatchNormalization(scale=False),
        LAYERS.Activation("silu"),
        LAYERS.Dense(1),
        LAYERS.BatchNormalization(center=False),
    ]
)


@pytest.mark.parametrize(
    "made",
    [
        *(functional(), activation_layers(), normalized(), BEFORE_ACTIVATION),
        *(batch_norm_of_images(), adapted(), inverted()),
    ],
    ids=[
        *("functional", "activation layers", "batch norm", "batch norm before the activation"),
        *("scaled images", "adapted", "inverted"),
    ],
)
def test_a_keras_model_has_the_same_predictions_and_its_parameters(made):
    network = from_model(made)
    x = RNG.normal(size=(20, *made.input_shape[1:]))
    np.testing.assert_allclose(predict(network, x), made.predict(x, verbose=0), atol=2e-6)
    assert sum(network.count_params()) == made.count_params()


@pytest.mark.parametrize("name", ["relu", "selu", "gelu", "silu", "tanh", "linear", "leaky_relu"])
def test_hidden_outputs_are_those_of_a_submodel(name):
    made = models.mlp(6, (5, 4), classes=3, activation=name, initializer="glorot_normal")
    x = RNG.normal(size=6)
    run = from_model(made).run(x)
    for number, layer in enumerate(made.layers, start=1):
        part = keras.Model(made.inputs, layer.output)
        np.testing.assert_allclose(run.a[number], part.predict(x[None], verbose=0)[0], atol=1e-6)


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_a_scikit_learn_mlp_keeps_its_predict(activation):
    options = {"activation": activation, "solver": "lbfgs", "max_iter": 2000, "alpha": 1.0}
    x = RNG.normal(size=(60, 3))
    for y in (x[:, 0] > 0, np.digitize(x[:, 1], [-0.5, 0.5])):
        fitted = MLPClassifier((4, 5), **options).fit(x, y)
        expected = fitted.predict_proba(x)
        given = predict(from_model(fitted), x)
        np.testing.assert_allclose(given, expected[:, -given.shape[1] :], atol=1e-9)
    fitted = MLPRegressor(hidden_layer_sizes=(4,), **options).fit(x, x[:, 0])
    np.testing.assert_allclose(predict(from_model(fitted), x)[:, 0], fitted.predict(x))


def test_layers_with_params_are_a_network():
    def layer(name, **params):
        return type(name, (), {"params": params})()

    first = layer("Affine", w=RNG.normal(size=(3, 4)), b=RNG.normal(size=(1, 4)))
    second = layer("Affine", w=RNG.normal(size=(4, 1)), b=RNG.normal(size=(1, 1)))
    model = type("Model", (), {"layers": [first, layer("Relu"), second, layer("Sigmoid")]})()
    x = RNG.normal(size=(5, 3))
    hidden = np.maximum(x @ first.params["w"] + first.params["b"], 0)
    expected = 1 / (1 + np.exp(-(hidden @ second.params["w"] + second.params["b"])))
    network = from_model(model)
    np.testing.assert_allclose(predict(network, x), expected)
    assert network.loss == "binary_crossentropy"


def test_matrices_may_be_followed_by_their_bias():
    weights = [RNG.normal(size=shape) for shape in ((3, 4), (4,), (4, 2))]
    network = from_model(weights)
    assert network.sizes == [3, 4, 2]
    assert network.count_params() == (20, 4, 0)
    x = RNG.normal(size=3)
    expected = (x @ weights[0] + weights[1]) @ weights[2]
    np.testing.assert_allclose(network.run(x).a[-1], expected)
    assert from_model(network) is network
    pairs = [(weights[0], weights[1]), weights[2]]
    assert from_model(pairs).count_params() == (20, 4, 0)
    assert from_model(weights[0]).sizes == [3, 4]


def two_outputs():
    inputs = keras.Input((3,))
    hidden = LAYERS.Dense(4)(inputs)
    return keras.Model(inputs, [LAYERS.Dense(4)(hidden), LAYERS.Dense(2)(hidden)])


def skip():
    inputs = keras.Input((3,))
    return keras.Model(inputs, LAYERS.Add()([inputs, LAYERS.Dense(3)(inputs)]))


def plus():
    inputs = keras.Input((3,))
    return keras.Model(inputs, LAYERS.Dense(3)(inputs) + inputs)


def operation():
    inputs = keras.Input((3,))
    return keras.Model(inputs, keras.ops.relu(LAYERS.Dense(3)(inputs)))


def parallel():
    inputs = keras.Input((3,))
    return keras.Model(inputs, LAYERS.Multiply()([LAYERS.Dense(3)(inputs) for _ in "ab"]))


def shared():
    inputs, layer = keras.Input((3,)), LAYERS.Dense(3)
    return keras.Model(inputs, layer(layer(inputs)))


def shared_in_sequence():
    layer = LAYERS.Dense(3)
    return keras.Sequential([keras.Input((3,)), layer, layer])


def nested_twice():
    inputs, inner = keras.Input((3,)), keras.Sequential([keras.Input((3,)), LAYERS.Dense(3)])
    return keras.Model(inputs, inner(inner(inputs)))


def two_inputs():
    inputs = [keras.Input((3,)), keras.Input((2,))]
    return keras.Model(inputs, LAYERS.Dense(3)(inputs[0]))


class Subclass(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = LAYERS.Dense(3)

    def call(self, inputs):
        return self.dense(inputs) + inputs


def subclass():
    model = Subclass()
    model(np.ones((1, 3)))
    return model


def activated(activation):
    return keras.Sequential([keras.Input((3,)), LAYERS.Dense(2, activation=activation)])


REFUSED = [
    (lambda: [], r"at least one layer of weights\. Got none"),
    (lambda: [np.ones((2, 3, 4))], r"must be matrices.* Got an array of shape \(2, 3, 4\)"),
    (lambda: [np.ones(3), np.ones((3, 1))], r"must be matrices.* Got an array of shape \(3,\)"),
    (lambda: [np.ones((2, 3)), np.ones((2, 1))], r"an input for each unit.* Got 3 units before 2"),
    (lambda: [np.ones((2, 3)), np.ones(2)], r"a bias each\. Got weights of shape \(2, 3\) and 2"),
    (lambda: [np.ones((0, 3))], r"must have inputs, units and a bias each\. Got .*\(0, 3\)"),
    (lambda: [np.full((2, 2), np.nan)], r"must be finite"),
    (lambda: "a network", r"must be given by layer sizes, .* Got 'a network'"),
    (lambda: None, r"must be given by layer sizes, .* Got None"),
    (lambda: keras.Sequential([LAYERS.Dense(3)]), r"must be built .* Got a Sequential without"),
    (lambda: MLPClassifier(), r"must be fitted .* Got MLPClassifier\(\)"),
    (two_outputs, r"a chain of dense layers.* Got 1 inputs and 2 outputs"),
    (two_inputs, r"a chain of dense layers.* Got 2 inputs and 1 outputs"),
    (skip, r"a chain of dense layers.* Got a layer with several inputs"),
    (plus, r"a chain of dense layers.* Got a Add operation"),
    (operation, r"a chain of dense layers.* Got a Relu operation"),
    (parallel, r"a chain of dense layers.* Got a layer with several inputs"),
    (shared, r"a chain of dense layers.* Got a layer that is used twice"),
    (shared_in_sequence, r"a chain of dense layers.* Got a layer that is used twice"),
    (nested_twice, r"a chain of dense layers.* Got a layer that is used twice"),
    (subclass, r"a chain of dense layers.* Got Subclass, whose call may do anything"),
    (lambda: [["a", "b"], ["c", "d"]], r"must be arrays of numbers"),
    (
        lambda: keras.Sequential([keras.Input((8, 8, 1)), LAYERS.Conv2D(2, 3)]),
        r"a chain of dense layers.* Got a Conv2D layer",
    ),
    (
        lambda: keras.Sequential([keras.Input((5, 3)), LAYERS.Dense(2)]),
        r"flat inputs.* Got inputs of shape \(5, 3\)",
    ),
    (
        lambda: keras.Sequential([keras.Input((3,)), LAYERS.Dense(2, "hard_sigmoid")]),
        r"must be one of sigmoid, tanh.* Got 'hard_sigmoid'",
    ),
    (lambda: activated(LAYERS.PReLU()), r"must be one of sigmoid, tanh.* Got 'PReLU'"),
    (
        lambda: activated(functools.partial(keras.activations.leaky_relu, negative_slope=0.3)),
        r"must be one of sigmoid, tanh.* Got 'partial'",
    ),
    (
        lambda: keras.Sequential([keras.Input((3,)), LAYERS.Dense(2), LAYERS.ReLU(max_value=6)]),
        r"default max_value.* Got 6",
    ),
    (
        lambda: keras.Sequential([keras.Input((3,)), LAYERS.ReLU(), LAYERS.Dense(2)]),
        r"a chain of dense layers.*; plot_model_graph plots other models\. Got a ReLU layer",
    ),
    (
        lambda: keras.Sequential([keras.Input((3,)), LAYERS.Dense(2, approximate_gelu)]),
        r"GELU must be exact.* Got a function with approximate=True",
    ),
    (
        lambda: make_pipeline(StandardScaler(), LogisticRegression()),
        r"a pipeline must end in an MLPClassifier .* Got one that ends in LogisticRegression",
    ),
    (
        lambda: make_pipeline(StandardScaler(), MLPClassifier()),
        r"must be fitted .* Got MLPClassifier\(\)",
    ),
]


def approximate_gelu(x, approximate=True):
    """Return the approximation of GELU; JAX names it gelu."""
    return keras.activations.gelu(x, approximate=approximate)


approximate_gelu.__name__ = "gelu"


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_other_models_raise(make, message):
    with pytest.raises(ValueError, match=message):
        from_model(make())


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        ("mse", "mean_squared_error"),
        ("MeanSquaredError", "mean_squared_error"),
        (keras.losses.MeanSquaredError(name="error"), "mean_squared_error"),
        (keras.losses.sparse_categorical_crossentropy, "categorical_crossentropy"),
        (keras.losses.SparseCategoricalCrossentropy(), "categorical_crossentropy"),
        (keras.losses.Huber(name="mean_squared_error"), "huber"),
    ],
)
def test_the_loss_is_the_compiled_one_whatever_it_is_called(loss, name):
    model = keras.Sequential([keras.Input((3,)), LAYERS.Dense(2, "softmax")])
    model.compile(loss=loss)
    assert from_model(model).loss == name


def test_a_model_with_an_unknown_loss_is_converted():
    model = keras.Sequential([keras.Input((3,)), LAYERS.Dense(2, "softmax")])
    model.compile(loss=["mse"])
    with pytest.raises(ValueError, match=r"a gradient needs .* Got list"):
        from_model(model).run(np.ones(3), 1)


def randomized(made):
    """Set random parameters and moving statistics in a model from scratch, and return it."""
    for layer in made.layers:
        for name, array in layer.params.items():
            layer.params[name] = RNG.normal(size=array.shape).astype(array.dtype)
        for name, array in layer.state.items():
            layer.state[name] = RNG.uniform(0.3, 3, array.shape).astype(array.dtype)
    return made


FROM_SCRATCH = {
    "Affine alone": lambda: [scratch.Affine("1", 6, 3)],
    "Relu and Softmax": lambda: [
        *[scratch.Affine("1", 6, 5), scratch.Relu("f")],
        *[scratch.Affine("2", 5, 3), scratch.Softmax("g")],
    ],
    "LeakyRelu": lambda: [
        *[scratch.Affine("1", 6, 5), scratch.LeakyRelu("f"), scratch.Affine("2", 5, 4)],
        *[scratch.LeakyRelu("h", 0.7), scratch.Affine("3", 4, 2), scratch.Sigmoid("g")],
    ],
    "Tanh, Dropout": lambda: [
        *[scratch.Affine("1", 6, 5), scratch.Tanh("f"), scratch.Dropout("d", 0.5)],
        scratch.Affine("2", 5, 3),
    ],
    "BatchNorm": lambda: [
        *[scratch.Affine("1", 6, 5), scratch.BatchNorm("n", 5, epsilon=0.1), scratch.Relu("f")],
        *[scratch.Dropout("d", 0.3), scratch.Affine("2", 5, 4), scratch.Relu("h")],
        *[scratch.BatchNorm("m", 4), scratch.Affine("3", 4, 3), scratch.Softmax("g")],
    ],
    "other functions": lambda: [
        *[scratch.Affine("1", 6, 5), scratch.Activation("f", activations.find("gelu"))],
        *[scratch.Affine("2", 5, 3), scratch.Activation("g", activations.find("linear"))],
    ],
    "Flatten": lambda: [scratch.Flatten("flat"), scratch.Affine("1", 6, 3), scratch.Relu("f")],
}


@pytest.mark.parametrize("layers", FROM_SCRATCH.values(), ids=FROM_SCRATCH)
def test_a_model_from_scratch_has_the_same_predictions_and_its_parameters(layers):
    made = randomized(scratch.Model(layers()))
    x = RNG.normal(size=(20, 6))
    network = from_model(made)
    np.testing.assert_allclose(predict(network, x), made(x), rtol=1e-4, atol=1e-5)
    arrays = [a for layer in made.layers for a in (*layer.params.values(), *layer.state.values())]
    assert sum(network.count_params()) == sum(array.size for array in arrays)


@pytest.mark.parametrize("layers", FROM_SCRATCH.values(), ids=FROM_SCRATCH)
def test_a_model_from_scratch_keeps_its_outputs_on_the_way(layers):
    made = randomized(scratch.Model(layers()))
    x = RNG.normal(size=6)
    run, outputs = from_model(made).run(x), [x[None].astype("float32")]
    sums = []
    for layer in made.layers:
        outputs.append(layer.forward(outputs[-1]))
        sums += [outputs[-1][0]] if type(layer) is scratch.Affine else []
    for given, expected in zip(run.z, sums, strict=True):
        np.testing.assert_allclose(given, expected, rtol=1e-4, atol=1e-5)


def test_moving_statistics_of_a_training_are_those_of_the_network():
    norm = scratch.BatchNorm("n", 5, momentum=0.5)
    made = scratch.Model([scratch.Affine("1", 6, 5), norm, scratch.Affine("2", 5, 2)])
    x = RNG.normal(3, 2, size=(50, 6))
    before = predict(from_model(made), x)
    made(x, training=True)  # moves them
    z = x @ made.layers[0].params["w"]
    scaled = (z - z.mean(axis=0) / 2) / np.sqrt((1 + z.var(axis=0)) / 2 + 1e-3)
    expected = scaled @ made.layers[2].params["w"]
    np.testing.assert_allclose(predict(from_model(made), x), expected, rtol=1e-3, atol=1e-4)
    assert not np.allclose(before, expected, atol=0.1)


@pytest.mark.parametrize(
    ("output", "loss"),
    [("Softmax", "categorical_crossentropy"), ("Sigmoid", "binary_crossentropy")],
)
def test_gradients_of_a_model_from_scratch_are_its_own(output, loss):
    losses = {"Softmax": scratch.CrossEntropy(), "Sigmoid": scratch.BCE()}
    layers = FROM_SCRATCH["Relu and Softmax"]()[:-1]
    body = randomized(scratch.Model(layers))
    made = scratch.Model([*layers, getattr(scratch, output)("g")])
    x, y = RNG.normal(size=6), np.array([0.0, 1.0, 0.0])
    run = from_model(made).run(x, y)
    assert from_model(made).loss == loss
    value, gradient = losses[output].value_and_gradient(body(x[None]), y[None])
    assert run.loss == pytest.approx(value, rel=1e-4)
    body.backward(gradient)
    for number, layer in enumerate((layers[0], layers[2])):
        own = layer.grads
        np.testing.assert_allclose(run.gradients[number], own["w"], rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(run.dz[number], own["b"], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (lambda: [scratch.Conv2D("edges", 1, 4)], r"Got a Conv2D layer \(edges\) instead"),
        (
            lambda: [scratch.Conv2D("c", 1, 4), scratch.Flatten("f"), scratch.Affine("1", 4, 2)],
            r"Got a Conv2D layer \(c\) instead",
        ),
        (
            lambda: [scratch.Affine("1", 6, 4), scratch.MaxPool2D("pool")],
            r"Got a MaxPool2D layer \(pool\) instead",
        ),
        (
            lambda: [scratch.BatchNorm("first", 6), scratch.Affine("1", 6, 4)],
            r"Got a BatchNorm layer \(first\) instead",
        ),
        (
            lambda: [scratch.Relu("first"), scratch.Affine("1", 6, 4)],
            r"Got a Relu layer \(first\) instead",
        ),
    ],
)
def test_a_layer_from_scratch_that_is_not_dense_is_refused_by_name(layers, message):
    with pytest.raises(ValueError, match=rf"must be a chain of dense layers.* {message}"):
        from_model(scratch.Model(layers()))


def fitted(*steps, frame=False):
    """A pipeline that ends in a network, fitted to a table of three columns, and its examples."""
    x = RNG.normal(3, 2, size=(80, 3)).round()
    table = pd.DataFrame(x, columns=["width", "height", "$"]) if frame else x
    network = MLPClassifier((4,), solver="lbfgs", max_iter=1000, alpha=1.0, random_state=0)
    return make_pipeline(*steps, network).fit(table, x[:, 0] > 3), x, table


@pytest.mark.parametrize("frame", [False, True], ids=["array", "data frame"])
@pytest.mark.parametrize(
    ("steps", "label", "inputs"),
    [
        ([StandardScaler()], "StandardScaler", 3),
        ([MinMaxScaler(), "passthrough", PCA(2)], "MinMaxScaler, PCA", 2),
        ([OneHotEncoder(handle_unknown="ignore")], "OneHotEncoder", None),
    ],
)
def test_a_pipeline_is_its_network_after_its_other_steps(steps, label, inputs, frame):
    pipeline, x, table = fitted(*steps, frame=frame)
    network = from_model(pipeline)
    assert network.preprocessing_label == label
    assert network.n_inputs == 3
    assert network.sizes[0] == inputs or inputs is None
    expected = pipeline.predict_proba(table)[:, 1:]
    np.testing.assert_allclose(predict(network, x), expected, atol=1e-9)
    np.testing.assert_allclose(network.outputs(x)[-1], expected, atol=1e-9)


def test_a_pipeline_of_a_network_alone_is_the_network():
    pipeline, x, _ = fitted("passthrough")
    network = from_model(pipeline)
    assert network.preprocessing == () and network.preprocessing_label == ""
    expected = pipeline.predict_proba(x)[:, 1:]
    np.testing.assert_allclose(predict(network, x), expected, atol=1e-9)


def test_gradients_are_by_the_weights_after_the_scaling_of_the_inputs():
    made = adapted()
    x, y = RNG.normal(size=6), np.array([0.0, 1.0, 0.0])
    made.compile(keras.optimizers.SGD(1.0), "categorical_crossentropy")
    run = from_model(made).run(x, y)
    no_dropout = keras.Sequential([keras.Input((6,)), *made.layers[1:2], *made.layers[3:]])
    no_dropout.compile(keras.optimizers.SGD(1.0), "categorical_crossentropy")
    before = no_dropout.trainable_weights[0].numpy()
    no_dropout.train_on_batch(x[None], y[None])
    step = before - no_dropout.trainable_weights[0].numpy()
    np.testing.assert_allclose(run.gradients[0], step, atol=1e-5)


def test_a_leaky_relu_of_a_backend_has_its_own_slope():
    def leaky_relu(features, alpha=0.25):  # as TensorFlow names it
        return keras.ops.leaky_relu(features, alpha)

    made = activated(leaky_relu)
    x = RNG.normal(size=(10, made.input_shape[1]))
    expected = made.predict(x, verbose=0)
    np.testing.assert_allclose(predict(from_model(made), x), expected, atol=2e-6)


def test_the_softmax_of_tensorflow_is_a_softmax():
    def softmax_v2(logits, axis=None):  # as TensorFlow names it
        return keras.ops.softmax(logits)

    made = keras.Sequential([keras.Input((4,)), LAYERS.Dense(3, softmax_v2)])
    assert from_model(made).output == "softmax"
