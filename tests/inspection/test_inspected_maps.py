import keras
import numpy as np
import pytest

from mlcourse import models
from mlcourse.inspection.feature_maps import feature_maps, filters
from tests.inspection.tiny import layers, left_as_it_was, pictures, residual

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def output_of(model, name, x):
    part = keras.Model(model.inputs[0], model.get_layer(name).output)
    return keras.ops.convert_to_numpy(part(x, training=False))


def test_a_convolution_is_shown_with_what_follows_it_and_nothing_else_uses():
    model, x = residual(), pictures()
    with left_as_it_was(model):
        maps = feature_maps(model, x)
    assert list(maps) == ["stem", "inner"]
    np.testing.assert_allclose(maps["stem"], output_of(model, "stem", x), atol=1e-5)
    np.testing.assert_allclose(maps["inner"], output_of(model, "relu", x), atol=1e-5)
    assert maps["inner"].min() == 0
    assert maps["stem"].min() < 0


def test_before_an_addition_it_is_the_normalization():
    inputs = keras.Input((4, 4, 2))
    scaled = layers.BatchNormalization(name="scaled")(layers.Conv2D(2, 1, name="conv")(inputs))
    model = keras.Model(inputs, layers.ReLU()(layers.Add()([inputs, scaled])))
    x = pictures(2, 4, 2)
    maps = feature_maps(model, x)["conv"]
    np.testing.assert_allclose(maps, output_of(model, "scaled", x), atol=1e-6)


def test_layers_may_be_chosen_by_name():
    model, x = residual(), pictures()
    maps = feature_maps(model, x, ["both", "inner"])
    assert list(maps) == ["both", "inner"]
    for name, array in maps.items():
        np.testing.assert_allclose(array, output_of(model, name, x), atol=1e-5)


def test_a_cnn_has_its_activation_inside():
    model, x = models.cnn((12, 12), filters=(3, 4), hidden=(2,)), pictures(2, 12, 1)[..., 0]
    maps = feature_maps(model, x)
    assert [array.shape for array in maps.values()] == [(2, 10, 10, 3), (2, 3, 3, 4)]
    assert min(array.min() for array in maps.values()) >= 0


def test_models_within_the_model_are_looked_into():
    block = keras.Sequential(
        [keras.Input((4, 4, 3)), layers.Conv2D(2, 3, name="conv"), layers.ReLU()], name="block"
    )
    model = keras.Sequential([keras.Input((6, 6, 3)), layers.Conv2D(3, 3, name="first"), block])
    x = pictures(2)
    with left_as_it_was(model.compile("sgd") or model):
        maps = feature_maps(model, x)
    assert list(maps) == ["first", "block/conv"]
    np.testing.assert_allclose(maps["block/conv"], model.predict(x, verbose=0), atol=1e-6)


def test_uint8_images_are_accepted_as_by_the_model():
    body = [layers.Rescaling(1 / 255), layers.Conv2D(1, 1, kernel_initializer="ones", name="sum")]
    model = keras.Sequential([keras.Input((2, 2, 3)), *body])
    maps = feature_maps(model, np.full((1, 2, 2, 3), 255, np.uint8))
    np.testing.assert_allclose(maps["sum"], 3.0, rtol=1e-6)


def test_filters_are_images_of_the_first_kernels():
    model = residual()
    found, kernel = filters(model), model.get_layer("stem").get_weights()[0]
    assert found.shape == (4, 3, 3, 3)
    for number in range(4):
        np.testing.assert_array_equal(found[number], kernel[..., number])
    found[:] = 0  # a copy
    assert model.get_layer("stem").get_weights()[0].any()


def test_what_is_wrong_is_said():
    model, x = residual(), pictures()
    with pytest.raises(ValueError, match=r"one of stem, inner, scaled, .*\. Got 'mean' instead"):
        feature_maps(model, x, ["mean"])
    with pytest.raises(ValueError, match=r"x must be of shape \(n, 6, 6, 3\)"):
        feature_maps(model, x[0])
    dense = models.mlp(4, hidden=(2,))
    with pytest.raises(
        ValueError, match=r"must have a convolution outside compiled functions.* Got Dense instead"
    ):
        feature_maps(dense, np.ones((1, 4)))
    with pytest.raises(ValueError, match=r"must have a Conv2D layer\. Got Dense instead"):
        filters(dense)
