"""Two optimizers from one start, which is set by a click."""

from functools import lru_cache, partial

from mlcourse import checks, optimizers, surfaces
from mlcourse.figures.descent import plot_optimizers
from mlcourse.interactive.clickable import Clickable, on_click
from mlcourse.interactive.controls import line, menu, rate_slider, slider
from mlcourse.interactive.live import Interactive

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
        surface: one of `mlcourse.surfaces.SURFACES`.

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
