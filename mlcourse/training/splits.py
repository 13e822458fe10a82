"""Seeds, data splits, scaled images, and checks of the parts of the data."""

from __future__ import annotations

import math

import keras
import numpy as np

from mlcourse._core import checks
from mlcourse.models import fit_data


def set_seed(seed: int = 0) -> None:
    """Set the random seeds of Python, NumPy and the Keras backend.

    Args:
        seed: an integer from 0 to 4294967295.

    Example:
        >>> set_seed(1)
        >>> first = np.random.rand()
        >>> set_seed(1)
        >>> np.random.rand() == first
        True
    """
    keras.utils.set_random_seed(checks.seed(seed))


def callback_list(callbacks):
    """Return a list of Keras callbacks, from None, one, or a list of them."""
    callbacks = [] if callbacks is None else keras.tree.flatten(callbacks)
    for callback in callbacks:
        if not isinstance(callback, keras.callbacks.Callback):
            rule = "callbacks must be a list of Keras callbacks"
            raise ValueError(f"{rule}. Got {callback!r} in it.")
    return callbacks


def train_validation_split(
    x: np.typing.ArrayLike, y: np.typing.ArrayLike, validation: float = 10_000, seed: int = 0
) -> list[np.ndarray]:
    """Split examples into x_train, x_validation, y_train, y_validation.

    The order is that of scikit-learn's `train_test_split`. The examples are shuffled, and the
    split is stratified: each class is the same fraction of both parts.

    Args:
        x: examples, (n, ...).
        y: labels, integers or names, (n,) or (n, 1). The parts have the same shape.
        validation: number of validation examples, or their fraction if below 1.
        seed: an integer of at least 0.

    Raises:
        ValueError: if the lengths differ, or a part would lack a class.

    >>> x_train, x_validation, *_ = train_validation_split(np.arange(100), np.arange(100) % 2, 20)
    >>> len(x_train), len(x_validation), len(np.intersect1d(x_train, x_validation))
    (80, 20, 0)
    """
    from sklearn.model_selection import train_test_split

    x = checks.array("x", x)
    y = checks.array("y", y)
    labels = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if labels.ndim != 1 or y.dtype.kind not in "biufUS" or np.any(y != y):
        rule = "y must be one label per example, without missing ones"
        raise ValueError(f"{rule}. Got {y.dtype} of shape {y.shape} instead.")
    if x.ndim == 0:
        raise ValueError(f"x must be one example per label. Got {x!r} instead.")
    checks.same_length("x", x, "y", y)
    seed = checks.seed(seed)
    size = checks.number("validation", validation, 0)
    size = round(size * len(y)) if size < 1 else checks.integer("validation", validation, 1)
    try:
        parts = train_test_split(x, y, test_size=size, stratify=labels, random_state=seed)
    except ValueError:  # its message is about test_size
        parts = None
    n_classes = len(np.unique(y))
    if parts is None or any(len(np.unique(part)) < n_classes for part in parts[2:]):
        rule = "validation must leave an example of each class in both parts"
        raise ValueError(f"{rule} of {len(y):,} examples. Got {validation!r} instead.")
    return parts


def prepare_images(x: np.typing.ArrayLike, flatten: bool = False) -> np.ndarray:
    """Return images as float32 in [0, 1].

    Args:
        x: uint8 images, (n, height, width) or (n, height, width, channels).
        flatten: whether to reshape each image to one row.

    Raises:
        ValueError: if the images are not uint8, or not a batch.

    >>> prepare_images(np.full((2, 28, 28), 255, np.uint8), flatten=True).shape
    (2, 784)
    """
    x = checks.array("x", x)
    flatten = checks.flag("flatten", flatten)
    if x.dtype != np.uint8 or x.ndim not in (3, 4):
        raise ValueError(
            "x must be uint8 images of shape (n, height, width) or (n, height, width, channels). "
            f"Got {x.dtype} of shape {x.shape} instead."
        )
    x = x.astype(np.float32) / np.float32(255)
    return x.reshape(len(x), math.prod(x.shape[1:])) if flatten else x


def check(data, required, optional=(), for_fit=False):
    """Return the data with its parts in the order of the names here, after checking them.

    Args:
        data: a dict such as {"train": (x, y), "validation": (x, y)}; x and y as for `model.fit`:
            arrays, or lists and dicts of arrays.
        required: names of the required parts.
        optional: names of other allowed parts.
        for_fit: whether a part may also have sample weights, or be a dataset of batches.

    Raises:
        ValueError: for a missing or unknown part, and for one that is not a pair of equal lengths.
    """
    names = [*required, *optional]
    rule = f"data must be a dict of {', '.join(required)}, each a pair (x, y)"
    if not isinstance(data, dict):
        raise ValueError(f"{rule}. Got {type(data).__name__} instead.")
    for name in data:
        checks.choice("each part of data", name, names)
    if not set(required) <= data.keys():
        raise ValueError(f"{rule}. Got {', '.join(data) or 'none'} instead.")
    for name, part in data.items():
        if not (for_fit and _is_dataset_part(name, part)):
            _check_part(name, part, for_fit)
    return {name: data[name] for name in names if name in data}


def _is_dataset_part(name, part):
    """Return whether a part is a dataset of batches; raise ValueError for a generator."""
    if hasattr(part, "__next__"):
        rule = f"{name} in data must be re-iterable, for example arrays"
        raise ValueError(f"{rule}. Got a {type(part).__name__} instead.")
    return is_batches(part)


def _check_part(name, part, for_fit):
    lengths = (2, 3) if for_fit else (2,)
    if not isinstance(part, tuple | list) or len(part) not in lengths:
        rule = f"{name} in data must be a pair (x, y)"
        if for_fit:
            rule += ", with sample weights (x, y, sample_weight), or a dataset"
        raise ValueError(f"{rule}. Got {_type_and_length(part)} instead.")
    _check_lengths(name, *part)


def check_compiled(model):
    """Return the result of a function `build` if it is a compiled Keras model."""
    if not isinstance(model, keras.Model) or not model.compiled:
        raise ValueError(f"build must return a compiled Keras model. Got {model!r} instead.")
    return model


def logged_names(model, data):
    """Return the names of the loss and the metrics that a model logs.

    The model is evaluated on two examples of each part, so a part that does not fit the model
    raises an error before training.
    """
    for name, part in data.items():
        if not is_batches(part):
            fit_data.check(model, *part, part=f" of {name}")
    logs = [_evaluate(model, *first_examples(part)) for part in data.values()]
    return list(logs[0])


def first_examples(part):
    """Return the first two examples and targets of a part, and their sample weights if any."""
    if is_batches(part):
        batch = next(iter(part), None)
        if batch is None:
            raise ValueError("a dataset must have at least one batch. Got an empty one instead.")
        part = batch if isinstance(batch, tuple | list) else (batch,)
    return [keras.tree.map_structure(lambda array: array[:2], item) for item in part]


def is_batches(part):
    """Return whether a part is a dataset of batches, or another iterable other than arrays."""
    is_arrays = isinstance(part, tuple | list | dict | str | bytes) or hasattr(part, "shape")
    return checks.is_dataset(part) or (hasattr(part, "__iter__") and not is_arrays)


def fit_arguments(data):
    """Return the arguments of `model.fit` for the parts "train" and "validation"."""
    train = data["train"]
    validation = data["validation"]
    is_dataset = is_batches(validation)
    options = {"validation_data": _as_dataset(validation) if is_dataset else tuple(validation)}
    if is_batches(train):
        dataset = _as_dataset(train)
        if not isinstance(dataset, keras.utils.PyDataset):  # Keras shuffles a PyDataset only
            options["shuffle"] = False
        return {"x": dataset, **options}
    return dict(zip(("x", "y", "sample_weight"), train, strict=False)) | options


class _IterableBatches(keras.utils.PyDataset):
    """The batches of a re-iterable object, from a new iterator in each epoch."""

    def __init__(self, source):
        super().__init__()
        self._source = source
        self._iterator = iter(())
        self._length = sum(1 for _ in source)

    def __len__(self):
        return self._length

    def __getitem__(self, index):
        """Return the next batch of the source; its order does not depend on the index."""
        try:
            return next(self._iterator)
        except StopIteration:
            self._iterator = iter(self._source)
            return next(self._iterator)


def _as_dataset(part):
    return part if checks.is_dataset(part) else _IterableBatches(part)


def _evaluate(model, x, y=None, sample_weight=None):
    """Return the logs of a few examples, evaluated eagerly: tracing would take longer."""
    run_eagerly = model.run_eagerly
    model.run_eagerly = True
    try:
        return model.test_on_batch(x, y, sample_weight, return_dict=True)
    finally:
        model.run_eagerly = run_eagerly
        model.reset_metrics()
        model.test_function = None


def _check_lengths(name, x, y, sample_weight=None):
    """Raise ValueError unless all arrays of a part have the same number of examples."""
    values = {"x": x, "y": y}
    if sample_weight is not None:
        values["sample_weight"] = sample_weight
    first = None
    for key, value in values.items():
        arrays = keras.tree.flatten(value)
        if not arrays or not all(getattr(array, "shape", ()) for array in arrays):
            rule = f"{key} of {name} must be an array with one row per example, or several arrays"
            raise ValueError(f"{rule}. Got {_type_and_length(value)} instead.")
        if first is None:
            first = arrays[0]
        for array in arrays:
            checks.same_length(f"x of {name}", first, f"{key} of {name}", array)
    checks.integer(f"the number of examples of {name}", len(first), 1)


def _type_and_length(value):
    return f"{type(value).__name__} of {len(value)}" if hasattr(value, "__len__") else repr(value)
