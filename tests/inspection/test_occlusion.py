import keras
import numpy as np
import pytest

from mlcourse.inspection import occlusion
from tests.inspection.tiny import layers, left_as_it_was, pictures, residual

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
X = pictures()
TARGET = np.array([0, 1, 2, 1])


def by_loop(model, x, target, size, starts, fill):
    """Return the mean decrease over the patches on each pixel, one image after the other."""
    maps = np.zeros(x.shape[:3])
    for number, image in enumerate(x):
        drops, count = np.zeros(image.shape[:2]), np.zeros(image.shape[:2])
        for top in starts:
            for left in starts:
                covered = image.copy()
                covered[top : top + size, left : left + size] = fill
                pair = model(np.stack([image, covered]), training=False)
                before, after = keras.ops.convert_to_numpy(pair)[:, target[number]]
                drops[top : top + size, left : left + size] += before - after
                count[top : top + size, left : left + size] += 1
        maps[number] = drops / count
    return maps


@pytest.mark.parametrize(
    ("size", "stride", "starts", "fill"),
    [(2, 2, (0, 2, 4), 0.0), (4, 1, (0, 1, 2), -1.5), (3, 2, (0, 2, 3), 0.0)],
    ids=["side by side", "overlapping", "the last one at the edge"],
)
def test_it_is_the_loop_over_patches(size, stride, starts, fill):
    model = residual()
    with left_as_it_was(model):
        found = occlusion(model, X, TARGET, size, stride, fill=fill)
    expected = by_loop(model, X, TARGET, size, starts, fill)
    assert np.abs(expected).max() > 0.01
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_by_default_a_patch_has_a_quarter_of_the_side_and_overlaps_by_half():
    model = keras.Sequential([keras.Input((8, 8)), layers.Flatten(), layers.Dense(3, "softmax")])
    x = pictures(2, 8, 1)[..., 0]
    np.testing.assert_array_equal(occlusion(model, x), occlusion(model, x, size=2, stride=1))


@pytest.mark.parametrize("activation", ["sigmoid", None])
@pytest.mark.parametrize("target", [0, 1])
def test_of_one_unit_it_is_the_drop_of_the_sigmoid_of_a_linear_model(activation, target):
    model = keras.Sequential(
        [keras.Input((6, 6, 3)), layers.Flatten(), layers.Dense(1, activation)]
    )
    kernel = model.layers[-1].get_weights()[0].reshape(6, 6, 3)
    found = occlusion(model, X, target, size=1)
    score = (X * kernel).sum(axis=(1, 2, 3))[:, None, None]
    without = score - (X * kernel).sum(axis=3)
    before, after = (1 / (1 + np.exp(-one)) for one in (score, without))
    expected = before - after if target == 1 else after - before
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_labels_that_do_not_exclude_each_other_have_a_probability_each():
    body = [layers.Flatten(), layers.Dense(3, "sigmoid")]
    model = keras.Sequential([keras.Input((6, 6, 3)), *body])
    found = occlusion(model, X, TARGET, size=3, stride=3)
    expected = by_loop(model, X, TARGET, 3, (0, 3), 0)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_logits_are_those_of_a_softmax():
    model, logits = residual(), residual(final=None)
    logits.set_weights(model.get_weights())
    np.testing.assert_allclose(occlusion(logits, X), occlusion(model, X), atol=1e-6)


def test_parts_of_a_signal_are_covered():
    keras.utils.set_random_seed(1)
    body = [layers.Conv1D(2, 3, padding="same"), layers.Flatten(), layers.Dense(2, "softmax")]
    model = keras.Sequential([keras.Input((9, 3)), *body])
    x = pictures(2, 9, 3)[:, 0]
    found = occlusion(model, x, 1, size=3, stride=3)
    before = model.predict(x, verbose=0)[:, 1]
    for start in (0, 3, 6):
        covered = x.copy()
        covered[:, start : start + 3] = 0
        drop = before - model.predict(covered, verbose=0)[:, 1]
        np.testing.assert_allclose(found[:, start : start + 3], np.tile(drop, (3, 1)).T, atol=1e-6)


def test_what_is_wrong_is_said():
    model = residual()
    with pytest.raises(ValueError, match=r"size must be a whole number from 1 to 6\. Got 7"):
        occlusion(model, X, size=7)
    with pytest.raises(ValueError, match=r"stride must be a whole number from 1 to 2\. Got 3"):
        occlusion(model, X, size=2, stride=3)
    with pytest.raises(ValueError, match=r"fill must be a number, finite\. Got nan"):
        occlusion(model, X, fill=np.nan)
    with pytest.raises(ValueError, match=r"target must be a whole number from 0 to 2\. Got 3"):
        occlusion(model, X, 3)
