import math

import keras
import numpy as np
import pytest

from mlcourse.optimizers.schedules import (
    CYCLES,
    Schedule,
    constant,
    cosine_restarts,
    cyclical,
    exponential_decay,
    inverse_time_decay,
    one_cycle,
)

STEPS = np.arange(301)
FALLS = [
    {"t_mul": 1},
    {"t_mul": 1.5},
    {},
    {"t_mul": 3, "m_mul": 0.5},
    {"t_mul": 1, "m_mul": 0.8},
    {"alpha": 0.1},
    {"t_mul": 1.5, "m_mul": 0.7, "alpha": 0.25},
]
ALL = [
    constant(0.1),
    exponential_decay(0.1, 10, 0.9),
    inverse_time_decay(0.1, 10, 0.5),
    cosine_restarts(0.1, 7, t_mul=1.5, m_mul=0.9),
    cyclical(0.001, 0.1, 7),
    cyclical(0.001, 0.1, 7, "triangular2"),
    cyclical(0.001, 0.1, 7, "exp_range"),
    cyclical(0.001, 0.1, 7, scale_fn=lambda cycle: 1 / cycle),
    one_cycle(0.1, 200),
]


def name(schedule):
    return schedule.name


def walk_through_falls(first, t_mul=2.0, m_mul=1.0, alpha=0.0):
    """Return the learning rates of warm restarts, period by period."""
    rates, start, length, high = [], 0, first, 1
    for step in STEPS:
        while step >= start + length:
            start, length, high = start + length, length * t_mul, high * m_mul
        half = (1 + math.cos(math.pi * (step - start) / length)) / 2
        rates.append(high * (alpha + (1 - alpha) * half))
    return rates


def textbook_cycle(step, low, high, half, scale):
    """Smith's formula, with a factor by cycle and step."""
    cycle = math.floor(1 + step / (2 * half))
    x = abs(step / half - 2 * cycle + 1)
    return low + (high - low) * max(0, 1 - x) * scale(cycle, step)


def half_cosine(start, end, share):
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def torch_rates(make, steps, learning_rate=0.1, **options):
    """Return the learning rates of a scheduler of torch, before each step."""
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=learning_rate)
    scheduler = getattr(torch.optim.lr_scheduler, make)(optimizer, **options)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def keras_rates(schedule):
    return [float(schedule(step)) for step in STEPS]


def test_a_constant_is_constant():
    np.testing.assert_array_equal(constant(0.3)(STEPS), np.full(301, 0.3))


@pytest.mark.parametrize(("length", "factor"), [(1, 0.9), (10, 0.5), (100, 0.96), (7, 1)])
def test_exponential_decay_is_its_formula(length, factor):
    expected = [0.2 * math.exp(math.log(factor) * step / length) for step in STEPS]
    np.testing.assert_allclose(exponential_decay(0.2, length, factor)(STEPS), expected)


@pytest.mark.parametrize(("length", "rate"), [(1, 0.1), (10, 1), (30, 4.5)])
def test_inverse_time_decay_is_its_formula(length, rate):
    expected = [0.2 / (1 + rate * step / length) for step in STEPS]
    np.testing.assert_allclose(inverse_time_decay(0.2, length, rate)(STEPS), expected)


@pytest.mark.parametrize("first", [1, 7, 10, 400])
@pytest.mark.parametrize("options", FALLS, ids=str)
def test_cosine_restarts_walk_through_one_fall_after_the_other(first, options):
    expected = 0.3 * np.array(walk_through_falls(first, **options))
    result = cosine_restarts(0.3, first, **options)(STEPS)
    np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("t_mul", "starts"), [(1, [0, 10, 20, 30]), (1.5, [0, 10, 25]), (2, [0, 10, 30, 70, 150])]
)
def test_each_fall_starts_from_the_top(t_mul, starts):
    rates = cosine_restarts(0.3, 10, t_mul)
    np.testing.assert_allclose(rates(starts), 0.3)
    assert np.all(rates(np.array(starts[1:]) - 1) < 0.01)


def test_each_fall_starts_lower_and_ends_at_its_share():
    rates = cosine_restarts(0.4, 1000, t_mul=1, m_mul=0.5, alpha=0.1)
    np.testing.assert_allclose(rates([0, 1000, 2000, 3000]), [0.4, 0.2, 0.1, 0.05])
    np.testing.assert_allclose(rates([999, 1999, 2999]), [0.04, 0.02, 0.01], rtol=1e-4)


@pytest.mark.parametrize(
    ("options", "scale"),
    [
        ({}, lambda cycle, step: 1),
        ({"mode": "triangular"}, lambda cycle, step: 1),
        ({"mode": "triangular2"}, lambda cycle, step: 1 / 2 ** (cycle - 1)),
        ({"mode": "exp_range"}, lambda cycle, step: 0.999**step),
        ({"mode": "exp_range", "gamma": 0.99}, lambda cycle, step: 0.99**step),
        ({"scale_fn": lambda cycle: 1 / cycle}, lambda cycle, step: 1 / cycle),
        ({"scale_fn": lambda cycle: 1 if cycle % 2 else 0.5}, lambda c, step: [0.5, 1][c % 2]),
    ],
)
@pytest.mark.parametrize(("low", "high", "half"), [(0.01, 0.2, 10), (0, 0.3, 1), (0.1, 0.2, 7)])
def test_cycles_are_those_of_the_textbook(low, high, half, options, scale):
    expected = [textbook_cycle(step, low, high, half, scale) for step in STEPS]
    result = cyclical(low, high, half, **options)(STEPS)
    np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-12)


def test_a_triangular_cycle_is_a_zigzag():
    corners = np.arange(0, 320, 8)
    expected = np.interp(STEPS, corners, np.where(corners % 16, 0.5, 0.1))
    np.testing.assert_allclose(cyclical(0.1, 0.5, 8)(STEPS), expected)


def test_a_triangular2_cycle_is_half_as_high_as_the_one_before():
    corners = np.arange(0, 320, 8)
    heights = np.where(corners % 16, 0.1 + 0.4 * 0.5 ** (corners // 16), 0.1)
    result = cyclical(0.1, 0.5, 8, "triangular2")(STEPS)
    np.testing.assert_allclose(result, np.interp(STEPS, corners, heights))


def test_a_scale_goes_in_place_of_the_mode():
    both = cyclical(0.1, 0.5, 8, "triangular2", scale_fn=lambda cycle: 1)
    np.testing.assert_array_equal(both(STEPS), cyclical(0.1, 0.5, 8)(STEPS))


@pytest.mark.parametrize("pct_start", [0, 0.1, 0.3, 0.5, 0.9])
@pytest.mark.parametrize(("steps", "start", "end"), [(100, 25, 1e4), (37, 2, 10), (10, 1, 1)])
def test_one_cycle_is_two_half_cosines(steps, pct_start, start, end):
    high = 0.4
    top, last = pct_start * steps - 1, steps - 1
    expected = [
        half_cosine(high / start, high, step / top)
        if step < top
        else half_cosine(high, high / start / end, (step - top) / (last - top))
        for step in range(steps)
    ]
    result = one_cycle(high, steps, pct_start, start, end)(np.arange(steps))
    np.testing.assert_allclose(result, expected, rtol=1e-9)


def test_one_cycle_goes_from_the_start_over_the_top_to_the_end_and_stays():
    rates = one_cycle(0.5, 101, pct_start=0.5, div_factor=10, final_div_factor=100)
    places = [0, 49.5, 100, 101, 5000]
    np.testing.assert_allclose(rates(places), [0.05, 0.5, 0.0005, 0.0005, 0.0005], rtol=1e-6)
    assert np.all(np.diff(rates(np.arange(50))) > 0)
    assert np.all(np.diff(rates(np.arange(50, 101))) < 0)


def test_one_cycle_s_defaults_are_those_of_the_text():
    given = one_cycle(0.5, 50, pct_start=0.3, div_factor=25, final_div_factor=1e4)(STEPS)
    np.testing.assert_array_equal(one_cycle(0.5, 50)(STEPS), given)


@pytest.mark.parametrize(("length", "factor"), [(100, 0.96), (10, 0.5)])
def test_exponential_decay_is_that_of_keras(length, factor):
    expected = keras_rates(keras.optimizers.schedules.ExponentialDecay(0.02, length, factor))
    result = exponential_decay(0.02, length, factor)(STEPS)
    np.testing.assert_allclose(result, expected, rtol=1e-4)


@pytest.mark.parametrize(("length", "rate"), [(100, 0.5), (10, 2.0)])
def test_inverse_time_decay_is_that_of_keras(length, rate):
    expected = keras_rates(keras.optimizers.schedules.InverseTimeDecay(0.02, length, rate))
    np.testing.assert_allclose(inverse_time_decay(0.02, length, rate)(STEPS), expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("t_mul", "m_mul", "alpha"),
    [(2.0, 1.0, 0.0), (1.0, 0.9, 0.0), (1.5, 0.8, 0.0), (1.5, 1.0, 0.1)],
)
def test_cosine_restarts_are_those_of_keras(t_mul, m_mul, alpha):
    restarts = keras.optimizers.schedules.CosineDecayRestarts
    expected = np.array(keras_rates(restarts(0.1, 20, t_mul=t_mul, m_mul=m_mul, alpha=alpha)))
    starts = 20 * np.cumsum(t_mul ** np.arange(20))
    inside = ~np.isin(STEPS, starts)  # in float32 a start may belong to the fall before
    result = cosine_restarts(0.1, 20, t_mul, m_mul, alpha)(STEPS)
    np.testing.assert_allclose(result[inside], expected[inside], rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("half", [1, 8])
@pytest.mark.parametrize("mode", ["triangular", "triangular2", "exp_range"])
def test_cycles_are_those_of_torch(mode, half):
    gamma = {"gamma": 0.99} if mode == "exp_range" else {}
    options = {"base_lr": 0.01, "max_lr": 0.3, "step_size_up": half, "mode": mode, **gamma}
    expected = torch_rates("CyclicLR", 301, cycle_momentum=False, **options)
    result = cyclical(0.01, 0.3, half, mode, **gamma)(STEPS)
    np.testing.assert_allclose(result, expected, rtol=1e-9)


@pytest.mark.parametrize("pct_start", [0.005, 0.05, 0.1, 0.25, 0.3, 0.5, 0.85])
@pytest.mark.parametrize(("steps", "start", "end"), [(100, 25, 1e4), (301, 4, 50), (37, 10, 10)])
def test_one_cycle_is_that_of_torch(steps, pct_start, start, end):
    options = {"max_lr": 0.3, "total_steps": steps, "pct_start": pct_start, "cycle_momentum": False}
    options |= {"div_factor": start, "final_div_factor": end}
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, **options)
    expected = [scheduler.get_last_lr()[0]]
    for _ in range(steps - 1):  # it refuses one more
        optimizer.step()
        scheduler.step()
        expected.append(scheduler.get_last_lr()[0])
    result = one_cycle(0.3, steps, pct_start, start, end)(np.arange(steps))
    np.testing.assert_allclose(result, expected, rtol=1e-9)


@pytest.mark.parametrize("low", [0.0, 0.02])
@pytest.mark.parametrize("t_mul", [1, 2])
def test_cosine_restarts_are_those_of_torch(t_mul, low):
    options = {"T_0": 10, "T_mult": t_mul, "eta_min": low}
    expected = torch_rates("CosineAnnealingWarmRestarts", 301, 0.1, **options)
    result = cosine_restarts(0.1, 10, t_mul, alpha=low / 0.1)(STEPS)
    np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("factor", [0.9, 0.99, 1])
def test_exponential_decay_is_that_of_torch(factor):
    expected = torch_rates("ExponentialLR", 301, 0.1, gamma=factor)
    np.testing.assert_allclose(exponential_decay(0.1, 1, factor)(STEPS), expected, rtol=1e-9)


@pytest.mark.parametrize("schedule", ALL, ids=name)
def test_steps_are_a_number_or_an_array_of_any_shape(schedule):
    rates = schedule(STEPS)
    assert (rates.shape, rates.dtype) == ((301,), np.float64)
    square = schedule(STEPS[:300].reshape(20, 15))
    np.testing.assert_array_equal(square, rates[:300].reshape(20, 15))
    np.testing.assert_array_equal(schedule([3, 20]), rates[[3, 20]])
    for step in (0, 3, 20, 150):
        for same in (step, float(step), np.int64(step), np.float32(step), np.array(step)):
            assert np.shape(schedule(same)) == ()
            assert float(schedule(same)) == rates[step]


@pytest.mark.parametrize("schedule", ALL, ids=name)
def test_the_steps_are_not_changed_and_rates_are_positive(schedule):
    steps = np.arange(200.0)
    steps.flags.writeable = False
    rates = schedule(steps)
    assert not np.shares_memory(rates, steps)
    assert np.all(rates > 0)


@pytest.mark.parametrize("schedule", ALL, ids=name)
def test_a_schedule_has_the_name_of_its_function_and_a_formula(schedule):
    assert isinstance(schedule, Schedule)
    assert schedule.name in {"constant", "exponential_decay", "inverse_time_decay"} | {
        "cosine_restarts",
        "cyclical",
        "one_cycle",
    }
    assert r"\eta" in schedule.formula and "$" not in schedule.formula


FALLING = [
    (constant, ()),
    (exponential_decay, (10, 0.9)),
    (inverse_time_decay, (10, 0.9)),
    (cosine_restarts, (10,)),
]


@pytest.mark.parametrize(("function", "rest"), FALLING)
@pytest.mark.parametrize(
    ("rate", "rule"),
    [
        (0, "be positive"),
        (-0.1, "be positive"),
        (math.nan, "be a number, finite"),
        (math.inf, "be a number, finite"),
        ("0.1", "be a number, finite"),
        (None, "be a number, finite"),
        (True, "be a number, finite"),
    ],
)
def test_a_bad_learning_rate_gives_the_rule_and_the_value(function, rest, rate, rule):
    with pytest.raises(ValueError) as error:
        function(rate, *rest)
    assert str(error.value) == f"learning_rate must {rule}. Got {rate!r} instead."


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: exponential_decay(0.1, 0, 0.9), r"decay_steps must be .* at least 1\. Got 0 inst"),
        (lambda: exponential_decay(0.1, 2.5, 0.9), r"decay_steps must be a whole .* Got 2\.5 inst"),
        (
            lambda: exponential_decay(0.1, 1, 1.1),
            r"decay_rate must be at most 1\. Got 1\.1 instead",
        ),
        (lambda: exponential_decay(0.1, 1, 0), r"decay_rate must be positive\. Got 0 instead"),
        (lambda: inverse_time_decay(0.1, 0, 1), r"decay_steps must be .* at least 1\. Got 0 inst"),
        (lambda: inverse_time_decay(0.1, 1, 0), r"decay_rate must be positive\. Got 0 instead"),
        (lambda: inverse_time_decay(0.1, 1, "1"), r"decay_rate must be a number.* Got '1' instead"),
        (lambda: cosine_restarts(0.1, 0), r"first_decay_steps must .* at least 1\. Got 0 inst"),
        (lambda: cosine_restarts(0.1, 5, 0.9), r"t_mul must be .*at least 1\. Got 0\.9 instead"),
        (lambda: cosine_restarts(0.1, 5, math.nan), r"t_mul must be a number.* Got nan instead"),
        (lambda: cosine_restarts(0.1, 5, m_mul=1.5), r"m_mul must be at most 1\. Got 1\.5 inst"),
        (lambda: cosine_restarts(0.1, 5, m_mul=0), r"m_mul must be positive\. Got 0 instead"),
        (
            lambda: cosine_restarts(0.1, 5, alpha=1),
            r"alpha must be .*at least 0 and below 1\. Got 1 i",
        ),
        (
            lambda: cosine_restarts(0.1, 5, alpha=-0.1),
            r"alpha must be .*at least 0 .* Got -0\.1 inst",
        ),
        (
            lambda: cyclical(0.2, 0.1, 5),
            r"base_lr must be below max_lr\. Got 0\.2 and 0\.1 instead",
        ),
        (
            lambda: cyclical(0.1, 0.1, 5),
            r"base_lr must be below max_lr\. Got 0\.1 and 0\.1 instead",
        ),
        (
            lambda: cyclical(-0.1, 0.1, 5),
            r"base_lr must be a number, at least 0\. Got -0\.1 instead",
        ),
        (lambda: cyclical(0, math.inf, 5), r"max_lr must be a number, finite\. Got inf instead"),
        (lambda: cyclical(0, 0.1, 0), r"step_size must be .* at least 1\. Got 0 instead"),
        (lambda: cyclical(0, 0.1, 2.5), r"step_size must be a whole number .* Got 2\.5 instead"),
        (lambda: cyclical(0, 0.1, 5, gamma=1.1), r"gamma must be at most 1\. Got 1\.1 instead"),
        (
            lambda: cyclical(0, 0.1, 5, "square"),
            rf"mode must be one of {', '.join(CYCLES)}\. Got 'square' instead",
        ),
        (lambda: one_cycle(0, 10), r"max_lr must be positive\. Got 0 instead"),
        (lambda: one_cycle("1", 10), r"max_lr must be a number, finite\. Got '1' instead"),
        (lambda: one_cycle(0.1, 1), r"steps must be a whole number of at least 2\. Got 1 instead"),
        (lambda: one_cycle(0.1, 10, 1), r"pct_start must be .*at least 0 and below 1\. Got 1 inst"),
        (lambda: one_cycle(0.1, 10, -0.1), r"pct_start must be .*at least 0 .* Got -0\.1 instead"),
        (
            lambda: one_cycle(0.1, 10, div_factor=0.5),
            r"div_factor must be .*at least 1\. Got 0\.5 instead",
        ),
        (
            lambda: one_cycle(0.1, 10, final_div_factor=0.5),
            r"final_div_factor must be .*at least 1\. Got 0\.5 instead",
        ),
    ],
)
def test_a_bad_setting_gives_the_rule_and_the_value(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_modes_are_those_of_smith():
    assert list(CYCLES) == ["triangular", "triangular2", "exp_range"]
