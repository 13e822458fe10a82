"""Points of the plane in classes: food for small networks.

>>> x, y = two_moons(n=50, noise=0.1, seed=0)
>>> x.shape, x.dtype, y.tolist() == [0] * 50 + [1] * 50
((100, 2), dtype('float32'), True)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlcourse._core import checks


def two_moons(n: int = 100, noise: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Returns two interlocking half circles of radius 1, around (0, 0) and (1, 0).

    Their angles are uniform, and reach an eighth of pi beyond both ends of a half circle. The
    second moon is the first one mirrored.

    Args:
        n: points of each class.
        noise: standard deviation of the normal noise on both coordinates.
        seed: the same seed gives the same points.

    Returns:
        x, float32 of shape (2 n, 2), and y, int64 of shape (2 n,): first all of class 0, then all
        of class 1.

    Raises:
        ValueError: for n below 1, or noise below 0.

    Example:
        >>> x, y = two_moons(n=2)
        >>> x.shape, y.tolist()
        ((4, 2), [0, 0, 1, 1])
    """
    rng = _generator(n, noise, seed)
    angles = rng.uniform(-np.pi / 8, np.pi + np.pi / 8, (2, n))
    above = np.cos(angles[0]), np.sin(angles[0])
    below = 1 + np.cos(angles[1]), -np.sin(angles[1])
    return _classes([above, below], noise, rng)


def circles(
    n: int = 100, noise: float = 0.1, seed: int = 0, radii: Sequence[float] = (1.0, 2.0)
) -> tuple[np.ndarray, np.ndarray]:
    """Returns circles around (0, 0).

    Args:
        n, noise, seed: as in `two_moons`.
        radii: of the circles, one for each class.

    Example:
        >>> x, y = circles(n=50, noise=0, radii=(1, 3))
        >>> np.hypot(*x.T)[[0, -1]].round(3).tolist()
        [1.0, 3.0]
    """
    rng = _generator(n, noise, seed)
    checks.integer("the number of radii", checks.length("radii", radii), 1)
    radii = [checks.number("each of radii", radius, 0) for radius in radii]
    angles = rng.uniform(0, 2 * np.pi, (len(radii), n))
    rings = [(r * np.cos(a), r * np.sin(a)) for r, a in zip(radii, angles, strict=True)]
    return _classes(rings, noise, rng)


def spirals(
    n: int = 100, noise: float = 0.1, seed: int = 0, classes: int = 2, turns: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Returns arms that wind around (0, 0), from radius 0 to 2; arguments as in `two_moons`.

    Args:
        n, noise, seed: as in `two_moons`.
        classes: number of arms, at least 2.
        turns: how often each of them winds around the centre.

    Example:
        >>> x, y = spirals(n=10, classes=3)
        >>> np.bincount(y).tolist()
        [10, 10, 10]
    """
    rng, turns = _generator(n, noise, seed), checks.number("turns", turns)
    arms = []
    for arm in range(checks.integer("classes", classes, 2)):
        share = np.sqrt(rng.uniform(size=n))  # as many points on each length of the arm
        angle = 2 * np.pi * (turns * share + arm / classes)
        arms.append((2 * share * np.cos(angle), 2 * share * np.sin(angle)))
    return _classes(arms, noise, rng)


def blobs(
    n: int = 100,
    noise: float = 0.4,
    seed: int = 0,
    centres: np.typing.ArrayLike = ((-1.0, 0.0), (1.0, 0.0), (0.0, 1.5)),
) -> tuple[np.ndarray, np.ndarray]:
    """Returns round clouds.

    Args:
        n, noise, seed: as in `two_moons`.
        centres: of the clouds, (classes, 2).

    Example:
        >>> x, y = blobs(n=1, noise=0, centres=[[5, 6], [7, 8]])
        >>> x.tolist(), y.tolist()
        ([[5.0, 6.0], [7.0, 8.0]], [0, 1])
    """
    rng = _generator(n, noise, seed)
    centres = checks.finite("centres", centres).astype(float)
    checks.n_features("centres", centres, 2)
    return _classes([np.full((2, n), centre[:, None]) for centre in centres], noise, rng)


def _generator(n, noise, seed):
    checks.integer("n", n, 1)
    checks.number("noise", noise, 0)
    return np.random.default_rng(checks.integer("seed", seed, 0))


def _classes(parts, noise, rng):
    points = np.concatenate([np.column_stack(part) for part in parts])
    points += rng.normal(0, noise, points.shape)
    labels = np.repeat(np.arange(len(parts)), len(parts[0][0]))
    return points.astype(np.float32), labels
