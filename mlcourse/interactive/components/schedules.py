"""Learning-rate schedules in the page: a curve, its parameters, and the value at a step."""

import inspect

from mlcourse._core import checks
from mlcourse.figures.training.learning_rate import plot_schedules
from mlcourse.interactive.bundle import bundle
from mlcourse.interactive.components.component import SettingsComponent
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

FUNCTIONS = {
    function.__name__: function
    for function in (
        constant,
        exponential_decay,
        inverse_time_decay,
        cosine_restarts,
        cyclical,
        one_cycle,
    )
}
STEPS = 100
MAX_LEARNING_RATE = 0.2
LIMITS: dict[str, tuple[float, float, float]] = {  # lowest, highest and default value
    "learning_rate": (0.01, MAX_LEARNING_RATE, 0.1),
    "decay_steps": (5, 100, 30),
    "decay_rate": (0.1, 1.0, 0.5),
    "first_decay_steps": (5, 100, 15),
    "t_mul": (1.0, 3.0, 2.0),
    "m_mul": (0.1, 1.0, 1.0),
    "alpha": (0.0, 0.9, 0.0),
    "base_lr": (0.0, 0.09, 0.01),
    "max_lr": (0.1, MAX_LEARNING_RATE, 0.1),
    "step_size": (5, 50, 15),
    "gamma": (0.9, 1.0, 0.99),
    "total_steps": (20, 100, 100),
    "pct_start": (0.0, 0.9, 0.3),
    "div_factor": (1, 50, 25),
    "step": (0, STEPS - 1, 0),
}
"""The numbers of the settings. A test compares them with `js/schedules/schedules.js`."""


class Schedules(SettingsComponent):
    """A learning-rate schedule with its parameters, and the learning rate at a step, in the page.

    Args:
        schedule: as in `schedules`.

    Attributes:
        settings: dict with `schedule`, the name of a function of `mlcourse.optimizers.schedules`;
            the arguments of all these functions; and `step`, from 0 to 99, whose learning rate is
            shown.

    Raises:
        ValueError: for an unknown schedule. The message lists the schedules.

    Example:
        >>> shown = Schedules("exponential_decay")
        >>> shown.set(decay_steps=10)
        >>> shown.schedule([0, 10])
        array([0.1 , 0.05])
    """

    _esm = bundle("schedules_widget")
    _name = "schedules"
    _still = "Learning-rate schedules, which are computed in the page. It needs JavaScript."
    _figsize = (6.5, 4)

    def __init__(self, schedule: str = "exponential_decay") -> None:
        default = {name: value for name, (_, _, value) in LIMITS.items()}
        settings = {"schedule": schedule, "mode": "triangular", **default}
        super().__init__(settings=self._checked(settings))

    @property
    def schedule(self) -> Schedule:
        """The schedule that the page shows, for example for `mlcourse.callbacks.ScheduledRate`."""
        function = FUNCTIONS[self.settings["schedule"]]
        names = inspect.signature(function).parameters.keys() & self.settings.keys()
        return function(**{name: self.settings[name] for name in names})

    @staticmethod
    def _checked(settings):
        return {
            "schedule": checks.choice("schedule", settings["schedule"], FUNCTIONS),
            "mode": checks.choice("mode", settings["mode"], CYCLES),
            **{name: _checked_number(name, settings[name]) for name in LIMITS},
        }

    def _plot(self, figure):
        plot_schedules(self.schedule, steps=STEPS, fig=figure)
        figure.axes[0].set_ylim(0, 1.05 * MAX_LEARNING_RATE)

    def _description(self):
        return f"The learning rate by step of {self.settings['schedule']}."


def schedules(schedule: str = "exponential_decay") -> Schedules:
    """Show a learning-rate schedule, with a menu of schedules and sliders for their parameters.

    Args:
        schedule: name of the initial schedule.

    Returns:
        A `Schedules`.

    Raises:
        ValueError: for an unknown schedule. The message lists the schedules.

    Example:
        >>> shown = schedules("one_cycle")
        >>> shown.set(pct_start=0.5)
        >>> shown.settings["schedule"], shown.settings["pct_start"]
        ('one_cycle', 0.5)
    """
    return Schedules(schedule)


def _checked_number(name, value):
    low, high, default = LIMITS[name]
    if isinstance(default, int):
        return checks.integer(name, value, low, high)
    return checks.number_within(name, value, low, high)
