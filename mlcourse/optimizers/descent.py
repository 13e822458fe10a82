"""Descents of a surface: the loop that every optimizer runs in, step by step."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from mlcourse import checks, surfaces
from mlcourse.optimizers.course import find
from mlcourse.optimizers.rule import Optimizer
from mlcourse.surfaces import Surface

BLOCK = 100  # steps: a path is kept whole, so that another count of iterations is a slice


def walk(
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
        >>> path = list(walk(surfaces.find("noisy_bowl"), find("sgd"), points, steps=1))
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
        surface: one of `mlcourse.surfaces.SURFACES`, or a `Surface`.
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
    lost = diverged_at(path)
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


def diverged_at(path: np.typing.ArrayLike) -> int | None:
    """Returns the first step at which a path is not finite; None if it is finite to its end.

    >>> diverged_at(np.array([[0.0, 1.0], [np.nan, np.nan]]))
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


def cut(paths):
    """Returns paths (steps + 1, ..., 2) with NaN from where they leave the finite numbers on."""
    lost = np.logical_or.accumulate(~np.isfinite(paths).all(axis=-1))
    return np.where(lost[..., None], paths.dtype.type(np.nan), paths)


@functools.lru_cache(maxsize=64)
def _path(surface, start, noise, optimizer, steps, seed):
    if isinstance(optimizer.learning_rate, np.ndarray):
        raise ValueError(f"a single path must have one learning rate. Got {optimizer!r} instead.")
    point = np.array(start, np.float32)
    with np.errstate(all="ignore"):  # what leaves the finite numbers is cut off
        path = cut(np.array(list(walk(surface, optimizer, point, steps, noise, seed))))
    path.flags.writeable = False
    return path
