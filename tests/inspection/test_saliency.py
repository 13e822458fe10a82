import keras
import numpy as np
import pytest

from mlcourse import models
from mlcourse.inspection import saliency
from tests.inspection.tiny import layers, left_as_it_was, pictures, residual

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
X = pictures()
TARGET = np.array([0, 1, 2, 1])


def test_it_is_the_largest_absolute_finite_difference_over_the_channels():
    model, step = residual(), 1e-2
    with left_as_it_was(model):
        found = saliency(model, X, target=TARGET)
    scores = keras.Model(model.inputs[0], model.get_layer("mean").output)
    kernel = model.get_layer("classes").get_weights()[0]
    moved = np.eye(108, dtype="float32").reshape(108, 6, 6, 3) * step
    for number, target in enumerate(TARGET):
        up, down = (scores.predict(X[number] + sign * moved, verbose=0) for sign in (1, -1))
        slopes = (up - down) @ kernel[:, target] / (2 * step)
        expected = np.abs(slopes).reshape(6, 6, 3).max(axis=2)
        error = np.abs(found[number] - expected)
        assert np.median(error) < 1e-4 * expected.max()  # no kink of a ReLU at most pixels
        assert error.max() < 0.2 * expected.max()


@pytest.mark.parametrize(("units", "activation"), [(3, "softmax"), (1, "sigmoid"), (3, None)])
def test_of_a_linear_model_it_is_the_weights(units, activation):
    body = [layers.Flatten(), layers.Dense(units, activation, kernel_initializer="he_normal")]
    model = keras.Sequential([keras.Input((6, 6, 3)), *body])
    kernel = model.layers[-1].get_weights()[0].reshape(6, 6, 3, units)
    found = saliency(model, 100 * X, target=1)
    expected = np.abs(kernel[..., min(1, units - 1)]).max(axis=2)
    np.testing.assert_allclose(found, np.tile(expected, (4, 1, 1)), rtol=1e-5)


def test_images_may_lack_channels_and_be_of_bytes():
    model = models.mlp((28, 28), hidden=(4,), classes=3)
    x = np.arange(2 * 28 * 28).reshape(2, 28, 28).astype(np.uint8)
    assert saliency(model, x).shape == (2, 28, 28)


def test_of_a_signal_there_is_a_value_for_each_step():
    body = [layers.Conv1D(2, 3), layers.Flatten(), layers.Dense(2, "softmax")]
    model = keras.Sequential([keras.Input((9, 3)), *body])
    assert saliency(model, np.ones((2, 9, 3))).shape == (2, 9)


def test_tokens_have_no_gradient():
    body = [layers.Embedding(9, 2), layers.Flatten(), layers.Dense(2)]
    model = keras.Sequential([keras.Input((5,)), *body])
    with pytest.raises(ValueError, match=r"x must be numbers .* Got tokens of the embedding"):
        saliency(model, np.ones((2, 5)))
