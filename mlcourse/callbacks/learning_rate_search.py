"""Search for a learning rate: several range tests of a model, which stays unchanged."""

from __future__ import annotations

import contextlib
import itertools
import math
import random
from collections.abc import Iterator

import keras
import numpy as np
from tqdm import tqdm

from mlcourse._core import checks
from mlcourse.callbacks.learning_rate_finder import LearningRateFinder, LearningRateFinderResult
from mlcourse.callbacks.schedules import check_settable
from mlcourse.models import fit_data

PROGRESS_BAR_DELAY = 3  # seconds


def find_learning_rate(
    model: keras.Model,
    x: np.typing.ArrayLike | dict | object,
    y: np.typing.ArrayLike | dict | None = None,
    low: float = 1e-6,
    high: float = 1.0,
    steps: int = 100,
    *,
    batch_size: int = 32,
    seeds: int = 3,
    scale: str = "exponential",
    class_weight: dict[int, float] | None = None,
    sample_weight: np.typing.ArrayLike | dict | None = None,
) -> LearningRateFinderResult:
    """Run several learning rate range tests of a compiled model, and leave the model unchanged.

    Weights, optimizer, metrics, and the random states of the model, of Python and of NumPy are
    restored, also after an error or an interrupt.

    Args:
        model: a compiled Keras model, trained or not.
        x: examples: an array of numbers or strings, (n, ...); a list or dict of arrays for a model
            with several inputs; or a dataset of batches with targets and weights, as `model.fit`
            takes it: `keras.utils.PyDataset`, `tf.data.Dataset`, a generator. A dataset with too
            few batches is repeated; a generator must yield `steps` batches.
        y: targets of the same form; None for a model without targets, or if x is a dataset.
        low: first learning rate.
        high: last learning rate.
        steps: number of learning rates.
        batch_size: examples per batch; a dataset has its own.
        seeds: number of range tests. Arrays, and the batches of a generator, are shuffled for each;
            another dataset has its own order.
        scale: "exponential" for equal ratios of learning rates, "linear" for equal differences.
        class_weight: dict of integer labels to weights, as in `model.fit`.
        sample_weight: weights of the examples, (n,), or as in `model.fit`.

    Returns:
        A `mlcourse.callbacks.LearningRateFinderResult`, which `plot_learning_rate_finder` plots.

    Raises:
        ValueError: if an argument is invalid, if arrays differ in length, if a generator has too
            few batches, if the optimizer has a schedule, or if the model logs no "loss".

    Example:
        >>> result = find_learning_rate(model, x, y, 1e-5, 1)  # doctest: +SKIP
        >>> result.suggestions["steepest"]  # doctest: +SKIP
        (0.036, 0.036, 0.038)
    """
    seeds = checks.integer("seeds", seeds, 1)
    batch_size = checks.integer("batch_size", batch_size, 1)
    check_settable(model, "find_learning_rate")
    _check_targets(model, x, y)
    finder = LearningRateFinder(low, high, steps, scale)
    sweeps = []
    n_batches = steps * model.steps_per_execution
    fit_arguments = _fit_arguments(model, x, y, sample_weight, n_batches, batch_size)
    history = getattr(model, "history", None)
    with restored_random_state():
        _build(model, fit_arguments(0)["x"])
        try:
            bar = {"desc": "Sweeping learning rates", "leave": False, "delay": PROGRESS_BAR_DELAY}
            for seed in tqdm(range(seeds), **bar):
                options = {"epochs": n_batches, "class_weight": class_weight, "shuffle": False}
                model.fit(**fit_arguments(seed), **options, verbose=0, callbacks=[finder])
                sweeps.append(finder.sweep)
        finally:
            finder.restore()
            model.history = history
    return LearningRateFinderResult(tuple(sweeps))


def _fit_arguments(model, x, y, sample_weight, n_batches, batch_size):
    """Return a function of a seed that returns the data arguments of `model.fit`."""
    if not _has_batches(x):
        parts = {"x": _arrays("x", x)}
        for name, part in (("y", y), ("sample_weight", sample_weight)):
            if part is not None:
                parts[name] = _arrays(name, part)
        arrays = keras.tree.flatten(parts)
        checks.equal_lengths(arrays, arrays)
        fit_data.check(model, **parts)
        return lambda seed: _shuffled(parts, n_batches, batch_size, seed)
    for name, part in (("y", y), ("sample_weight", sample_weight)):
        if part is not None:
            rule = f"{name} must be None if x is a dataset"
            raise ValueError(f"{rule}. Got {type(part).__name__} instead.")
    if checks.is_dataset(x):
        endless = x.repeat() if hasattr(x, "repeat") else x
        return lambda seed: {"x": endless}
    batches = list(itertools.islice(x, n_batches))
    if len(batches) < n_batches:
        rule = f"x must be a dataset, or a generator that yields {n_batches} batches"
        raise ValueError(f"{rule}. Got a generator of {len(batches)} instead.")
    return lambda seed: {"x": _ShuffledBatches(batches, seed)}


def _shuffled(parts, n_batches, batch_size, seed):
    """Return the data arguments of `model.fit`, with shuffled rows for a number of batches.

    Args:
        parts: dict of "x", and optionally "y" and "sample_weight", to arrays.
        n_batches: number of batches; each epoch has another order of the rows.
        batch_size: examples per batch.
        seed: seed of the order.
    """
    rng = np.random.default_rng(seed)
    n_examples = len(keras.tree.flatten(parts)[0])
    n_rows = n_batches * batch_size
    n_epochs = math.ceil(n_rows / n_examples)
    order = np.concatenate([rng.permutation(n_examples) for _ in range(n_epochs)])[:n_rows]
    rows = keras.tree.map_structure(lambda part: _text_as_tensor(part[order]), parts)
    return {**rows, "batch_size": batch_size}


class _ShuffledBatches(keras.utils.PyDataset):
    """Shuffled batches of a generator."""

    def __init__(self, batches, seed):
        super().__init__()
        self._batches = batches
        self._order = np.random.default_rng(seed).permutation(len(batches))

    def __len__(self):
        return len(self._order)

    def __getitem__(self, index):
        batch = self._batches[self._order[index]]
        batch = tuple(batch) if isinstance(batch, list | tuple) else (batch,)
        return keras.tree.map_structure(_text_as_tensor, batch)


def _build(model, x):
    """Check the input shape, and build a model that is not built yet."""
    examples = _first_examples(x) if checks.is_dataset(x) else x
    checks.input_shape(model, examples)
    for part in keras.tree.flatten(examples):
        fit_data.refuse_text_input("x", part, model)
    if not model.built:
        model(keras.tree.map_structure(lambda array: array[:1], examples))


def _first_examples(dataset):
    """Return the inputs in a dataset's first batch."""
    try:
        batch = dataset[0] if hasattr(dataset, "__getitem__") else next(iter(dataset))
    except (IndexError, StopIteration):
        raise ValueError("x must have at least one batch. Got none instead.") from None
    return batch[0] if isinstance(batch, list | tuple) else batch


def _check_targets(model, x, y):
    """Raise ValueError if y is None for a model with a loss on targets."""
    names = "train_step", "compute_loss"
    is_default = all(getattr(type(model), name) is getattr(keras.Model, name) for name in names)
    if y is None and is_default and getattr(model, "loss", None) and not _has_batches(x):
        rule = "y must be arrays of targets, as the model is compiled with a loss"
        raise ValueError(f"{rule}. Got None instead.")


def _has_batches(x):
    """Return whether x is a dataset or a generator of batches."""
    return checks.is_dataset(x) or hasattr(x, "__next__")


def _text_as_tensor(array):
    """Return an array of strings as a tensor, which Keras requires; return other arrays as is."""
    return keras.ops.convert_to_tensor(array, dtype="string") if _is_text(array) else array


def _is_text(array):
    return isinstance(array, np.ndarray) and array.dtype.kind in "US"


@contextlib.contextmanager
def restored_random_state() -> Iterator[None]:
    """Restore the states of Python's and NumPy's random generators after a `with` block."""
    python_state = random.getstate()
    numpy_state = np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002


def _arrays(name, part):
    """Return an array of examples; return a list or a dict of arrays as a tuple or a dict."""
    if isinstance(part, dict):
        return {key: _arrays(name, value) for key, value in part.items()}
    is_sequence = isinstance(part, list | tuple) and len(part) > 0
    if is_sequence and all(getattr(item, "shape", ()) for item in part):
        return tuple(_arrays(name, item) for item in part)
    array = checks.array(name, part)
    if array.dtype == object and array.size and all(isinstance(item, str) for item in array.flat):
        array = array.astype(str)
    if array.ndim == 0 or array.dtype == object or (_is_text(array) and name != "x"):
        rule = f"{name} must be arrays of examples, or a dataset"
        raise ValueError(f"{rule}. Got {type(part).__name__} instead.")
    return array
