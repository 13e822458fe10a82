"""Interactive figures that compare two optimizers, and learning rate schedules."""

import inspect
from functools import lru_cache, partial

from mlcourse import optimizers
from mlcourse._core import checks
from mlcourse.figures.optimizers.descent import plot_optimizers
from mlcourse.figures.training.learning_rate import plot_schedules
from mlcourse.interactive.controls import ClickableImage, log_slider, menu, on_click, row, slider
from mlcourse.interactive.live import Interactive
from mlcourse.optimizers import surfaces
from mlcourse.optimizers.schedules import (
    CYCLES,
    constant,
    cosine_restarts,
    cyclical,
    exponential_decay,
    inverse_time_decay,
    one_cycle,
)

MAX_STEPS = 200
GRID = 0.05  # step of the sliders for the start
AXES_POSITION = (0.085, 0.11, 0.59, 0.82)
PRERENDERED = "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"  # without a kernel
ROWS = (
    ("surface", "steps"),
    ("x", "y"),
    ("a", "a_learning_rate", "a_momentum"),
    ("b", "b_learning_rate", "b_momentum"),
)


def compare_optimizers(
    first: str = "momentum", second: str = "adam", surface: str = "beale"
) -> Interactive:
    """Show the paths of two optimizers on a surface, with controls for their settings.

    A click on the figure sets the start. Selecting an optimizer resets its learning rate and
    momentum to the course's defaults; selecting a surface resets the start.

    Args:
        first, second: names in `mlcourse.optimizers.RULES`, for optimizers A and B.
        surface: a name in `mlcourse.optimizers.surfaces.SURFACES`.

    Returns:
        An `Interactive`.

    Raises:
        ValueError: for an unknown name. The message lists the names.

    >>> shown = compare_optimizers("sgd", "momentum")
    >>> shown.set(b="adam")
    >>> shown.values["b_learning_rate"], shown.values["x"], shown.values["y"]
    (0.2, 0.8, 1.6)
    """

    def draw(figure, surface, steps, x, y, **settings):
        optimizer_a = _optimizer(settings, "a")
        optimizer_b = _optimizer(settings, "b")
        by_label = {
            f"A: {_legend_text(optimizer_a)}": optimizer_a,
            f"B: {_legend_text(optimizer_b)}": optimizer_b,
        }
        ax = figure.add_subplot()
        plot_optimizers(ax, steps, by_label, surface=surface, start=_start(surface, x, y))
        ax.set_position(AXES_POSITION)  # independent of the size of the legend

    controls = {
        "surface": menu("Surface", list(surfaces.SURFACES), surfaces.find(surface).name),
        "steps": slider("Steps", 1, MAX_STEPS, 50),
        "x": slider("Start, x", -1.0, 1.0, 0.0, GRID),
        "y": slider("Start, y", -1.0, 1.0, 0.0, GRID),
        **_controls("a", first),
        **_controls("b", second),
    }
    linked: dict = {
        "a": partial(_default_settings, controls, "a"),
        "b": partial(_default_settings, controls, "b"),
        "surface": partial(_default_start, controls),
    }
    for name, default_values in linked.items():
        for other, value in default_values(controls[name].value).items():
            controls[other].value = value
    shown = Interactive(
        draw,
        controls,
        figsize=(9, 5),
        alt="The paths of two optimizers, A and B, on the contours of a surface.",
        layout="none",
        linked=linked,
        image_class=ClickableImage,
        prerender={"a": PRERENDERED, "b": PRERENDERED},
    )
    rows = [row(controls[name] for name in names) for names in ROWS]
    shown.box.children[0].children = rows
    on_click(shown.image, lambda x, y: _set_start(shown, x, y))
    return shown


def _controls(label, rule):
    """Return the controls of optimizer "a" or "b", with this rule selected."""
    name = label.upper()
    rule = checks.choice("optimizer", rule, optimizers.RULES)
    return {
        label: menu(f"Optimizer {name}", list(optimizers.RULES), rule),
        f"{label}_learning_rate": log_slider(f"Learning rate of {name}", -4, 1, 0.1),
        f"{label}_momentum": slider(f"Momentum of {name}", 0.0, 0.99, 0.0, 0.01),
    }


def _default_settings(controls, label, rule):
    """Return the course's settings of a rule; disable the momentum if it has none."""
    default = optimizers.find(rule)
    controls[f"{label}_momentum"].disabled = "momentum" not in default.settings
    return {
        f"{label}_learning_rate": default.learning_rate,
        f"{label}_momentum": default.settings.get("momentum", 0.0),
    }


def _default_start(controls, name):
    """Return the start of a surface, and set the sliders' limits to the surface's."""
    surface = surfaces.find(name)
    left, right, bottom, top = surface.frame
    for axis, low, high in (("x", left, right), ("y", bottom, top)):
        controls[axis].min = low  # all limits include 0, so that low < high at any time
        controls[axis].max = high
    return dict(zip("xy", surface.start, strict=True))


def _start(surface, *values):
    """Return the start that two sliders set.

    Browsers round the surface's own start to the sliders' grid: a coordinate within half a step of
    it is replaced by it.
    """
    default = surfaces.find(surface).start
    return tuple(
        coordinate if abs(value - coordinate) < GRID / 2 else value
        for value, coordinate in zip(values, default, strict=True)
    )


def _set_start(shown, x, y):
    """Set the start to a point of the figure, in pixels from the upper left corner."""
    ax = shown.figure.axes[0]
    pixel = x, shown.figure.bbox.height - y
    if ax.bbox.contains(*pixel):
        x, y = ax.transData.inverted().transform(pixel)
        shown.set(x=round(x / GRID) * GRID, y=round(y / GRID) * GRID)


def _optimizer(settings, label):
    """Return optimizer "a" or "b" with the values of its controls."""
    return _cached_optimizer(
        settings[label], settings[f"{label}_learning_rate"], settings[f"{label}_momentum"]
    )


@lru_cache(maxsize=64)  # the same object for the same settings: paths are cached by optimizer
def _cached_optimizer(name, learning_rate, momentum):
    settings = dict(optimizers.find(name).settings)
    if "momentum" in settings:
        settings["momentum"] = momentum
    return optimizers.RULES[name](learning_rate, **settings)


def _legend_text(optimizer):
    """Return name and settings, and an empty line for the message that the path diverges."""
    text = f"{optimizer.name}\nrate {optimizer.learning_rate:.3g}"
    momentum = optimizer.settings.get("momentum")
    return f"{text}, momentum {momentum:.2g}\n" if momentum else f"{text}\n"


SCHEDULES = {
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
SCHEDULE_AXES_POSITION = (0.13, 0.135, 0.84, 0.73)  # independent of the size of the title
STEPS = 100
MAX_LEARNING_RATE = 0.2


def schedules(schedule: str = "exponential_decay") -> Interactive:
    """Show a learning rate schedule, with a menu of schedules and sliders for their arguments.

    Args:
        schedule: name of the initial schedule.

    Returns:
        An `Interactive`. Its values are the arguments of all schedules.

    Raises:
        ValueError: for an unknown schedule. The message lists the schedules.

    >>> shown = schedules("one_cycle")
    >>> shown.set(pct_start=0.5)
    >>> shown.figure.axes[0].get_title().split()[0]
    'one_cycle'
    """

    def draw(figure, schedule, **settings):
        function = SCHEDULES[schedule]
        arguments = {name: settings[name] for name in argument_names(function) & settings.keys()}
        plot_schedules(function(**arguments), steps=STEPS, fig=figure)
        figure.axes[0].set(ylim=(0, 1.05 * MAX_LEARNING_RATE), position=SCHEDULE_AXES_POSITION)

    sliders = _settings()

    def show_sliders(schedule):
        names = argument_names(SCHEDULES[schedule])
        for name, control in sliders.items():
            control.layout.display = None if name in names else "none"
        return {}

    schedule = checks.choice("schedule", schedule, SCHEDULES)
    show_sliders(schedule)
    return Interactive(
        draw,
        {"schedule": menu("Schedule", list(SCHEDULES), schedule), **sliders},
        figsize=(6.5, 4),
        alt="A learning rate by step.",
        layout="none",
        linked={"schedule": show_sliders},
        prerender={"schedule": None},
    )


def argument_names(function):
    """Return the names of the arguments of a function."""
    return inspect.signature(function).parameters.keys()


def _settings():
    """Return a control for each argument of the schedules, by name."""
    return {
        "learning_rate": slider("Learning rate", 0.01, MAX_LEARNING_RATE, 0.1, 0.01),
        "decay_steps": slider("Steps of a decay", 5, 100, 30, 5),
        "decay_rate": slider("Decay rate", 0.1, 1.0, 0.5, 0.05),
        "first_decay_steps": slider("Steps of the first period", 5, 100, 15, 5),
        "t_mul": slider("Factor of period lengths", 1.0, 3.0, 2.0, 0.25),
        "m_mul": slider("Factor of restarts", 0.1, 1.0, 1.0, 0.1),
        "alpha": slider("Final fraction", 0.0, 0.9, 0.0, 0.1),
        "base_lr": slider("Lower learning rate", 0.0, 0.09, 0.01, 0.01),
        "max_lr": slider("Higher learning rate", 0.1, MAX_LEARNING_RATE, 0.1, 0.01),
        "step_size": slider("Steps of half a cycle", 5, 50, 15, 5),
        "mode": menu("Cycles", list(CYCLES)),
        "gamma": slider("Gamma of exp_range", 0.9, 1.0, 0.99, 0.005),
        "total_steps": slider("Steps of the training", 20, 100, 100, 5),
        "pct_start": slider("Fraction of steps that rise", 0.0, 0.9, 0.3, 0.05),
        "div_factor": slider("Initial divisor", 1, 50, 25),
    }
