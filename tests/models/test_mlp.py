import keras
import numpy as np
import pytest

from mlcourse import models


def test_the_lecture_s_network_has_its_parameters():
    model = models.mlp(784)
    assert [layer.count_params() for layer in model.layers] == [401_920, 262_656, 5_130]
    assert model.count_params() == 669_706


def test_the_output_follows_the_formula():
    keras.utils.set_random_seed(0)
    model = models.mlp(5, hidden=(4,), classes=3)
    x = np.random.default_rng(0).normal(size=(7, 5)).astype("float32")
    w1, b1, w2, b2 = model.get_weights()
    scores = np.maximum(x @ w1 + b1, 0) @ w2 + b2
    expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, atol=1e-6)


def test_he_normal_weights_have_the_deviation_of_the_formula():
    keras.utils.set_random_seed(0)
    weights = models.mlp(784).get_weights()[0]
    assert weights.std() == pytest.approx(np.sqrt(2 / 784), rel=0.02)


def test_options_add_their_layers_in_order():
    model = models.mlp((28, 28), hidden=(6, 5), classes=2, dropout=0.3, batch_norm=True)
    kinds = [type(layer).__name__ for layer in model.layers]
    block = ["Dense", "BatchNormalization", "Dropout"]
    assert kinds == ["Flatten", *block, *block, "Dense"]
    assert model.input_shape == (None, 28, 28)
    assert model.layers[3].rate == 0.3


def test_regularization_is_the_sum_over_the_hidden_weights():
    model = models.mlp(6, hidden=(5, 4), l1=0.01, l2=0.1)
    kernels = [layer.get_weights()[0] for layer in model.layers[:-1]]
    expected = sum(0.01 * np.abs(w).sum() + 0.1 * np.square(w).sum() for w in kernels)
    assert keras.ops.convert_to_numpy(sum(model.losses)) == pytest.approx(expected, rel=1e-5)


def test_numpy_s_numbers_will_do():
    sizes = np.array([6, 5])
    assert models.mlp(np.int64(4), hidden=sizes, dropout=np.float32(0.5)).layers[0].units == 6


def test_an_initializer_gives_each_layer_weights_of_its_own():
    initializer = keras.initializers.RandomNormal(stddev=0.01)
    first, second = (
        layer.get_weights()[0]
        for layer in models.mlp(40, hidden=(40, 40), initializer=initializer).layers[:2]
    )
    assert first.std() == pytest.approx(0.01, rel=0.1)
    assert np.any(first != second)


def test_the_model_is_not_compiled():
    assert not models.mlp(4, hidden=(3,)).compiled


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hidden": ()}, r"hidden must list the units of at least one layer\. Got \(\)"),
        ({"hidden": 512}, r"hidden must list the units .* Got 512"),
        ({"hidden": (512, 0)}, r"units in hidden must be a whole number of at least 1\. Got 0"),
        ({"hidden": (2.5,)}, r"units in hidden must be .* Got 2\.5"),
        ({"classes": 1}, r"classes must be a whole number of at least 2\. Got 1"),
        ({"dropout": -0.1}, r"dropout must be a number, at least 0 and below 1\. Got -0\.1"),
        ({"dropout": 1.0}, r"dropout must be .* Got 1\.0"),
        ({"l1": -1}, r"l1 must be a number, at least 0\. Got -1"),
        ({"l2": float("nan")}, r"l2 must be a number, at least 0\. Got nan"),
        ({"activation": "rel"}, r"activation must be a name that Keras knows\. Got 'rel'"),
        ({"initializer": "he"}, r"initializer must be a name that Keras knows\. Got 'he'"),
        ({"hidden": None}, r"hidden must list .* Got None"),
        ({"hidden": {30, 2}}, r"hidden must list .* Got \{"),
        ({"hidden": "64"}, r"hidden must list .* Got '64'"),
        ({"hidden": (n for n in (8, 4))}, r"hidden must list .* Got <generator"),
        ({"batch_norm": "no"}, r"batch_norm must be True or False\. Got 'no'"),
        ({"l2": True}, r"l2 must be a number, at least 0\. Got True"),
        ({"activation": None}, r"activation must be .* Got None"),
        ({"input_shape": None}, r"each size in input_shape must be .* Got None"),
        ({"input_shape": 784.0}, r"each size in input_shape must be .* Got 784\.0"),
        ({"input_shape": ()}, r"input_shape must have at least one dimension\. Got \(\)"),
        ({"input_shape": (28, -1)}, r"each size in input_shape must be .* Got -1"),
    ],
)
def test_bad_options_give_the_rule_and_the_value(options, message):
    with pytest.raises(ValueError, match=message):
        models.mlp(**{"input_shape": 784, **options})
