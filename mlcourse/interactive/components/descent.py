"""A race of optimizers in the page."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import traitlets

from mlcourse import optimizers
from mlcourse._core import checks
from mlcourse.figures.optimizers.descent import plot_optimizers
from mlcourse.interactive.bundle import bundle
from mlcourse.interactive.components.component import Component
from mlcourse.optimizers import surfaces
from mlcourse.optimizers.descent import checked

MAX_STEPS = 200
LETTERS = "ABCDEF"
MAX_OPTIMIZERS = len(LETTERS)
SETTINGS = ("optimizers", "surface", "start", "steps")


class Descent(Component):
    """A race of optimizers on a surface, which is computed in the page.

    A click sets the start, and sliders set learning rates and momentum; all paths follow at once.
    They are those of `mlcourse.optimizers.descend`, to the last bit.

    Args:
        settings: by name; see `settings`.

    Attributes:
        settings: dict with `optimizers`, a list of up to 6 dicts with `name`, one of
            `mlcourse.optimizers.RULES`, `learning_rate`, and `momentum` for rules that have it;
            `surface`, a name in `mlcourse.optimizers.surfaces.SURFACES`; `start`, [x, y]; `steps`,
            from 1 to 200. `optimizers` also accepts names, for the settings of the course.

    Raises:
        ValueError: for an unknown setting, or a value that is not allowed.

    Example:
        >>> race = Descent(optimizers=["sgd", {"name": "adam", "learning_rate": 0.1}])
        >>> race.settings["optimizers"]
        [{'name': 'sgd', 'learning_rate': 0.01}, {'name': 'adam', 'learning_rate': 0.1}]
        >>> race.paths[1].shape
        (101, 2)
    """

    _esm = bundle("descent_widget")
    _name = "descent"
    _still = "A race of optimizers that is computed in the page. It needs JavaScript."
    noise = traitlets.CBytes(b"").tag(sync=True)  # of the noisy surface, float64, (steps, 2)

    def __init__(self, **settings: Any) -> None:
        default = {"optimizers": ["momentum", "adam"], "surface": "beale", "steps": 100}
        super().__init__(settings=_checked_settings(settings, default), noise=_noise().tobytes())

    def set(self, **settings: Any) -> None:
        """Change some settings. Another surface comes with its start.

        Raises:
            ValueError: for an unknown setting, or a value that is not allowed.
        """
        self._show(_checked_settings(settings, self.settings))

    @property
    def paths(self) -> list[np.ndarray]:
        """The path of each optimizer, float32, (steps + 1, 2), NaN from where it diverges."""
        surface, start, steps = (self.settings[name] for name in SETTINGS[1:])
        return [
            optimizers.cached_path(optimizer, surface, start, steps).copy()
            for optimizer in self._optimizers()
        ]

    def _optimizers(self):
        """Return the `Optimizer` objects."""
        made = []
        for item in self.settings["optimizers"]:
            settings = {**optimizers.find(item["name"]).settings, **_without_name(item)}
            made.append(optimizers.RULES[item["name"]](**settings))
        return made

    def _attributes(self):
        return {**super()._attributes(), "noise": _noise().ravel().tolist()}

    def _plot(self, figure):
        made = self._optimizers()
        by_label = {f"{LETTERS[i]}: {item.name}": item for i, item in enumerate(made)}
        settings = self.settings
        plot_optimizers(
            figure.subplots(),
            settings["steps"],
            by_label,
            surface=settings["surface"],
            start=settings["start"],
        )

    def _description(self):
        names = ", ".join(item["name"] for item in self.settings["optimizers"])
        surface, start, steps = (self.settings[name] for name in SETTINGS[1:])
        x, y = start
        surface = surface.replace("_", " ")
        return f"Paths of {names} on the contours of {surface} from ({x:g}, {y:g}), {steps} steps."


def compare_optimizers(
    first: str = "momentum", second: str = "adam", surface: str = "beale"
) -> Descent:
    """Show a race of two optimizers on a surface, with controls for their settings.

    A click on the surface sets the start. Selecting an optimizer resets its learning rate and
    momentum to the course's defaults; selecting a surface resets the start.

    Args:
        first, second: names in `mlcourse.optimizers.RULES`, for optimizers A and B.
        surface: a name in `mlcourse.optimizers.surfaces.SURFACES`.

    Returns:
        A `Descent`.

    Raises:
        ValueError: for an unknown name. The message lists the names.

    >>> race = compare_optimizers("sgd", "momentum")
    >>> race.set(optimizers=["sgd", "adam"])
    >>> race.settings["optimizers"][1]["learning_rate"], race.settings["start"]
    (0.2, [0.8, 1.6])
    """
    return Descent(optimizers=[first, second], surface=surface)


def _noise():
    """Return the noise of the noisy surface that `descend` adds for seed 0, (steps, 2)."""
    return np.random.default_rng(0).normal(size=(MAX_STEPS, 2))


def _without_name(settings):
    return {key: value for key, value in settings.items() if key != "name"}


def _checked_settings(changes, settings):
    """Return valid settings with some of them changed, as values for JSON."""
    for name in changes:
        checks.choice("a setting", name, SETTINGS)
    changed = {**settings, **changes}
    is_moved = changed["surface"] != settings["surface"]
    start = (changes if is_moved else changed).get("start")
    surface, *_ = checked(changed["surface"], start, None)
    if surfaces.SURFACES.get(surface.name) is not surface:
        raise ValueError(f"surface must be a name. Got {changed['surface']!r} instead.")
    given = changed["optimizers"]
    if not isinstance(given, list | tuple) or not 1 <= len(given) <= MAX_OPTIMIZERS:
        rule = f"optimizers must be a list of 1 to {MAX_OPTIMIZERS} names or dicts"
        raise ValueError(f"{rule}. Got {given!r} instead.")
    return {
        "optimizers": [_checked_optimizer(item) for item in given],
        "surface": surface.name,
        "start": list(surface.start if start is None else map(float, start)),
        "steps": checks.integer("steps", changed["steps"], 1, MAX_STEPS),
    }


def _checked_optimizer(given):
    """Return a dict with the name, the learning rate and the momentum of an optimizer."""
    given = given if isinstance(given, Mapping) else {"name": given}
    for name in given:
        checks.choice("a setting of an optimizer", name, ("name", "learning_rate", "momentum"))
    name = checks.choice("optimizer", given.get("name"), optimizers.RULES)
    default = optimizers.find(name)
    settings = {"learning_rate": default.learning_rate}
    if "momentum" in default.settings:
        settings["momentum"] = default.settings["momentum"]
    settings |= _without_name(given)
    made = optimizers.RULES[name](**settings)  # raises for a number that is not allowed
    momentum = {key: made.settings[key] for key in ("momentum",) if key in settings}
    return {"name": name, "learning_rate": made.learning_rate, **momentum}
