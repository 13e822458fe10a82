"""Descents of a surface: one path step by step, or thousands of descents at once."""

from __future__ import annotations

import dataclasses
import functools
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlcourse._core import checks
from mlcourse.optimizers import surfaces
from mlcourse.optimizers.presets import find
from mlcourse.optimizers.rules import Optimizer
from mlcourse.optimizers.schedules import Schedule
from mlcourse.optimizers.surfaces import Surface

MAX_STEPS = 100_000
MAX_UPDATES = 10**8  # steps times points of many descents
MAX_STORED = 2 * 10**7  # points of many paths
BLOCK_STEPS = 100  # cached paths have a multiple of this length, so shorter ones are slices


def iterate(
    optimizer: Optimizer,
    surface: Surface,
    points: np.ndarray,
    steps: int,
    noise: float = 0.0,
    seed: int = 0,
) -> Iterator[np.ndarray]:
    """Yield the points after 0, 1, 2, ... `steps` updates, in the dtype of `points`.

    Args:
        optimizer: an `Optimizer`.
        surface: a `Surface`.
        points: x and y of the starting points, (2, ...).
        steps: the number of updates.
        noise: standard deviation of the noise that is added to each component of the gradient.
        seed: seed of the noise.

    Example:
        >>> points = np.array([4.0, 0.0], np.float32)
        >>> path = list(iterate(find("sgd"), surfaces.find("noisy_bowl"), points, steps=1))
        >>> path[1]
        array([3.96, 0.  ], dtype=float32)
    """
    rng = np.random.default_rng(seed)
    state = optimizer.init(points)
    yield points
    counts = np.arange(1, steps + 1, dtype=points.dtype)  # Keras computes powers of beta so too
    for t, eta in zip(counts, optimizer.rates(steps), strict=True):
        gradient = np.array(surface.slope(*points), points.dtype)
        if noise:
            gradient += rng.normal(0, noise, points.shape)
        points, state = optimizer.update(points, gradient, state, eta, t)
        yield points


def descend(
    optimizer: object,
    surface: str | Surface,
    start: Sequence[float] | None = None,
    steps: int = 100,
    *,
    noise: float | None = None,
    seed: int = 0,
    engine: str = "numpy",
    **settings: Any,
) -> np.ndarray:
    """Return the path of an optimizer on a surface, computed in float32 as in Keras.

    A path that diverges is NaN from its first non-finite step on, and a RuntimeWarning names that
    step.

    Args:
        optimizer: an `Optimizer`, a `keras.optimizers.Optimizer`, or a name, see `find`.
        surface: a name in `mlcourse.optimizers.surfaces.SURFACES`, or a `Surface`.
        start: (x, y); None for the surface's default start.
        steps: the number of updates, at most 100,000.
        noise: standard deviation of the noise that is added to each component of the gradient;
            None for the surface's default.
        seed: seed of the noise. The same seed gives the same noise to every optimizer.
        engine: "numpy", or "keras" for the Keras optimizer of that name.
        settings: for a name, `learning_rate` and other settings of the update rule.

    Returns:
        A float32 array, (steps + 1, 2), whose first row is the start.

    Raises:
        ValueError: if a name, a number or a setting is invalid.

    >>> path = descend("momentum", "ravine", (-8, 1.5), 50, learning_rate=0.1, momentum=0.5)
    >>> path.shape, path[0], path[-1].round(3)
    ((51, 2), array([-8. ,  1.5], dtype=float32), array([-2.914, -0.   ], dtype=float32))
    """
    optimizer = find(optimizer, engine, **settings)
    steps = checks.integer("steps", steps, 1, limit=MAX_STEPS)
    surface, start, noise = checked(surface, start, noise)
    path = _path(optimizer, surface, start, noise, steps, checks.integer("seed", seed, 0))
    diverged_at = first_nonfinite(path)
    if diverged_at is not None:
        message = f"{optimizer} diverged: step {diverged_at} of {steps} is not finite."
        warnings.warn(message, RuntimeWarning, stacklevel=2)
    return path.copy()


def cached_path(
    optimizer: object,
    surface: str | Surface,
    start: Sequence[float] | None = None,
    steps: int = 100,
    noise: float | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Return the path of `descend`, read-only, without a warning, and cached in memory.

    Example:
        >>> cached_path("adam", "ravine", steps=20).shape
        (21, 2)
    """
    steps = checks.integer("steps", steps, 1, limit=MAX_STEPS)
    seed = checks.integer("seed", seed, 0)
    surface, start, noise = checked(surface, start, noise)
    computed_steps = -(-steps // BLOCK_STEPS) * BLOCK_STEPS
    return _path(find(optimizer), surface, start, noise, computed_steps, seed)[: steps + 1]


def first_nonfinite(path: np.typing.ArrayLike) -> int | None:
    """Return the first step at which a path is not finite, or None if all steps are finite.

    >>> first_nonfinite(np.array([[0.0, 1.0], [np.nan, np.nan]]))
    1
    """
    path = checks.floats("path", path)
    if path.ndim < 1:
        raise ValueError(f"path must be of shape (steps + 1, 2). Got {path} instead.")
    nonfinite = ~np.isfinite(path).all(axis=-1)
    return int(nonfinite.argmax()) if nonfinite.any() else None


def checked(surface, start, noise):
    """Return a `Surface`, a start (x, y) and the noise, with the surface's defaults for None."""
    surface = surfaces.find(surface)
    start = surface.start if start is None else start
    try:
        with np.errstate(over="ignore"):
            point = np.asarray(start).astype(np.float32, casting="same_kind")
    except (TypeError, ValueError):
        point = np.empty(0)
    if point.shape != (2,) or not np.isfinite(point).all():
        raise ValueError(f"start must be two finite numbers, x and y. Got {start!r} instead.")
    noise = surface.noise if noise is None else checks.number("noise", noise, 0)
    return surface, tuple(point.tolist()), noise


def mask_diverged(paths):
    """Return paths, (steps + 1, ..., 2), that are NaN from their first non-finite step on."""
    nonfinite = np.logical_or.accumulate(~np.isfinite(paths).all(axis=-1))
    return np.where(nonfinite[..., None], paths.dtype.type(np.nan), paths)


@functools.lru_cache(maxsize=64)
def _path(optimizer, surface, start, noise, steps, seed):
    if isinstance(optimizer.learning_rate, np.ndarray):
        raise ValueError(f"a single path must have one learning rate. Got {optimizer!r} instead.")
    point = np.array(start, np.float32)
    with np.errstate(all="ignore"):  # non-finite steps are masked
        path = mask_diverged(np.array(list(iterate(optimizer, surface, point, steps, noise, seed))))
    path.flags.writeable = False
    return path


TOLERANCE = 0.1  # distance from a minimum, in units of the surface's axes
DIVERGENCE_DISTANCE = 10  # distance from all minima, in diagonals of the surface's frame


@dataclass(frozen=True, eq=False)
class Convergence:
    """The step at which descents converge, and the minimum that they converge to.

    Attributes:
        steps: the step from which on each descent stays near its minimum. It is infinity for
            descents that do not converge within `max_steps`, and NaN for those that diverge: at
            the end they are not finite, or farther from all minima than ten times the diagonal of
            the frame.
        minimum: index of that minimum in `surface.minima`; -1 without convergence.
        max_steps: the number of updates of each descent.
        tolerance: distance from a minimum that counts as near, in units of the surface's axes.

    Example:
        >>> convergence("momentum", "ravine", [[-8.0], [1.5]], steps=9).steps
        array([inf])
    """

    steps: np.ndarray
    minimum: np.ndarray
    max_steps: int
    tolerance: float


def convergence(
    optimizer: object,
    surface: str | Surface,
    points: np.typing.ArrayLike,
    steps: int = 200,
    tolerance: float = TOLERANCE,
) -> Convergence:
    """Return when and where an optimizer converges from many points, without gradient noise.

    Args:
        optimizer: an optimizer or a name, see `find`.
        surface: a name in `mlcourse.optimizers.surfaces.SURFACES`, or a `Surface`.
        points: x and y of the starting points, (2, ...).
        steps: the number of updates, at most 100,000; steps times points at most 10**8.
        tolerance: distance from a minimum that counts as near, in units of the surface's axes.

    Returns:
        A `Convergence`, whose arrays have the shape (...) of the starting points.

    >>> convergence("adam", "saddle", [[1.0, 1.0], [-1.0, 1.0]]).minimum
    array([1, 0])
    """
    optimizer = find(optimizer)
    surface = surfaces.find(surface)
    steps = checks.integer("steps", steps, 1, limit=MAX_STEPS)
    tolerance = checks.positive("tolerance", tolerance)
    starts = _checked_points("points", points)
    checks.at_most("steps times points", steps * starts[0].size, MAX_UPDATES)
    last_step_outside = np.full(starts.shape[1:], -1)
    with np.errstate(all="ignore"):
        for t, positions in enumerate(iterate(optimizer, surface, starts, steps)):
            distances = _distances(surface, positions)
            last_step_outside[~(distances.min(axis=0) < tolerance)] = t
    has_converged = last_step_outside < steps
    left, right, bottom, top = surface.frame
    max_distance = DIVERGENCE_DISTANCE * np.hypot(right - left, top - bottom)
    has_diverged = ~(_distances(surface, positions).min(axis=0) < max_distance)
    first_step = np.select([has_diverged, has_converged], [np.nan, last_step_outside + 1.0], np.inf)
    minimum = np.where(has_converged, distances.argmin(axis=0), -1)
    return Convergence(first_step, minimum, steps, tolerance)


def convergence_map(
    optimizer: object,
    surface: str | Surface,
    learning_rates: float | Sequence[float] | np.ndarray,
    starts: np.typing.ArrayLike,
    **limits: Any,
) -> Convergence:
    """Return when and where an optimizer converges, by learning rate and start.

    Args:
        optimizer: an optimizer or a name, see `find`; its learning rate is replaced.
        surface: a name in `mlcourse.optimizers.surfaces.SURFACES`, or a `Surface`.
        learning_rates: learning rates, (m,).
        starts: starting points, (n, 2).
        limits: `steps` and `tolerance` of `convergence`.

    Returns:
        A `Convergence`, whose arrays are (m, n); steps times m times n is at most 10**8.

    Raises:
        ValueError: if a learning rate is not positive, the optimizer has a schedule, or the starts
            have another shape or are not finite.

    >>> result = convergence_map("sgd", "ravine", [0.1, 0.4, 0.6], [[-8, 1.5], [-2, 1.5]])
    >>> result.steps
    array([[ inf,  inf],
           [108.,  74.],
           [ nan,  nan]])
    """
    optimizer = find(optimizer)
    if isinstance(optimizer.learning_rate, Schedule):
        rule = "optimizer must have a learning rate that can be replaced, not a schedule"
        raise ValueError(f"{rule}. Got {optimizer!r} instead.")
    rates = learning_rates if np.iterable(learning_rates) else [learning_rates]
    rates = [checks.positive("learning_rates", rate) for rate in rates]
    checks.integer("the number of learning rates", len(rates), 1)
    starts = checks.floats("starts", starts)
    checks.n_features("starts", starts, 2)
    points = np.repeat(_checked_points("starts", starts.T)[:, None], len(rates), axis=1)
    batched = dataclasses.replace(optimizer, learning_rate=np.array(rates, np.float32)[:, None])
    return convergence(batched, surface, points, **limits)


def noisy_paths(
    optimizer: object,
    surface: str | Surface,
    start: Sequence[float] | None = None,
    steps: int = 100,
    *,
    n_runs: int = 200,
    noise: float | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Return many paths of an optimizer from one start, each with different gradient noise.

    Args:
        optimizer, surface, start, steps, noise, seed: see `descend`.
        n_runs: the number of paths; steps times n_runs at most 20 million.

    Returns:
        An array, (steps + 1, n_runs, 2), where a path that diverges is NaN from there on.

    >>> noisy_paths("sgd", "noisy_bowl", steps=50, n_runs=10).shape
    (51, 10, 2)
    """
    surface, start, noise = checked(surface, start, noise)
    steps = checks.integer("steps", steps, 1, limit=MAX_STEPS)
    n_runs = checks.integer("n_runs", n_runs, 1)
    checks.at_most("steps times n_runs", steps * n_runs, MAX_STORED)
    seed = checks.integer("seed", seed, 0)
    points = np.repeat(np.array(start, np.float32)[:, None], n_runs, axis=1)
    with np.errstate(all="ignore"):
        paths = np.array(list(iterate(find(optimizer), surface, points, steps, noise, seed)))
    return mask_diverged(paths.swapaxes(1, 2))


def _checked_points(name, points):
    """Return points as a float32 array, (2, ...); raise ValueError if they are not finite."""
    with np.errstate(over="ignore"):
        array = checks.floats(name, points).astype(np.float32)
    if array.ndim < 1 or len(array) != 2 or not np.isfinite(array).all():
        raise ValueError(f"{name} must be x and y, finite numbers. Got {points!r} instead.")
    return array


def _distances(surface, points):
    """Return the distances between points, (2, ...), and all minima, (minima, ...)."""
    minima = np.array(surface.minima).reshape(-1, 2, *[1] * (points.ndim - 1))
    return np.linalg.norm(points - minima, axis=1)
