"""What a fit says within its epochs, as means over every so many batches."""

import keras
import numpy as np

from mlcourse.histories import is_loss

LIMIT = 1000  # points a curve: with more, neighbours are merged


class BatchMeans:
    """Means over every so many batches, taken from Keras's logs: means of the epoch so far.

    With m_k the mean of the first k batches, that of the batches j + 1 to k is
    (k m_k - j m_j) / (k - j): exact for batches of one size. Only what is a mean can be
    taken apart like this: losses, and metrics such as the accuracy.

    Args:
        every: how many batches make one point, at the beginning.

    Attributes:
        curves: a dict of names to pairs of arrays: when, in epochs, and the mean.
    """

    def __init__(self, every):
        self._every, self._parts, self._counted = every, {}, None

    def begin_epoch(self, epoch, steps):
        """Notes how many epochs are done, and how many batches the next one has.

        None stands for unknown: after one epoch it is known, as they have been counted.
        """
        self._epoch, self._steps = epoch, steps or self._counted
        self._done, self._totals = 0, {}

    def add(self, batch, logs, model):
        """Notes the logs after a batch, which is counted from 0."""
        self._counted = batch + 1
        done = min(batch + 1, self._steps or 0)
        enough = done - self._done >= self._every or done == self._steps
        if not enough or done <= self._done:
            return
        begun, ended = (self._epoch + batches / self._steps for batches in (self._done, done))
        for name in filter(_is_mean(model), logs):
            total = float(logs[name]) * done / self._steps
            part = begun, ended, total - self._totals.get(name, 0.0)
            self._parts.setdefault(name, []).append(part)
            self._totals[name] = total
        self._done = done
        if max(map(len, self._parts.values()), default=0) > LIMIT:
            self._every *= 2
            self._parts = {name: _merged(parts) for name, parts in self._parts.items()}

    @property
    def curves(self):
        """The curves so far."""
        found = {}
        for name, parts in self._parts.items():
            begun, ended, total = np.array(parts).T
            found[name] = np.array([(begun + ended) / 2, total / (ended - begun)])
        return found


def _merged(parts):
    """Returns one part for two: from where the first begins to where the second ends."""
    pairs = zip(parts[::2], parts[1::2], strict=False)
    merged = [(begun, ended, one + two) for (begun, _, one), (_, ended, two) in pairs]
    return merged + parts[len(merged) * 2 :]


def _is_mean(model):
    """Returns whether a name is of a loss, or of a metric that is a mean over examples."""
    metrics = [one for metric in model.metrics for one in getattr(metric, "metrics", [metric])]
    own = keras.metrics.Mean.result  # a root of a mean has another
    means = {metric.name for metric in metrics if getattr(type(metric), "result", None) is own}
    # of several outputs, Keras puts the output's name before the metric's
    return lambda name: is_loss(name) or any(f"_{name}".endswith(f"_{mean}") for mean in means)
