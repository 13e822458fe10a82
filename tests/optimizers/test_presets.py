import keras
import numpy as np
import pytest
from keras import optimizers

from mlcourse.optimizers import COURSE, LATER, Optimizer, adam, cached_path, descend, find, momentum
from mlcourse.optimizers import sgd as our_sgd
from mlcourse.optimizers.schedules import cyclical
from mlcourse.optimizers.surfaces import SURFACES

# Each backend rounds in its own way, and a path that turns around makes more of it
TOLERANCE = 1e-5 if keras.backend.backend() == "tensorflow" else 5e-4
CYCLES = cyclical(0.005, 0.02, step_size=10)


@keras.saving.register_keras_serializable("mlcourse_tests")
class Cycles(optimizers.schedules.LearningRateSchedule):
    """The course's cyclical rate, for Keras."""

    def __call__(self, step):
        return float(CYCLES(float(keras.ops.convert_to_numpy(step))))

    def get_config(self):
        return {}


THEIRS = {
    "sgd": lambda: optimizers.SGD(0.01),
    "sgd_decay": lambda: optimizers.SGD(optimizers.schedules.ExponentialDecay(0.02, 100, 0.96)),
    "sgd_cyclic": lambda: optimizers.SGD(Cycles()),
    "momentum": lambda: optimizers.SGD(0.005, momentum=0.9),
    "nesterov": lambda: optimizers.SGD(0.005, momentum=0.9, nesterov=True),
    "adagrad": lambda: optimizers.Adagrad(0.4),
    "adadelta": lambda: optimizers.Adadelta(1.0),
    "rmsprop": lambda: optimizers.RMSprop(0.1),
    "rmsprop_mom": lambda: optimizers.RMSprop(0.1, momentum=0.9),
    "adam": lambda: optimizers.Adam(0.2, epsilon=1e-8),
    "adamax": lambda: optimizers.Adamax(0.5),
    "nadam": lambda: optimizers.Nadam(0.2),
    "adamw": lambda: optimizers.AdamW(0.2),
    "lion": lambda: optimizers.Lion(0.05),
}
ELSEWHERE = [
    ("ravine", our_sgd(0.4), lambda: optimizers.SGD(0.4)),
    ("himmelblau", momentum(0.005, momentum=0.8), lambda: optimizers.SGD(0.005, momentum=0.8)),
    (
        "himmelblau",
        adam(0.1, beta_1=0.8, beta_2=0.99),
        lambda: optimizers.Adam(0.1, beta_1=0.8, beta_2=0.99),
    ),
    ("saddle", COURSE["rmsprop_mom"], lambda: optimizers.RMSprop(0.1, momentum=0.9)),
    ("noisy_bowl", our_sgd(0.1), lambda: optimizers.SGD(0.1)),
    ("noisy_bowl", adam(0.1), lambda: optimizers.Adam(0.1)),
    ("noisy_bowl", COURSE["adamax"], lambda: optimizers.Adamax(0.5)),
]


def test_every_optimizer_of_the_course_has_one_of_keras():
    assert list(THEIRS) == [*COURSE, *LATER]


@pytest.mark.parametrize("name", THEIRS)
def test_a_path_is_that_of_keras_at_every_step(name):
    expected = descend(THEIRS[name](), "beale", steps=100)
    assert (expected.shape, expected.dtype) == ((101, 2), np.float32)
    assert np.abs(expected[-1] - expected[0]).max() > 0.1
    np.testing.assert_allclose(descend(name, "beale", steps=100), expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize(("surface", "ours", "theirs"), ELSEWHERE)
def test_a_path_elsewhere_is_that_of_keras(surface, ours, theirs):
    expected = descend(theirs(), surface, steps=50, seed=3)
    path = descend(ours, surface, steps=50, seed=3)
    np.testing.assert_allclose(path, expected, rtol=0, atol=TOLERANCE)
    assert np.abs(path[-1] - path[0]).max() > 1


@pytest.mark.parametrize("name", ["SGD", "sgd", "AdamW", "adamw", "RMSPROP", "Lion"])
def test_the_engine_finds_keras_s_optimizers_in_any_case(name):
    optimizer = find(name, engine="keras")
    assert isinstance(optimizer, Optimizer)
    assert optimizer.name.lower() == f"keras {name.lower()}"


def test_the_engine_takes_keras_s_defaults_and_settings():
    path = descend("rmsprop", "beale", steps=20, engine="keras")
    expected = descend("rmsprop", "beale", steps=20, learning_rate=0.001)
    np.testing.assert_allclose(path, expected, rtol=0, atol=TOLERANCE)
    settings = {"learning_rate": 0.005, "momentum": 0.9}
    path = descend("sgd", "beale", steps=20, engine="keras", nesterov=True, **settings)
    expected = descend("nesterov", "beale", steps=20, **settings)
    np.testing.assert_allclose(path, expected, rtol=0, atol=TOLERANCE)


def test_an_optimizer_is_left_as_it_is_and_can_be_used_again():
    theirs = optimizers.Adam(0.2, epsilon=1e-8)
    first, second = (descend(theirs, "beale", steps=20) for _ in range(2))
    cached_path(theirs, "beale", steps=20)
    np.testing.assert_array_equal(first, second)
    assert int(theirs.iterations) == 0 and not theirs.built
    theirs.learning_rate = 0.1
    expected = descend("adam", "beale", steps=20, learning_rate=0.1, epsilon=1e-8)
    path = descend(theirs, "beale", steps=20)
    np.testing.assert_allclose(path, expected, rtol=0, atol=TOLERANCE)


def test_one_that_has_been_used_starts_anew():
    theirs = optimizers.SGD(0.005, momentum=0.9)
    variable = keras.Variable([1.0, 2.0])
    theirs.apply([keras.ops.ones(2)], [variable])
    np.testing.assert_allclose(
        descend(theirs, "beale", steps=20), descend("momentum", "beale", steps=20), atol=TOLERANCE
    )
    assert int(theirs.iterations) == 1


def test_clipping_is_kept():
    path = descend(optimizers.SGD(0.5, clipnorm=1.0), "beale", steps=1)
    gradient = SURFACES["beale"].gradient(*path[0])
    expected = path[0] - 0.5 * gradient / np.linalg.norm(gradient)
    np.testing.assert_allclose(path[1], expected, atol=TOLERANCE)


@pytest.mark.parametrize("theirs", [optimizers.Adafactor(0.1), optimizers.Ftrl(0.5)])
def test_other_optimizers_of_keras_run(theirs):
    path = descend(theirs, "noisy_bowl", steps=30, noise=0)
    assert path.shape == (31, 2)
    heights = SURFACES["noisy_bowl"].f(*path.T)
    assert heights[-1] < heights[0]


def test_an_optimizer_is_named_with_its_rate_and_what_is_unusual():
    schedule = optimizers.schedules.ExponentialDecay(0.02, 10, 0.5)
    assert repr(find(optimizers.SGD(0.25, momentum=0.5))) == "keras SGD(0.25, momentum=0.5)"
    assert repr(find(optimizers.SGD(schedule))) == "keras SGD(ExponentialDecay)"


@pytest.mark.filterwarnings("ignore:The object being serialized includes a .lambda.:UserWarning")
def test_an_optimizer_that_cannot_be_made_again_is_refused():
    with pytest.raises(ValueError, match="that from_config can rebuild"):
        find(optimizers.SGD(lambda: 0.01))


def test_an_unknown_setting_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"learning_rate, momentum.* Got 'learning_rat' instead"):
        find("sgd", engine="keras", learning_rat=0.1)


def test_divergence_of_keras_is_told_too():
    with pytest.warns(RuntimeWarning, match=r"keras SGD.* diverged: step 4 of 10 ") as told:
        path = descend(optimizers.SGD(1.0), "rosenbrock", steps=10)
    assert sum(issubclass(warning.category, RuntimeWarning) for warning in told) == 1
    assert np.isfinite(path[:4]).all() and np.isnan(path[4:]).all()


@pytest.mark.parametrize("value", [keras.layers.Dense(1), object(), optimizers, 0.1, len])
def test_what_is_not_an_optimizer_is_refused(value):
    with pytest.raises(ValueError) as error:
        descend(value, "beale")
    rule = "optimizer must be a name, an Optimizer, or an optimizer of Keras"
    assert str(error.value) == f"{rule}. Got {value!r} instead."


def test_an_unknown_name_lists_keras_s_own():
    with pytest.raises(
        ValueError, match=r"optimizer must be one of .*Adam, .*SGD.* Got 'nesterov'"
    ):
        descend("nesterov", "beale", engine="keras")


@pytest.mark.parametrize("rate", [0.0, -0.5])
def test_a_rate_that_is_not_positive_is_refused(rate):
    with pytest.raises(ValueError, match=rf"learning_rate must be positive\. Got {rate} instead"):
        descend(optimizers.SGD(rate), "beale")


def test_settings_do_not_go_with_an_optimizer_of_keras():
    with pytest.raises(
        ValueError,
        match=r"settings must come with the name of an optimizer\. Got .*'momentum': 0\.5",
    ):
        descend(optimizers.SGD(0.1), "beale", momentum=0.5)


def test_a_class_is_no_optimizer():
    with pytest.raises(ValueError, match="optimizer of Keras"):
        find(optimizers.Adam)


def test_a_schedule_may_start_at_0():
    schedule = optimizers.schedules.CosineDecay(0.0, 100, warmup_target=0.01, warmup_steps=10)
    path = descend(optimizers.SGD(schedule), "beale", steps=5)
    np.testing.assert_array_equal(path[1], path[0])
    assert np.all(path[5] != path[0])


def test_equal_optimizers_share_what_is_remembered():
    assert find(optimizers.Adam(0.1)) is find(optimizers.Adam(0.1))
    assert find(optimizers.Adam(0.1)) is not find(optimizers.Adam(0.3))
