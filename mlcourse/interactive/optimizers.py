"""Two optimizers from one start, set by a click, and learning-rate schedules."""

import inspect
from functools import lru_cache, partial

from mlcourse import optimizers
from mlcourse._core import checks
from mlcourse.figures.optimizers.descent import plot_optimizers
from mlcourse.figures.training.learning_rate import plot_schedules
from mlcourse.interactive.controls import Clickable, line, menu, on_click, rate_slider, slider
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

LONGEST, GRID = 200, 0.05  # steps; between places to start from
PLACE = 0.085, 0.11, 0.59, 0.82  # of the Axes in the figure
SOME = "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"  # pictures beforehand
LINES = (
    ("surface", "steps"),
    ("x", "y"),
    *((one, f"{one}_rate", f"{one}_momentum") for one in "ab"),
)
ALT = "The paths of two optimizers, A and B, on the contours of a surface."


def compare_optimizers(
    first: str = "momentum", second: str = "adam", surface: str = "beale"
) -> Interactive:
    """Returns the paths of two optimizers on a surface, and controls for their settings.

    A click into the picture is where both start. Another optimizer comes with the learning rate
    and the momentum that it has in the course, another surface with its own start.

    Args:
        first, second: two of `mlcourse.optimizers.RULES`; they are called A and B.
        surface: one of `mlcourse.optimizers.surfaces.SURFACES`.

    Returns:
        An `Interactive`.

    Raises:
        ValueError: for a name that is not known; the message lists those that are.

    >>> shown = compare_optimizers("sgd", "momentum")
    >>> shown.set(b="adam")
    >>> shown.values["b_rate"], shown.values["x"], shown.values["y"]
    (0.2, 0.8, 1.6)
    """

    def draw(figure, surface, steps, x, y, **settings):
        pair = {label.upper(): _optimizer(settings, label) for label in "ab"}
        named = {f"{label}: {_words(one)}": one for label, one in pair.items()}
        axes = figure.add_subplot()
        plot_optimizers(axes, steps, named, surface=surface, start=_place(surface, x, y))
        axes.set_position(PLACE)  # whatever room the legend takes, so that nothing jumps

    place = {name: slider(f"Start, {name}", -1.0, 1.0, 0.0, GRID) for name in "xy"}
    controls = {
        "surface": menu("Surface", list(surfaces.SURFACES), surfaces.find(surface).name),
        "steps": slider("Steps", 1, LONGEST, 50),
        **place,
        **_controls("a", first),
        **_controls("b", second),
    }

    linked: dict = {label: partial(_usual, controls, label) for label in "ab"}
    linked["surface"] = partial(_start, controls)
    for name, follow in linked.items():
        for other, value in follow(controls[name].value).items():
            controls[other].value = value
    options: dict = {"size": (9, 5), "alt": ALT, "layout": "none", "frames": {"a": SOME, "b": SOME}}
    shown = Interactive(draw, controls, **options, linked=linked, image=Clickable)
    lines = [line(controls[name] for name in names) for names in LINES]
    shown.box.children[0].children = lines  # so that A's stand together, and B's, in any width
    on_click(shown.picture, lambda right, down: _begin_at(shown, right, down))
    return shown


def _controls(label, rule):
    name, known = label.upper(), checks.choice("optimizer", rule, optimizers.RULES)
    return {
        label: menu(f"Optimizer {name}", list(optimizers.RULES), known),
        f"{label}_rate": rate_slider(f"Rate of {name}", -4, 1, 0.1),
        f"{label}_momentum": slider(f"Momentum of {name}", 0.0, 0.99, 0.0, 0.01),
    }


def _usual(controls, label, name):
    """Returns the settings that a rule has in the course; its momentum may be out of use."""
    usual = optimizers.find(name)
    controls[f"{label}_momentum"].disabled = "momentum" not in usual.settings
    momentum = usual.settings.get("momentum", 0.0)
    return {f"{label}_rate": usual.learning_rate, f"{label}_momentum": momentum}


def _start(controls, name):
    """Returns the start of a surface; the sliders for it go as far as its picture."""
    surface = surfaces.find(name)
    left, right, bottom, top = surface.frame
    for axis, low, high in (("x", left, right), ("y", bottom, top)):
        controls[axis].min, controls[axis].max = low, high  # each frame has 0 in it, so they fit
    return dict(zip("xy", surface.start, strict=True))


def _place(surface, *sliders):
    """Returns what two sliders mean, which a browser moves to their nearest steps.

    The surface's own start may lie beside those: what is less than half a step from it means it.
    """
    own = surfaces.find(surface).start
    return tuple(
        mine if abs(value - mine) < GRID / 2 else value
        for value, mine in zip(sliders, own, strict=True)
    )


def _begin_at(shown, right, down):
    """Takes a place in the picture, in pixels from the upper left, for the start."""
    axes = shown.figure.axes[0]
    pixel = right, shown.figure.bbox.height - down
    if axes.bbox.contains(*pixel):
        x, y = axes.transData.inverted().transform(pixel)
        shown.set(x=round(x / GRID) * GRID, y=round(y / GRID) * GRID)


def _optimizer(settings, label):
    settings = {name: settings[f"{label}{name}"] for name in ("", "_rate", "_momentum")}
    return _made(settings[""], settings["_rate"], settings["_momentum"])


@lru_cache(maxsize=64)  # the path of an optimizer is kept as long as that is the same one
def _made(name, rate, momentum):
    settings = dict(optimizers.find(name).settings)
    if "momentum" in settings:
        settings["momentum"] = momentum
    return optimizers.RULES[name](rate, **settings)


def _words(optimizer):
    """Returns its name and its settings, and a line that is left for where it diverges."""
    words = f"{optimizer.name}\nrate {optimizer.learning_rate:.3g}"
    momentum = optimizer.settings.get("momentum")
    return f"{words}, momentum {momentum:.2g}\n" if momentum else f"{words}\n"


KINDS = constant, exponential_decay, inverse_time_decay, cosine_restarts, cyclical, one_cycle
NAMED = {kind.__name__: kind for kind in KINDS}
SCHEDULE_PLACE = (
    0.13,
    0.135,
    0.84,
    0.73,
)  # of the Axes in the figure, whatever its title: it does not jump
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
    >>> shown.set(pct_start=0.5)
    >>> shown.figure.axes[0].get_title().split()[0]
    'one_cycle'
    """

    def draw(figure, schedule, **settings):
        kind = NAMED[schedule]
        known = {name: settings[name] for name in settings_of(kind) & settings.keys()}
        plot_schedules(kind(**known), steps=STEPS, fig=figure)
        figure.axes[0].set(ylim=(0, 1.05 * HIGHEST), position=SCHEDULE_PLACE)

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
        "first_decay_steps": slider("Steps of the first fall", 5, 100, 15, 5),
        "t_mul": slider("Each fall as long, times", 1.0, 3.0, 2.0, 0.25),
        "m_mul": slider("Each start as high, times", 0.1, 1.0, 1.0, 0.1),
        "alpha": slider("Falls to, as a share", 0.0, 0.9, 0.0, 0.1),
        "base_lr": slider("Lower rate", 0.0, 0.09, 0.01, 0.01),
        "max_lr": slider("Higher rate", 0.1, HIGHEST, 0.1, 0.01),
        "step_size": slider("Steps of half a cycle", 5, 50, 15, 5),
        "mode": menu("Cycles", list(CYCLES)),
        "gamma": slider("Gamma of exp_range", 0.9, 1.0, 0.99, 0.005),
        "total_steps": slider("Steps of the training", 20, 100, 100, 5),
        "pct_start": slider("Rises, as a share", 0.0, 0.9, 0.3, 0.05),
        "div_factor": slider("Starts lower, times", 1, 50, 25),
    }
