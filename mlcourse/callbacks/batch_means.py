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
        self._every, self._points = every, {}

    def begin_epoch(self, epoch, steps):
        """Notes how many epochs are done, and how many batches the next one has (None: unknown)."""
        self._epoch, self._steps, self._done, self._sums = epoch, steps, 0, {}

    def add(self, batch, logs, model):
        """Notes the logs after a batch, which is counted from 0."""
        done = min(batch + 1, self._steps or 0)
        enough = done - self._done >= self._every or done == self._steps
        if not enough or done <= self._done:
            return
        for name in (name for name in logs if is_loss(name) or name in _means(model)):
            mean, total = float(logs[name]), float(logs[name]) * done
            mean = (total - self._sums.get(name, 0.0)) / (done - self._done)
            self._sums[name] = total
            when = self._epoch + (done + self._done) / 2 / self._steps
            self._points.setdefault(name, []).append((when, mean))
        self._done = done
        if max(map(len, self._points.values()), default=0) > LIMIT:
            self._merge()

    @property
    def curves(self):
        """The curves so far."""
        return {name: np.array(points).T for name, points in self._points.items()}

    def _merge(self):
        """Makes one point of two, and henceforth of twice as many batches."""
        self._every *= 2
        for name, points in self._points.items():
            pairs = np.array(points[: len(points) // 2 * 2]).reshape(-1, 2, 2).mean(axis=1)
            self._points[name] = [*map(tuple, pairs), *points[len(pairs) * 2 :]]


def _means(model):
    """Returns the names of the metrics that are means over examples."""
    metrics = [one for metric in model.metrics for one in getattr(metric, "metrics", [metric])]
    return {metric.name for metric in metrics if isinstance(metric, keras.metrics.Mean)}
