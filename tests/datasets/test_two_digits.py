"""Pictures of two digits. The digits here are squares of one grey each, a grey a digit."""

import numpy as np
import pytest

from mlcourse import datasets
from mlcourse.datasets import catalog
from mlcourse.lectures.session import Session
from tests.conftest import tiny

TRAIN, TEST = 1, 101  # the first grey of the training and of the test digits


@pytest.fixture
def digits(cache, monkeypatch):
    """Thirty training and twenty test digits in the cache, by their greys."""
    entry = tiny(catalog.CATALOG["mnist"], image_shape=(28, 28))
    monkeypatch.setitem(catalog.CATALOG, "mnist", entry)
    arrays = {}
    for part, first, count in (("train", TRAIN, 30), ("test", TEST, 20)):
        greys = np.arange(first, first + count, dtype=np.uint8)
        arrays[f"x_{part}"] = greys[:, None, None] + np.zeros((1, 28, 28), np.uint8)
        arrays[f"y_{part}"] = (greys - first) % np.uint8(10)
    np.savez(cache / "mnist.npz", **arrays)
    return entry


def rows_of(pictures):
    """Returns the grey of each row; all its pixels have it."""
    assert np.all(pictures == pictures[..., :1])
    return pictures[..., 0]


def ends(pictures):
    """Returns the first and the last row with ink, and their greys."""
    rows = rows_of(pictures)
    first, last = (rows > 0).argmax(axis=1), 41 - (rows[:, ::-1] > 0).argmax(axis=1)
    each = np.arange(len(rows))
    return first, last, rows[each, first], rows[each, last]


def test_there_are_pictures_of_42_x_28_with_two_labels_each(digits):
    pairs = datasets.make_two_digits(50, test=7)
    assert pairs.x_train.shape == (50, 42, 28)
    assert pairs.y_train.shape == (50, 2)
    assert pairs.x_test.shape == (7, 42, 28)
    assert pairs.y_test.shape == (7, 2)
    arrays = pairs.x_train, pairs.y_train, pairs.x_test, pairs.y_test
    assert {array.dtype for array in arrays} == {np.dtype(np.uint8)}
    assert pairs.class_names == tuple("0123456789")


@pytest.mark.parametrize(
    ("part", "first_grey", "count"), [("train", TRAIN, 30), ("test", TEST, 20)]
)
def test_the_labels_are_the_upper_and_the_lower_digit_of_the_part(digits, part, first_grey, count):
    pairs = datasets.make_two_digits(400, test=400)
    _, _, upper, lower = ends(getattr(pairs, f"x_{part}"))
    greys = np.column_stack([upper, lower])
    np.testing.assert_array_equal((greys - first_grey) % 10, getattr(pairs, f"y_{part}"))
    assert set(greys.ravel()) == set(range(first_grey, first_grey + count))  # all are drawn


def test_heights_are_at_random_and_the_digits_overlap(digits):
    first, last, _, _ = ends(datasets.make_two_digits(400, test=1).x_train)
    assert set(first) == {0, 1}
    assert set(last) == {40, 41}
    assert len(set(zip(first, last, strict=True))) == 4
    assert np.all(last - first + 1 < 2 * 28)


def test_each_pixel_has_the_brighter_digit_s_ink(digits):
    pictures = datasets.make_two_digits(100, test=1).x_train
    first, last, upper, lower = ends(pictures)
    rows = np.arange(42)
    is_upper = (rows >= first[:, None]) & (rows < first[:, None] + 28)
    is_lower = (rows <= last[:, None]) & (rows > last[:, None] - 28)
    expected = np.maximum(is_upper * upper[:, None], is_lower * lower[:, None])
    np.testing.assert_array_equal(rows_of(pictures), expected)
    assert np.all((is_upper & is_lower).sum(axis=1) >= 14)


def test_the_seed_decides_and_numpy_s_own_generator_is_left_alone(digits):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    one, again, other = (datasets.make_two_digits(50, seed, test=5) for seed in (1, 1, 2))
    for part in ("x_train", "y_train", "x_test", "y_test"):
        np.testing.assert_array_equal(getattr(one, part), getattr(again, part))
        assert np.any(getattr(one, part) != getattr(other, part))
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_test_pictures_are_the_same_for_any_number_of_training_pictures(digits):
    few, many = (datasets.make_two_digits(n, test=20) for n in (1, 200))
    np.testing.assert_array_equal(few.x_test, many.x_test)


def test_a_report_says_what_they_are(digits, capsys):
    pairs = datasets.make_two_digits(3, test=2)
    assert repr(pairs).startswith(
        "MNIST, two digits a picture: 3 training and 2 test pictures of 42 x 28, 10 classes"
    )
    Session(quick=True, device="CPU").report(pairs)
    assert pairs.kind == "check sums unknown"


def test_those_of_real_digits_are_made_of_real_ones():
    nothing = dict.fromkeys(("x_train", "y_train", "x_test", "y_test"), np.zeros(0))
    pairs = datasets.TwoDigits(**nothing, class_names=(), source="OpenML", name="mnist")
    assert pairs.kind == "made of real ones"


def test_a_stand_in_is_marked(digits, cache):
    (cache / "mnist.npz").unlink()
    with pytest.raises(datasets.DatasetUnavailable):
        datasets.make_two_digits(10, test=1)
    pairs = datasets.make_two_digits(10, test=1, synthetic=True)
    assert pairs.source == datasets.SYNTHETIC
    assert pairs.title == "MNIST stand-in, two digits a picture"
    assert pairs.kind == "generated pictures"
    assert pairs.x_train.shape == (10, 42, 28)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, r"n must be a whole number of at least 1\. Got 0"),
        ({"n": 1, "test": 0}, r"test must be a whole number of at least 1\. Got 0"),
        ({"n": 1, "seed": -1}, r"seed must be a whole number of at least 0\. Got -1"),
    ],
)
def test_bad_arguments_give_the_rule_and_the_value(options, message):
    with pytest.raises(ValueError, match=message):
        datasets.make_two_digits(**options)
