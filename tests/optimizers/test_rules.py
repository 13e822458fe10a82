import inspect
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from mlcourse.optimizers import RULES, Optimizer, Rule, adam, adamw, rmsprop, sgd
from mlcourse.optimizers.schedules import exponential_decay

NAMES = list(RULES)
DEFAULTS = {
    "sgd": {},
    "momentum": {"momentum": 0.9},
    "nesterov": {"momentum": 0.9},
    "adagrad": {"initial_accumulator": 0.1, "epsilon": 1e-7},
    "adadelta": {"rho": 0.95, "epsilon": 1e-7},
    "rmsprop": {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7},
    "adam": {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
    "adamax": {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
    "nadam": {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
    "adamw": {"weight_decay": 0.004, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
    "lion": {"weight_decay": 0.0, "beta_1": 0.9, "beta_2": 0.99},
}


def run(optimizer, w, gradients, eta=None):
    """The weights after each step, and the last state."""
    state, places = optimizer.init(w), []
    eta = optimizer.learning_rate if eta is None else eta
    for t, g in enumerate(gradients, 1):
        w, state = optimizer.update(w, g, state, eta, t)
        places.append(w)
    return places, state


def arrays_in(state):
    parts = state if isinstance(state, tuple) else (state,)
    return [part for part in parts if isinstance(part, np.ndarray)]


def test_the_rules_are_all_there():
    assert list(DEFAULTS) == NAMES
    assert all(isinstance(rule, Rule) for rule in RULES.values())


MU_1, MU_2, MU_3 = (0.25 * (1 - 0.5 * 0.96**t) for t in (1, 2, 3))
NADAM = 1 - 0.1 * (1.5 * MU_2 / (1 - MU_1 * MU_2) + 2) / 5

# The places after two steps from 1, with the gradients 2 and -1 and the rate 0.1
BY_HAND = [
    ("sgd", {}, 0.8, 0.9),
    # v = -0.2, then -0.1 + 0.1
    ("momentum", {"momentum": 0.5}, 0.8, 0.8),
    # -0.1 - 0.2, then 0 + 0.1
    ("nesterov", {"momentum": 0.5}, 0.7, 0.8),
    # s = 4, then 5
    (
        "adagrad",
        {"initial_accumulator": 0, "epsilon": 0.5},
        1 - 0.2 / math.sqrt(4.5),
        1 - 0.2 / math.sqrt(4.5) + 0.1 / math.sqrt(5.5),
    ),
    # s = 9, then 10
    (
        "adagrad",
        {"initial_accumulator": 5, "epsilon": 1e-12},
        1 - 0.2 / 3,
        1 - 0.2 / 3 + 0.1 / math.sqrt(10),
    ),
    # s = 2, d = 0, then s = 1.5, d = 1
    (
        "adadelta",
        {"rho": 0.5, "epsilon": 2},
        1 - 0.1 * 2 * math.sqrt(2) / math.sqrt(4),
        1 - 0.1 * 2 * math.sqrt(2) / math.sqrt(4) + 0.1 * math.sqrt(3) / math.sqrt(3.5),
    ),
    # s = 3, then 1.5
    ("rmsprop", {"rho": 0.25, "epsilon": 1}, 0.9, 0.9 + 0.1 / math.sqrt(2.5)),
    (
        "rmsprop",
        {"rho": 0.25, "momentum": 0.5, "epsilon": 1},
        0.9,
        0.9 - 0.05 + 0.1 / math.sqrt(2.5),
    ),
    # m = 1, then 0; s = 1, 4 without its bias
    ("adam", {"beta_1": 0.5, "beta_2": 0.75, "epsilon": 3}, 0.96, 0.96),
    # m = 1.5, then -0.375, which are 2 and -0.4 without their bias; s = 1 both times
    (
        "adam",
        {"beta_1": 0.25, "beta_2": 0.75, "epsilon": 1e-12},
        0.9,
        0.9 + 0.1 * 0.4 * math.sqrt(1 - 0.75**2),
    ),
    # m as before; u = 2, then 1
    (
        "adamax",
        {"beta_1": 0.25, "beta_2": 0.5, "epsilon": 2},
        1 - 0.1 * 2 / 4,
        1 - 0.1 * 2 / 4 + 0.1 * 0.4 / 3,
    ),
    # m and s as before
    (
        "nadam",
        {"beta_1": 0.25, "beta_2": 0.75, "epsilon": 3},
        NADAM,
        NADAM
        + 0.1
        * (0.375 * MU_3 / (1 - MU_1 * MU_2 * MU_3) + (1 - MU_2) / (1 - MU_1 * MU_2))
        / (1 / math.sqrt(1 - 0.75**2) + 3),
    ),
    # as adam, and a twentieth of the weight decays
    (
        "adamw",
        {"weight_decay": 0.5, "beta_1": 0.5, "beta_2": 0.75, "epsilon": 3},
        0.96 - 0.05,
        0.91 - 0.05 * 0.91,
    ),
    # the directions are those of 1 and of 0.25 - 0.5
    ("lion", {"beta_1": 0.5, "beta_2": 0.75}, 0.9, 1.0),
    # 0.5 and 0.75 - 0.25: the old direction wins; a fiftieth of the weight decays
    (
        "lion",
        {"weight_decay": 0.2, "beta_1": 0.75, "beta_2": 0.5},
        1 - 0.1 - 0.02,
        0.88 - 0.1 - 0.02 * 0.88,
    ),
]


@pytest.mark.parametrize(("name", "options", "first", "second"), BY_HAND)
def test_two_steps_are_those_computed_by_hand(name, options, first, second):
    places, _ = run(RULES[name](0.1, **options), np.array(1.0), [np.array(2.0), np.array(-1.0)])
    assert [float(place) for place in places] == pytest.approx([first, second], rel=1e-9)


def test_every_rule_has_been_computed_by_hand():
    assert {name for name, *_ in BY_HAND} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_rate_is_the_one_that_is_given_at_the_step(name):
    optimizer = RULES[name](0.1)
    gradient = np.array(2.0)
    lengths = []
    for eta in (0.1, 0.2):
        w, _ = optimizer.update(np.zeros(()), gradient, optimizer.init(gradient), eta, 1)
        lengths.append(float(w))
    assert lengths[0] < 0
    assert lengths[1] == pytest.approx(2 * lengths[0])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_shapes_and_precision_are_kept(name, dtype, data):
    shape = data.draw(array_shapes(min_dims=0, max_dims=3, max_side=3))
    elements = st.floats(-100, 100, width=32)
    w, *gradients = (data.draw(arrays(dtype, shape, elements=elements)) for _ in range(3))
    optimizer = RULES[name](0.1)
    state = optimizer.init(w)
    for t, g in zip(np.arange(1, 3, dtype=dtype), gradients, strict=True):
        w, state = optimizer.update(w, g, state, 0.1, t)
        for array in (w, *(part for part in arrays_in(state) if part.ndim)):
            assert (array.shape, array.dtype) == (shape, dtype)
            assert np.isfinite(array).all()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_is_given_is_changed(name):
    rng = np.random.default_rng(0)
    optimizer = RULES[name](0.1)
    w, state = rng.normal(size=(2, 3)), None
    for t in (1, 2, 3):
        w.flags.writeable = False
        state = optimizer.init(w) if state is None else state
        g = rng.normal(size=(2, 3))
        g.flags.writeable = False
        for array in arrays_in(state):
            array.flags.writeable = False
        before = [array.copy() for array in arrays_in(state)]
        new, following = optimizer.update(w, g, state, 0.1, t)
        again, _ = optimizer.update(w, g, state, 0.1, t)
        np.testing.assert_array_equal(new, again)
        for old, array in zip(before, arrays_in(state), strict=True):
            np.testing.assert_array_equal(old, array)
        for array in (new, *arrays_in(following)):
            assert not any(np.shares_memory(array, old) for old in (w, g, *arrays_in(state)))
        w, state = new, following


@pytest.mark.parametrize("name", NAMES)
def test_an_array_is_as_many_numbers(name):
    rng = np.random.default_rng(1)
    w, gradients = rng.normal(size=(2, 3)), rng.normal(size=(4, 2, 3))
    together, _ = run(RULES[name](0.1), w, gradients)
    for place in np.ndindex(2, 3):
        alone, _ = run(RULES[name](0.1), w[place], gradients[(slice(None), *place)])
        np.testing.assert_allclose([array[place] for array in together], alone, rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_rates_in_an_array_are_tried_at_once(name):
    rng = np.random.default_rng(2)
    w, gradients, rates = rng.normal(size=3), rng.normal(size=(4, 3)), np.array([0.1, 0.5, 0.01])
    together, _ = run(RULES[name](rates), w, gradients)
    for n, rate in enumerate(rates):
        alone, _ = run(RULES[name](rate), w[n], gradients[:, n])
        np.testing.assert_allclose([array[n] for array in together], alone, rtol=1e-12)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (adamw(0.1, weight_decay=0), adam(0.1)),
        (RULES["momentum"](0.1, momentum=0), sgd(0.1)),
        (RULES["nesterov"](0.1, momentum=0), sgd(0.1)),
        (rmsprop(0.1, momentum=0), rmsprop(0.1)),
        (RULES["adagrad"](0.1), RULES["adagrad"](0.1, initial_accumulator=0.1, epsilon=1e-7)),
    ],
    ids=str,
)
@settings(max_examples=25, deadline=None)
@given(
    w=st.floats(-10, 10),
    gradients=st.lists(st.floats(-10, 10), min_size=1, max_size=5),
)
def test_one_rule_is_a_case_of_another(one, other, w, gradients):
    start, gradients = np.array(w), [np.array(g) for g in gradients]
    places, expected = (run(optimizer, start, gradients)[0] for optimizer in (one, other))
    np.testing.assert_allclose(places, expected, rtol=1e-12, atol=1e-12)


def test_rmsprop_with_momentum_0_goes_by_the_recent_size_alone():
    gradients, size, w = [2.0, -1.0, 0.5], 0.0, 1.0
    places, _ = run(rmsprop(0.1, rho=0.8), np.array(1.0), gradients)
    for g, place in zip(gradients, places, strict=True):
        size = 0.8 * size + 0.2 * g * g
        w -= 0.1 * g / math.sqrt(size + 1e-7)
        assert place == pytest.approx(w)


@pytest.mark.parametrize("name", ["adam", "adamax"])
@pytest.mark.parametrize("scale", [1e-2, 1.0, 1e3])
def test_the_first_step_of_adam_is_as_long_as_the_rate(name, scale):
    places, _ = run(RULES[name](0.3), np.zeros(2), [np.array([scale, -scale])])
    np.testing.assert_allclose(places[0], [-0.3, 0.3], rtol=1e-4)


def test_lion_moves_all_weights_equally_far():
    places, _ = run(RULES["lion"](0.3), np.zeros(3), [np.array([1e-3, -50.0, 0.0])])
    np.testing.assert_allclose(places[0], [-0.3, 0.3, 0])


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_tells_its_settings(name):
    rule = RULES[name]
    assert rule.name == rule.__name__ == name
    assert rule.defaults == DEFAULTS[name]
    parameters = inspect.signature(rule).parameters
    assert list(parameters) == ["learning_rate", *DEFAULTS[name]]
    assert parameters["learning_rate"].default is inspect.Parameter.empty
    assert {key: parameters[key].default for key in DEFAULTS[name]} == DEFAULTS[name]
    assert repr(rule) == f"<rule {name}{inspect.signature(rule)}>"
    assert rule.__doc__ and rule.__module__ == "mlcourse.optimizers.rules"


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_shows_its_code(name):
    code = RULES[name].code
    assert code.startswith("init, " if name == "adamw" else "def init(w):\n")
    assert "\ndef update(" in code and '"""' not in code
    names = {"np": np, "adam": RULES["adam"], **DEFAULTS[name]}
    exec(code, names)  # the displayed code is the computed code
    shown = Optimizer(name, 0.1, names["init"], names["update"])
    gradients = np.array([[2.0], [-1.0], [0.5]])
    places, expected = (run(one, np.ones(1), gradients)[0] for one in (shown, RULES[name](0.1)))
    np.testing.assert_array_equal(places, expected)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_shows_formula_and_code(name):
    rule = RULES[name]
    text = rule._repr_markdown_()
    assert text.startswith(f"**{name}**\n")
    assert rule.formula and all(f"$${line}$$" in text for line in rule.formula)
    assert f"```python\n{rule.code}```" in text


@pytest.mark.parametrize("name", NAMES)
def test_an_optimizer_has_the_rule_s_settings(name):
    optimizer = RULES[name](0.5)
    assert isinstance(optimizer, Optimizer)
    assert (optimizer.name, optimizer.learning_rate) == (name, 0.5)
    assert optimizer.settings == DEFAULTS[name]


@pytest.mark.parametrize(
    ("optimizer", "text"),
    [
        (sgd(0.1), "sgd(0.1)"),
        (sgd(exponential_decay(0.1, 5, 0.5)), "sgd(exponential_decay)"),
        (RULES["momentum"](learning_rate=2, momentum=0.5), "momentum(2.0, momentum=0.5)"),
        (adam(0.2, epsilon=1e-8), "adam(0.2, epsilon=1e-08)"),
    ],
)
def test_an_optimizer_is_written_as_it_is_called(optimizer, text):
    assert repr(optimizer) == text


def test_rates_are_those_of_the_number_or_the_schedule():
    assert sgd(0.5).rates(3) == [0.5, 0.5, 0.5]
    halving = exponential_decay(0.8, 1, 0.5)
    assert sgd(halving).rates(4) == pytest.approx([0.8, 0.4, 0.2, 0.1])


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_setting_lists_the_known_ones(name):
    known = ", ".join(["learning_rate", *DEFAULTS[name]])
    with pytest.raises(ValueError) as error:
        RULES[name](0.1, speed=3)
    assert str(error.value) == f"a setting of {name} must be one of {known}. Got 'speed' instead."


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("momentum", {"momentum": 1.0}, r"momentum must be .*at least 0 and below 1\. Got 1\.0 in"),
        ("nesterov", {"momentum": -0.1}, r"momentum must be .*at least 0 .* Got -0\.1 instead"),
        ("rmsprop", {"momentum": math.nan}, r"momentum must be a number.* Got nan instead"),
        ("rmsprop", {"rho": 1}, r"rho must be .*below 1\. Got 1 instead"),
        ("adadelta", {"rho": "0.9"}, r"rho must be a number.* Got '0\.9' instead"),
        ("adam", {"beta_1": -0.1}, r"beta_1 must be .*at least 0 and below 1\. Got -0\.1 instead"),
        ("adam", {"beta_2": 1.5}, r"beta_2 must be .*below 1\. Got 1\.5 instead"),
        ("adam", {"beta_2": None}, r"beta_2 must be a number.* Got None instead"),
        ("adam", {"epsilon": 0}, r"epsilon must be positive\. Got 0 instead"),
        ("adagrad", {"epsilon": -1e-7}, r"epsilon must be positive\. Got -1e-07 instead"),
        ("adagrad", {"initial_accumulator": -1}, r"accumulator must be .*at least 0\. Got -1 inst"),
        ("adamw", {"weight_decay": -0.1}, r"weight_decay must be .*at least 0\. Got -0\.1 instead"),
        ("lion", {"weight_decay": True}, r"weight_decay must be a number.* Got True instead"),
    ],
)
def test_a_bad_setting_gives_the_rule_and_the_value(name, options, message):
    with pytest.raises(ValueError, match=message):
        RULES[name](0.1, **options)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("rate", "rule"),
    [
        (0, "be positive"),
        (-1, "be positive"),
        (math.nan, "be a number, finite"),
        (math.inf, "be a number, finite"),
        ("x", "be a number, finite"),
        (True, "be a number, finite"),
        (None, "be a number, finite"),
        (np.array([0.1, 0.0]), "be positive"),
        (np.array([0.1, math.nan]), "be positive"),
        (np.array(["x"]), "be positive"),
    ],
    ids=repr,
)
def test_a_bad_learning_rate_gives_the_rule_and_the_value(name, rate, rule):
    with pytest.raises(ValueError) as error:
        RULES[name](rate)
    assert str(error.value) == f"learning_rate must {rule}. Got {rate!r} instead."
