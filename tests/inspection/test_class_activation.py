import keras
import numpy as np
import pytest

from mlcourse import models
from mlcourse.inspection.attribution import grad_cam
from tests.inspection.tiny import layers, left_as_it_was, pictures, residual

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
X = pictures()


def closed_form(model, x, target, name):
    """For a mean over pixels and a dense layer, w_k is w_kc divided by the number of pixels."""
    part = keras.Model(model.inputs[0], model.get_layer(name).output)
    maps = keras.ops.convert_to_numpy(part(x, training=False))
    kernel = model.layers[-1].get_weights()[0]
    weights = kernel[:, target].T / (maps.shape[1] * maps.shape[2])
    return np.maximum(np.einsum("nhwk,nk->nhw", maps, weights), 0)


@pytest.mark.parametrize("final", ["softmax", None])
def test_before_a_mean_and_a_dense_layer_it_is_the_class_activation_map(final):
    model, target = residual(final=final), np.array([0, 1, 2, 1])
    with left_as_it_was(model):
        heat = grad_cam(model, X, target=target)
    assert heat.shape == (4, 6, 6)
    np.testing.assert_allclose(heat, closed_form(model, X, target, "both"), atol=1e-6)
    assert heat.max() > 0.01


def test_without_a_target_it_is_of_the_class_that_is_predicted():
    model = residual()
    predicted = model.predict(X, verbose=0).argmax(axis=1)
    assert len(set(predicted)) > 1
    np.testing.assert_array_equal(grad_cam(model, X), grad_cam(model, X, target=predicted))
    ones = grad_cam(model, X, target=1)
    np.testing.assert_array_equal(ones, grad_cam(model, X, target=np.full(4, 1)))


def test_a_softmax_of_its_own_is_cut_off():
    model = residual(final=None)
    with_softmax = keras.Model(model.inputs[0], layers.Softmax()(model.outputs[0]))
    np.testing.assert_allclose(grad_cam(with_softmax, X), grad_cam(model, X), atol=1e-7)
    named = keras.Model(model.inputs[0], layers.Activation("softmax")(model.outputs[0]))
    np.testing.assert_allclose(grad_cam(named, X), grad_cam(model, X), atol=1e-7)


def test_with_a_skip_connection_the_gradient_is_that_of_finite_differences():
    model, step = residual(final=None), 1e-2
    heat = grad_cam(model, X, layer="stem", target=0)
    stem = keras.Model(model.inputs[0], model.get_layer("stem").output)
    maps = keras.ops.convert_to_numpy(stem(X))
    names = ("inner", "scaled", "relu", "both", "mean", "classes")
    inner, scaled, relu, both, mean, classes = map(model.get_layer, names)

    def scores(maps):
        rest = relu(scaled(inner(maps), training=False))
        return keras.ops.convert_to_numpy(classes(mean(both([maps, rest]))))[:, 0]

    weights = np.zeros((4, 4))
    for channel in range(4):  # all pixels at once: the sum of their gradients
        moved = np.eye(4, dtype="float32")[channel] * step
        change = scores(maps + moved) - scores(maps - moved)
        weights[:, channel] = change / (2 * step) / 36
    expected = np.maximum(np.einsum("nhwk,nk->nhw", maps, weights), 0)
    np.testing.assert_allclose(heat, expected, atol=0.02 * expected.max())


def test_coarse_maps_are_resized_to_the_image():
    keras.utils.set_random_seed(3)
    convolution = layers.Conv2D(2, 3, 2, padding="same", activation="relu", name="conv")
    body = [convolution, layers.GlobalAveragePooling2D(), layers.Dense(2, "softmax")]
    model = keras.Sequential([keras.Input((6, 6, 3)), *body])
    heat, coarse = grad_cam(model, X, target=0), closed_form(model, X, [0] * 4, "conv")
    assert heat.shape == (4, 6, 6)
    np.testing.assert_allclose(heat[:, 0, 0], coarse[:, 0, 0], atol=1e-6)  # a corner
    np.testing.assert_allclose(
        heat[:, 1, 1],  # a quarter of the distance to the neighbors
        0.75**2 * coarse[:, 0, 0]
        + 0.75 * 0.25 * (coarse[:, 0, 1] + coarse[:, 1, 0])
        + 0.25**2 * coarse[:, 1, 1],
        atol=1e-6,
    )


def test_the_layer_is_the_last_one_with_more_than_one_place():
    keras.utils.set_random_seed(4)
    inputs = keras.Input((6, 6, 3))
    maps = layers.Conv2D(4, 3, activation="relu", name="conv")(inputs)
    pooled = layers.GlobalAveragePooling2D(keepdims=True)(maps)
    model = keras.Model(inputs, layers.Dense(3, "softmax")(layers.Flatten()(pooled)))
    np.testing.assert_array_equal(grad_cam(model, X), grad_cam(model, X, "conv"))


def test_layers_within_models_within_the_model_may_be_looked_at():
    model = residual()
    outer = keras.Sequential([keras.Input((6, 6, 3)), model])
    expected = grad_cam(model, X)
    np.testing.assert_allclose(grad_cam(outer, X), expected, atol=1e-7)
    np.testing.assert_allclose(grad_cam(outer, X, f"{model.name}/both"), expected, atol=1e-7)


def test_images_need_no_channels():
    model = models.cnn((12, 12), filters=(3,), hidden=(4,), classes=3)
    assert grad_cam(model, pictures(2, 12, 1)[..., 0]).shape == (2, 12, 12)


def test_what_is_wrong_is_said():
    model = residual()
    with pytest.raises(ValueError, match=r"must be one of stem, .* Got 'mean' instead"):
        grad_cam(model, X, "mean")
    with pytest.raises(ValueError, match=r"target must be a whole number from 0 to 2\. Got 3"):
        grad_cam(model, X, target=3)
    with pytest.raises(ValueError, match=r"target and x must have the same length\. Got 2 and 4"):
        grad_cam(model, X, target=[0, 1])
    with pytest.raises(ValueError, match=r"x must be of shape \(n, 6, 6, 3\)"):
        grad_cam(model, X[:, :5])
    with pytest.raises(ValueError, match=r"must have a layer of maps .* Got Dense"):
        grad_cam(models.mlp(4, hidden=(2,)), np.ones((1, 4)))
    maps = keras.Sequential([keras.Input((6, 6, 3)), layers.Conv2D(1, 1), layers.Conv2D(1, 1)])
    with pytest.raises(
        ValueError, match=r"model must have an output of shape \(n, classes\)\. Got \(4"
    ):
        grad_cam(maps, X)
    inputs, shared = keras.Input((6, 6, 3)), layers.Conv2D(3, 1, name="shared")
    twice = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(shared(shared(inputs)))))
    with pytest.raises(ValueError, match=r"must be used once in the model\. Got 'shared', used"):
        grad_cam(twice, X, "shared")
