"""Progress of a fit in numbers, means over batches, and what old notebooks read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import keras
import numpy as np

from mlcourse.history import is_loss

if TYPE_CHECKING:
    from mlcourse.history import History


class Progress:
    """Counts a fit's epochs and batches, and the time that they take.

    Args:
        done: epochs that are done before the fit begins.

    Attributes:
        done: epochs that are done.
        note: a word on how the fit fares, such as "paused".
        running: whether the fit goes on.
    """

    def __init__(self, done=0):
        self.done, self.note, self.running, self.has_begun = done, "", False, False
        self._first, self._offset, self._planned, self._steps, self._batch = done, 0, 0, None, None
        self._started = time.perf_counter()

    def begin_epoch(self, epoch, params):
        """Notes the epoch that begins, as Keras counts it; the first one says where it all begins.

        A fit whose epochs are counted from less than those that are done goes on from there.
        """
        if not self.has_begun:
            self._offset = max(self.done - epoch, 0)
            self._first = self.done = epoch + self._offset
            self.has_begun = True
        self._planned, self._steps = params.get("epochs") or 0, params.get("steps")

    def plan(self, epochs):
        """Notes how many epochs there are to be, before the first one; None for unknown."""
        self._planned = epochs or 0

    def begin_batch(self, batch):
        """Notes the batch that begins, counted from 0."""
        self._batch = batch

    def end_epoch(self, epoch):
        """Notes that an epoch is done, and returns its number, counted from 1."""
        self.done, self._batch = self.number(epoch), None
        return self.done

    def number(self, epoch):
        """Returns the number of an epoch, counted from 1 over all fits."""
        return epoch + self._offset + 1

    def leave_out(self, seconds):
        """Does not count this time, in which the fit stood still."""
        self._started += seconds

    @property
    def planned(self):
        """How many epochs there are to be, in all; those that are done if it is unknown."""
        return self._planned + self._offset if self._planned else self.done

    @property
    def share(self):
        """The share of the fit that is done, while it runs; 0 before and after."""
        planned = self.planned - self._first
        return self._epochs() / planned if self.running and self._planned and planned else 0.0

    def words(self):
        """Returns the epoch, and how much of it is done."""
        total = f" of {self.planned}" if self._planned or not self.running else ""
        if not self.running or (self._batch is None and self.done > self._first):
            return f"epoch {self.done}{total}"
        known = self._share_of_epoch() or not self._batch
        part = f"{self._share_of_epoch():.0%}" if known else f"batch {self._batch}"
        return f"epoch {self.done + 1}{total}, {part}"

    def time_left(self):
        """Returns how long the rest will take, in words; "" if that cannot be told yet."""
        done = self._epochs()
        if not self.running or not self._planned or done <= 0.2:
            return ""
        each = (time.perf_counter() - self._started) / done
        left = (self.planned - self._first - done) * each
        if left >= 120:
            return f"{left / 60:.0f} min left"
        return f"{left:.0f} s left" if left >= 1 else ""

    def _share_of_epoch(self):
        """How much of the epoch is done: 0 where nobody knows how many batches it has."""
        return min(self._batch / self._steps, 1) if self._batch and self._steps else 0.0

    def _epochs(self):
        """How many epochs this fit has done."""
        return self.done - self._first + self._share_of_epoch()


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


KINDS = "", "binary_", "categorical_", "sparse_categorical_"
NAMES = "acc", *(f"{kind}accuracy" for kind in KINDS)


class CourseAttributes:
    """Values by epoch under the names of old course notebooks, read from `epoch_history`.

    Attributes:
        losses, val_losses: training and validation loss.
        acc, val_acc: training and validation accuracy, whichever of Keras's accuracies is logged;
            empty without one.
        logs: a dict of names to values for each epoch.
        max_acc: best validation accuracy; 0.0 before the first.

    Example:
        >>> from mlcourse.callbacks import TrainingPlot
        >>> with TrainingPlot() as plot:
        ...     plot.log(0, loss=0.5, accuracy=0.8, val_loss=0.6, val_accuracy=0.7)
        >>> plot.losses, plot.acc, plot.max_acc
        ([0.5], [0.8], 0.7)
    """

    epoch_history: History

    @property
    def losses(self) -> list:
        """Training loss by epoch."""
        return self.epoch_history.history.get("loss", [])

    @property
    def val_losses(self) -> list:
        """Validation loss by epoch."""
        return self.epoch_history.history.get("val_loss", [])

    @property
    def acc(self) -> list:
        """Training accuracy by epoch."""
        return self._accuracy("")

    @property
    def val_acc(self) -> list:
        """Validation accuracy by epoch."""
        return self._accuracy("val_")

    @property
    def logs(self) -> list[dict]:
        """Values by name, for each epoch."""
        return [values for _, values in self.epoch_history.rows()]

    @property
    def max_acc(self) -> float:
        """Best validation accuracy; 0.0 before the first."""
        return float(np.nanmax([0.0, *self.val_acc]))

    def _accuracy(self, prefix):
        """Return the values of the accuracy in the history, an empty list without one."""
        history = self.epoch_history.history
        return next((history[prefix + name] for name in NAMES if prefix + name in history), [])
