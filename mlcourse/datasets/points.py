"""Points of the plane in classes: food for small networks.

>>> x, y = two_moons(n=50, noise=0.1, seed=0)
>>> x.shape, x.dtype, y.tolist() == [0] * 50 + [1] * 50
((100, 2), dtype('float32'), True)
"""

import numpy as np

from mlcourse import checks


def two_moons(n=100, noise=0.1, seed=0):
    """Returns two interlocking half circles of radius 1, around (0, 0) and (1, 0).

    Their angles are uniform, and reach an eighth of pi beyond both ends of a half circle. The
    second moon is the first one mirrored.

    Args:
        n: points of each class.
        noise: standard deviation of the normal noise on both coordinates.
        seed: the same seed gives the same points.

    Returns:
        x, float32 of shape (2 n, 2), and y, int64 of shape (2 n,): the classes 0 and 1 in turn.

    Raises:
        ValueError: for n below 1, or noise below 0.
    """
    rng = _generator(n, noise, seed)
    angles = rng.uniform(-np.pi / 8, np.pi + np.pi / 8, (2, n))
    above = np.cos(angles[0]), np.sin(angles[0])
    below = 1 + np.cos(angles[1]), -np.sin(angles[1])
    return _classes([above, below], noise, rng)


def circles(n=100, noise=0.1, seed=0, radii=(1.0, 2.0)):
    """Returns circles around (0, 0).

    Args:
        n, noise, seed: as in `two_moons`.
        radii: of the circles, one for each class.
    """
    rng = _generator(n, noise, seed)
    radii = [checks.number("each of radii", radius, 0) for radius in _several("radii", radii)]
    angles = rng.uniform(0, 2 * np.pi, (len(radii), n))
    rings = [(r * np.cos(a), r * np.sin(a)) for r, a in zip(radii, angles, strict=True)]
    return _classes(rings, noise, rng)


def spirals(n=100, noise=0.1, seed=0, classes=2, turns=1.0):
    """Returns arms that wind around (0, 0), from radius 0 to 2; arguments as in `two_moons`.

    Args:
        n, noise, seed: as in `two_moons`.
        classes: number of arms, at least 2.
        turns: how often each of them winds around the centre.
    """
    rng, turns = _generator(n, noise, seed), checks.number("turns", turns)
    arms = []
    for arm in range(checks.integer("classes", classes, 2)):
        share = np.sqrt(rng.uniform(size=n))  # as many points on each length of the arm
        angle = 2 * np.pi * (turns * share + arm / classes)
        arms.append((2 * share * np.cos(angle), 2 * share * np.sin(angle)))
    return _classes(arms, noise, rng)


def blobs(n=100, noise=0.4, seed=0, centres=((-1.0, 0.0), (1.0, 0.0), (0.0, 1.5))):
    """Returns round clouds.

    Args:
        n, noise, seed: as in `two_moons`.
        centres: of the clouds, (classes, 2).
    """
    rng = _generator(n, noise, seed)
    centres = np.asarray(_several("centres", centres), dtype=float)
    return _classes([np.full((2, n), centre[:, None]) for centre in centres], noise, rng)


def _generator(n, noise, seed):
    checks.integer("n", n, 1)
    checks.number("noise", noise, 0)
    return np.random.default_rng(checks.integer("seed", seed, 0))


def _several(name, values):
    if np.ndim(values) == 0 or not len(values):
        raise ValueError(f"{name} must have at least one item. Got {values!r} instead.")
    return values


def _classes(parts, noise, rng):
    points = np.concatenate([np.column_stack(part) for part in parts])
    points += rng.normal(0, noise, points.shape)
    labels = np.repeat(np.arange(len(parts)), len(parts[0][0]))
    return points.astype(np.float32), labels
