import numpy as np
import pytest

from mlcourse.interactive import schedules as interactive_schedules
from mlcourse.interactive.components.schedules import FUNCTIONS, LIMITS, STEPS
from mlcourse.optimizers import schedules
from tests.interactive.node import evaluate, needs_node

SESSION = 'import { Session } from "MODULES/schedules/session.js";'
FIRST = {
    "constant": schedules.constant(0.1),
    "exponential_decay": schedules.exponential_decay(0.1, 30, 0.5),
    "inverse_time_decay": schedules.inverse_time_decay(0.1, 30, 0.5),
    "cosine_restarts": schedules.cosine_restarts(0.1, 15),
    "cyclical": schedules.cyclical(0.01, 0.1, 15),
    "one_cycle": schedules.one_cycle(0.1, 100),
}
MOVED = [
    ({"schedule": "constant", "learning_rate": 0.03}, schedules.constant(0.03)),
    (
        {"schedule": "exponential_decay", "decay_steps": 10, "decay_rate": 0.9},
        schedules.exponential_decay(0.1, 10, 0.9),
    ),
    (
        {"schedule": "cosine_restarts", "t_mul": 1, "m_mul": 0.5, "alpha": 0.2},
        schedules.cosine_restarts(0.1, 15, 1.0, 0.5, 0.2),
    ),
    (
        {"schedule": "cyclical", "mode": "exp_range", "gamma": 0.95, "base_lr": 0},
        schedules.cyclical(0.0, 0.1, 15, "exp_range", 0.95),
    ),
    (
        {
            "schedule": "one_cycle",
            "max_lr": 0.2,
            "total_steps": 50,
            "pct_start": 0,
            "div_factor": 10,
        },
        schedules.one_cycle(0.2, 50, 0.0, 10),
    ),
]


def curve(figure):
    (line,) = figure.axes[0].lines
    return line.get_ydata()


def test_all_schedules_are_there():
    returns = [
        one for one in vars(schedules).values() if callable(one) and hasattr(one, "__code__")
    ]
    public = {one.__name__ for one in returns if not one.__name__.startswith("_")}
    others = {"dataclass", "one_cycle_momentum"}  # which is no learning rate
    assert set(FUNCTIONS) == public - others == set(FIRST)


@pytest.mark.parametrize("name", FIRST)
def test_a_schedule_and_its_still_image_are_those_of_the_name(name):
    shown = interactive_schedules(name)
    t = np.arange(STEPS)
    np.testing.assert_array_equal(shown.schedule(t), FIRST[name](t))
    np.testing.assert_array_equal(curve(shown._figure()), FIRST[name](t))
    html = shown.to_html(script=False)
    assert f"The learning rate by step of {name}." in html
    assert "It needs JavaScript." in html


@pytest.mark.parametrize(("values", "schedule"), MOVED)
def test_the_schedule_follows_the_settings(values, schedule):
    shown = interactive_schedules()
    shown.set(**values)
    assert shown.restarts == 1
    t = np.arange(STEPS)
    np.testing.assert_array_equal(shown.schedule(t), schedule(t))
    np.testing.assert_array_equal(curve(shown._figure()), schedule(t))


@needs_node
def test_the_page_takes_the_settings_of_python_as_they_are():
    made = [interactive_schedules(name) for name in FIRST]
    for shown, (values, _) in zip(made, MOVED, strict=False):
        shown.set(**values, step=7)
    given = [shown.settings for shown in made]
    assert (
        evaluate(f"{SESSION} const result = DATA.map((s) => new Session(s).settings);", given)
        == given
    )


@needs_node
@pytest.mark.parametrize(("values", "schedule"), MOVED)
def test_the_code_of_the_page_makes_the_schedule(values, schedule):
    code = evaluate(f"{SESSION} const result = new Session(DATA).code;", values)
    made = eval(code, {"schedules": schedules})
    t = np.arange(STEPS)
    np.testing.assert_array_equal(made(t), schedule(t))


@pytest.mark.parametrize("name", FIRST)
def test_no_setting_goes_wrong_at_its_limits(name):
    shown = interactive_schedules(name)
    for setting, limits in LIMITS.items():
        for value in limits[:2]:
            shown.set(**{setting: value})
            rates = shown.schedule(np.arange(STEPS))
            assert (rates >= 0).all() and (rates <= 0.2 + 1e-12).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"schedule": "cosine"}, r"schedule must be one of constant, .* Got 'cosine' instead"),
        ({"mode": "square"}, r"mode must be one of triangular, .* Got 'square' instead"),
        ({"learning_rate": 0.3}, r"learning_rate must be at most 0.2\. Got 0.3 instead"),
        ({"max_lr": float("nan")}, r"max_lr must be a number, at least 0.1\. Got nan instead"),
        ({"step_size": 1.5}, r"step_size must be a whole number from 5 to 50\. Got 1.5 instead"),
        ({"rate": 1}, r"a setting must be one of schedule, mode, learning_rate"),
    ],
)
def test_a_setting_that_is_not_allowed_is_refused(settings, message):
    shown = interactive_schedules("constant")
    before = shown.settings
    with pytest.raises(ValueError, match=message):
        shown.set(**settings)
    assert shown.settings == before


def test_a_schedule_that_is_not_known_is_refused():
    rule = r"schedule must be one of constant, .* Got 'cosine' instead"
    with pytest.raises(ValueError, match=rule):
        interactive_schedules("cosine")
