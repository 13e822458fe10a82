import dataclasses
import warnings

import numpy as np
import pytest

from mlcourse.optimizers import momentum_step, surfaces

RATE, KEPT = 0.005, 0.9
BOTH = ("Momentum", "Nesterov momentum")
NEAR = {"rtol": 0, "atol": 1e-12}


@pytest.fixture(autouse=True)
def _strict():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ResourceWarning)  # of other tests
        yield


def places(surface, start, updates):
    """Return the positions of momentum after each update, by an independent implementation."""
    found, update = [np.array(start, float)], np.zeros(2)
    for _ in range(updates):
        update = KEPT * update - RATE * np.array(surface.slope(*found[-1]))
        found.append(found[-1] + update)
    return found


@pytest.mark.parametrize("method", BOTH)
@pytest.mark.parametrize("name", [name for name in surfaces.SURFACES if name != "rosenbrock"])
@pytest.mark.parametrize("step", [2, 18])
def test_a_step_is_momentum_and_a_gradient_step(method, name, step):
    surface = surfaces.find(name)
    start = (0.25, 0.5)  # the same in float32
    parts = momentum_step(method, name, step, start)
    *_, before, place = places(surface, start, step - 1)
    np.testing.assert_allclose(parts.position, place, **NEAR)
    np.testing.assert_allclose(parts.previous_update, place - before, **NEAR)
    np.testing.assert_allclose(parts.momentum, KEPT * (place - before), **NEAR)
    measured = place + (parts.momentum if method == "Nesterov momentum" else 0)
    np.testing.assert_allclose(parts.gradient_position, measured, **NEAR)
    gradient = np.array(surface.slope(*measured))
    np.testing.assert_allclose(parts.gradient_step, -RATE * gradient, **NEAR)
    np.testing.assert_allclose(parts.update, parts.momentum + parts.gradient_step, **NEAR)
    assert all(value.dtype == float for value in dataclasses.astuple(parts))


def test_the_next_step_of_momentum_is_the_actual_one():
    *_, before, after = places(surfaces.find("beale"), np.float32((0.8, 1.6)), 18)
    np.testing.assert_allclose(momentum_step(method="Momentum").update, after - before, **NEAR)


def test_both_methods_are_shown_at_the_same_place():
    ball, ahead = (momentum_step(method, "beale") for method in BOTH)
    for name in ("position", "previous_update", "momentum"):
        np.testing.assert_array_equal(getattr(ball, name), getattr(ahead, name))
    assert np.linalg.norm(ball.gradient_step - ahead.gradient_step) > 1e-3


@pytest.mark.parametrize("method", BOTH)
def test_the_first_step_has_no_momentum(method):
    parts = momentum_step(method, "beale", 1, (0.25, 0.5))
    assert not parts.previous_update.any() and not parts.momentum.any()
    np.testing.assert_array_equal(parts.gradient_position, (0.25, 0.5))
    np.testing.assert_allclose(parts.update, parts.gradient_step, **NEAR)
    slope = surfaces.find("beale").slope(0.25, 0.5)
    np.testing.assert_allclose(parts.update, -RATE * np.array(slope), **NEAR)


def test_noise_of_the_surface_is_left_out():
    one, other = (momentum_step(surface="noisy_bowl") for _ in range(2))
    np.testing.assert_array_equal(one.update, other.update)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "nesterov"}, r"one of Momentum, Nesterov momentum\. Got 'nesterov' instead"),
        ({"surface": "bowl"}, rf"{', '.join(surfaces.SURFACES)}\. Got 'bowl'"),
        ({"step": 0}, r"step must be a whole number of at least 1\. Got 0"),
        ({"step": 1.5}, r"step must be a whole number of at least 1\. Got 1\.5"),
        ({"start": (1,)}, r"start must be two finite numbers, x and y\. Got \(1,\)"),
        (
            {"surface": "rosenbrock", "step": 60},
            r"stay finite until step 60\. Got the surface 'rosenbrock' instead",
        ),
    ],
)
@pytest.mark.parametrize("method", BOTH)
def test_what_cannot_be_is_refused(settings, message, method):
    with pytest.raises(ValueError, match=message):
        momentum_step(**{"method": method, **settings})
