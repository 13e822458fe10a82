"""Synthetic points of the plane."""

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from mlcourse.datasets import blobs, circles, spirals, two_moons

MAKERS = {two_moons: 2, circles: 2, spirals: 2, blobs: 3}
MANY = 20_000  # points per class
EPSILON = 1e-6  # of float32 near 1


def polar(x, center=(0, 0)):
    x = x.astype(float) - center
    return np.hypot(*x.T), np.arctan2(x[:, 1], x[:, 0])


@pytest.mark.parametrize(
    ("make", "options", "classes"),
    [
        *((make, {}, classes) for make, classes in MAKERS.items()),
        (circles, {"radii": [3.0]}, 1),
        (circles, {"radii": (1, 2, 3, 4)}, 4),
        (spirals, {"n_classes": 5}, 5),
        (blobs, {"centers": [(0, 0), (1, 1)]}, 2),
    ],
)
@pytest.mark.parametrize("n", [1, 7])
def test_classes_are_balanced_and_in_order(make, options, classes, n):
    x, y = make(n * classes, **options)
    assert (x.shape, x.dtype) == ((n * classes, 2), np.float32)
    assert y.dtype == np.int64
    assert y.tolist() == [label for label in range(classes) for _ in range(n)]


@pytest.mark.parametrize("make", MAKERS)
def test_the_default_is_100_points_per_class(make):
    assert np.bincount(make()[1]).tolist() == [100] * MAKERS[make]


@pytest.mark.parametrize("make", MAKERS)
def test_the_first_classes_have_one_point_more_if_the_total_is_not_divisible(make):
    counts = np.bincount(make(50)[1] if make is blobs else make(51)[1]).tolist()
    assert counts == ([17, 17, 16] if make is blobs else [26, 25])


@pytest.mark.parametrize("make", MAKERS)
def test_the_same_seed_gives_the_same_points(make):
    first, second, third = (make(20, seed=seed)[0] for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, second)
    assert np.all(first != third)
    np.testing.assert_array_equal(make(20)[0], make(20, seed=0)[0])


def test_the_first_moon_is_an_upper_half_circle_and_an_eighth_of_pi_more_at_both_ends():
    x, y = two_moons(2 * MANY, noise=0)
    radius, angle = polar(x[y == 0])
    np.testing.assert_allclose(radius, 1, atol=EPSILON)
    angle = np.where(angle < -np.pi / 2, angle + 2 * np.pi, angle)
    assert angle.min() == pytest.approx(-np.pi / 8, abs=0.002)
    assert angle.max() == pytest.approx(np.pi * 9 / 8, abs=0.002)
    assert angle.min() >= -np.pi / 8 - EPSILON and angle.max() <= np.pi * 9 / 8 + EPSILON
    assert stats.kstest(angle, stats.uniform(-np.pi / 8, np.pi * 5 / 4).cdf).pvalue > 0.001


def test_the_second_moon_is_the_first_one_mirrored():
    x, y = two_moons(2 * MANY, noise=0)
    radius, angle = polar(x[y == 1], center=(1, 0))
    np.testing.assert_allclose(radius, 1, atol=EPSILON)
    angle = np.where(-angle < -np.pi / 2, -angle + 2 * np.pi, -angle)
    assert angle.min() == pytest.approx(-np.pi / 8, abs=0.002)
    assert angle.max() == pytest.approx(np.pi * 9 / 8, abs=0.002)
    assert stats.kstest(angle, stats.uniform(-np.pi / 8, np.pi * 5 / 4).cdf).pvalue > 0.001
    assert np.mean(x[y == 1, 1] < 0) == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("radii", [(1.0, 2.0), (0.5, 3.0, 1.5)])
def test_circles_have_their_radii_in_turn(radii):
    x, y = circles(2000 * len(radii), noise=0, radii=radii)
    radius, angle = polar(x)
    np.testing.assert_allclose(radius, np.array(radii)[y], rtol=EPSILON)
    for label in range(len(radii)):
        whole = stats.uniform(-np.pi, 2 * np.pi).cdf
        assert stats.kstest(angle[y == label], whole).pvalue > 0.001


@pytest.mark.parametrize(("n_classes", "turns"), [(2, 1.0), (3, 1.5), (2, -0.5), (4, 0)])
def test_an_arm_turns_with_its_radius(n_classes, turns):
    x, y = spirals(MANY // n_classes * n_classes, noise=0, n_classes=n_classes, turns=turns)
    radius, _ = polar(x)
    assert radius.max() <= 2 + EPSILON
    for label in range(n_classes):
        assert radius[y == label].max() > 1.99 and radius[y == label].min() < 0.1
    angle = 2 * np.pi * (turns * radius / 2 + y / n_classes)
    expected = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    np.testing.assert_allclose(x, expected, atol=1e-5)


@pytest.mark.parametrize("centers", [((-1.0, 0.0), (1.0, 0.0), (0.0, 1.5)), ((5, -3), (0, 2))])
def test_blobs_lie_around_their_centers(centers):
    x, y = blobs(MANY * len(centers), noise=0.5, centers=centers)
    for label, center in enumerate(centers):
        part = x[y == label].astype(float)
        np.testing.assert_allclose(part.mean(axis=0), center, atol=5 * 0.5 / MANY**0.5)
        covariance = np.cov(part.T)
        np.testing.assert_allclose(covariance, 0.25 * np.eye(2), atol=5 * 0.25 * (2 / MANY) ** 0.5)
    exact, y = blobs(5 * len(centers), noise=0, centers=centers)
    np.testing.assert_array_equal(exact, np.array(centers, np.float32)[y])


@pytest.mark.parametrize("noise", [0.02, 0.05])
@pytest.mark.parametrize(
    ("make", "away"),
    [
        (two_moons, lambda x, y: polar(x - np.outer(y, (1, 0)))[0] - 1),
        (circles, lambda x, y: polar(x)[0] - (1 + y)),
        # without turns the first arm is on the positive x axis, the second one on the negative
        (lambda n_samples, noise: spirals(n_samples, noise, turns=0), lambda x, y: x[:, 1]),
        (blobs, lambda x, y: x[:, 1] - 1.5 * (y == 2)),
    ],
)
def test_noise_has_its_deviation(make, away, noise):
    distances = away(*make(MANY * MAKERS.get(make, 2), noise)).astype(float)
    tolerance = 5 * noise / np.sqrt(2 * len(distances)) + noise**3  # a circle bends
    assert distances.std() == pytest.approx(noise, abs=tolerance)
    assert abs(distances.mean()) < 5 * noise / np.sqrt(len(distances)) + noise**2
    assert stats.kstest(distances / distances.std(), stats.norm.cdf).pvalue > 1e-6


def test_a_straight_line_cannot_tell_the_moons_apart_and_a_small_network_can():
    x, y = two_moons(200, 0.1, 0)
    assert 0.75 < LogisticRegression().fit(x, y).score(x, y) < 0.92
    network = MLPClassifier((16,), solver="lbfgs", max_iter=500, random_state=0)
    assert network.fit(x, y).score(x, y) >= 0.98


@pytest.mark.parametrize("make", [circles, spirals])
def test_a_straight_line_cannot_tell_circles_or_spirals_apart(make):
    x, y = make(200, 0.05, 0)
    assert LogisticRegression().fit(x, y).score(x, y) < 0.8


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_samples": 1}, r"n_samples must be a whole number of at least [23]\. Got 1 instead"),
        (
            {"n_samples": 9.5},
            r"n_samples must be a whole number of at least [23]\. Got 9\.5 instead",
        ),
        ({"noise": -0.1}, r"noise must be a number, at least 0\. Got -0\.1 instead"),
        ({"noise": float("nan")}, r"noise must be a number, at least 0\. Got nan instead"),
        ({"noise": "much"}, r"noise must be a number, at least 0\. Got 'much' instead"),
        ({"seed": -1}, r"seed must be a whole number of at least 0\. Got -1 instead"),
        ({"seed": None}, r"seed must be a whole number of at least 0\. Got None instead"),
    ],
)
def test_bad_options_give_the_rule_and_the_value(make, options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)


@pytest.mark.parametrize("n_classes", [1, 2.0])
def test_a_spiral_has_at_least_two_arms(n_classes):
    with pytest.raises(ValueError, match=r"n_classes must be a whole number of at least 2\. Got "):
        spirals(n_classes=n_classes)
