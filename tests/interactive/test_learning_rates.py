import pytest

from mlcourse.figures import plot_schedules
from mlcourse.interactive import schedules as interactive_schedules
from mlcourse.interactive.optimizers import (
    MAX_LEARNING_RATE,
    SCHEDULE_AXES_POSITION,
    SCHEDULES,
    argument_names,
)
from mlcourse.optimizers import schedules
from tests.interactive.images import assert_shows

SIZE = 6.5, 4
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
        {"schedule": "cosine_restarts", "t_mul": 1.0, "m_mul": 0.5, "alpha": 0.2},
        schedules.cosine_restarts(0.1, 15, 1.0, 0.5, 0.2),
    ),
    (
        {"schedule": "cyclical", "mode": "exp_range", "gamma": 0.95, "base_lr": 0.0},
        schedules.cyclical(0.0, 0.1, 15, "exp_range", 0.95),
    ),
    (
        {
            "schedule": "one_cycle",
            "max_lr": 0.2,
            "total_steps": 50,
            "pct_start": 0.0,
            "div_factor": 10,
        },
        schedules.one_cycle(0.2, 50, 0.0, 10),
    ),
]


def picture(schedule):
    def draw(figure):
        plot_schedules(schedule, steps=100, fig=figure)
        figure.axes[0].set(ylim=(0, 1.05 * MAX_LEARNING_RATE), position=SCHEDULE_AXES_POSITION)

    return draw


def test_all_schedules_are_there():
    returns = [
        one for one in vars(schedules).values() if callable(one) and hasattr(one, "__code__")
    ]
    public = {one.__name__ for one in returns if not one.__name__.startswith("_")}
    others = {"dataclass", "one_cycle_momentum"}  # which is no learning rate
    assert set(SCHEDULES) == public - others == set(FIRST)


@pytest.mark.parametrize("name", FIRST)
def test_each_schedule_is_drawn_with_its_own_controls(name):
    shown = interactive_schedules("constant")
    shown.controls["schedule"].value = name
    assert_shows(shown, picture(FIRST[name]), SIZE, "none")
    seen = {name for name, one in shown.controls.items() if one.layout.display != "none"}
    assert seen == {"schedule", *argument_names(SCHEDULES[name])} & shown.controls.keys()


@pytest.mark.parametrize(("values", "schedule"), MOVED)
def test_the_curve_follows_the_settings(values, schedule):
    shown = interactive_schedules()
    shown.set(**values)
    assert_shows(shown, picture(schedule), SIZE, "none")


@pytest.mark.parametrize("name", FIRST)
def test_all_words_are_within_the_picture(name):
    figure = interactive_schedules(name).figure
    box, whole = figure.axes[0].get_tightbbox(), figure.bbox
    assert whole.x0 <= box.x0 and box.x1 <= whole.x1
    assert whole.y0 <= box.y0 and box.y1 <= whole.y1


@pytest.mark.parametrize("name", FIRST)
def test_no_setting_goes_wrong_at_its_ends(name):
    shown = interactive_schedules(name)
    for setting in argument_names(SCHEDULES[name]) & shown.controls.keys():
        control = shown.controls[setting]
        for value in (control.min, control.max) if hasattr(control, "min") else control.options:
            shown.set(**{setting: value})
            assert shown.error_message == ""


def test_a_schedule_that_is_not_known_is_refused():
    rule = r"schedule must be one of constant, .* Got 'cosine' instead"
    with pytest.raises(ValueError, match=rule):
        interactive_schedules("cosine")
