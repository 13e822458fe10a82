import keras
import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor

from mlcourse import adapters, models

RNG = np.random.default_rng(0)
LAYERS = keras.layers


def answers(network, x):
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
    [functional(), activation_layers(), normalized(), BEFORE_ACTIVATION],
    ids=["functional", "activation layers", "batch norm", "batch norm before the activation"],
)
def test_a_keras_model_keeps_its_answers_and_its_parameters(made):
    network = adapters.network(made)
    x = RNG.normal(size=(20, *made.input_shape[1:]))
    np.testing.assert_allclose(answers(network, x), made.predict(x, verbose=0), atol=2e-6)
    assert sum(network.count_params()) == made.count_params()


@pytest.mark.parametrize("name", ["relu", "selu", "gelu", "silu", "tanh", "linear", "leaky_relu"])
def test_hidden_outputs_are_those_of_a_submodel(name):
    made = models.mlp(6, (5, 4), classes=3, activation=name, initializer="glorot_normal")
    x = RNG.normal(size=6)
    run = adapters.network(made).run(x)
    for number, layer in enumerate(made.layers, start=1):
        part = keras.Model(made.inputs, layer.output)
        np.testing.assert_allclose(run.a[number], part.predict(x[None], verbose=0)[0], atol=1e-6)


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_a_scikit_learn_mlp_keeps_its_answers(activation):
    options = {"activation": activation, "solver": "lbfgs", "max_iter": 2000, "alpha": 1.0}
    x = RNG.normal(size=(60, 3))
    for y in (x[:, 0] > 0, np.digitize(x[:, 1], [-0.5, 0.5])):
        fitted = MLPClassifier((4, 5), **options).fit(x, y)
        expected = fitted.predict_proba(x)
        given = answers(adapters.network(fitted), x)
        np.testing.assert_allclose(given, expected[:, -given.shape[1] :], atol=1e-9)
    fitted = MLPRegressor(hidden_layer_sizes=(4,), **options).fit(x, x[:, 0])
    np.testing.assert_allclose(answers(adapters.network(fitted), x)[:, 0], fitted.predict(x))


def test_layers_with_params_are_a_network():
    def layer(name, **params):
        return type(name, (), {"params": params})()

    first = layer("Affine", w=RNG.normal(size=(3, 4)), b=RNG.normal(size=(1, 4)))
    second = layer("Affine", w=RNG.normal(size=(4, 1)), b=RNG.normal(size=(1, 1)))
    model = type("Model", (), {"layers": [first, layer("Relu"), second, layer("Sigmoid")]})()
    x = RNG.normal(size=(5, 3))
    hidden = np.maximum(x @ first.params["w"] + first.params["b"], 0)
    expected = 1 / (1 + np.exp(-(hidden @ second.params["w"] + second.params["b"])))
    network = adapters.network(model)
    np.testing.assert_allclose(answers(network, x), expected)
    assert network.loss == "binary_crossentropy"


def test_matrices_may_be_followed_by_their_bias():
    weights = [RNG.normal(size=shape) for shape in ((3, 4), (4,), (4, 2))]
    network = adapters.network(weights)
    assert network.sizes == [3, 4, 2]
    assert network.count_params() == (20, 4, 0)
    x = RNG.normal(size=3)
    expected = (x @ weights[0] + weights[1]) @ weights[2]
    np.testing.assert_allclose(network.run(x).a[-1], expected)
    assert adapters.network(network) is network
    pairs = [(weights[0], weights[1]), weights[2]]
    assert adapters.network(pairs).count_params() == (20, 4, 0)
    assert adapters.network(weights[0]).sizes == [3, 4]


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
    (
        lambda: keras.Sequential([keras.Input((3,)), LAYERS.Dense(2), LAYERS.ReLU(max_value=6)]),
        r"usual max_value.* Got 6",
    ),
    (
        lambda: keras.Sequential([keras.Input((3,)), LAYERS.BatchNormalization(), LAYERS.Dense(2)]),
        r"a chain of dense layers.* Got a BatchNormalization layer",
    ),
]


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_what_is_no_dense_network_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        adapters.network(make())


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
    assert adapters.network(model).loss == name


def test_a_loss_of_an_unknown_kind_does_not_keep_a_model_from_being_drawn():
    model = keras.Sequential([keras.Input((3,)), LAYERS.Dense(2, "softmax")])
    model.compile(loss=["mse"])
    with pytest.raises(ValueError, match=r"a gradient needs .* Got list"):
        adapters.network(model).run(np.ones(3), 1)
