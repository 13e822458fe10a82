"""Learning rates by step, with the settings that each schedule has."""

import inspect

from mlcourse import checks
from mlcourse.figures.schedules import plot_schedules
from mlcourse.interactive.controls import menu, slider
from mlcourse.interactive.live import Interactive
from mlcourse.schedules import (
    CYCLES,
    constant,
    cosine_restarts,
    cyclical,
    exponential_decay,
    inverse_time_decay,
    one_cycle,
)

KINDS = constant, exponential_decay, inverse_time_decay, cosine_restarts, cyclical, one_cycle
NAMED = {kind.__name__: kind for kind in KINDS}
PLACE = 0.13, 0.135, 0.84, 0.73  # of the Axes in the figure, whatever its title: it does not jump
STEPS, HIGHEST = 100, 0.2  # that are shown; the learning rate at the top of the picture


def schedules(schedule: str = "exponential_decay") -> Interactive:
    """Returns a learning rate by step, a menu of schedules, and sliders for what each can be told.

    Args:
        schedule: the name of the one that is shown first.

    Returns:
        An `Interactive`. Its values have the settings of all schedules.

    Raises:
        ValueError: if the schedule is not known; the message lists those that are.

    >>> shown = schedules("one_cycle")
    >>> shown.set(warm_up=0.5)
    >>> shown.figure.axes[0].get_title().split()[0]
    'one_cycle'
    """

    def draw(figure, schedule, **settings):
        kind = NAMED[schedule]
        known = {name: settings[name] for name in settings_of(kind) & settings.keys()}
        plot_schedules(kind(**known), STEPS, figure)
        figure.axes[0].set(ylim=(0, 1.05 * HIGHEST), position=PLACE)

    schedule, sliders = checks.choice("schedule", schedule, NAMED), _settings()

    def shown(schedule):
        for name, control in sliders.items():
            control.layout.display = None if name in settings_of(NAMED[schedule]) else "none"
        return {}

    controls = {"schedule": menu("Schedule", list(NAMED), schedule), **sliders}
    shown(schedule)
    linked, alt = {"schedule": shown}, "A learning rate by step."
    options: dict = {"size": (6.5, 4), "alt": alt, "layout": "none"}
    return Interactive(draw, controls, **options, linked=linked, frames={"schedule": None})


def settings_of(kind):
    """Returns the names of what a schedule can be told."""
    return inspect.signature(kind).parameters.keys()


def _settings():
    """Returns a control for each setting, by its name; schedules share those of one name."""
    return {
        "learning_rate": slider("Learning rate", 0.01, HIGHEST, 0.1, 0.01),
        "decay_steps": slider("Steps of a decay", 5, 100, 30, 5),
        "decay_rate": slider("Decay rate", 0.1, 1.0, 0.5, 0.05),
        "first_steps": slider("Steps of the first fall", 5, 100, 15, 5),
        "growth": slider("Each fall as long, times", 1.0, 3.0, 2.0, 0.25),
        "shrink": slider("Each start as high, times", 0.1, 1.0, 1.0, 0.1),
        "low": slider("Falls to, as a share", 0.0, 0.9, 0.0, 0.1),
        "base_lr": slider("Lower rate", 0.0, 0.09, 0.01, 0.01),
        "max_lr": slider("Higher rate", 0.1, HIGHEST, 0.1, 0.01),
        "step_size": slider("Steps of half a cycle", 5, 50, 15, 5),
        "mode": menu("Cycles", list(CYCLES)),
        "gamma": slider("Gamma of exp_range", 0.9, 1.0, 0.99, 0.005),
        "steps": slider("Steps of the training", 20, 100, 100, 5),
        "warm_up": slider("Rises, as a share", 0.0, 0.9, 0.3, 0.05),
        "start": slider("Starts lower, times", 1, 50, 25),
    }
