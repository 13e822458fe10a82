import keras
import numpy as np
import pytest

from mlcourse import models


def parameters(input_channels, widths, classes=10):
    """Return the number of parameters: kernels, normalization (4 per channel) and softmax."""

    def unit(n_in, n_out):
        return 9 * n_in * n_out + 4 * n_out

    count = unit(input_channels, widths[0])
    for stage in range(1, len(widths)):
        count += unit(widths[stage - 1], widths[stage])
        count += 2 * unit(widths[stage], widths[stage]) * (stage % 2)
    return count + (widths[-1] + 1) * classes


@pytest.mark.parametrize("widths", [(16, 32, 64, 128), (24, 48, 96, 160), (4,), (3, 5, 2)])
def test_its_size_follows_from_its_widths(widths):
    assert models.residual(widths=widths).count_params() == parameters(3, widths)


def test_the_reference_s_network_is_one_of_them():
    assert models.residual(widths=(16, 32, 64, 128)).count_params() == 414_074


def test_each_stage_halves_and_every_second_one_has_a_branch():
    model = models.residual((32, 24, 3), (4, 6, 8, 10, 12))
    sizes = {
        name: model.get_layer(name).output.shape[1:]
        for name in ("stem_activation", *(f"stage{k}_activation" for k in range(1, 5)))
    }
    assert list(sizes.values()) == [(32, 24, 4), (16, 12, 6), (8, 6, 8), (4, 3, 10), (2, 1, 12)]
    names = [layer.name for layer in model.layers]
    assert [name for name in names if name.startswith("add")] == ["add1", "add3"]


def test_a_branch_is_added_to_its_input():
    model = models.residual((8, 8, 3), (4, 6))
    add = model.get_layer("add1")
    start, branch = (tensor._keras_history.operation.name for tensor in add.input)
    assert (start, branch) == ("stage1_activation", "branch1b_activation")
    for name in ("branch1a_conv", "branch1b_conv"):
        model.get_layer(name).set_weights([np.zeros((3, 3, 6, 6))])
    look = keras.Model(model.input, [add.input[0], add.output])
    x = np.random.default_rng(0).random((2, 8, 8, 3), np.float32)
    before, after = look.predict_on_batch(x)
    np.testing.assert_allclose(before, after)


def test_a_shift_of_the_image_changes_little():
    x = np.zeros((2, 32, 32, 3), np.float32)
    patch = np.random.default_rng(0).random((8, 8, 3))
    x[0, 8:16, 8:16], x[1, 16:24, 8:16] = patch, patch
    first, second = models.residual(widths=(4, 6, 8)).predict_on_batch(x)
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_images_without_channels_have_one():
    flat, deep = models.residual((8, 8), (3, 4)), models.residual((8, 8, 1), (3, 4))
    deep.set_weights(flat.get_weights())
    x = np.random.default_rng(0).random((2, 8, 8), np.float32)
    expected = deep.predict_on_batch(x[..., None])
    np.testing.assert_allclose(flat.predict_on_batch(x), expected, atol=1e-6)


def test_layers_have_half_precision_and_the_output_float32():
    model = models.residual((8, 8, 3), (4, 6), dtype="mixed_bfloat16")
    x = np.random.default_rng(0).random((2, 8, 8, 3), np.float32)
    assert {str(layer.compute_dtype) for layer in model.layers[1:-1]} == {"bfloat16"}
    assert {str(weight.dtype) for weight in model.weights} == {"float32"}
    answers = model.predict_on_batch(x)
    assert answers.dtype == "float32"
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)
    exact = models.residual((8, 8, 3), (4, 6))
    exact.set_weights(model.get_weights())
    np.testing.assert_allclose(answers, exact.predict_on_batch(x), atol=0.03)


def test_another_activation_is_that_of_all_units():
    model = models.residual((8, 8, 3), (4, 6), activation="leaky_relu")
    units = [layer for layer in model.layers if layer.name.endswith("activation")]
    assert {layer.activation.__name__ for layer in units} == {"leaky_relu"}


def test_filters_of_its_first_layer_may_be_given_and_stay():
    rng = np.random.default_rng(0)
    filters = rng.normal(size=(4, 2, 3, 3)).astype(np.float32)
    model = models.residual((8, 8, 3), (4, 6), classes=2, filters=filters)
    assert model.layers[1].kernel_size == (2, 3)
    assert model.count_params() == parameters(3, (4, 6), 2) - (9 - 6) * 3 * 4
    x, y = rng.random((8, 8, 8, 3), np.float32), rng.integers(0, 2, 8)
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    norm = model.get_layer("stem_norm").get_weights()[1]
    model.fit(x, y, verbose=0)
    kept = model.layers[1].get_weights()[0]
    np.testing.assert_array_equal(kept.transpose(3, 0, 1, 2), filters)
    assert not np.array_equal(model.get_layer("stem_norm").get_weights()[1], norm)


def test_it_learns():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 64)
    x = rng.normal(0, 0.3, (64, 8, 8, 3)) + y[:, None, None, None]
    keras.utils.set_random_seed(0)
    model = models.residual((8, 8, 3), (4, 6), classes=2)
    model.compile(keras.optimizers.SGD(0.1, 0.9), "sparse_categorical_crossentropy")
    losses = model.fit(x, y, epochs=6, batch_size=16, verbose=0).history["loss"]
    assert losses[-1] < 0.3 * losses[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"input_shape": (32, 7, 3)},
            r"at least 8 x 8 pixels for 3 poolings\. Got input_sh",
        ),
        ({"input_shape": 784}, r"input_shape must be \(height, width\) or .* Got 784"),
        ({"widths": ()}, r"widths must list the channels of at least one layer\. Got \(\)"),
        ({"widths": (8, 0)}, r"channels in widths must be a whole number .* Got 0"),
        ({"classes": 1}, r"classes must be a whole number of at least 2\. Got 1"),
        (
            {"filters": np.zeros((12, 2, 2, 3))},
            r"filters must be of shape \(24, height, width, 3\)\. Got \(12, 2, 2, 3\) instead",
        ),
        ({"filters": np.full((24, 2, 2, 3), np.nan)}, r"filters must be finite\. Got nan"),
        ({"activation": "rellu"}, r"activation must be a name that Keras knows\. Got 'rellu'"),
    ],
)
def test_bad_options_give_the_rule_and_the_value(options, message):
    with pytest.raises(ValueError, match=message):
        models.residual(**options)
