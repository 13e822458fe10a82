"""Sweeps of the learning rate, one after the other, of a model that stays as it is."""

from __future__ import annotations

import keras
import numpy as np
from tqdm import tqdm

from mlcourse import checks, fit_data
from mlcourse.callbacks.learning_rate_finder import LearningRateFinder
from mlcourse.callbacks.scheduled_rate import check_settable
from mlcourse.rate_sweep import RateFinding

PATIENCE = 3  # seconds before there is a bar for the progress


def find_learning_rate(
    model: keras.Model,
    x: np.typing.ArrayLike | dict,
    y: np.typing.ArrayLike | dict,
    low: float = 1e-6,
    high: float = 1.0,
    steps: int = 100,
    *,
    batch_size: int = 32,
    seeds: int = 3,
    scale: str = "exponential",
) -> RateFinding:
    """Sweeps the learning rate of a compiled model, several times, and leaves the model as it was.

    Args:
        model: a compiled Keras model, trained or not.
        x: examples: an array (n, ...), or a list or dict of arrays for a model of several inputs.
        y: targets, likewise.
        low, high, steps, scale: see `LearningRateFinder`.
        batch_size: examples a batch.
        seeds: how many sweeps, each with the examples in an order of its own.

    Returns:
        A `mlcourse.rate_sweep.RateFinding`; `plot_learning_rate_finder` draws it.

    Raises:
        ValueError: for a setting that cannot be, x and y that are no arrays of one length, or an
            optimizer that has been built with a schedule.

    Example:
        >>> finding = find_learning_rate(model, x, y, 1e-5, 1)  # doctest: +SKIP
        >>> finding.suggestions["steepest"]  # doctest: +SKIP
        (0.036, 0.036, 0.038)
    """
    seeds = checks.integer("seeds", seeds, 1)
    batch_size = checks.integer("batch_size", batch_size, 1)
    check_settable(model, "find_learning_rate")
    finder, sweeps = LearningRateFinder(low, high, steps, scale), []
    batches = steps * model.steps_per_execution
    orders = [_Shuffled(x, y, batch_size, batches, seed) for seed in range(seeds)]
    fit_data.check(model, *orders[0]._parts)
    if not model.built:
        model(orders[0][0][0])
    history = getattr(model, "history", None)
    try:
        for shuffled in tqdm(orders, "Sweeping learning rates", leave=False, delay=PATIENCE):
            model.fit(shuffled, verbose=0, shuffle=False, callbacks=[finder])
            sweeps.append(finder.sweep)
    finally:
        finder.restore()
        model.history = history
    return RateFinding(tuple(sweeps))


class _Shuffled(keras.utils.PyDataset):
    """So many batches of examples in random order, as often over as it takes."""

    def __init__(self, x, y, batch_size, batches, seed):
        super().__init__()
        self._parts, self._batches = (_arrays("x", x), _arrays("y", y)), batches
        arrays = list(map(keras.tree.flatten, self._parts))
        checks.equally_many(*arrays)
        rng, count = np.random.default_rng(seed), len(arrays[0][0])
        rounds = -(-batches * batch_size // count)
        order = np.concatenate([rng.permutation(count) for _ in range(rounds)])
        self._order = order[: batches * batch_size].reshape(batches, batch_size)

    def __len__(self):
        return self._batches

    def __getitem__(self, batch):
        return keras.tree.map_structure(lambda part: part[self._order[batch]], self._parts)


def _arrays(name, part):
    """Returns an array of examples as it is; of a list or dict of arrays a tuple or dict."""
    if isinstance(part, dict):
        return {key: _arrays(name, value) for key, value in part.items()}
    if isinstance(part, list | tuple) and all(getattr(one, "shape", ()) for one in part):
        return tuple(_arrays(name, one) for one in part)
    array = checks.array(name, part)
    if array.ndim == 0 or array.dtype.kind in "OUS":
        rule = f"{name} must be arrays of examples"
        raise ValueError(f"{rule}. Got {type(part).__name__} instead.")
    return array
