import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcourse import models, training


def test_the_same_seed_gives_the_same_weights():
    def weights(seed):
        training.set_seed(seed)
        return models.mlp(8, hidden=(4,)).get_weights()[0]

    np.testing.assert_array_equal(weights(1), weights(1))
    assert np.any(weights(1) != weights(2))


@settings(max_examples=30, deadline=None)
@given(classes=st.integers(2, 5), per_class=st.integers(4, 30), seed=st.integers(0, 99))
def test_a_split_is_whole_without_overlap_and_stratified(classes, per_class, seed):
    y = np.repeat(np.arange(classes), per_class)
    x = np.arange(len(y))
    x_train, x_val, y_train, y_val = training.train_validation_split(x, y, 0.5, seed)
    np.testing.assert_array_equal(np.sort(np.concatenate([x_train, x_val])), x)
    np.testing.assert_array_equal(y[x_train], y_train)
    np.testing.assert_array_equal(y[x_val], y_val)
    counts = np.bincount(y_val, minlength=classes)
    assert counts.max() - counts.min() <= 1


def test_a_split_depends_on_its_seed_alone():
    x = y = np.arange(40) % 2
    x = np.arange(40)
    first, again, other = (training.train_validation_split(x, y, 10, s)[1] for s in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        (
            np.zeros(10),
            np.zeros(9),
            {},
            r"x and y must have the same length\. Got 10 and 9 instead",
        ),
        (
            np.zeros(4),
            np.eye(4),
            {},
            r"y must be one label per example, .*\. Got float64 of shape \(4, 4\)",
        ),
        (np.zeros(10), np.arange(10) % 2, {"validation": 0}, r"validation must .* Got 0"),
        (
            np.zeros(10),
            np.arange(10) % 2,
            {"validation": 10},
            r"both parts of 10 examples\. Got 10 instead",
        ),
        (np.zeros(10), np.arange(10) % 2, {"validation": 1}, r"each class in both parts .* Got 1"),
        (np.zeros(10), np.arange(10) % 2, {"validation": -3}, r"validation must .* Got -3"),
        (np.zeros(10), np.arange(10) % 2, {"validation": 2.5}, r"validation must .* Got 2\.5"),
        (np.zeros(3), np.arange(3), {"validation": 1}, r"each class in both parts"),
        (np.zeros(100), [0] * 97 + [1] * 3, {"validation": 10}, r"each class in both parts"),
        (np.zeros(0), np.zeros(0), {"validation": 0.5}, r"each class in both parts of 0 examples"),
        (
            np.zeros(4),
            [0, 1, np.nan, 1],
            {},
            r"y must be one label per example, without missing ones",
        ),
        (np.zeros(4), [0, 1, None, "a"], {}, r"y must be one label .* Got object of shape"),
        (3, [0, 1], {}, r"x must be one example per label\. Got array\(3\) instead"),
        (
            np.zeros(4),
            [0, 1, 0, 1],
            {"validation": 2, "seed": 2**33},
            r"seed must be .* 4294967295",
        ),
        (np.zeros(10), np.arange(10) % 2, {"validation": 4, "seed": -1}, r"seed must .* Got -1"),
    ],
)
def test_a_split_that_cannot_be_is_refused(x, y, options, message):
    with pytest.raises(ValueError, match=message):
        training.train_validation_split(x, y, **options)


def test_classes_may_have_names():
    names = np.array(["cat", "dog"] * 10)
    *_, y_train, y_val = training.train_validation_split(list(range(20)), names.tolist(), 0.2)
    assert (y_val == "cat").sum() == (y_val == "dog").sum() == 2
    assert len(y_train) == 16


def test_images_become_numbers_from_0_to_1():
    x = np.arange(2 * 4 * 4, dtype=np.uint8).reshape(2, 4, 4) * 8
    ready = training.prepare_images(x)
    assert ready.dtype == np.float32
    assert ready.shape == (2, 4, 4)
    np.testing.assert_allclose(ready * 255, x, atol=1e-4)
    np.testing.assert_array_equal(training.prepare_images(x, flatten=True), ready.reshape(2, 16))
    assert training.prepare_images(x[:0], flatten=True).shape == (0, 16)


@pytest.mark.parametrize("x", [np.zeros((2, 4, 4)), np.zeros((4, 4), np.uint8), [[1, 2]]])
def test_what_is_not_a_batch_of_images_is_refused(x):
    with pytest.raises(ValueError, match=r"x must be uint8 images of shape .* Got .* instead"):
        training.prepare_images(x)
