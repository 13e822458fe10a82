import math
import warnings
from dataclasses import replace

import numpy as np
import pytest
from keras import optimizers

from mlcourse.optimizers import (
    COURSE,
    LATER,
    adam,
    convergence,
    convergence_map,
    descend,
    momentum,
    noisy_paths,
    sgd,
)
from mlcourse.optimizers.surfaces import SURFACES

CASES = [
    ("beale", "adam", 60),
    ("beale", "momentum", 100),
    ("beale", "sgd_cyclic", 150),
    ("ravine", momentum(0.1), 100),
    ("himmelblau", adam(0.3), 50),
    ("saddle", "rmsprop", 30),
    ("rosenbrock", sgd(0.002), 200),  # many of its starts diverge
]


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


def starts_in(surface, *shape, seed=0):
    """Random points of the frame, (2, ...)."""
    left, right, bottom, top = SURFACES[surface].frame
    rng = np.random.default_rng(seed)
    points = [rng.uniform(left, right, shape), rng.uniform(bottom, top, shape)]
    return np.array(points, np.float32)


def path_from(surface, optimizer, start, steps):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return descend(optimizer, surface, start, steps, noise=0)


def arrival(surface, path, tolerance):
    """The step from which a path stays near a minimum, and that minimum's number."""
    left, right, bottom, top = SURFACES[surface].frame
    minima, last = SURFACES[surface].minima, path[-1].tolist()
    distances = [math.dist(last, minimum) for minimum in minima]
    if not min(distances) < 10 * math.hypot(right - left, top - bottom):
        return math.nan, -1
    step = math.inf
    for t in reversed(range(len(path))):
        if not min(math.dist(path[t].tolist(), minimum) for minimum in minima) < tolerance:
            break
        step = t
    return step, distances.index(min(distances)) if step < math.inf else -1


@pytest.mark.parametrize("tolerance", [0.1, 0.5])
@pytest.mark.parametrize(("surface", "optimizer", "steps"), CASES)
def test_arrivals_are_those_of_single_descents(surface, optimizer, steps, tolerance):
    points = starts_in(surface, 20)
    found = convergence(optimizer, surface, points, steps, tolerance)
    paths = [path_from(surface, optimizer, start, steps) for start in points.T]
    expected = [arrival(surface, path, tolerance) for path in paths]
    np.testing.assert_array_equal(found.steps, [step for step, _ in expected])
    np.testing.assert_array_equal(found.minimum, [number for _, number in expected])
    assert (found.max_steps, found.tolerance) == (steps, tolerance)


def test_the_cases_arrive_come_too_late_and_diverge():
    kinds = set()
    for surface, optimizer, steps in CASES:
        found = convergence(optimizer, surface, starts_in(surface, 20), steps).steps
        kinds |= {str(step) if not math.isfinite(step) else "arrives" for step in found}
    assert kinds == {"arrives", "inf", "nan"}


@pytest.mark.parametrize(
    ("surface", "optimizer"), [("himmelblau", sgd(0.01)), ("saddle", sgd(0.1))]
)
def test_who_starts_near_a_minimum_arrives_there_at_once(surface, optimizer):
    minima = np.transpose(SURFACES[surface].minima)
    found = convergence(optimizer, surface, minima + 0.02)
    np.testing.assert_array_equal(found.minimum, np.arange(minima.shape[1]))
    np.testing.assert_array_equal(found.steps, 0)


def test_each_of_himmelblau_s_minima_has_its_own_basin():
    found = convergence(sgd(0.01), "himmelblau", [[4, -4, -4, 4], [3, 3, -4, -3]])
    assert found.minimum.tolist() == [0, 1, 2, 3]


def test_the_sign_of_y_tells_the_minimum_behind_the_saddle():
    found = convergence("momentum", "saddle", [[1.5, 1.5, -1.5], [0.5, -0.5, 0.0]], 600)
    assert found.minimum.tolist() == [0, 1, -1]
    assert np.isfinite(found.steps[:2]).all() and found.steps[2] == math.inf


def test_a_path_that_is_known_arrives_when_it_must():
    found = convergence(sgd(0.25), "ravine", [[-8.0, -8.0], [1.5, 0.0]], steps=200, tolerance=0.2)
    # x shrinks by 0.975 at each step, y is 0 after the first
    step = math.ceil(math.log(0.2 / 8) / math.log(0.975))
    assert found.steps.tolist() == [step, step]
    late = convergence(sgd(0.25), "ravine", [[-8.0], [0.0]], steps=step - 1, tolerance=0.2)
    assert late.steps.tolist() == [math.inf] and late.minimum.tolist() == [-1]
    just = convergence(sgd(0.25), "ravine", [[-8.0], [0.0]], steps=step, tolerance=0.2)
    assert just.steps.tolist() == [step] and just.minimum.tolist() == [0]


def test_who_only_passes_a_minimum_has_not_arrived():
    path = descend("momentum", "noisy_bowl", (2, 0), 40, noise=0, learning_rate=0.1, momentum=0.95)
    near = np.abs(path[:, 0]) < 0.3
    assert near.any() and not near[-1]
    found = convergence(momentum(0.1, momentum=0.95), "noisy_bowl", [2, 0], 40, tolerance=0.3)
    assert found.steps == math.inf and found.minimum == -1


def test_a_wider_tolerance_is_met_earlier():
    points = starts_in("beale", 30)
    narrow, wide = (convergence("adam", "beale", points, tolerance=t).steps for t in (0.05, 0.4))
    assert np.all(wide <= narrow) and np.any(wide < narrow)


def test_who_is_far_away_at_the_end_has_diverged():
    points = [[-8.0, -8.0, 0.0], [1.5, 0.0, 1e-9]]
    # across, a step multiplies by -1.4, along by 0.94
    found = convergence(sgd(0.6), "ravine", points, steps=70)
    np.testing.assert_array_equal(found.steps, [math.nan, math.inf, math.inf])
    assert found.minimum.tolist() == [-1, -1, -1]
    found = convergence(sgd(0.6), "ravine", points, steps=75)
    step = math.ceil(math.log(0.1 / 8) / math.log(0.94))
    np.testing.assert_array_equal(found.steps, [math.nan, step, math.inf])
    assert found.minimum.tolist() == [-1, 0, -1]


def test_far_away_is_ten_diagonals_of_the_frame():
    still = replace(SURFACES["ravine"], slope=lambda x, y: (0 * x, 0 * y))
    found = convergence("sgd", still, [[129.9, 130.1], [0, 0]], steps=3)  # the frame is 12 by 5
    np.testing.assert_array_equal(found.steps, [math.inf, math.nan])


def test_who_leaves_the_finite_numbers_has_diverged():
    found = convergence(sgd(1.0), "rosenbrock", [[-1.2, 1.0], [1.0, 1.0]], steps=50)
    np.testing.assert_array_equal(found.steps, [math.nan, 0])
    assert found.minimum.tolist() == [-1, 0]


@pytest.mark.parametrize("shape", [(), (4,), (3, 4), (2, 1, 3)])
def test_arrivals_have_the_shape_of_the_starts(shape):
    found = convergence("adam", "beale", starts_in("beale", *shape), steps=5)
    assert found.steps.shape == found.minimum.shape == shape


def test_a_mesh_is_as_many_points():
    points = starts_in("beale", 3, 4)
    mesh = convergence("adam", "beale", points)
    line = convergence("adam", "beale", points.reshape(2, 12))
    np.testing.assert_array_equal(mesh.steps.ravel(), line.steps)
    np.testing.assert_array_equal(mesh.minimum.ravel(), line.minimum)


def test_arrivals_are_without_noise_and_leave_the_starts_alone():
    points = starts_in("noisy_bowl", 5)
    before = points.copy()
    points.flags.writeable = False
    found = convergence(sgd(0.1), "noisy_bowl", points)
    np.testing.assert_array_equal(points, before)
    x, y = np.abs(points.astype(float))
    for n, step in enumerate(found.steps):
        sizes = [math.hypot(x[n] * 0.9**t, y[n] * 0.8**t) for t in range(200)]
        assert step == next(t for t, size in enumerate(sizes) if size < 0.1)


def test_arrivals_take_schedules_and_optimizers_of_keras():
    points = starts_in("beale", 6)
    theirs = convergence(optimizers.Adam(0.2, epsilon=1e-8), "beale", points, 60)
    ours = convergence("adam", "beale", points, 60)
    np.testing.assert_array_equal(theirs.steps, ours.steps)


RATES = [0.01, 0.1, 0.3, 0.6]


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam", "nadam", "lion", "adagrad"])
def test_each_cell_is_a_single_descent_at_its_rate(optimizer):
    starts = starts_in("ravine", 5).T
    found = convergence_map(optimizer, "ravine", RATES, starts, steps=80, tolerance=0.3)
    assert found.steps.shape == found.minimum.shape == (4, 5)
    assert (found.max_steps, found.tolerance) == (80, 0.3)
    for m, rate in enumerate(RATES):
        name, settings = (COURSE | LATER)[optimizer].name, (COURSE | LATER)[optimizer].settings
        for n, start in enumerate(starts):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                path = descend(name, "ravine", start, 80, learning_rate=rate, **settings)
            step, number = arrival("ravine", path, 0.3)
            np.testing.assert_array_equal(found.steps[m, n], step)
            assert found.minimum[m, n] == number


def test_an_optimizer_s_own_rate_is_replaced_and_its_settings_stay():
    starts = [[-8, 1.5], [-2, 1.5]]
    own = momentum(5, momentum=0.5)
    found = convergence_map(own, "ravine", np.array([0.1, 0.2]), starts)
    expected = convergence_map(momentum(0.1, momentum=0.5), "ravine", (0.1, 0.2), starts)
    other = convergence_map("momentum", "ravine", [0.1, 0.2], starts)
    np.testing.assert_array_equal(found.steps, expected.steps)
    assert np.all(found.steps != other.steps)
    assert own.learning_rate == 5


@pytest.mark.parametrize(
    "optimizer", ["sgd_decay", "sgd_cyclic", optimizers.SGD(0.1), optimizers.Adam(0.1)]
)
def test_what_has_a_schedule_keeps_it(optimizer):
    rule = r"optimizer must have a learning rate that can be replaced, not a schedule\. Got .* inst"
    with pytest.raises(ValueError, match=rule):
        convergence_map(optimizer, "ravine", [0.1], [[1, 1]])


@pytest.mark.parametrize(
    ("rate", "message"),
    [
        (0, r"learning_rates must be positive\. Got 0 instead"),
        (-0.1, r"learning_rates must be positive\. Got -0\.1 instead"),
        (math.nan, r"learning_rates must be a number, finite\. Got nan instead"),
        ("x", r"learning_rates must be a number, finite\. Got 'x' instead"),
        (True, r"learning_rates must be a number, finite\. Got True instead"),
        (np.array(0.1), r"learning_rates must be a number, finite\. Got array\(0\.1\) instead"),
    ],
)
def test_a_bad_rate_gives_the_rule_and_the_value(rate, message):
    with pytest.raises(ValueError, match=message):
        convergence_map("sgd", "ravine", [0.1, rate], [[1, 1]])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"surface": "hill"}, r"surface must be one of beale, .* Got 'hill' instead"),
        ({"optimizer": "hill"}, r"optimizer must be one of sgd, .* Got 'hill' instead"),
        ({"steps": 0}, r"steps must be a whole number of at least 1\. Got 0 instead"),
        ({"tolerance": 0}, r"tolerance must be positive\. Got 0 instead"),
        ({"tolerance": math.nan}, r"tolerance must be a number, finite\. Got nan instead"),
        ({"points": [1, 2, 3]}, r"points must be x and y, finite numbers\. Got"),
        ({"points": 1}, r"points must be x and y, finite numbers\. Got"),
        ({"points": [[1], [math.nan]]}, r"points must be x and y, finite numbers\. Got"),
        ({"points": [[1], [1j]]}, r"points must be numbers\. Got"),
    ],
)
def test_what_cannot_be_swept_gives_the_rule_and_the_value(options, message):
    given = {"surface": "beale", "optimizer": "sgd", "points": [[1.0], [1.0]], **options}
    with pytest.raises(ValueError, match=message):
        convergence(**given)


@pytest.mark.parametrize(
    ("starts", "message"),
    [
        ([-8, 1.5], r"starts must be of shape \(n, 2\)\. Got \(2,\) instead"),
        ([[1, 2, 3]], r"starts must be of shape \(n, 2\)\. Got \(1, 3\) instead"),
        ([[1, math.nan]], r"starts must be x and y, finite numbers\. Got"),
        ("ab", r"starts must be numbers\. Got 'ab' instead"),
    ],
)
def test_starts_have_an_x_and_a_y_each(starts, message):
    with pytest.raises(ValueError, match=message):
        convergence_map("sgd", "ravine", [0.1, 0.4], starts)


def test_noisy_paths_are_as_many_as_runs():
    paths = noisy_paths("sgd", "noisy_bowl", steps=20, n_runs=7)
    assert (paths.shape, paths.dtype) == ((21, 7, 2), np.float32)
    np.testing.assert_array_equal(paths[0], [SURFACES["noisy_bowl"].start] * 7)
    assert noisy_paths("sgd", "beale", (1, 1), 2).shape == (3, 200, 2)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop_mom"])
def test_without_noise_all_runs_are_the_descent(optimizer):
    paths = noisy_paths(optimizer, "noisy_bowl", (2, -1), 50, n_runs=3, noise=0)
    expected = descend(optimizer, "noisy_bowl", (2, -1), 50, noise=0)
    for run in range(3):
        np.testing.assert_allclose(paths[:, run], expected, atol=1e-6)
    np.testing.assert_array_equal(paths[:, 0], paths[:, 1])


def test_with_noise_all_runs_differ():
    paths = noisy_paths("sgd", "noisy_bowl", steps=20, n_runs=50)
    for step in (1, 20):
        assert len(np.unique(paths[step, :, 0])) == len(np.unique(paths[step, :, 1])) == 50


def test_the_same_seed_gives_the_same_runs():
    first, second, third = (noisy_paths("adam", "beale", noise=1, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert np.any(first[-1] != third[-1], axis=1).all()


@pytest.mark.parametrize(("noise", "deviation"), [(None, 1.0), (0.3, 0.3)])
def test_the_runs_spread_as_the_noise_has_it(noise, deviation):
    runs, rate = 4000, 0.1
    last = noisy_paths(sgd(rate), "noisy_bowl", steps=200, n_runs=runs, noise=noise)[-1]
    # x goes by x - rate (x + noise), y by y - rate (2 y + noise): geometric series
    expected = [rate * deviation / (1 - keep**2) ** 0.5 for keep in (0.9, 0.8)]
    np.testing.assert_allclose(last.std(axis=0), expected, rtol=5 / (2 * runs) ** 0.5)
    assert np.all(np.abs(last.mean(axis=0)) < 5 * np.array(expected) / runs**0.5)


def test_a_run_that_diverges_is_cut_off_alone():
    start = SURFACES["rosenbrock"].start
    paths = noisy_paths(sgd(0.0035), "rosenbrock", start, 100, n_runs=200, noise=30)
    lost = np.isnan(paths).any(axis=(0, 2))
    assert 0 < lost.sum() < 200
    for run in np.flatnonzero(lost):
        first = np.isnan(paths[:, run]).any(axis=1).argmax()
        assert np.isfinite(paths[:first, run]).all() and np.isnan(paths[first:, run]).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_runs": 0}, r"n_runs must be a whole number of at least 1\. Got 0 instead"),
        ({"steps": 1.5}, r"steps must be a whole number .* Got 1\.5 instead"),
        ({"noise": -1}, r"noise must be a number, at least 0\. Got -1 instead"),
        ({"start": (1, 2, 3)}, r"start must be two finite numbers.* Got \(1, 2, 3\) instead"),
        ({"optimizer": "hill"}, r"optimizer must be one of sgd, .* Got 'hill' instead"),
    ],
)
def test_bad_noisy_paths_give_the_rule_and_the_value(options, message):
    with pytest.raises(ValueError, match=message):
        noisy_paths(**{"surface": "noisy_bowl", "optimizer": "sgd", **options})
