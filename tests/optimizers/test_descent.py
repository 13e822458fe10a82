import math
import subprocess
import sys
import warnings
from collections import Counter
from dataclasses import replace

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcourse.optimizers import (
    COURSE,
    LATER,
    RULES,
    Optimizer,
    adam,
    cached_path,
    descend,
    find,
    find_all,
    first_nonfinite,
    iterate,
    momentum,
    opt_names,
    sgd,
)
from mlcourse.optimizers.schedules import exponential_decay
from mlcourse.optimizers.surfaces import SURFACES
from mlcourse.optimizers.surfaces import find as find_surface

NAMES = [
    "sgd",
    "sgd_decay",
    "sgd_cyclic",
    "momentum",
    "nesterov",
    "adagrad",
    "adadelta",
    "rmsprop",
    "rmsprop_mom",
    "adam",
    "adamax",
]
ENDS = {  # of Keras's optimizers, after 99 updates from (0.8, 1.6) on Beale's surface
    "sgd": (2.437, 0.320),
    "sgd_decay": (2.675, 0.406),
    "momentum": (3.260, 0.553),
    "nesterov": (3.181, 0.542),
    "adagrad": (2.252, 0.230),
    "rmsprop": (2.808, 0.477),
    "rmsprop_mom": (2.889, 0.446),
    "adam": (2.804, 0.450),
}
BEALE = find_surface("beale")
BOWL = find_surface("noisy_bowl")


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


def counting(optimizer):
    """The optimizer, and a counter of its updates."""
    calls = Counter()

    def update(*arguments):
        calls["update"] += 1
        return optimizer.update(*arguments)

    return replace(optimizer, update=update), calls


def sgd_by_hand(slope, start, rates):
    """The path of gradient descent in plain float64."""
    path = [start]
    for rate in rates:
        x, y = path[-1]
        by_x, by_y = slope(x, y)
        path.append((x - rate * by_x, y - rate * by_y))
    return path


def test_the_names_are_those_of_the_course_in_its_order():
    assert opt_names == list(COURSE) == NAMES
    assert not set(LATER) & set(COURSE)


@pytest.mark.parametrize("name", ENDS)
def test_the_ends_are_those_of_the_course(name):
    path = descend(name, "beale", (0.8, 1.6), 99)
    assert path[-1].tolist() == pytest.approx(ENDS[name], abs=0.001)


@pytest.mark.parametrize("name", [*COURSE, *LATER])
def test_every_optimizer_lowers_the_loss(name):
    path = descend(name, "beale")
    heights = BEALE.f(*path.T)
    share = 0.8 if name == "adadelta" else 0.1  # whose first steps are tiny
    assert heights[-1] < share * heights[0]


def test_a_shorter_path_is_the_beginning_of_a_longer_one():
    path = descend("adam", "beale", (0.8, 1.6), 99)
    np.testing.assert_array_equal(descend("adam", "beale", (0.8, 1.6), 50), path[:51])


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("steps", [1, 7])
@pytest.mark.parametrize("start", [None, (1, -1.5), [0.5, 0.1], np.array([1.0, 0.1])])
def test_a_path_goes_from_the_start_over_as_many_steps(surface, steps, start):
    path = descend("momentum", surface, start, steps, learning_rate=1e-4)
    assert (path.shape, path.dtype) == ((steps + 1, 2), np.float32)
    expected = SURFACES[surface].start if start is None else start
    np.testing.assert_array_equal(path[0], np.float32(expected))
    assert np.isfinite(path).all() and np.all(path[1] != path[0])


def test_the_default_is_100_steps_from_the_surface_s_start():
    expected = descend("sgd", "ravine", SURFACES["ravine"].start, 100)
    np.testing.assert_array_equal(descend("sgd", SURFACES["ravine"]), expected)


@settings(max_examples=25, deadline=None)
@given(
    start=st.tuples(st.floats(-9, 2), st.floats(-2, 2)),
    rate=st.floats(0.01, 0.3),
    factor=st.floats(0.5, 1),
)
def test_gradient_descent_of_the_ravine_is_that_by_hand(start, rate, factor):
    schedule = exponential_decay(rate, 1, factor)
    path = descend(sgd(schedule), "ravine", start, 20)
    rates = [rate * factor**t for t in range(20)]
    expected = sgd_by_hand(lambda x, y: (0.1 * x, 4 * y), start, rates)
    np.testing.assert_allclose(path, expected, rtol=1e-4, atol=1e-4)


def test_walk_takes_many_points_of_any_precision():
    points = np.array([[[-8.0, 1.0], [2.0, 0.5]], [[1.5, -2.0], [0.0, 1.0]]])
    paths = list(iterate(find("adam"), SURFACES["ravine"], points, 10))
    assert len(paths) == 11 and paths[0] is points
    assert all((p.shape, p.dtype) == ((2, 2, 2), np.float64) for p in paths)
    for place in np.ndindex(2, 2):
        alone = descend("adam", "ravine", points[(slice(None), *place)], 10)
        together = [p[(slice(None), *place)] for p in paths]
        np.testing.assert_allclose(together, alone, atol=1e-4)


def test_a_path_is_one_s_own():
    path = descend("sgd", "beale")
    expected = path.copy()
    path[:] = 7
    np.testing.assert_array_equal(descend("sgd", "beale"), expected)


def test_divergence_is_told_once_and_cut_off():
    with pytest.warns(RuntimeWarning) as told:
        path = descend("sgd", "rosenbrock", learning_rate=1)
    place = sgd_by_hand(SURFACES["rosenbrock"].slope, (-1.2, 1.0), [1] * 4)
    first = next(n for n, point in enumerate(place) if np.abs(point).max() > 3e38)
    assert [str(warning.message) for warning in told] == [
        f"sgd(1.0) diverged: step {first} of 100 is not finite."
    ]
    assert told[0].filename == __file__
    assert first_nonfinite(path) == first
    np.testing.assert_allclose(path[:first], place[:first], rtol=1e-4)
    assert (path.shape, path.dtype) == ((101, 2), np.float32)
    assert np.isnan(path[first:]).all()


def test_divergence_after_the_last_step_is_not_told():
    assert np.isfinite(descend("sgd", "rosenbrock", steps=3, learning_rate=1)).all()


def test_a_cached_path_diverges_in_silence():
    path = cached_path(sgd(1), "rosenbrock", steps=10)
    assert first_nonfinite(path) == 4
    assert np.isnan(path[4:]).all()


@pytest.mark.parametrize(
    ("path", "step"),
    [
        ([[0, 1], [2, 3]], None),
        ([[0, 1], [2, math.nan], [0, 0]], 1),
        ([[0, 1], [2, 3], [-math.inf, 1]], 2),
        ([[math.nan, 1]], 0),
    ],
)
def test_diverged_at_is_the_first_step_that_is_not_finite(path, step):
    assert first_nonfinite(np.array(path, float)) == step


def test_the_same_seed_gives_the_same_noise():
    first, second, third = (descend("sgd", "noisy_bowl", seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert np.all(first[1:] != third[1:])


def test_the_same_seed_gives_the_same_noise_to_every_optimizer():
    flat = replace(BOWL, slope=lambda x, y: (0 * x, 0 * y))
    plain = np.diff(descend(sgd(1.0), flat, (0, 0), seed=3), axis=0)
    half = np.diff(descend(sgd(0.5), flat, (0, 0), seed=3), axis=0)
    np.testing.assert_allclose(half, plain / 2, atol=1e-5)


def test_without_noise_the_noisy_bowl_is_exact():
    exact = replace(BOWL, noise=0.0)
    path = descend("sgd", "noisy_bowl", noise=0, learning_rate=0.1, seed=5)
    np.testing.assert_array_equal(path, descend("sgd", exact, learning_rate=0.1))
    n = np.arange(101)
    expected = np.transpose([-2.5 * 0.9**n, 2 * 0.8**n])
    np.testing.assert_allclose(path, expected, atol=1e-5)


def test_the_surface_s_own_noise_is_the_default():
    np.testing.assert_array_equal(
        descend("adam", "noisy_bowl"), descend("adam", "noisy_bowl", noise=1.0)
    )
    assert np.all(descend("sgd", "noisy_bowl")[1:] != descend("sgd", "noisy_bowl", noise=2)[1:])
    assert np.all(descend("sgd", "ravine")[1:] != descend("sgd", "ravine", noise=1)[1:])


@pytest.mark.parametrize("noise", [0.5, 3.0])
def test_noise_has_its_deviation_and_no_mean(noise):
    flat = replace(BOWL, slope=lambda x, y: (0 * x, 0 * y))
    gradients = -np.diff(descend(sgd(1.0), flat, (0, 0), 4000, noise=noise).astype(float), axis=0)
    error = noise / 4000**0.5
    assert np.all(np.abs(gradients.mean(axis=0)) < 5 * error)
    np.testing.assert_allclose(gradients.std(axis=0), noise, atol=5 * error / 2**0.5)
    along, across = gradients.T
    assert abs(np.corrcoef(along, across)[0, 1]) < 5 / 4000**0.5
    assert abs(np.corrcoef(along[1:], along[:-1])[0, 1]) < 5 / 4000**0.5


@pytest.mark.parametrize("steps", [1, 99, 100, 101, 250])
@pytest.mark.parametrize("surface", ["beale", "noisy_bowl"])
def test_a_cached_path_is_the_descent(surface, steps):
    path = cached_path("rmsprop_mom", surface, (0.5, 1.2), steps, seed=4)
    expected = descend("rmsprop_mom", surface, (0.5, 1.2), steps, seed=4)
    assert (path.shape, path.dtype) == ((steps + 1, 2), np.float32)
    np.testing.assert_array_equal(path, expected)
    noisy = cached_path("sgd", surface, steps=steps, noise=0.1)
    np.testing.assert_array_equal(noisy, descend("sgd", surface, steps=steps, noise=0.1))


def test_a_cached_path_is_not_to_be_written_into():
    path = cached_path("sgd", "beale", steps=10)
    with pytest.raises(ValueError, match="read-only"):
        path[0] = 0


def test_another_count_of_iterations_is_not_computed_again():
    optimizer, calls = counting(momentum(0.005))
    first = cached_path(optimizer, "beale", steps=80)
    computed = calls["update"]
    assert computed >= 80
    for steps in (1, 20, 100, 80):
        assert len(cached_path(optimizer, "beale", steps=steps)) == steps + 1
    np.testing.assert_array_equal(cached_path(optimizer, "beale", BEALE.start, 80, 0), first)
    assert calls["update"] == computed


def test_other_settings_are_computed_again():
    optimizer, calls = counting(momentum(0.005))
    cached_path(optimizer, "beale", steps=80)
    changes = [{"start": (1, 1)}, {"noise": 0.1}, {"noise": 0.1, "seed": 1}, {"steps": 180}]
    for change in changes:
        before = calls["update"]
        cached_path(optimizer, "beale", **{"steps": 80, **change})
        assert calls["update"] > before
    before = calls["update"]
    cached_path(optimizer, "ravine", steps=80)
    assert calls["update"] > before


def test_a_surface_of_one_s_own_is_kept_too():
    calls = Counter()

    def slope(x, y):
        calls["slope"] += 1
        return BEALE.slope(x, y)

    own = replace(BEALE, slope=slope)
    path = cached_path("adam", own, steps=30)
    computed = calls["slope"]
    assert computed >= 30
    np.testing.assert_array_equal(cached_path("adam", own, steps=60)[:31], path)
    assert calls["slope"] == computed
    np.testing.assert_array_equal(path, descend("adam", "beale", steps=30))


@pytest.mark.parametrize("name", [*COURSE, *LATER])
def test_a_name_is_that_of_the_course_or_later(name):
    assert find(name) is (COURSE | LATER)[name]


@pytest.mark.parametrize("name", RULES)
def test_a_name_with_settings_is_that_of_a_rule(name):
    optimizer = find(name, learning_rate=0.3)
    assert (optimizer.name, optimizer.learning_rate) == (name, 0.3)
    assert optimizer.settings == RULES[name].defaults


def test_settings_are_those_that_are_given():
    optimizer = find("rmsprop", learning_rate=exponential_decay(0.1, 5, 0.5), momentum=0.4)
    assert optimizer.settings == {"rho": 0.9, "momentum": 0.4, "epsilon": 1e-7}
    assert optimizer.rates(2) == pytest.approx([0.1, 0.1 * 0.5**0.2])
    expected = descend(RULES["rmsprop"](0.05, momentum=0.4), "beale")
    path = descend("rmsprop", "beale", learning_rate=0.05, momentum=0.4)
    np.testing.assert_array_equal(path, expected)


def test_optimizers_are_found_as_they_are():
    own = adam(0.1)
    assert find(own) is own


def test_optimizers_of_keras_are_found():
    theirs = keras.optimizers.Adam(0.1)
    found = find(theirs)
    assert isinstance(found, Optimizer) and found.name == "keras Adam"
    assert find(theirs) is found  # so that its path is cached
    assert find(keras.optimizers.Adam(0.2)) is not found


def test_one_optimizer_is_found_by_itself():
    own = adam(0.1)
    assert find_all("adam") == {"adam": COURSE["adam"]}
    assert find_all(own) == {repr(own): own}


def test_a_list_of_optimizers_is_labelled():
    own, theirs = sgd(0.3), keras.optimizers.SGD(0.1)
    found = find_all(["adam", own, theirs, "lion"])
    labels = ["adam", "sgd(0.3)", repr(find(theirs)), "lion"]
    expected = [COURSE["adam"], own, find(theirs), LATER["lion"]]
    assert list(found.items()) == list(zip(labels, expected, strict=True))
    assert list(find_all(opt_names)) == opt_names
    assert find_all(("adam",)) == find_all("adam")


def test_a_mapping_of_optimizers_keeps_its_labels():
    own = sgd(0.3)
    found = find_all({"fast": own, "Adam": "adam", "K": keras.optimizers.SGD(0.1)})
    assert list(found) == ["fast", "Adam", "K"]
    assert found["fast"] is own and found["Adam"] is COURSE["adam"]
    assert found["K"].name == "keras SGD"


def test_an_array_of_one_name_is_refused():
    with pytest.raises(ValueError, match=r"Got array\('adam'"):
        find_all(np.array("adam"))


@pytest.mark.parametrize("nothing", [[], {}, ()])
def test_no_optimizers_are_refused(nothing):
    with pytest.raises(ValueError, match=r"number of optimizers must be .* at least 1\. Got 0 ins"):
        find_all(nothing)


@pytest.mark.parametrize("function", [descend, cached_path])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"surface": "hill"},
            rf"surface must be one of {', '.join(SURFACES)}\. Got 'hill' instead",
        ),
        (
            {"optimizer": "Adam"},
            rf"optimizer must be one of {', '.join([*COURSE, *LATER])}\. Got 'Adam' instead",
        ),
        ({"optimizer": None}, r"optimizer must be a name, an Optimizer, or .* Got None instead"),
        ({"optimizer": 3}, r"optimizer must be a name, .* Got 3 instead"),
        ({"steps": 0}, r"steps must be a whole number of at least 1\. Got 0 instead"),
        ({"steps": 1.5}, r"steps must be a whole number .* Got 1\.5 instead"),
        ({"steps": True}, r"steps must be a whole number .* Got True instead"),
        ({"start": 3}, r"start must be two finite numbers, x and y\. Got 3 instead"),
        ({"start": (1, 2, 3)}, r"start must be two finite numbers.* Got \(1, 2, 3\) instead"),
        ({"start": (1, math.nan)}, r"start must be two finite numbers.* Got \(1, nan\) instead"),
        ({"start": (math.inf, 1)}, r"start must be two finite numbers.* Got \(inf, 1\) instead"),
        ({"start": "origin"}, r"start must be two finite numbers.* Got 'origin' instead"),
        ({"start": ("x", "y")}, r"start must be two finite numbers.* Got \('x', 'y'\) instead"),
        ({"start": [[1, 2]]}, r"start must be two finite numbers.* Got \[\[1, 2\]\] instead"),
        ({"start": ([1, 2], 3)}, r"start must be two finite numbers.* Got \(\[1, 2\], 3\) instead"),
        ({"noise": -1}, r"noise must be a number, at least 0\. Got -1 instead"),
        ({"noise": math.nan}, r"noise must be a number.* Got nan instead"),
        ({"noise": "loud"}, r"noise must be a number.* Got 'loud' instead"),
    ],
)
def test_what_cannot_be_gives_the_rule_and_the_value(function, options, message):
    with pytest.raises(ValueError, match=message):
        function(**{"surface": "beale", "optimizer": "sgd", **options})


@pytest.mark.parametrize(
    ("optimizer", "options", "message"),
    [
        (
            adam(0.1),
            {"beta_1": 0.5},
            r"settings must come with the name of an optimizer\. Got adam\(0\.1.*'beta_1': 0\.5",
        ),
        (
            COURSE["sgd"],
            {"learning_rate": 0.5},
            r"settings must come with the name of an optimizer\. Got sgd\(0\.01\) and",
        ),
        ("adam", {"beta_1": 0.5}, r"adam needs a learning_rate\. Got \{'beta_1': 0\.5\} instead"),
        (
            "sgd_decay",
            {"learning_rate": 0.1},
            rf"with settings must be one of {', '.join(RULES)}\. Got 'sgd_decay' instead",
        ),
        ("sgd", {"learning_rate": -1}, r"learning_rate must be positive\. Got -1 instead"),
        (
            "sgd",
            {"learning_rate": 1, "momentum": 0.9},
            r"a setting of sgd must be one of learning_rate\. Got 'momentum' instead",
        ),
        ("sgd", {"engine": "torch"}, r"engine must be one of numpy, keras\. Got 'torch' instead"),
        ("sgd", {"engine": None}, r"engine must be one of numpy, keras\. Got None instead"),
    ],
)
def test_bad_settings_give_the_rule_and_the_value(optimizer, options, message):
    with pytest.raises(ValueError, match=message):
        descend(optimizer, "beale", **options)


@pytest.mark.slow
def test_who_stays_with_numpy_does_not_wait_for_keras():
    code = (
        "import sys; from mlcourse.optimizers import descend, find_all, opt_names;"
        "descend('adam', 'beale'); find_all(opt_names);"
        "print([name for name in ('keras', 'tensorflow', 'torch', 'jax') if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_optimizers_of_one_label_are_numbered():
    rates = [exponential_decay(rate, 100, 0.96) for rate in (0.02, 0.05)]
    found = find_all([sgd(rate) for rate in rates])
    assert [optimizer.learning_rate for optimizer in found.values()] == rates
    assert list(found) == ["sgd(exponential_decay)", "sgd(exponential_decay) (2)"]


def test_a_single_path_has_one_learning_rate_and_a_seed():
    with pytest.raises(ValueError, match="one learning rate"):
        descend(sgd(np.array([0.01, 0.02])), "beale")
    with pytest.raises(ValueError, match="seed must be a whole number of at least 0"):
        descend("sgd", "beale", seed=-1)
