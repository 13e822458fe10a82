"""Seeded random numbers, points and weights, the same as in the page's JavaScript.

The live playground draws its points in the browser. These functions give Python the same ones from
the same seed; a test compares both. They are not those of `mlcourse.datasets`, whose generator is
NumPy's.
"""

import itertools
import math
from collections.abc import Callable

import numpy as np

from mlcourse.initializers import INITIALIZERS

STREAMS = {"points": 1, "weights": 2, "order": 3, "dropout": 4, "split": 5, "signal": 6}
CENTERS = ((-1.0, 0.0), (1.0, 0.0), (0.0, 1.5))
BITS = 2**32
STEP = 0x6D2B79F5  # between states of a generator
FEATURES = {
    "x1": lambda a, b: a,
    "x2": lambda a, b: b,
    "x1_squared": lambda a, b: a * a,
    "x2_squared": lambda a, b: b * b,
    "product": lambda a, b: a * b,
    "sin_x1": lambda a, b: np.sin(a),
    "sin_x2": lambda a, b: np.sin(b),
}
"""Functions of the coordinates that can be inputs of the network, by name."""


def generator(seed: int, stream: str) -> Callable[[], float]:
    """Return a function that draws uniform numbers in [0, 1), by mulberry32.

    Args:
        seed: whole number of at least 0.
        stream: one of `STREAMS`; each has numbers of its own.

    >>> uniform = generator(0, "points")
    >>> round(uniform(), 6), round(uniform(), 6)
    (0.960674, 0.850667)
    """
    state = _first_state(seed, stream)

    def uniform():
        nonlocal state
        state = (state + STEP) % BITS
        return _mixed(state)

    return uniform


def uniform_array(n: int, seed: int, stream: str) -> np.ndarray:
    """Return the first n numbers of a generator as an array.

    >>> uniform_array(2, 0, "points").round(6)
    array([0.960674, 0.850667])
    """
    steps = np.arange(1, n + 1, dtype="uint64")
    return _mixed((_first_state(seed, stream) + steps * STEP) % BITS)


def _first_state(seed, stream):
    return (seed * 0x9E3779B1 + STREAMS[stream] * 0x85EBCA6B) % BITS


def _mixed(state):
    """Return the uniform number of a state of mulberry32, or of an array of states."""
    t = (state ^ (state >> 15)) * (state | 1) % BITS
    t = t ^ (t + (t ^ (t >> 7)) * (t | 61)) % BITS
    return (t ^ (t >> 14)) / BITS


def normal(uniform: Callable[[], float]) -> float:
    """Return a normal number, from two uniform ones. Box and Muller, 1958."""
    radius = math.sqrt(-2 * math.log(1 - uniform()))
    return radius * math.cos(2 * math.pi * uniform())


def normal_array(n: int, seed: int, stream: str) -> np.ndarray:
    """Return the first n normal numbers of a generator as an array.

    >>> bool(np.isclose(normal_array(2, 0, "points")[0], normal(generator(0, "points"))))
    True
    """
    radius, angle = uniform_array(2 * n, seed, stream).reshape(n, 2).T
    return np.sqrt(-2 * np.log(1 - radius)) * np.cos(2 * np.pi * angle)


def permutation(n: int, uniform: Callable[[], float]) -> np.ndarray:
    """Return the numbers below n in random order. Fisher and Yates, 1938."""
    order = np.arange(n)
    for i in range(n - 1, 0, -1):
        j = math.floor(uniform() * (i + 1))
        order[i], order[j] = order[j], order[i]
    return order


def _moons(i, uniform):
    angle = math.pi * (1.25 * uniform() - 0.125)
    if i % 2:
        return 1 + math.cos(angle), -math.sin(angle)
    return math.cos(angle), math.sin(angle)


def _circles(i, uniform):
    angle = 2 * math.pi * uniform()
    radius = 1 + i % 2
    return radius * math.cos(angle), radius * math.sin(angle)


def _spirals(arms):
    def place(i, uniform):
        t = math.sqrt(uniform())
        angle = 2 * math.pi * (t + (i % arms) / arms)
        return 2 * t * math.cos(angle), 2 * t * math.sin(angle)

    return place


def _square(i, uniform):
    return 4 * uniform() - 2, 4 * uniform() - 2


POINTS = {
    "moons": (2, _moons, None),
    "circles": (2, _circles, None),
    "spirals": (2, _spirals(2), None),
    "xor": (2, _square, lambda x1, x2: float(x1 * x2 > 0)),
    "blobs": (3, lambda i, uniform: CENTERS[i % 3], None),
    "three_spirals": (3, _spirals(3), None),
    "plane": (0, _square, lambda x1, x2: (x1 + x2) / 4),
    "sine": (0, _square, lambda x1, x2: math.sin(2 * x1)),
}
"""By name: the number of classes, 0 for regression; a place; and the target there.

Without a target, the class of point i is i modulo the number of classes.
"""


def make_points(kind: str, n: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return points of the plane.

    Args:
        kind: one of `POINTS`.
        n: number of points.
        noise: standard deviation of the normal noise, on both coordinates of classes, and on the
            target in regression.
        seed: whole number of at least 0.

    Returns:
        X, (n, 2), float32, and y, (n,): int64 classes, or float32 targets.

    >>> X, y = make_points("blobs", 4, 0.0, 0)
    >>> X.tolist(), y.tolist()
    ([[-1.0, 0.0], [1.0, 0.0], [0.0, 1.5], [-1.0, 0.0]], [0, 1, 2, 0])
    """
    n_classes, place, target = POINTS[kind]
    uniform = generator(seed, "points")
    rows = []
    for i in range(n):
        x1, x2 = place(i, uniform)
        value = i % n_classes if target is None else target(x1, x2)
        first = noise * normal(uniform)
        second = noise * normal(uniform)
        if n_classes:
            rows.append((x1 + first, x2 + second, value))
        else:
            rows.append((x1, x2, value + first))
    table = np.array(rows)
    return table[:, :2].astype("float32"), table[:, 2].astype("int64" if n_classes else "float32")


def split(n: int, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of the training points and of the test points.

    >>> train, test = split(5, 0.4, 0)
    >>> sorted([*train.tolist(), *test.tolist()]), len(test)
    ([0, 1, 2, 3, 4], 2)
    """
    order = permutation(n, generator(seed, "split"))
    n_test = min(math.floor(fraction * n + 0.5), n - 1)
    return order[n_test:], order[:n_test]


def compute_features(names: list[str], X: np.ndarray) -> np.ndarray:  # noqa: N803
    """Return the features of points X, (n, 2), as an array (n, len(names)).

    >>> compute_features(["x1", "product"], np.array([[2.0, 3.0]]))
    array([[2., 6.]])
    """
    return np.column_stack([FEATURES[name](X[:, 0], X[:, 1]) for name in names])


def initial_parameters(sizes: list[int], initializer: str, seed: int) -> np.ndarray:
    """Return the first parameters of a dense network in one array.

    Layer by layer: weights, (inputs, units) in row-major order, then the bias, zeros.

    Args:
        sizes: inputs, then the units of each layer.
        initializer: one of `mlcourse.initializers.INITIALIZERS`.
        seed: whole number of at least 0.

    >>> initial_parameters([2, 1], "glorot_uniform", 0).round(3)
    array([ 0.114, -0.022,  0.   ])
    """
    uniform = generator(seed, "weights")
    rule = INITIALIZERS[initializer]
    parameters = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        deviation = float(rule.std(fan_in, fan_out))
        for _ in range(fan_in * fan_out):
            if rule.uniform:
                parameters.append(math.sqrt(3) * deviation * (2 * uniform() - 1))
            else:
                parameters.append(deviation * normal(uniform))
        parameters += [0.0] * fan_out
    return np.array(parameters)
