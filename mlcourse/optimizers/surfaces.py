"""Test functions of two variables, for optimizers to minimize.

>>> beale = find("beale")
>>> beale.minima, float(beale.f(3, 0.5))
(((3.0, 0.5),), 0.0)
>>> beale.gradient(1, 1)
array([ 0.  , 27.75])
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mlcourse._core import checks


@dataclass(frozen=True)
class Surface:
    """A function of two variables with its gradient and its minima.

    Every function with a `surface` argument also accepts a surface that you define.

    Attributes:
        name: name in `SURFACES`.
        height: function from floats x and y, numbers or arrays, to f(x, y) of the same shape.
        slope: function from x and y to the pair df/dx, df/dy, each of the same shape.
        minima: (x, y) of each global minimum.
        frame: (left, right, bottom, top), the part to draw.
        start: (x, y), the default start of a descent.
        formula: LaTeX, without dollar signs.
        noise: standard deviation of the noise that is added to each component of the gradient at
            each step of a descent. It simulates mini-batches.

    Example:
        >>> bowl = Surface(
        ...     name="bowl",
        ...     height=lambda x, y: x**2 + y**2,
        ...     slope=lambda x, y: (2 * x, 2 * y),
        ...     minima=[(0, 0)],
        ...     frame=(-1, 1, -1, 1),
        ...     start=(1, 1),
        ...     formula="x^2 + y^2",
        ... )
        >>> bowl.lowest, bowl.gradient(1, 2)
        (0.0, array([2., 4.]))
    """

    name: str
    height: Callable
    slope: Callable
    minima: tuple
    frame: tuple
    start: tuple
    formula: str
    noise: float = 0.0

    def __post_init__(self):
        for name in ("height", "slope"):
            checks.function(name, getattr(self, name))
        pair = np.ones(2)
        with np.errstate(all="ignore"):
            height, slope = self.height(pair, pair), self.slope(pair, pair)
        shapes = [np.shape(part) for part in (height, *(slope if np.iterable(slope) else [slope]))]
        if shapes != [(2,)] * 3:
            rule = "height and slope must return arrays of the shape of x"
            raise ValueError(f"{rule}. Got shapes {shapes} for (2,) instead.")
        for name, shape in (("minima", (-1, 2)), ("frame", (4,)), ("start", (2,))):
            object.__setattr__(self, name, _numbers(name, getattr(self, name), shape))
        checks.number("noise", self.noise, 0)

    def f(self, x: np.typing.ArrayLike, y: np.typing.ArrayLike) -> np.ndarray:
        """Return f(x, y) as a float array, for numbers or arrays that broadcast."""
        return np.asarray(self.height(*_floats(x, y)))

    def gradient(self, x: np.typing.ArrayLike, y: np.typing.ArrayLike) -> np.ndarray:
        """Return df/dx and df/dy without noise, (2, ...) for x and y of shape (...)."""
        return np.array(self.slope(*_floats(x, y)))

    @property
    def lowest(self) -> float:
        """The value of f at the minima."""
        return float(self.f(*self.minima[0]))


def find(surface: str | Surface) -> Surface:
    """Return a `Surface` by name, or a `Surface` unchanged.

    Raises:
        ValueError: if the name is unknown. The message lists the known names.

    >>> find("ravine").start
    (-8.0, 1.5)
    """
    if isinstance(surface, Surface):
        return surface
    return SURFACES[checks.choice("surface", surface, SURFACES)]


def _numbers(name, values, shape):
    """Return finite numbers as a hashable tuple. In `shape`, -1 is any length but 0."""
    array = checks.floats(name, values)
    fits = array.ndim == len(shape) and array.size and array.shape[-1] == shape[-1]
    if not (fits and np.isfinite(array).all()):
        raise ValueError(f"{name} must be finite numbers of shape {shape}. Got {values!r} instead.")
    return tuple(map(tuple, array.tolist())) if array.ndim > 1 else tuple(array.tolist())


def _floats(x, y):
    return np.broadcast_arrays(
        *(checks.floats("x and y", values).astype(float) for values in (x, y))
    )


def _beale(x, y):
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    return a**2 + b**2 + c**2


def _beale_slope(x, y):
    y2 = y * y  # products, not powers: those of float32 depend on the machine in their last bit
    y3 = y2 * y
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * y2, 2.625 - x + x * y3
    by_x = 2 * (a * (y - 1) + b * (y2 - 1) + c * (y3 - 1))
    return by_x, 2 * x * (a + 2 * b * y + 3 * c * y2)


def _himmelblau(x, y):
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def _himmelblau_slope(x, y):
    a, b = x * x + y - 11, x + y * y - 7
    return 4 * a * x + 2 * b, 2 * a + 4 * b * y


def _rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def _rosenbrock_slope(x, y):
    a = y - x * x
    return -2 * (1 - x) - 400 * a * x, 200 * a


def _saddle(x, y):
    return x**2 / 2 - y**2 / 2 + y**4 / 4


def _saddle_slope(x, y):
    return x, y * y * y - y


def _ravine(x, y):
    return 0.05 * x**2 + 2 * y**2


def _ravine_slope(x, y):
    return 0.1 * x, 4 * y


def _bowl(x, y):
    return x**2 / 2 + y**2


def _bowl_slope(x, y):
    return x, 2 * y


_KNOWN = [
    Surface(
        "beale",
        _beale,
        _beale_slope,
        minima=((3.0, 0.5),),
        frame=(-2.0, 3.5, -3.5, 2.0),
        start=(0.8, 1.6),
        formula="(1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2",
    ),
    Surface(
        "himmelblau",
        _himmelblau,
        _himmelblau_slope,
        minima=(
            (3.0, 2.0),
            (-2.805118086952745, 3.131312518250573),
            (-3.779310253377747, -3.283185991286169),
            (3.584428340330492, -1.848126526964404),
        ),
        frame=(-5.0, 5.0, -5.0, 5.0),
        start=(-0.5, -1.0),
        formula="(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
    ),
    Surface(
        "rosenbrock",
        _rosenbrock,
        _rosenbrock_slope,
        minima=((1.0, 1.0),),
        frame=(-2.0, 2.0, -1.0, 3.0),
        start=(-1.2, 1.0),
        formula="(1 - x)^2 + 100 (y - x^2)^2",
    ),
    Surface(
        "saddle",
        _saddle,
        _saddle_slope,
        minima=((0.0, 1.0), (0.0, -1.0)),
        frame=(-2.0, 2.0, -1.8, 1.8),
        start=(-1.7, 0.001),
        formula="x^2 / 2 - y^2 / 2 + y^4 / 4",
    ),
    Surface(
        "ravine",
        _ravine,
        _ravine_slope,
        minima=((0.0, 0.0),),
        frame=(-9.5, 2.5, -2.5, 2.5),
        start=(-8.0, 1.5),
        formula="0.05 x^2 + 2 y^2",
    ),
    Surface(
        "noisy_bowl",
        _bowl,
        _bowl_slope,
        minima=((0.0, 0.0),),
        frame=(-3.0, 3.0, -2.5, 2.5),
        start=(-2.5, 2.0),
        formula="x^2 / 2 + y^2",
        noise=1.0,
    ),
]
SURFACES = {surface.name: surface for surface in _KNOWN}
"""The surfaces by name.

Sources: Beale, 1958; Himmelblau, 1972; Rosenbrock, 1960. The saddle has its saddle point at (0, 0),
between two minima. The ravine has a curvature 40 times as large in y as in x. The noisy bowl has a
noisy gradient, as from mini-batches.
"""
