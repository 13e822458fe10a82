import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcourse.callbacks.learning_rate_finder import LearningRateFinderResult, LearningRateSweep

RATES = np.geomspace(1e-6, 1, 101)


@pytest.fixture(autouse=True)
def _strict():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ResourceWarning)  # of other tests
        yield


def sweep(losses, rates=None):
    rates = np.geomspace(1e-6, 1, len(losses)) if rates is None else rates
    return LearningRateSweep(rates, np.asarray(losses, float), {})


def smooth(values):
    return sweep(np.zeros(len(values))).smooth(values)


def fall(middle, width=0.5):
    """Return a loss that falls from 1 to 0 as a sigmoid around a learning rate."""
    return 1 / (1 + np.exp((np.log10(RATES) - np.log10(middle)) / width))


@given(st.floats(-1e6, 1e6), st.integers(1, 200))
def test_constant_values_stay_constant(value, count):
    np.testing.assert_allclose(smooth(np.full(count, value)), value, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("count", [3, 20, 101, 300])
def test_nothing_moves_to_a_side(count):
    values = np.random.default_rng(0).normal(size=count)
    np.testing.assert_allclose(smooth(values[::-1]), smooth(values)[::-1])
    peak = np.zeros(count)
    peak[count // 2] = 1
    smoothed = smooth(peak)
    assert smoothed.argmax() == count // 2
    if count % 2:
        np.testing.assert_allclose(smoothed, smoothed[::-1])
        assert smoothed.sum() == pytest.approx(1, abs=0.3)


def test_noise_gets_less_and_a_line_stays_one():
    noise = np.random.default_rng(0).normal(size=200)
    assert np.std(smooth(noise)) < 0.4 * np.std(noise)
    line = np.linspace(0, 1, 200)
    np.testing.assert_allclose(smooth(line)[40:-40], line[40:-40], atol=1e-6)


@pytest.mark.parametrize("lost", [np.nan, np.inf, -np.inf])
def test_nonfinite_values_are_ignored(lost):
    values = np.linspace(3, 1, 50)
    end = values.copy()
    end[47:] = lost
    np.testing.assert_array_equal(np.isnan(smooth(end)), np.arange(50) >= 47)
    assert ((smooth(end)[:47] <= 3) & (smooth(end)[:47] >= 1)).all()
    np.testing.assert_allclose(smooth(end)[:30], smooth(values)[:30], atol=1e-3)
    middle = values.copy()
    middle[20] = lost
    assert np.flatnonzero(np.isnan(smooth(middle))).tolist() == [20]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_nothing_known_is_nothing(count):
    values = np.full(count, np.nan)
    assert smooth(values).shape == (count,) and np.isnan(smooth(values)).all()
    assert sweep(values).steepest() is None
    assert sweep(values).tenth_of_minimum() is None


@pytest.mark.parametrize("middle", [1e-4, 1e-3, 1e-2])
def test_the_steepest_is_where_a_sigmoid_turns(middle):
    assert sweep(fall(middle)).steepest() == pytest.approx(middle, rel=0.16)


@pytest.mark.parametrize("middle", [1e-4, 1e-3, 1e-2])
def test_noise_moves_the_steepest_little(middle):
    losses = fall(middle) + np.random.default_rng(0).normal(0, 0.02, 101)
    assert 0.3 < sweep(losses).steepest() / middle < 3


def test_the_steepest_goes_by_the_log_of_the_rate():
    rates = np.linspace(0.5, 15, 400)
    losses = -np.exp(-(np.log(rates / 10) ** 2))
    expected = 10 * np.exp(-np.sqrt(0.5))  # over the learning rate itself it would be 10 / e
    assert sweep(losses, rates).steepest() == pytest.approx(expected, rel=0.1)


def test_the_first_few_batches_are_no_fall():
    losses = fall(1e-3)
    losses[:3] += (0.5, 0.3, 0.1)
    assert sweep(losses).steepest() == pytest.approx(1e-3, rel=0.16)


@pytest.mark.parametrize("lowest", [RATES[30], RATES[70]])
def test_a_tenth_of_the_minimum(lowest):
    losses = (np.log10(RATES) - np.log10(lowest)) ** 2
    assert sweep(losses).tenth_of_minimum() == pytest.approx(lowest / 10, rel=1e-6)
    assert sweep(losses).steepest() < lowest


def test_values_after_the_minimum_are_ignored():
    losses = fall(1e-4)
    after = losses.copy()
    after[80:] = np.linspace(1, 0.9, 21) * 50  # a steep rise and fall
    assert sweep(after).steepest() == pytest.approx(1e-4, rel=0.16)
    after[95:] = np.nan
    assert sweep(after).steepest() == pytest.approx(1e-4, rel=0.16)
    assert RATES[0] < sweep(after).tenth_of_minimum() < RATES[80] / 10


@pytest.mark.parametrize(
    "losses", [np.linspace(1, 2, 30), np.full(30, 0.7), [1.0], [np.nan, 1.0], []]
)
def test_a_loss_that_never_falls_suggests_nothing(losses):
    assert sweep(losses).steepest() is None
    assert sweep(losses).tenth_of_minimum() is None


def test_a_suggestion_is_the_median_the_lowest_and_the_highest_of_the_sweeps():
    middles = (1e-4, 1e-2, 1e-3)
    sweeps = [sweep(fall(middle)) for middle in middles]
    sweeps.append(sweep(np.linspace(1, 2, 30)))  # has no suggestion
    suggestions = LearningRateFinderResult(tuple(sweeps)).suggestions
    assert list(suggestions) == ["steepest", "minimum / 10"]
    np.testing.assert_allclose(suggestions["steepest"], (1e-3, 1e-4, 1e-2), rtol=0.16)
    np.testing.assert_allclose(suggestions["minimum / 10"], (0.1, 0.1, 0.1))
    two = LearningRateFinderResult(tuple(sweeps[:2])).suggestions["steepest"]
    assert two[0] == pytest.approx((two[1] + two[2]) / 2)


def test_a_result_prints_its_suggestions():
    finding = LearningRateFinderResult((sweep(fall(1e-3)), sweep(fall(1e-2))))
    text = str(finding)
    assert text.startswith("learning rate by 2 sweeps: steepest: ")
    for name, rates in finding.suggestions.items():
        assert "{}: {:.2g} ({:.2g} to {:.2g})".format(name, *rates) in text
    never = str(LearningRateFinderResult((sweep(np.linspace(1, 2, 30)),)))
    assert never.endswith("steepest: the loss does not fall, minimum / 10: the loss does not fall")
    assert LearningRateFinderResult((sweep([np.nan] * 5),)).suggestions == {
        "steepest": None,
        "minimum / 10": None,
    }
