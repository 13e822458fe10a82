import numpy as np
import pytest

from mlcourse import models

NAMES = ("upper", "lower")
LOSS = "sparse_categorical_crossentropy"


def kinds(model):
    return [type(layer).__name__ for layer in model.layers]


def test_the_default_is_one_dense_layer_below_two_outputs():
    model = models.two_head((42, 28))
    assert kinds(model) == ["InputLayer", "Flatten", "Dense", "Dense", "Dense"]
    assert [layer.name for layer in model.layers[-2:]] == list(NAMES)
    assert model.count_params() == 42 * 28 * 64 + 64 + 2 * 650
    assert [output.shape for output in model.outputs] == [(None, 10), (None, 10)]
    assert not model.compiled


def test_with_filters_the_body_is_that_of_the_convolutional_network():
    model = models.two_head((42, 28), (1000,), (32, 64), dropout=0.5, kernel_size=(5, 7))
    one = models.cnn((42, 28), (32, 64), (1000,), dropout=0.5, kernel_size=(5, 7))
    assert kinds(model)[1:-2] == kinds(one)[:-1]
    shapes = [weights.shape for weights in one.get_weights()]
    assert [weights.shape for weights in model.get_weights()][: len(shapes)] == shapes


def test_without_filters_the_body_is_that_of_the_perceptron():
    options = {"dropout": 0.2, "batch_norm": True}
    model, one = models.two_head(9, (6, 5), **options), models.mlp(9, (6, 5), **options)
    assert kinds(model)[1:-2] == kinds(one)[:-1]


def test_each_output_follows_the_formula():
    model = models.two_head(5, hidden=(4,), classes=3)
    x = np.random.default_rng(0).normal(size=(7, 5)).astype("float32")
    w, b, *heads = model.get_weights()
    hidden = np.maximum(x @ w + b, 0)
    for k, said in enumerate(model.predict(x, verbose=0)):
        scores = np.exp(hidden @ heads[2 * k] + heads[2 * k + 1])
        np.testing.assert_allclose(said, scores / scores.sum(axis=1, keepdims=True), atol=1e-6)


@pytest.mark.parametrize("as_dict", [False, True])
@pytest.mark.parametrize("names", [NAMES, ("left", "right")])
def test_the_history_has_the_names_of_the_outputs(names, as_dict):
    model = models.two_head(4, hidden=(3,), classes=2, names=names)
    x, y = np.zeros((6, 4)), [np.zeros(6, np.uint8), np.ones(6, np.uint8)]
    loss, metrics = [LOSS, LOSS], [["accuracy"], ["accuracy"]]
    if as_dict:
        loss, metrics, y = (dict(zip(names, one, strict=True)) for one in (loss, metrics, y))
    model.compile("sgd", loss, metrics=metrics)
    history = model.fit(x, y, verbose=0).history
    expected = {f"{name}_{what}" for name in names for what in ("loss", "accuracy")}
    assert set(history) == {"loss", *expected}
    sum_of_both = sum(history[f"{name}_loss"][0] for name in names)
    assert history["loss"][0] == pytest.approx(sum_of_both, rel=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"names": ("upper",)}, r"names must be a pair of output names\. Got \('upper',\)"),
        ({"names": "ab"}, r"names must be a pair of output names\. Got 'ab'"),
        ({"names": (1, 2)}, r"names must be a pair of output names. Got \(1, 2\)"),
        ({"names": ("a", "a")}, r"the names of the outputs must differ\. Got 'a' twice"),
        ({"hidden": ()}, r"hidden must list the units of at least one layer\. Got \(\)"),
        ({"filters": 32}, r"filters must list the filters .* Got 32"),
        ({"filters": None}, r"filters must list the filters .* Got None"),
        ({"filters": (8, 8, 8, 8)}, r"Got 1 x 0 after convolution 4 of input_shape \(42, 28, 1\)"),
        ({"classes": 1}, r"classes must be a whole number of at least 2\. Got 1"),
    ],
)
def test_bad_options_give_the_rule_and_the_value(options, message):
    with pytest.raises(ValueError, match=message):
        models.two_head(**{"input_shape": (42, 28), **options})
