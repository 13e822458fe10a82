"""The learning-rate range test: which rates make the loss fall, and which make it run away."""

import keras
import numpy as np
from tqdm import tqdm

from mlcourse import checks
from mlcourse.callbacks.scheduled_rate import check_settable
from mlcourse.rate_sweep import RateFinding, RateSweep

SCALES = {"exponential": np.geomspace, "linear": np.linspace}
MEMORY = 0.8  # of the running mean by which divergence is noticed
FIRST = 10  # batches whose losses are taken for granted
PATIENCE = 3  # seconds before there is a bar for the progress
RISE = 4  # times its lowest: a loss that is higher has run away


class LearningRateFinder(keras.callbacks.Callback):
    """Raises the learning rate from batch to batch, and notes each batch's loss and metrics.

    The fit ends after `steps` batches, or when the loss has run away. Then the model has the
    weights, the optimizer the state and the rate that they had before. Smith, 2017.

    A fit that is interrupted has no end: call `restore` then. `find_learning_rate` does so by
    itself. Where the model is compiled with `steps_per_execution`, that many batches share a rate
    and count as one step.

    Args:
        low, high: the first and the last rate.
        steps: how many rates there are.
        scale: "exponential" for equal factors between them, "linear" for equal differences.

    Attributes:
        sweep: the `mlcourse.rate_sweep.RateSweep` of the latest fit.

    Example:
        >>> finder = LearningRateFinder(1e-5, 1, steps=100)
        >>> model.fit(x, y, epochs=5, callbacks=[finder])  # doctest: +SKIP
    """

    def __init__(self, low=1e-6, high=1.0, steps=100, scale="exponential"):
        super().__init__()
        low, high = checks.positive("low", low), checks.positive("high", high)
        if low >= high:
            raise ValueError(f"low must be below high. Got {low:g} and {high:g} instead.")
        rates = SCALES[checks.choice("scale", scale, SCALES)]
        self._rates = rates(low, high, checks.integer("steps", steps, 10))
        self._found, self.sweep = None, None

    def on_train_begin(self, logs=None):
        """Keeps what is to be restored."""
        check_settable(self.model, type(self).__name__)
        model = self.model
        if not model.optimizer.built:  # on TensorFlow its first step would do it
            model.optimizer.build(model.trainable_variables)
        variables = [*model.variables, *model.metrics_variables, *model.optimizer.variables]
        self._found = [(variable, _array(variable)) for variable in variables]
        self._losses, self._metrics, self._mean, self._lowest = [], {}, 0.0, np.inf
        self._diverged = False

    def on_train_batch_begin(self, batch, logs=None):
        """Sets the next rate, and makes Keras's running means begin anew with this batch."""
        model = self.model
        model.optimizer.learning_rate = self._rates[len(self._losses)]
        model.reset_metrics()

    def on_train_batch_end(self, batch, logs=None):
        """Notes what the batch says, and ends the fit if it was the last one."""
        logs = dict(logs)
        self._losses.append(logs.pop("loss"))
        for name, value in logs.items():
            self._metrics.setdefault(name, []).append(value)
        self._diverged = self._has_diverged()
        if self._diverged or len(self._losses) == len(self._rates):
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        """Keeps the sweep, and leaves the model as it was found."""
        losses = np.array(self._losses, float)
        metrics = {name: np.array(values, float) for name, values in self._metrics.items()}
        self.sweep = RateSweep(self._rates[: len(losses)], losses, metrics, self._diverged)
        self.restore()

    def restore(self):
        """Gives weights, optimizer, metrics and random generators the state they had before."""
        for variable, value in self._found or []:
            variable.assign(value)
        self._found = None
        self.model.stop_training = False

    def _has_diverged(self):
        """Whether the loss is not finite, or far above its lowest and above all it was at first."""
        if not np.isfinite(self._losses[-1]):
            return True
        count = len(self._losses)
        self._mean = MEMORY * self._mean + (1 - MEMORY) * self._losses[-1]
        mean = self._mean / (1 - MEMORY**count)
        self._lowest = min(self._lowest, mean)
        return mean > max(RISE * self._lowest, *self._losses[:FIRST], 0)


def find_learning_rate(
    model, x, y, low=1e-6, high=1.0, steps=100, *, batch_size=32, seeds=3, scale="exponential"
):
    """Sweeps the learning rate of a compiled model, several times, and leaves the model as it was.

    Args:
        model: a compiled Keras model, trained or not.
        x: examples, an array or a structure of arrays (n, ...).
        y: targets, likewise.
        low, high, steps, scale: see `LearningRateFinder`.
        batch_size: examples a batch.
        seeds: how many sweeps, each with the examples in an order of its own.

    Returns:
        A `mlcourse.rate_sweep.RateFinding`; `plot_learning_rate_finder` draws it.

    Raises:
        ValueError: for a setting that cannot be, x and y of different lengths, or an optimizer that
            has been built with a schedule.
    """
    seeds, batch_size = (
        checks.integer("seeds", seeds, 1),
        checks.integer("batch_size", batch_size, 1),
    )
    check_settable(model, "find_learning_rate")
    finder, sweeps = LearningRateFinder(low, high, steps, scale), []
    history = getattr(model, "history", None)
    batches = steps * model.steps_per_execution
    try:
        for seed in tqdm(range(seeds), "Sweeping learning rates", leave=False, delay=PATIENCE):
            shuffled = _Shuffled(x, y, batch_size, batches, seed)
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
        lengths = {len(part) for part in keras.tree.flatten((x, y))}
        if len(lengths) != 1 or 0 in lengths:
            rule = "x and y must be of one length, at least 1"
            raise ValueError(f"{rule}. Got {sorted(lengths)} instead.")
        rng, count = np.random.default_rng(seed), lengths.pop()
        rounds = -(-batches * batch_size // count)
        order = np.concatenate([rng.permutation(count) for _ in range(rounds)])
        self._parts, self._batches = (x, y), batches
        self._order = order[: batches * batch_size].reshape(batches, batch_size)

    def __len__(self):
        return self._batches

    def __getitem__(self, batch):
        return keras.tree.map_structure(lambda part: part[self._order[batch]], self._parts)


def _array(variable):
    return np.array(keras.ops.convert_to_numpy(variable))
