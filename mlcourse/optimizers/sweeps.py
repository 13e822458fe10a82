"""Thousands of descents at once: by learning rate and start, by start alone, by noise."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlcourse import checks, surfaces
from mlcourse.optimizers.course import find
from mlcourse.optimizers.descent import checked, cut, walk
from mlcourse.schedules import Schedule
from mlcourse.surfaces import Surface

TOLERANCE = 0.1  # from a minimum, in units of the surface's axes
FAR = 10  # diagonals of the surface's frame


@dataclass(frozen=True, eq=False)
class Arrivals:
    """Where descents end, and when they get there.

    Attributes:
        steps: the step from which on each one stays near its minimum; infinity for those that
            do not arrive in time, NaN for those that diverge: at the end they are farther away
            than ten times the frame's diagonal, or not at a finite place at all.
        minimum: the number of that minimum in `surface.minima`; -1 where there is none.
        limit: how many steps each had.
        tolerance: how near is near, in units of the surface's axes.

    Example:
        >>> arrivals("ravine", "momentum", [[-8.0], [1.5]], steps=9).steps
        array([inf])
    """

    steps: np.ndarray
    minimum: np.ndarray
    limit: int
    tolerance: float


def arrivals(
    surface: str | Surface,
    optimizer: object,
    points: np.typing.ArrayLike,
    steps: int = 200,
    tolerance: float = TOLERANCE,
) -> Arrivals:
    """Lets an optimizer descend from many points at once, without noise.

    Args:
        surface: one of `mlcourse.surfaces.SURFACES`, or a `Surface`.
        optimizer: what `mlcourse.optimizers.find` takes.
        points: x and y of the starts, (2, ...).
        steps: the number of updates.
        tolerance: how near a minimum is near, in units of the surface's axes.

    Returns:
        `Arrivals`, whose arrays have the shape (...) of the starts.

    >>> arrivals("saddle", "adam", [[1.0, 1.0], [-1.0, 1.0]]).minimum
    array([1, 0])
    """
    surface, optimizer = surfaces.find(surface), find(optimizer)
    steps = checks.integer("steps", steps, 1)
    tolerance = checks.positive("tolerance", tolerance)
    points = _starts("points", points)
    last_away = np.full(points.shape[1:], -1)
    with np.errstate(all="ignore"):
        for t, places in enumerate(walk(surface, optimizer, points, steps)):
            distances = _distances(surface, places)
            last_away[~(distances.min(axis=0) < tolerance)] = t
    arrived = last_away < steps
    left, right, bottom, top = surface.frame
    lost = ~(_distances(surface, places).min(axis=0) < FAR * np.hypot(right - left, top - bottom))
    when = np.select([lost, arrived], [np.nan, last_away + 1.0], np.inf)
    return Arrivals(when, np.where(arrived, distances.argmin(axis=0), -1), steps, tolerance)


def rates_against_starts(
    surface: str | Surface,
    optimizer: object,
    learning_rates: float | Sequence[float] | np.ndarray,
    starts: np.typing.ArrayLike,
    **limits: Any,
) -> Arrivals:
    """Returns the `Arrivals` of an optimizer by learning rate and start.

    Args:
        surface, limits: see `arrivals`.
        optimizer: see there; its own learning rate is replaced.
        learning_rates: (m,), in place of the optimizer's own.
        starts: (n, 2), x and y of each.

    Returns:
        `Arrivals`, whose arrays are (m, n).

    Raises:
        ValueError: if a rate is not positive, the optimizer has a schedule, or the starts are of
            another shape, or not finite.

    >>> found = rates_against_starts("ravine", "sgd", [0.1, 0.4, 0.6], [[-8, 1.5], [-2, 1.5]])
    >>> found.steps
    array([[ inf,  inf],
           [108.,  74.],
           [ nan,  nan]])
    """
    optimizer = find(optimizer)
    if isinstance(optimizer.learning_rate, Schedule):
        rule = "optimizer must have a learning rate that can be replaced, not a schedule"
        raise ValueError(f"{rule}. Got {optimizer!r} instead.")
    asked = learning_rates if isinstance(learning_rates, Iterable) else [learning_rates]
    rates = [checks.positive("learning_rates", rate) for rate in asked]
    checks.integer("the number of learning rates", len(rates), 1)
    places = checks.floats("starts", starts)
    checks.columns("starts", places, 2)
    points = np.repeat(_starts("starts", places.T)[:, None], len(rates), axis=1)
    tried = dataclasses.replace(optimizer, learning_rate=np.array(rates, np.float32)[:, None])
    return arrivals(surface, tried, points, **limits)


def noisy_paths(
    surface: str | Surface,
    optimizer: object,
    start: Sequence[float] | None = None,
    steps: int = 100,
    *,
    runs: int = 200,
    noise: float | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Lets an optimizer descend from one start many times, each with gradient noise of its own.

    Args:
        surface, optimizer, start, steps, noise, seed: see `descend`.
        runs: how many times.

    Returns:
        An array, (steps + 1, runs, 2), NaN where a run has left the finite numbers.

    >>> noisy_paths("noisy_bowl", "sgd", steps=50, runs=10).shape
    (51, 10, 2)
    """
    surface, start, noise = checked(surface, start, noise)
    steps, runs = checks.integer("steps", steps, 1), checks.integer("runs", runs, 1)
    seed = checks.integer("seed", seed, 0)
    points = np.repeat(np.array(start, np.float32)[:, None], runs, axis=1)
    with np.errstate(all="ignore"):
        paths = np.array(list(walk(surface, find(optimizer), points, steps, noise, seed)))
    return cut(paths.swapaxes(1, 2))


def _starts(name, points):
    """Returns the starts in float32, x and y of each."""
    try:
        places = np.asarray(points, np.float32)
    except (TypeError, ValueError):  # not numbers, or not as many of x as of y
        places = np.empty(0)
    if places.ndim < 1 or len(places) != 2 or not np.isfinite(places).all():
        raise ValueError(f"{name} must be x and y, finite numbers. Got {points!r} instead.")
    return places


def _distances(surface, points):
    """Returns how far the points are from each of the minima, (minima, ...)."""
    minima = np.array(surface.minima).reshape(-1, 2, *[1] * (points.ndim - 1))
    return np.linalg.norm(points - minima, axis=1)
