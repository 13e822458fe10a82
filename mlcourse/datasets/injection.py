"""Put one fault into healthy data, for exercises in which students find it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlcourse._core import checks
from mlcourse.datasets.augmentation import random_augment

DUPLICATES = 0.3  # fraction of validation examples that are replaced by training examples
NEAR = 0.01  # standard deviation of the noise on near duplicates, in those of the inputs
NOISY = 0.2  # fraction of training labels that are changed
RARE = 0.05  # fraction of the examples of a rare class that stay
WITH_NAN = 0.02  # fraction of training examples with NaN
FEW = 5  # training examples of a class, on average, that are too few
WHITE = 255  # value of a white pixel that is not scaled


class Injected:
    """The parts of a fit, one of which has a fault that is not named.

    Iterate over it for the parts. `Session.check(case, name)` checks the name of the fault, and
    the representation does not show it.

    Args:
        kind: what has the fault, "data" or "model".
        parts: the parts, in the order of iteration.
        fault: name of the fault.
        choices: names of the faults that are possible.
        seed: seed of the fault.

    >>> case = Injected("data", (1, 2), "noisy labels", ["noisy labels"], seed=3)
    >>> case, list(case), case.has("noisy labels")
    (Injected('data', seed=3), [1, 2], True)
    """

    def __init__(self, kind: str, parts: tuple, fault: str, choices: list[str], seed: int) -> None:
        self.name = f"fault in the {kind}, seed {seed}"
        self.choices = choices
        self._kind = kind
        self._parts = parts
        self._fault = fault
        self._seed = seed

    def __iter__(self) -> Iterator[Any]:
        return iter(self._parts)

    def __repr__(self) -> str:
        return f"Injected({self._kind!r}, seed={self._seed})"

    def has(self, fault: str) -> bool:
        """Return whether this is the fault.

        Raises:
            ValueError: if it is not one of the choices. The message lists them.
        """
        return checks.choice("fault", fault, self.choices) == self._fault


def draw(faults, fault, rng):
    """Return the fault with this name, or if it is None, a random one.

    Args:
        faults: names of the faults that are possible.
        fault: one of them, or None.
        rng: a `numpy.random.Generator`; the same number of values is drawn in both cases.
    """
    drawn = faults[rng.integers(len(faults))]
    return drawn if fault is None else checks.choice("fault", fault, faults)


def inject(
    x: np.typing.ArrayLike,
    y: np.typing.ArrayLike,
    validation_data: tuple[np.typing.ArrayLike, np.typing.ArrayLike],
    test_data: tuple[np.typing.ArrayLike, np.typing.ArrayLike] | None = None,
    *,
    fault: str | None = None,
    seed: int = 0,
) -> Injected:
    """Return a copy of healthy training and validation data with one fault, which is not named.

    Find the fault, and let `Session.check` check its name. `mlcourse.models.inject` does the same
    for a model.

    Args:
        x: training examples, scaled, floats, (n, ...).
        y: integer labels, (n,), from 0.
        validation_data: examples and labels of the same form.
        test_data: the same for the fault "test data used for stopping"; None to exclude it.
        fault: name of the fault; None for a random one. "validation images augmented" needs images,
            (n, height, width) or (n, height, width, channels). "overfitting" leaves few examples:
            fit for more epochs, so that the number of steps stays the same.
        seed: integer seed of the fault and of what it changes.

    Returns:
        An `Injected`: iterate for x, y and validation_data, as for `model.fit`.

    Raises:
        ValueError: if the data is not as described, or the fault is not possible with it.

    >>> x, y = np.linspace(0, 1, 20).reshape(10, 2), np.arange(10) % 2
    >>> x_new, y_new, validation_data = inject(x, y, (x, y), fault="sorted batches")
    >>> y_new.tolist()
    [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]
    """
    x, y = _examples(x, y)
    checks.integer("the number of classes in y", len(np.unique(y)), 2)
    x_val, y_val = _part("validation_data", validation_data, x)
    test = None if test_data is None else _part("test_data", test_data, x)
    data = Split(x, y, x_val, y_val, test)
    rng = np.random.default_rng(checks.integer("seed", seed, 0))
    names = [name for name in FAULTS if _is_possible(name, data)]
    name = draw(names, fault, rng)
    broken = dataclasses.replace(data, **FAULTS[name](data, rng))
    x, y, x_val, y_val = (np.array(part) for part in dataclasses.astuple(broken)[:4])
    return Injected("data", (x, y, (x_val, y_val)), name, names, seed)


@dataclass(frozen=True)
class Split:
    """Training and validation examples, their labels, and a pair of test data or None."""

    x: np.ndarray
    y: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray
    test: tuple[np.ndarray, np.ndarray] | None

    @property
    def n_classes(self):
        """The number of classes of the labels, which start at 0."""
        return int(max(self.y.max(), self.y_val.max())) + 1


def _is_possible(fault, data):
    """Return whether a fault can be put into the data."""
    if fault == "validation images augmented":
        return data.x.ndim in (3, 4) and min(data.x.shape[1:3]) > 1
    return fault != "test data used for stopping" or data.test is not None


def _examples(x, y, suffix=""):
    """Return examples and labels as arrays, if they are healthy."""
    x = checks.finite(f"x{suffix}", x)
    if x.dtype.kind != "f" or x.ndim < 2:
        rule = f"x{suffix} must be scaled examples, floats, (n, ...)"
        raise ValueError(f"{rule}. Got {x.dtype} of shape {x.shape} instead.")
    y = checks.finite(f"y{suffix}", y)
    if y.dtype.kind not in "iu" or y.ndim != 1 or y.min() < 0:
        rule = f"y{suffix} must be integer labels of at least 0, (n,)"
        raise ValueError(f"{rule}. Got {y.dtype} of shape {y.shape}, minimum {y.min()} instead.")
    checks.equal_lengths([x], [y], suffix)
    return x, y


def _part(name, part, x):
    """Return examples and labels of validation or test data, if they suit the training data."""
    if not isinstance(part, tuple | list) or len(part) != 2:
        raise ValueError(f"{name} must be a pair of examples and labels. Got {part!r} instead.")
    inputs, labels = _examples(*part, f" of {name}")
    if inputs.shape[1:] != x.shape[1:]:
        rule = f"examples of {name} must have the shape of those of x, {x.shape[1:]}"
        raise ValueError(f"{rule}. Got {inputs.shape[1:]} instead.")
    return inputs, labels


# Each function below returns the arrays of a `Split` that a fault changes, as new arrays.


def _not_scaled(data, rng):
    return {"x": data.x * WHITE, "x_val": data.x_val * WHITE}


def _constant(data, rng):
    mean = data.x.mean()
    return {"x": np.full_like(data.x, mean), "x_val": np.full_like(data.x_val, mean)}


def _with_nan(data, rng):
    n_damaged = max(1, round(WITH_NAN * len(data.x)))
    rows = rng.choice(len(data.x), n_damaged, replace=False)
    flat = data.x.reshape(len(data.x), -1).copy()
    flat[rows, rng.integers(flat.shape[1], size=n_damaged)] = np.nan
    return {"x": flat.reshape(data.x.shape)}


def _out_of_step(data, rng):
    return {"y": rng.permutation(data.y)}


def _out_of_range(data, rng):
    return {"y": data.y + 1, "y_val": data.y_val + 1}


def _one_hot(data, rng):
    identity = np.eye(data.n_classes, dtype=np.float32)
    return {"y": identity[data.y], "y_val": identity[data.y_val]}


def _imbalanced(data, rng):
    """Remove most examples of a random half of the classes, but not the last one of a class."""
    rare = rng.permutation(data.n_classes)[: data.n_classes // 2]
    stays = ~np.isin(data.y, rare) | (rng.random(len(data.y)) < RARE)
    stays[np.unique(data.y, return_index=True)[1]] = True
    return {"x": data.x[stays], "y": data.y[stays]}


def _duplicated(data, rng):
    """Replace validation examples by training examples, exactly or with a little noise."""
    n_duplicates = min(len(data.x), max(1, round(DUPLICATES * len(data.x_val))))
    rows = rng.choice(len(data.x_val), n_duplicates, replace=False)
    sources = rng.choice(len(data.x), n_duplicates, replace=False)
    noise = NEAR * data.x.std() * rng.integers(2)
    x_val = data.x_val.copy()
    y_val = data.y_val.copy()
    x_val[rows] = data.x[sources] + noise * rng.normal(size=data.x[sources].shape)
    y_val[rows] = data.y[sources]
    return {"x_val": x_val, "y_val": y_val}


def _sorted(data, rng):
    order = np.argsort(data.y, kind="stable")
    return {"x": data.x[order], "y": data.y[order]}


def _noisy(data, rng):
    """Change labels to another class, drawn uniformly."""
    rows = rng.choice(len(data.y), max(1, round(NOISY * len(data.y))), replace=False)
    y = data.y.copy()
    y[rows] = (y[rows] + rng.integers(1, data.n_classes, len(rows))) % data.n_classes
    return {"y": y}


def _augmented(data, rng):
    side = min(data.x_val.shape[1:3])
    return {"x_val": random_augment(data.x_val, rng, pad=max(1, side // 7), cutout=side // 4)}


def _scaled_differently(data, rng):
    """Standardize the training inputs alone, or multiply the validation inputs by 255."""
    if rng.integers(2):
        return {"x_val": data.x_val * WHITE}
    return {"x": (data.x - data.x.mean()) / (data.x.std() or 1)}


def _too_few(data, rng):
    """Leave few training examples, at least one of each class."""
    first = np.unique(data.y, return_index=True)[1]
    others = rng.permutation(np.setdiff1d(np.arange(len(data.y)), first))
    rows = rng.permutation(np.concatenate([first, others[: (FEW - 1) * len(first)]]))
    return {"x": data.x[rows], "y": data.y[rows]}


def _test_as_validation(data, rng):
    x_test, y_test = data.test
    return {"x_val": x_test, "y_val": y_test}


FAULTS = {
    "inputs not scaled": _not_scaled,
    "constant inputs": _constant,
    "NaN in inputs": _with_nan,
    "images and labels out of step": _out_of_step,
    "labels out of range": _out_of_range,
    "wrong loss for one-hot labels": _one_hot,
    "class imbalance": _imbalanced,
    "duplicates across splits": _duplicated,
    "sorted batches": _sorted,
    "noisy labels": _noisy,
    "validation images augmented": _augmented,
    "training and validation scaled differently": _scaled_differently,
    "overfitting": _too_few,
    "test data used for stopping": _test_as_validation,
}
"""The faults of data by name, with the functions that inject them."""
