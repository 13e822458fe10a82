import keras
import numpy as np
import pytest

from mlcourse import models


def kinds(model):
    return [type(layer).__name__ for layer in model.layers]


def test_the_lecture_s_network_is_the_default():
    model = models.cnn((28, 28, 1))
    convolutions, pools = ["Conv2D", "MaxPooling2D"] * 2, [(2, 2), (2, 2)]
    assert kinds(model) == [*convolutions, "Flatten", "Dense", "Dropout", "Dense"]
    first, _, second, _, _, dense, dropout, output = model.layers
    assert [(layer.filters, layer.kernel_size) for layer in (first, second)] == [
        (32, (3, 3)),
        (64, (3, 3)),
    ]
    assert [layer.pool_size for layer in model.layers[1:4:2]] == pools
    assert (dense.units, dropout.rate, output.units) == (128, 0.5, 10)
    functions = [layer.activation.__name__ for layer in (first, second, dense, output)]
    assert functions == ["relu", "relu", "relu", "softmax"]
    assert model.count_params() == 320 + 18_496 + 1600 * 128 + 128 + 1290
    assert not model.compiled


def test_images_without_channels_have_one():
    model = models.cnn((28, 28))
    assert model.input_shape == (None, 28, 28)
    assert kinds(model)[:2] == ["Reshape", "Conv2D"]
    assert model.count_params() == models.cnn((28, 28, 1)).count_params()


def test_with_the_same_weights_both_forms_say_the_same():
    flat, deep = (models.cnn(shape, (3,), (4,)) for shape in ((8, 9), (8, 9, 1)))
    deep.set_weights(flat.get_weights())
    x = np.random.default_rng(0).random((2, 8, 9), np.float32)
    expected = deep.predict_on_batch(x[..., None])
    np.testing.assert_allclose(flat.predict_on_batch(x), expected, atol=1e-6)


def test_options_add_their_layers_in_order():
    options = {"dropout": 0, "batch_norm": True, "kernel_size": (5, 3), "activation": "tanh"}
    model = models.cnn((12, 10, 3), [4], [6, 5], classes=2, **options)
    block = ["Dense", "BatchNormalization"]
    before = ["Conv2D", "BatchNormalization", "MaxPooling2D", "Flatten"]
    assert kinds(model) == [*before, *block, *block, "Dense"]
    assert model.layers[0].kernel_size == (5, 3)
    assert model.layers[0].activation is keras.activations.tanh
    assert model.output_shape == (None, 2)


def test_dropout_follows_each_dense_layer():
    model = models.cnn((8, 8), (2,), (6, 5), dropout=0.3)
    assert kinds(model)[-5:] == ["Dense", "Dropout", "Dense", "Dropout", "Dense"]


def test_he_normal_weights_count_all_that_a_filter_sees():
    keras.utils.set_random_seed(0)
    weights = models.cnn((28, 28, 1)).get_weights()[2]
    assert weights.std() == pytest.approx(np.sqrt(2 / (9 * 32)), rel=0.02)


def test_the_smallest_image_that_can_be_pooled_is_accepted():
    assert models.cnn((10, 10)).layers[4].output.shape == (None, 1, 1, 64)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"input_shape": (9, 28)},
            r"at least 2 x 2 pixels .* pooling\. Got 1 x 11 after convolution 2 of input_shape",
        ),
        ({"kernel_size": (3, 29)}, r"Got 26 x 0 after convolution 1"),
        ({"input_shape": 784}, r"input_shape must be \(height, width\) or .*channels\)\. Got 784"),
        ({"input_shape": (1, 28, 28, 1)}, r"input_shape must be \(height, width\) or .* Got \(1,"),
        ({"input_shape": (28, 0)}, r"each size in input_shape must be .* Got 0"),
        ({"filters": ()}, r"filters must list the filters of at least one layer\. Got \(\)"),
        ({"filters": 32}, r"filters must list .* Got 32"),
        ({"filters": (32, 0)}, r"filters in filters must be a whole number .* Got 0"),
        ({"hidden": ()}, r"hidden must list the units of at least one layer\. Got \(\)"),
        ({"kernel_size": 0}, r"each length in kernel_size must be .* Got 0"),
        ({"kernel_size": (3, 3, 3)}, r"kernel_size must be one length or \(height, width\)\. Got"),
        ({"kernel_size": "3"}, r"each length in kernel_size must be .* Got '3'"),
        ({"classes": 1}, r"classes must be a whole number of at least 2\. Got 1"),
        ({"dropout": 1}, r"dropout must be .* Got 1"),
        ({"initializer": "he"}, r"initializer must be a name that Keras knows\. Got 'he'"),
    ],
)
def test_bad_options_give_the_rule_and_the_value(options, message):
    with pytest.raises(ValueError, match=message):
        models.cnn(**{"input_shape": (28, 28), **options})
