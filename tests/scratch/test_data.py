"""Data, Sampler and Dataloader."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcourse.scratch import Data, Dataloader, Sampler


def numbered(n):
    return Data(np.arange(n)[:, None] * [1.0, 10.0], np.arange(n))


def orders(data, batch_size, epochs, **options):
    """Return the order of the examples in each epoch."""
    loader = Dataloader(data, Sampler(data, batch_size, **options))
    return [np.concatenate([y for _, y in loader]).tolist() for _ in range(epochs)]


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 40), batch_size=st.integers(1, 50), shuffle=st.booleans())
def test_each_example_comes_once_an_epoch_with_its_target(n, batch_size, shuffle):
    data = numbered(n)
    loader = Dataloader(data, Sampler(data, batch_size, shuffle))
    for _ in range(2):
        batches = list(loader)
        assert len(batches) == len(loader) == int(np.ceil(n / batch_size))
        assert [len(y) for _, y in batches[:-1]] == [batch_size] * (len(batches) - 1)
        assert 1 <= len(batches[-1][1]) <= batch_size
        assert sorted(np.concatenate([y for _, y in batches])) == list(range(n))
        for x, y in batches:
            np.testing.assert_array_equal(x, y[:, None] * [1.0, 10.0])


def test_the_last_batch_is_smaller():
    data = numbered(7)
    batches = [y.tolist() for _, y in Dataloader(data, Sampler(data, 3))]
    assert batches == [[0, 1, 2], [3, 4, 5], [6]]


def test_the_order_is_unchanged_without_shuffle():
    data = numbered(20)
    assert orders(data, 6, 2) == [list(range(20))] * 2
    first, second, third = orders(data, 6, 3, shuffle=True)
    assert list(range(20)) not in (first, second, third)
    assert first != second != third != first


def test_an_order_is_that_of_its_seed():
    data = numbered(20)
    shuffled = orders(data, 6, 3, shuffle=True)
    assert orders(data, 6, 3, shuffle=True, seed=0) == shuffled
    assert orders(data, 3, 3, shuffle=True) == shuffled
    assert orders(data, 6, 3, shuffle=True, seed=1) != shuffled


def test_the_data_are_not_modified():
    data = numbered(9)
    data.X.flags.writeable = data.y.flags.writeable = False
    loader = Dataloader(data, Sampler(data, 4, shuffle=True))
    for x, y in loader:
        x[...] = y[...] = -1  # of a copy
    np.testing.assert_array_equal(data.y, np.arange(9))


def test_examples_and_targets_may_have_any_shape():
    data = Data(np.ones((5, 8, 8, 1)), np.eye(5))
    x, y = next(iter(Dataloader(data, Sampler(data, 2))))
    assert (x.shape, y.shape) == ((2, 8, 8, 1), (2, 5))
    data = Data([[1, 2], [3, 4]], [True, False])
    assert (data.X.tolist(), data.y.tolist()) == ([[1, 2], [3, 4]], [True, False])


X = np.ones((4, 3))
NAN, INF = X.copy(), X.astype("float32")
NAN[2, 1], INF[0, 2] = np.nan, -np.inf


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (NAN, [0] * 4, "X must be finite. Got nan at [2, 1] instead."),
        (INF, [0] * 4, "X must be finite. Got -inf at [0, 2] instead."),
        (X, [0, 1, np.nan, 1], "y must be finite. Got nan at [2] instead."),
        (X, [0, 1], "X and y must have the same length. Got 4 and 2 instead."),
        (X, 1, "y must have at least one example. Got 1 instead."),
        (X[:0], [], f"X must have at least one example. Got {X[:0]!r} instead."),
        (X, None, "y must be an array of numbers. Got None instead."),
        (X, ["a", "b", "c", "d"], "y must be an array of numbers. Got ['a', 'b', 'c', 'd'] inste"),
        ([[1, 2], [3]], [0, 1], "X must be an array of numbers. Got [[1, 2], [3]] instead."),
    ],
)
def test_data_are_finite_numbers_and_a_target_for_each_example(x, y, message):
    with pytest.raises(ValueError) as error:
        Data(x, y)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("batch_size", [0, -1, 2.5, "3", None, True])
def test_a_batch_has_a_whole_number_of_examples(batch_size):
    with pytest.raises(ValueError) as error:
        Sampler(numbered(5), batch_size)
    rule = "batch_size must be a whole number of at least 1"
    assert str(error.value) == f"{rule}. Got {batch_size!r} instead."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shuffle": 1}, r"shuffle must be True or False\. Got 1 instead"),
        ({"seed": -1}, r"seed must be a whole number of at least 0\. Got -1 instead"),
        ({"seed": 0.5}, r"seed must be a whole number .* Got 0\.5 instead"),
    ],
)
def test_a_bad_setting_gives_the_rule_and_the_value(options, message):
    with pytest.raises(ValueError, match=message):
        Sampler(numbered(5), 2, **options)


@pytest.mark.parametrize("count", [3, 8])
def test_a_sampler_is_for_as_many_examples_as_there_are(count):
    with pytest.raises(ValueError) as error:
        Dataloader(numbered(5), Sampler(numbered(count), 2))
    rule = "data and the sampler's data must have the same length"
    assert str(error.value) == f"{rule}. Got 5 and {count} instead."
