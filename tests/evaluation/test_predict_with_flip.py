"""Predictions averaged over a horizontal flip."""

import numpy as np
import pytest

from mlcourse.evaluation import predict_with_flip


class Sums:
    """A model that returns the sums of the left and of the right column of an image."""

    def __init__(self):
        self.calls = []

    def predict(self, x, batch_size, verbose):
        assert verbose == 0
        assert x.flags.c_contiguous
        self.calls.append((len(x), batch_size))
        edges = x[:, :, [0, -1]].astype("float32")
        return edges.sum(axis=1).reshape(len(x), 2, -1).sum(axis=2)


@pytest.mark.parametrize("shape", [(5, 4, 6), (5, 4, 6, 3), (5, 4, 6, 1)])
def test_predictions_are_the_mean_over_the_image_and_its_flip(shape):
    x = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    x.flags.writeable = False
    model = Sums()
    found = predict_with_flip(model, x, batch_size=2)
    left, right = model.predict(x, 2, 0).T
    np.testing.assert_allclose(found, np.stack([(left + right) / 2] * 2, axis=1))
    assert found.dtype == np.float32
    assert model.calls == [(5, 2)] * 3
    np.testing.assert_allclose(predict_with_flip(model, x[:, :, ::-1].copy()), found)


@pytest.mark.parametrize("shape", [(4, 6), (5, 4, 6, 3, 1)])
def test_invalid_arguments_raise(shape):
    with pytest.raises(ValueError, match=r"x must be of shape \(n, height, width\) or \(n, "):
        predict_with_flip(Sums(), np.zeros(shape))
    with pytest.raises(ValueError, match=r"batch_size must be a whole number of .* Got 0"):
        predict_with_flip(Sums(), np.zeros((1, 2, 2)), batch_size=0)
