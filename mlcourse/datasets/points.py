"""Synthetic classification data in the plane.

>>> x, y = two_moons(n_samples=100, noise=0.1, seed=0)
>>> x.shape, x.dtype, y.tolist() == [0] * 50 + [1] * 50
((100, 2), dtype('float32'), True)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlcourse._core import checks

MAX_SAMPLES = 10_000_000


def two_moons(
    n_samples: int = 200, noise: float = 0.1, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return points of two interleaving half circles of radius 1, centered at (0, 0) and (1, 0).

    Angles are uniform and extend pi / 8 beyond both ends of a half circle. The second moon is the
    first one mirrored.

    Args:
        n_samples: total number of points, divided equally between the classes. If this is not
            possible, the first classes have one point more.
        noise: standard deviation of the Gaussian noise added to both coordinates.
        seed: integer seed.

    Returns:
        x, float32, (n_samples, 2), and y, int64 labels, (n_samples,), in ascending order.

    Raises:
        ValueError: if n_samples is below the number of classes, or noise is negative.

    Example:
        >>> x, y = two_moons(n_samples=4)
        >>> x.shape, y.tolist()
        ((4, 2), [0, 0, 1, 1])
    """
    counts = _class_counts(n_samples, n_classes=2)
    rng = _generator(noise, seed)
    angles = rng.uniform(-np.pi / 8, np.pi + np.pi / 8, n_samples)
    upper, lower = np.split(angles, [counts[0]])
    moons = [(np.cos(upper), np.sin(upper)), (1 + np.cos(lower), -np.sin(lower))]
    return _add_noise(moons, noise, rng)


def circles(
    n_samples: int = 200, noise: float = 0.1, seed: int = 0, radii: Sequence[float] = (1.0, 2.0)
) -> tuple[np.ndarray, np.ndarray]:
    """Return points of concentric circles around (0, 0).

    Args:
        n_samples, noise, seed: as in `two_moons`.
        radii: radius of each class's circle, (classes,).

    Returns:
        x and y, as in `two_moons`.

    Raises:
        ValueError: as in `two_moons`, or if a radius is negative.

    Example:
        >>> x, y = circles(n_samples=100, noise=0, radii=(1, 3))
        >>> np.hypot(*x.T)[[0, -1]].round(3).tolist()
        [1.0, 3.0]
    """
    checks.integer("the number of radii", checks.length("radii", radii), 1)
    radii = [checks.number("each of radii", radius, 0) for radius in radii]
    counts = _class_counts(n_samples, len(radii))
    rng = _generator(noise, seed)
    angles = np.split(rng.uniform(0, 2 * np.pi, n_samples), np.cumsum(counts)[:-1])
    rings = [
        (radius * np.cos(angle), radius * np.sin(angle))
        for radius, angle in zip(radii, angles, strict=True)
    ]
    return _add_noise(rings, noise, rng)


def spirals(
    n_samples: int = 200, noise: float = 0.1, seed: int = 0, n_classes: int = 2, turns: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return points of spiral arms around (0, 0), from radius 0 to 2.

    Args:
        n_samples, noise, seed: as in `two_moons`.
        n_classes: number of arms, at least 2.
        turns: number of turns of each arm around the center.

    Returns:
        x and y, as in `two_moons`.

    Raises:
        ValueError: as in `two_moons`, or if n_classes is below 2.

    Example:
        >>> x, y = spirals(n_samples=30, n_classes=3)
        >>> np.bincount(y).tolist()
        [10, 10, 10]
    """
    n_classes = checks.integer("n_classes", n_classes, 2)
    turns = checks.number("turns", turns)
    counts = _class_counts(n_samples, n_classes)
    rng = _generator(noise, seed)
    arms = []
    for label, count in enumerate(counts):
        position = np.sqrt(rng.uniform(size=count))  # sqrt: uniform density along the arm
        angle = 2 * np.pi * (turns * position + label / n_classes)
        arms.append((2 * position * np.cos(angle), 2 * position * np.sin(angle)))
    return _add_noise(arms, noise, rng)


def blobs(
    n_samples: int = 300,
    noise: float = 0.4,
    seed: int = 0,
    centers: np.typing.ArrayLike = ((-1.0, 0.0), (1.0, 0.0), (0.0, 1.5)),
) -> tuple[np.ndarray, np.ndarray]:
    """Return points of isotropic Gaussian clusters.

    Args:
        n_samples, noise, seed: as in `two_moons`.
        centers: cluster centers, (classes, 2).

    Returns:
        x and y, as in `two_moons`.

    Raises:
        ValueError: as in `two_moons`, or if centers are not of shape (classes, 2).

    Example:
        >>> x, y = blobs(n_samples=2, noise=0, centers=[[5, 6], [7, 8]])
        >>> x.tolist(), y.tolist()
        ([[5.0, 6.0], [7.0, 8.0]], [0, 1])
    """
    centers = checks.finite("centers", centers).astype(float)
    checks.n_features("centers", centers, 2)
    counts = _class_counts(n_samples, len(centers))
    clusters = [
        np.full((2, count), center[:, np.newaxis])
        for count, center in zip(counts, centers, strict=True)
    ]
    return _add_noise(clusters, noise, _generator(noise, seed))


def _class_counts(n_samples, n_classes):
    """Return the number of points of each class."""
    checks.integer("n_samples", n_samples, n_classes, limit=MAX_SAMPLES)
    quotient, remainder = divmod(n_samples, n_classes)
    return [quotient + (label < remainder) for label in range(n_classes)]


def _generator(noise, seed):
    checks.number("noise", noise, 0)
    return np.random.default_rng(checks.integer("seed", seed, 0))


def _add_noise(classes, noise, rng):
    """Return noisy points, (n, 2), and their labels, from pairs of coordinates of each class."""
    points = np.concatenate([np.column_stack(coordinates) for coordinates in classes])
    points += rng.normal(0, noise, points.shape)
    labels = np.repeat(np.arange(len(classes)), [len(coordinates[0]) for coordinates in classes])
    return points.astype(np.float32), labels
