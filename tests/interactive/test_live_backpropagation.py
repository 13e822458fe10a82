"""Back-propagation in the page: its numbers beside those of `mlcourse.networks`."""

import itertools
import re

import numpy as np
import pytest

from mlcourse import activations
from mlcourse.interactive import backpropagation
from mlcourse.networks import chain_rule, explain
from mlcourse.networks.backpropagation import position
from mlcourse.networks.network import Layer, Network, Scaling
from tests.interactive.node import evaluate, needs_node

NUMBERS = """
import { Session } from "MODULES/backpropagation/session.js";
import { indexOf, productOf } from "MODULES/backpropagation/chain.js";
import { sentences } from "MODULES/backpropagation/words.js";
const result = DATA.map(([settings, parameters]) => {
  const session = new Session(settings, parameters);
  const { network, run, steps, updated } = session;
  const weights = [];
  network.layers.forEach(({ inputs, units }, layer) => {
    for (let input = 0; input <= inputs; input++) {
      for (let unit = 0; unit < units; unit++) weights.push([layer, input, unit]);
    }
  });
  const lists = weights.map((weight) => {
    session.point(weight);
    return session.factors;
  });
  return {
    loss: run.loss, a: run.a.map((part) => [...part]), z: run.z.map((part) => [...part]),
    da: run.da.map((part) => [...part]), dz: run.dz.map((part) => [...part]),
    gradients: weights.map((weight) => run.gradients[indexOf(network, weight)]),
    differences: weights.map((weight) => session.differenceOf(weight)),
    factors: lists.map((list) => list.map(({ place, values }) => [place, [...values]])),
    products: lists.map(productOf),
    weights, updated: [...updated.params], updatedLoss: updated.loss,
    steps: steps.map((step) => [step.kind, sentences(session, step).join(" ")]),
  };
});
"""
LAYERS = [
    (["tanh", "sigmoid"], [2, 3, 1], None),
    (["relu", "softmax"], [4, 5, 3], None),
    (["sigmoid", "linear"], [2, 3, 2], None),
    (["tanh", "softmax"], [2, 3, 3], "mean_squared_error"),
    (["elu", "gelu", "sigmoid"], [3, 4, 2, 2], None),
    (["selu", "swish", "softplus", "linear"], [2, 3, 3, 2, 1], None),
    (["leaky_relu", "sigmoid"], [2, 2, 1], "mean_squared_error"),
    (["softmax"], [3, 4], None),
    (["linear"], [1, 1], None),
]


def make(names, sizes, loss, seed, has_bias=True):
    rng = np.random.default_rng(seed)
    layers = [
        Layer(
            rng.normal(size=(n_inputs, n_units)),
            rng.normal(size=n_units) if has_bias else None,
            (activations.find(name),),
        )
        for name, (n_inputs, n_units) in zip(names, itertools.pairwise(sizes), strict=True)
    ]
    network = Network(tuple(layers), loss)
    x = rng.normal(size=sizes[0])
    if names[-1] == "softmax":
        return network, x, int(rng.integers(sizes[-1]))
    return network, x, rng.uniform(size=sizes[-1])


CASES = [
    make(*case, seed, has_bias)
    for case in LAYERS
    for seed, has_bias in ((0, True), (1, True), (2, False))
]


@pytest.fixture(scope="module")
def results():
    shown = [backpropagation(*case) for case in CASES]
    data = [[item.settings, np.frombuffer(item.parameters).tolist()] for item in shown]
    return evaluate(NUMBERS, data)


def close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-12)


@needs_node
def test_all_numbers_are_those_of_the_network(results):
    for (network, x, y), result in zip(CASES, results, strict=True):
        run = network.run(x, y)
        close(result["loss"], run.loss)
        for name in ("a", "z", "da", "dz"):
            for actual, expected in zip(result[name], getattr(run, name), strict=True):
                close(actual, expected)
        expected = [np.vstack([w, dz]).ravel() for w, dz in zip(run.gradients, run.dz, strict=True)]
        close(result["gradients"], np.concatenate(expected))


@needs_node
def test_factors_are_those_of_the_chain_rule_and_their_product_is_the_gradient(results):
    kinds = set()
    for (network, x, y), result in zip(CASES, results, strict=True):
        close(result["products"], result["gradients"])
        for weight, parts in zip(result["weights"], result["factors"], strict=True):
            layer, start, end = weight
            if start == network.sizes[layer]:
                assert parts[0] == ["into", [1]]  # a bias
                continue
            factors, _ = chain_rule(network, x, y, [layer + 1, start + 1, end + 1])
            assert [place for place, _ in parts] == [factor.place for factor in factors]
            for (_, values), factor in zip(parts, factors, strict=True):
                close(values, factor.values)
            kinds.add(len(factors))
    assert kinds == {2, 3, 4}


@needs_node
def test_finite_differences_agree_with_the_gradients(results):
    for result in results:
        apart = np.abs(np.subtract(result["differences"], result["gradients"]))
        assert apart.max() < 1e-6


@needs_node
def test_an_update_is_a_step_of_gradient_descent(results):
    for (network, x, y), result in zip(CASES, results, strict=True):
        run = network.run(x, y)
        layers = []
        parts = []
        for layer, gradient, dz in zip(network.layers, run.gradients, run.dz, strict=True):
            weights = layer.weights - 0.1 * gradient
            bias = None if layer.bias is None else layer.bias - 0.1 * dz
            layers.append(Layer(weights, bias, layer.functions))
            parts += [weights.ravel(), np.zeros(len(dz)) if bias is None else bias]
        close(result["updated"], np.concatenate(parts))
        updated = Network(tuple(layers), network.compiled_loss)
        close(result["updatedLoss"], updated.run(x, y).loss)


@needs_node
def test_each_edge_has_its_step_and_each_step_its_sentence(results):
    for (network, _, _), result in zip(CASES, results, strict=True):
        kinds = [kind for kind, _ in result["steps"]]
        n_units = sum(network.sizes[1:])
        n_weights, n_biases, _ = network.count_params()
        assert kinds[0] == "input" and kinds[-1] == "update"
        assert kinds[1 : n_units + 2] == ["unit"] * n_units + ["loss"]
        assert kinds.count("delta") == n_units
        assert kinds.count("edge") == n_weights + n_biases
        for _, text in result["steps"]:
            assert not re.search("undefined|NaN|\N{EN DASH}", text)
    formula = "the mean of \N{MINUS SIGN}y ln a \N{MINUS SIGN} (1 \N{MINUS SIGN} y) ln(1 "
    loss = float(f"{results[0]['loss']:.4g}")
    sentence = dict(results[0]["steps"])["loss"]
    assert sentence == f"Loss L = {formula}\N{MINUS SIGN} a) = {loss}"


def test_the_settings_have_the_example_and_the_network():
    network, x, y = CASES[3]
    shown = backpropagation(network, x, y, (2, 3, 1), learning_rate=0.5)
    assert shown.settings["y"] == np.eye(3)[y].tolist()
    assert (shown.settings["weight"], shown.settings["learning_rate"]) == ([2, 3, 1], 0.5)
    again = shown.network
    run, expected = again.run(x, y), network.run(x, y)
    assert run.loss == expected.loss
    for actual, gradient in zip(run.gradients, expected.gradients, strict=True):
        np.testing.assert_array_equal(actual, gradient)
    assert str(explain(again, x, y)) == str(explain(network, x, y))


def test_the_network_has_the_weights_that_the_page_sends():
    shown = backpropagation([[[2.0]], [0.5]], [1.0], [0.0])
    shown.parameters = memoryview(np.array([3.0, -1.0]))
    layer = shown.network.layers[0]
    assert layer.weights.item() == 3 and layer.bias.item() == -1


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_model_with_preprocessing_shows_its_inputs():
    from sklearn.neural_network import MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    points = np.random.default_rng(0).normal(3, 2, (30, 2))
    net = MLPRegressor(hidden_layer_sizes=[3], activation="tanh", random_state=0)
    pipeline = make_pipeline(StandardScaler(), net).fit(points, points[:, 0])
    shown = backpropagation(pipeline, points[0], [1.0])
    np.testing.assert_allclose(shown.settings["x"], pipeline[0].transform(points[:1])[0])
    assert shown.settings["note"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([[np.ones((13, 1))], np.ones(13), [1]], "network must have at most 5 layers.*Got 13-1"),
        ([[np.ones((1, 1))] * 6, [1], [1]], "network must have at most 5 layers"),
        ([[np.ones((2, 1))], [1], [1]], "x must hold 2 finite numbers. Got 1 instead"),
        ([[np.ones((2, 1))], [1, 2], [1, 2]], "y must hold 1 finite numbers. Got 2 instead"),
        ([[np.ones((2, 1))], [1, 2], [1], (1, 3, 1)], "unit before weight must be"),
        ([3, [1], [1]], "network"),
    ],
)
def test_arguments_that_are_not_allowed_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        backpropagation(*arguments)
    with pytest.raises(ValueError, match="learning_rate must be"):
        backpropagation([np.ones((1, 1))], [1], [1], learning_rate=-1)


@pytest.mark.parametrize(
    ("functions", "got"),
    [
        ((activations.leaky_relu(0.3),), "leaky_relu in layer 1"),
        ((Scaling(np.ones(2), np.zeros(2), 4),), "batch normalization in layer 1"),
        ((activations.find("softmax"),), "softmax in layer 1"),
        ((activations.find("relu"), activations.find("tanh")), "relu, tanh in layer 1"),
    ],
)
def test_a_function_that_the_page_does_not_have_is_refused(functions, got):
    layers = (Layer(np.ones((1, 2)), None, functions), Layer(np.ones((2, 1))))
    with pytest.raises(ValueError, match=f"each layer must have one activation .*Got {got}"):
        backpropagation(Network(layers), [1.0], [1.0])
    assert position(Network(layers), (1, 1, 1)) == (0, 0, 0)
