"""Descents of a surface: one, step by step, or thousands at once."""

from __future__ import annotations

import dataclasses
import functools
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlcourse._core import checks
from mlcourse.optimizers import surfaces
from mlcourse.optimizers.presets import find
from mlcourse.optimizers.rules import Optimizer
from mlcourse.optimizers.schedules import Schedule
from mlcourse.optimizers.surfaces import Surface

BLOCK = 100  # steps: a path is kept whole, so that another count of iterations is a slice


def iterate(
    surface: Surface,
    optimizer: Optimizer,
    points: np.ndarray,
    steps: int,
    noise: float = 0.0,
    seed: int = 0,
) -> Iterator[np.ndarray]:
    """Yields the points after 0, 1, 2, ... `steps` updates, in their own precision.

    Args:
        surface: a `Surface`.
        optimizer: an `Optimizer`.
        points: x and y, an array of shape (2, ...): one point, or as many as are to descend.
        steps: the number of updates.
        noise: standard deviation of what is added to each number of the gradient.
        seed: of that noise.

    Example:
        >>> points = np.array([4.0, 0.0], np.float32)
        >>> path = list(iterate(surfaces.find("noisy_bowl"), find("sgd"), points, steps=1))
        >>> path[1]
        array([3.96, 0.  ], dtype=float32)
    """
    rng = np.random.default_rng(seed)
    state = optimizer.init(points)
    yield points
    counts = np.arange(1, steps + 1, dtype=points.dtype)  # as Keras has them: so are powers of beta
    for t, eta in zip(counts, optimizer.rates(steps), strict=True):
        gradient = np.array(surface.slope(*points), points.dtype)
        if noise:
            gradient += rng.normal(0, noise, points.shape)
        points, state = optimizer.update(points, gradient, state, eta, t)
        yield points


def descend(
    surface: str | Surface,
    optimizer: object,
    start: Sequence[float] | None = None,
    steps: int = 100,
    *,
    noise: float | None = None,
    seed: int = 0,
    engine: str = "numpy",
    **settings: Any,
) -> np.ndarray:
    """Lets an optimizer descend a surface and returns its path, computed in float32 as in Keras.

    Where the path leaves the finite numbers, a RuntimeWarning says at which step, and from there
    on the path is NaN.

    Args:
        surface: one of `mlcourse.optimizers.surfaces.SURFACES`, or a `Surface`.
        optimizer: an `Optimizer`, a `keras.optimizers.Optimizer`, or a name, see `find`.
        start: (x, y); None for the surface's own.
        steps: the number of updates.
        noise: standard deviation of what is added to each number of the gradient; None for the
            surface's own.
        seed: of that noise. The same seed gives the same noise to every optimizer.
        engine: "numpy", or "keras" for the optimizer that Keras has under the name.
        settings: for a name, `learning_rate` and others that the rule has.

    Returns:
        A float32 array, (steps + 1, 2), the start included.

    Raises:
        ValueError: for a name, a number or a setting that cannot be; the message says which can.

    >>> path = descend("ravine", "momentum", (-8, 1.5), 50, learning_rate=0.1, momentum=0.5)
    >>> path.shape, path[0], path[-1].round(3)
    ((51, 2), array([-8. ,  1.5], dtype=float32), array([-2.914, -0.   ], dtype=float32))
    """
    optimizer, steps = find(optimizer, engine, **settings), checks.integer("steps", steps, 1)
    path = _path(*checked(surface, start, noise), optimizer, steps, checks.integer("seed", seed, 0))
    lost = first_nonfinite(path)
    if lost is not None:
        message = f"{optimizer} left the finite numbers at step {lost} of {steps}."
        warnings.warn(message, RuntimeWarning, stacklevel=2)
    return path.copy()


def kept_path(
    surface: str | Surface,
    optimizer: object,
    start: Sequence[float] | None = None,
    steps: int = 100,
    noise: float | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Returns what `descend` does, but read-only, without a warning, and from memory if it can.

    Example:
        >>> kept_path("ravine", "adam", steps=20).shape
        (21, 2)
    """
    steps, seed = checks.integer("steps", steps, 1), checks.integer("seed", seed, 0)
    whole = -(-steps // BLOCK) * BLOCK
    return _path(*checked(surface, start, noise), find(optimizer), whole, seed)[: steps + 1]


def first_nonfinite(path: np.typing.ArrayLike) -> int | None:
    """Returns the first step at which a path is not finite; None if it is finite to its end.

    >>> first_nonfinite(np.array([[0.0, 1.0], [np.nan, np.nan]]))
    1
    """
    path = checks.floats("path", path)
    if path.ndim < 1:
        raise ValueError(f"path must be of shape (steps + 1, 2). Got {path} instead.")
    lost = ~np.isfinite(path).all(axis=-1)
    return int(lost.argmax()) if lost.any() else None


def checked(surface, start, noise):
    """Returns a `Surface`, a start (x, y), and the gradient's noise."""
    surface = surfaces.find(surface)
    start = surface.start if start is None else start
    try:
        with np.errstate(over="ignore"):
            point = np.array(start, np.float32)
    except (TypeError, ValueError):
        point = np.empty(0)
    if point.shape != (2,) or not np.isfinite(point).all():
        raise ValueError(f"start must be two finite numbers, x and y. Got {start!r} instead.")
    noise = surface.noise if noise is None else checks.number("noise", noise, 0)
    return surface, tuple(point.tolist()), noise


def mask_diverged(paths):
    """Returns paths (steps + 1, ..., 2) with NaN from where they leave the finite numbers on."""
    lost = np.logical_or.accumulate(~np.isfinite(paths).all(axis=-1))
    return np.where(lost[..., None], paths.dtype.type(np.nan), paths)


@functools.lru_cache(maxsize=64)
def _path(surface, start, noise, optimizer, steps, seed):
    if isinstance(optimizer.learning_rate, np.ndarray):
        raise ValueError(f"a single path must have one learning rate. Got {optimizer!r} instead.")
    point = np.array(start, np.float32)
    with np.errstate(all="ignore"):  # what leaves the finite numbers is cut off
        path = mask_diverged(np.array(list(iterate(surface, optimizer, point, steps, noise, seed))))
    path.flags.writeable = False
    return path


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
        surface: one of `mlcourse.optimizers.surfaces.SURFACES`, or a `Surface`.
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
        for t, places in enumerate(iterate(surface, optimizer, points, steps)):
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
    checks.n_features("starts", places, 2)
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
        paths = np.array(list(iterate(surface, find(optimizer), points, steps, noise, seed)))
    return mask_diverged(paths.swapaxes(1, 2))


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
