"""The vectors of one momentum step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlcourse._core import checks
from mlcourse.optimizers.descent import MAX_STEPS, checked
from mlcourse.optimizers.presets import COURSE
from mlcourse.optimizers.surfaces import Surface

METHODS = {"Momentum": "momentum", "Nesterov momentum": "nesterov"}


@dataclass(frozen=True, eq=False)
class MomentumStep:
    """The vectors of one step, each a float64 array of x and y.

    Attributes:
        position: the position before the step.
        previous_update: the update that led to this position.
        momentum: the previous update times the momentum coefficient.
        gradient_position: the position at which the gradient is computed.
        gradient_step: the learning rate times the negative gradient.
        update: the update of the optimizer, the sum of `momentum` and `gradient_step`.

    Example:
        >>> momentum_step(surface="ravine", step=1).previous_update
        array([0., 0.])
    """

    position: np.ndarray
    previous_update: np.ndarray
    momentum: np.ndarray
    gradient_position: np.ndarray
    gradient_step: np.ndarray
    update: np.ndarray


def momentum_step(
    method: str = "Nesterov momentum",
    surface: str | Surface = "beale",
    step: int = 18,
    start: Sequence[float] | None = None,
) -> MomentumStep:
    """Return the vectors of one step, after `step` - 1 steps of the course's momentum.

    Both methods start from the same position and the same updates, so they can be compared.

    Args:
        method: "Momentum", which computes the gradient at the position, or "Nesterov momentum",
            which computes it at the position plus the momentum.
        surface: a name in `mlcourse.optimizers.surfaces.SURFACES`, or a `Surface`.
        step: number of the step in the descent, from 1.
        start: start of the descent, (x, y); None for the surface's default start.

    Returns:
        A `MomentumStep`.

    Raises:
        ValueError: if an argument is invalid, or the descent diverges before this step.

    >>> vectors = momentum_step("Momentum", "beale")
    >>> bool(np.allclose(vectors.momentum + vectors.gradient_step, vectors.update))
    True
    """
    optimizer = COURSE[METHODS[checks.choice("method", method, METHODS)]]
    surface, start, _ = checked(surface, start, None)
    n_previous = checks.integer("step", step, 1, limit=MAX_STEPS) - 1
    position, previous_update = _descend(surface, np.array(start), n_previous)
    momentum = optimizer.settings["momentum"] * previous_update
    # In this form of Nesterov momentum the weights are the look-ahead position
    is_nesterov = optimizer.name == "nesterov"
    gradient_position = position + momentum if is_nesterov else position
    gradient = surface.gradient(*gradient_position)
    rate = optimizer.rates(1)[0]
    _, update = optimizer.update(gradient_position, gradient, previous_update, rate, step)
    return MomentumStep(
        position, previous_update, momentum, gradient_position, -rate * gradient, update
    )


def _descend(surface, position, steps):
    """Return the position and the last update of the course's momentum after some steps."""
    optimizer = COURSE["momentum"]
    update = optimizer.init(position)
    with np.errstate(all="ignore"):
        for t in range(1, steps + 1):
            gradient = surface.gradient(*position)
            position, update = optimizer.update(
                position, gradient, update, optimizer.learning_rate, t
            )
    if not np.isfinite([position, update]).all():
        rule = f"momentum must stay finite until step {steps + 1}"
        raise ValueError(f"{rule}. Got the surface {surface.name!r} instead, on which it diverges.")
    return position, update
