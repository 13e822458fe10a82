"""One step of momentum, taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlcourse._core import checks
from mlcourse.optimizers.descent import checked
from mlcourse.optimizers.presets import COURSE
from mlcourse.optimizers.surfaces import Surface

METHODS = {"Momentum": "momentum", "Nesterov momentum": "nesterov"}


@dataclass(frozen=True, eq=False)
class MomentumStep:
    """The parts of a step; each an array of x and y, in float64.

    Attributes:
        place: where the ball is.
        previous: the update that brought it there.
        momentum: the part of that update which is kept.
        measured_at: where the gradient is measured.
        gradient_step: against that gradient, as long as the learning rate makes it.
        actual: the update that the optimizer makes: momentum and gradient step together.

    Example:
        >>> momentum_step("ravine", step=1).previous
        array([0., 0.])
    """

    place: np.ndarray
    previous: np.ndarray
    momentum: np.ndarray
    measured_at: np.ndarray
    gradient_step: np.ndarray
    actual: np.ndarray


def momentum_step(
    surface: str | Surface = "beale",
    method: str = "Nesterov momentum",
    step: int = 18,
    start: Sequence[float] | None = None,
) -> MomentumStep:
    """Takes apart a step with momentum, from where the course's momentum has come by then.

    Both methods are shown at the same place after the same updates, so that they can be compared.

    Args:
        surface: one of `mlcourse.optimizers.surfaces.SURFACES`, or a `Surface`.
        method: "Momentum", which measures the gradient where the ball is, or "Nesterov momentum",
            which measures it where momentum alone would lead.
        step: which step of the descent, from 1.
        start: (x, y) of the descent; None for the surface's own.

    Returns:
        A `MomentumStep`.

    Raises:
        ValueError: for a method, surface, step or start that cannot be, or if the descent has left
            the finite numbers by then.

    >>> parts = momentum_step("beale", "Momentum")
    >>> bool(np.allclose(parts.momentum + parts.gradient_step, parts.actual))
    True
    """
    optimizer = COURSE[METHODS[checks.choice("method", method, METHODS)]]
    surface, start, _ = checked(surface, start, None)
    place, previous = _rolled(surface, np.array(start), checks.integer("step", step, 1) - 1)
    kept = optimizer.settings["momentum"] * previous
    # Nesterov's weights are the place ahead of the ball
    measured_at = place + kept if optimizer.name == "nesterov" else place
    gradient, rate = surface.gradient(*measured_at), optimizer.rates(1)[0]
    _, actual = optimizer.update(measured_at, gradient, previous, rate, step)
    return MomentumStep(place, previous, kept, measured_at, -rate * gradient, actual)


def _rolled(surface, place, steps):
    """Returns where the course's momentum is after so many steps, and its last update."""
    optimizer = COURSE["momentum"]
    update = optimizer.init(place)
    with np.errstate(all="ignore"):
        for t in range(1, steps + 1):
            gradient = surface.gradient(*place)
            place, update = optimizer.update(place, gradient, update, optimizer.learning_rate, t)
    if not np.isfinite([place, update]).all():
        rule = f"momentum must reach step {steps + 1} within the finite numbers"
        raise ValueError(f"{rule}. Got {surface.name!r} instead, where it diverges.")
    return place, update
