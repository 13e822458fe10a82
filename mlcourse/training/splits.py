"""Splits, seeds, images as numbers, and the parts of the data that a search takes."""

from __future__ import annotations

import math

import keras
import numpy as np

from mlcourse._core import checks
from mlcourse.models import fit_data


def set_seed(seed: int = 0) -> None:
    """Seeds Python, NumPy and the Keras backend.

    Args:
        seed: a whole number from 0 to 4294967295.

    Example:
        >>> set_seed(1)
        >>> first = np.random.rand()
        >>> set_seed(1)
        >>> np.random.rand() == first
        True
    """
    keras.utils.set_random_seed(checks.seed(seed))


def callback_list(callbacks):
    """Returns callbacks as a list, if they are Keras's: none, one, or a list of them."""
    found = [] if callbacks is None else keras.tree.flatten(callbacks)
    for one in found:
        if not isinstance(one, keras.callbacks.Callback):
            raise ValueError(f"callbacks must be a list of Keras callbacks. Got {one!r} in it.")
    return found


def train_validation_split(
    x: np.typing.ArrayLike, y: np.typing.ArrayLike, validation: float = 10_000, seed: int = 0
) -> list[np.ndarray]:
    """Split examples into x_train, x_validation, y_train, y_validation.

    The order is that of scikit-learn's `train_test_split`. The parts are shuffled and do not
    overlap; each class is the same fraction of both.

    Args:
        x: examples, (n, ...).
        y: their labels, (n,) or (n, 1): integers or names. The parts have the same shape.
        validation: how many examples to hold out, or their share if below 1.
        seed: the same seed gives the same split.

    Raises:
        ValueError: if the lengths differ, or a part would not hold every class.

    >>> x_train, x_validation, *_ = train_validation_split(np.arange(100), np.arange(100) % 2, 20)
    >>> len(x_train), len(x_validation), len(np.intersect1d(x_train, x_validation))
    (80, 20, 0)
    """
    from sklearn.model_selection import train_test_split

    x, y = checks.array("x", x), checks.array("y", y)
    labels = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if labels.ndim != 1 or y.dtype.kind not in "biufUS" or np.any(y != y):
        what = f"{y.dtype} of shape {y.shape}"
        raise ValueError(f"y must hold one class an example, none missing. Got {what} instead.")
    if x.ndim == 0:
        raise ValueError(f"x must hold one example a class. Got {x!r} instead.")
    checks.same_length("x", x, "y", y)
    seed = checks.seed(seed)
    size = checks.number("validation", validation, 0)
    size = round(size * len(y)) if size < 1 else checks.integer("validation", validation, 1)
    try:
        parts = train_test_split(x, y, test_size=size, stratify=labels, random_state=seed)
    except ValueError:  # its rules are ours; its words are about test_size
        parts = None
    if parts is None or any(len(np.unique(part)) < len(np.unique(y)) for part in parts[2:]):
        rule = "validation must leave an example of each class in both parts"
        raise ValueError(f"{rule} of {len(y):,} examples. Got {validation!r} instead.")
    return parts


def prepare_images(x: np.typing.ArrayLike, flatten: bool = False) -> np.ndarray:
    """Returns pictures as float32 in [0, 1].

    Args:
        x: uint8 pictures, (n, height, width) or (n, height, width, channels).
        flatten: whether each picture becomes one row of numbers.

    Raises:
        ValueError: if the pictures are not uint8, or not a batch.

    >>> prepare_images(np.full((2, 28, 28), 255, np.uint8), flatten=True).shape
    (2, 784)
    """
    x, flatten = checks.array("x", x), checks.flag("flatten", flatten)
    if x.dtype != np.uint8 or x.ndim not in (3, 4):
        raise ValueError(
            "x must be uint8 pictures of shape (n, height, width) or (n, height, width, channels). "
            f"Got {x.dtype} of shape {x.shape} instead."
        )
    x = x.astype(np.float32) / np.float32(255)
    return x.reshape(len(x), math.prod(x.shape[1:])) if flatten else x


def check(data, needed, allowed=(), for_fit=False):
    """Returns the data, in the order of its parts' names here, if it is what it must be.

    It must have the parts that are needed, and each must be a pair of one length.

    Args:
        data: a dict such as {"train": (x, y), "validation": (x, y)}; x and y as `model.fit` takes
            them: arrays, or lists and dicts of arrays.
        needed: names of the parts that there must be.
        allowed: names of those that there may be besides.
        for_fit: whether a part may also have sample weights, or be a dataset of batches.

    Raises:
        ValueError: for anything else.
    """
    known = [*needed, *allowed]
    rule = f"data must be a dict of {', '.join(needed)}, each a pair (x, y)"
    if not isinstance(data, dict):
        raise ValueError(f"{rule}. Got {type(data).__name__} instead.")
    for name in data:
        checks.choice("each part of data", name, known)
    for name in needed:
        if name not in data:
            raise ValueError(f"{rule}. Got {', '.join(data) or 'none'} instead.")
    for name, part in data.items():
        if for_fit and hasattr(part, "__next__"):
            rule = f"{name} in data must be re-iterable, for example arrays"
            raise ValueError(f"{rule}. Got a {type(part).__name__} instead.")
        if for_fit and is_batches(part):
            continue
        if not isinstance(part, tuple | list) or len(part) not in ((2, 3) if for_fit else (2,)):
            pair = "a pair (x, y)"
            if for_fit:
                pair += ", with sample weights (x, y, sample_weight), or a dataset"
            raise ValueError(f"{name} in data must be {pair}. Got {_kind(part)} instead.")
        _check_lengths(name, *part)
    return {name: data[name] for name in known if name in data}


def compiled(model):
    """Returns what a function `build` gave, if it is a model that can be trained."""
    if not isinstance(model, keras.Model) or not model.compiled:
        raise ValueError(f"build must return a compiled Keras model. Got {model!r} instead.")
    return model


def logged(model, data):
    """Returns the names of what a model says of its data, of which two examples a part are tried.

    So a part that does not fit the model is found before anything is trained.
    """
    for name, part in data.items():
        if not is_batches(part):
            fit_data.check(model, *part, part=f" of {name}")
    said = [_evaluated(model, *first(part)) for part in data.values()]
    return list(said[0])


def first(part):
    """Returns the first two examples and targets of a part, and their sample weights if any."""
    if is_batches(part):
        batch = next(iter(part), None)
        if batch is None:
            raise ValueError("a dataset must have at least one batch. Got an empty one instead.")
        part = batch if isinstance(batch, tuple | list) else (batch,)
    return [keras.tree.map_structure(lambda array: array[:2], one) for one in part]


def is_batches(part):
    """Whether a part is a dataset of batches, or another re-iterable object that gives them."""
    is_arrays = isinstance(part, tuple | list | dict | str | bytes) or hasattr(part, "shape")
    return checks.is_dataset(part) or (hasattr(part, "__iter__") and not is_arrays)


def fit_arguments(data):
    """Returns the arguments of `model.fit` for the parts "train" and "validation"."""
    train, validation = data["train"], data["validation"]
    if is_batches(validation):
        options = {"validation_data": _dataset(validation)}
    else:
        options = {"validation_data": tuple(validation)}
    if is_batches(train):
        dataset = _dataset(train)
        if not isinstance(dataset, keras.utils.PyDataset):  # others shuffle by themselves, or not
            options["shuffle"] = False
        return {"x": dataset, **options}
    return dict(zip(("x", "y", "sample_weight"), train, strict=False)) | options


class _Batches(keras.utils.PyDataset):
    """The batches of a re-iterable object, from a new iterator in each epoch."""

    def __init__(self, source):
        super().__init__()
        self._source, self._iterator = source, iter(())
        self._count = sum(1 for _ in source)

    def __len__(self):
        return self._count

    def __getitem__(self, index):
        """Returns the next batch: their order is that of the source, whatever the index."""
        try:
            return next(self._iterator)
        except StopIteration:
            self._iterator = iter(self._source)
            return next(self._iterator)


def _dataset(part):
    return part if checks.is_dataset(part) else _Batches(part)


def _evaluated(model, x, y=None, sample_weight=None):
    return model.evaluate(x, y, sample_weight=sample_weight, return_dict=True, verbose=0)


def _check_lengths(name, x, y, sample_weight=None):
    lists = {"x": keras.tree.flatten(x), "y": keras.tree.flatten(y)}
    given = {"x": x, "y": y, "sample_weight": sample_weight}
    if sample_weight is not None:
        lists["sample_weight"] = keras.tree.flatten(sample_weight)
    for which, arrays in lists.items():
        if not arrays or not all(getattr(array, "shape", ()) for array in arrays):
            rule = f"{which} of {name} must be an array with an example a row, or some of them"
            raise ValueError(f"{rule}. Got {_kind(given[which])} instead.")
        for array in arrays:
            checks.same_length(f"x of {name}", lists["x"][0], f"{which} of {name}", array)
    checks.integer(f"the number of examples of {name}", len(lists["x"][0]), 1)


def _kind(value):
    return f"{type(value).__name__} of {len(value)}" if hasattr(value, "__len__") else repr(value)
