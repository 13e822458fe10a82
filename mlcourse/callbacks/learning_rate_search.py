"""Learning-rate range tests, one after the other, of a model that stays as it is."""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Iterator

import keras
import numpy as np
from tqdm import tqdm

from mlcourse._core import checks
from mlcourse.callbacks.learning_rate_finder import LearningRateFinder, LearningRateFinderResult
from mlcourse.callbacks.schedules import check_settable
from mlcourse.models import fit_data

PATIENCE = 3  # seconds before there is a bar for the progress


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
    """Sweep the learning rate of a compiled model several times, and leave the model unchanged.

    Weights, optimizer, metrics and the random generators of the model, of Python and of NumPy have
    the same state as before, also after an error or an interrupt.

    Args:
        model: a compiled Keras model, trained or not.
        x: examples: an array (n, ...), numbers or text; a list or dict of arrays for a model of
            several inputs; or a dataset of batches, with targets and weights, that `model.fit`
            takes: `keras.utils.PyDataset`, `tf.data.Dataset`, a generator. A dataset with fewer
            batches than the sweep is read again; a generator must yield `steps` batches.
        y: targets, likewise; None for a model that is trained on x alone, or if x is a dataset.
        low, high, steps, scale: see `LearningRateFinder`.
        batch_size: examples per batch; a dataset has its own.
        seeds: number of sweeps. Arrays, and the batches of a generator, have another order in
            each; another dataset has its own order.
        class_weight: dict of classes to weights, as `model.fit` takes it.
        sample_weight: weights of the examples, (n,), or as `model.fit` takes them.

    Returns:
        A `mlcourse.callbacks.LearningRateFinderResult`; `plot_learning_rate_finder` draws it.

    Raises:
        ValueError: for an invalid setting, arrays of different lengths, a generator with too few
            batches, an optimizer with a schedule, or a model whose logs have no "loss".

    Example:
        >>> finding = find_learning_rate(model, x, y, 1e-5, 1)  # doctest: +SKIP
        >>> finding.suggestions["steepest"]  # doctest: +SKIP
        (0.036, 0.036, 0.038)
    """
    seeds = checks.integer("seeds", seeds, 1)
    batch_size = checks.integer("batch_size", batch_size, 1)
    check_settable(model, "find_learning_rate")
    _check_targets(model, x, y)
    finder, sweeps = LearningRateFinder(low, high, steps, scale), []
    n_batches = steps * model.steps_per_execution
    data = _fit_data(model, x, y, sample_weight, n_batches, batch_size)
    history = getattr(model, "history", None)
    with _same_random_state():
        _build(model, data(0)["x"])
        try:
            for seed in tqdm(range(seeds), "Sweeping learning rates", leave=False, delay=PATIENCE):
                options = {"epochs": n_batches, "class_weight": class_weight, "shuffle": False}
                model.fit(**data(seed), **options, verbose=0, callbacks=[finder])
                sweeps.append(finder.sweep)
        finally:
            finder.restore()
            model.history = history
    return LearningRateFinderResult(tuple(sweeps))


def _fit_data(model, x, y, sample_weight, n_batches, batch_size):
    """Return a function of a seed that returns the arguments of `model.fit` that hold the data."""
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
            rule = f"{name} must be None if x is a dataset, which has its own"
            raise ValueError(f"{rule}. Got {type(part).__name__} instead.")
    if checks.is_dataset(x):
        endless = x.repeat() if hasattr(x, "repeat") else x
        return lambda seed: {"x": endless}
    batches = list(itertools.islice(x, n_batches))
    if len(batches) < n_batches:
        rule = f"x must be a dataset, or a generator that yields {n_batches} batches"
        raise ValueError(f"{rule}. Got a generator of {len(batches)} instead.")
    return lambda seed: {"x": _Batches(batches, seed)}


def _shuffled(parts, n_batches, batch_size, seed):
    """Return arrays with the rows of as many batches, drawn in random order, epoch by epoch."""
    rng, count = np.random.default_rng(seed), len(keras.tree.flatten(parts)[0])
    n_rows = n_batches * batch_size
    n_epochs = -(-n_rows // count)
    order = np.concatenate([rng.permutation(count) for _ in range(n_epochs)])[:n_rows]
    rows = keras.tree.map_structure(lambda part: _readable(part[order]), parts)
    return {**rows, "batch_size": batch_size}


class _Batches(keras.utils.PyDataset):
    """Batches that a generator has yielded, in random order."""

    def __init__(self, batches, seed):
        super().__init__()
        self._batches = batches
        self._order = np.random.default_rng(seed).permutation(len(batches))

    def __len__(self):
        return len(self._order)

    def __getitem__(self, place):
        batch = self._batches[self._order[place]]
        batch = tuple(batch) if isinstance(batch, list | tuple) else (batch,)
        return keras.tree.map_structure(_readable, batch)


def _build(model, x):
    """Check the shape of examples, and give a model its weights if it has none yet."""
    examples = _first_examples(x) if checks.is_dataset(x) else x
    checks.input_shape(model, examples)
    is_text = any(map(_holds_text, keras.tree.flatten(examples)))
    dtypes = {one.dtype for one in getattr(model, "inputs", None) or ()}
    if is_text and dtypes and "string" not in dtypes:
        rule = f"x must be numbers, as the model takes {', '.join(dtypes)}"
        raise ValueError(f"{rule}. Got text instead.")
    if not model.built:
        model(keras.tree.map_structure(lambda array: array[:1], examples))


def _first_examples(dataset):
    """Return the examples of a dataset's first batch."""
    try:
        batch = dataset[0] if hasattr(dataset, "__getitem__") else next(iter(dataset))
    except (IndexError, StopIteration):
        raise ValueError("x must have at least one batch. Got none instead.") from None
    return batch[0] if isinstance(batch, list | tuple) else batch


def _check_targets(model, x, y):
    """Raise ValueError if a model whose loss compares outputs with targets gets none."""
    names = "train_step", "compute_loss"
    is_usual = all(getattr(type(model), name) is getattr(keras.Model, name) for name in names)
    if y is None and is_usual and getattr(model, "loss", None) and not _has_batches(x):
        rule = "y must be arrays of targets, as the model is compiled with a loss"
        raise ValueError(f"{rule}. Got None instead.")


def _has_batches(x):
    """Return whether x is a dataset or a generator."""
    return checks.is_dataset(x) or hasattr(x, "__next__")


def _readable(array):
    """Return an array as Keras reads it: text as a tensor."""
    return keras.ops.convert_to_tensor(array, dtype="string") if _is_text(array) else array


def _is_text(array):
    return isinstance(array, np.ndarray) and array.dtype.kind in "US"


def _holds_text(tensor):
    return keras.backend.standardize_dtype(tensor.dtype) == "string"


@contextlib.contextmanager
def _same_random_state() -> Iterator[None]:
    """Give the random generators of Python and NumPy their state back at the end."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002


def _arrays(name, part):
    """Return an array of examples; for a list or dict of arrays a tuple or dict of them."""
    if isinstance(part, dict):
        return {key: _arrays(name, value) for key, value in part.items()}
    if isinstance(part, list | tuple) and part and all(getattr(one, "shape", ()) for one in part):
        return tuple(_arrays(name, one) for one in part)
    array = checks.array(name, part)
    if array.dtype == object and array.size and all(isinstance(one, str) for one in array.flat):
        array = array.astype(str)
    if array.ndim == 0 or array.dtype == object or (_is_text(array) and name != "x"):
        rule = f"{name} must be arrays of examples, or a dataset"
        raise ValueError(f"{rule}. Got {type(part).__name__} instead.")
    return array
