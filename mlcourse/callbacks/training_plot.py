"""A live plot of a fit."""

import atexit
import sys
import time
import warnings
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np

from mlcourse import checks
from mlcourse.callbacks.batch_means import BatchMeans
from mlcourse.callbacks.live_image import LiveImage
from mlcourse.figures.history import HistoryDisplay, plot_history
from mlcourse.figures.saving import check_format, save_figure
from mlcourse.histories import EpochLog

PLOTTING_SHARE = 0.05  # of the fit's time, at the most


class TrainingPlot(keras.callbacks.Callback):
    """Draws loss and metrics, training and validation, while a network trains.

    In a notebook one picture of constant size is updated in place, outside pyplot,
    and stays in the cell. Frames are left out, so that plotting takes a twentieth of the
    time at most, but never the last one, even of a fit that is interrupted. Elsewhere
    each epoch prints a line. A second fit of the same model goes on with the curves, in a
    picture of its own; one of another model begins anew.

    Args:
        title: the title's first line: say which data, which network.
        metrics: names of the metrics to show beside the loss; None for all.
        log_scale: whether losses are on a logarithmic scale.
        batches: shows within the epochs too the mean of every so many batches, faintly.
        last: shows only so many of the last epochs.
        target: draws a line at this value: of the metrics, or of the loss if there are none.
        compare: earlier fits to draw in grey: a `TrainingPlot`, a `Run`, a history, or a dict of
            names to such.
        path: of a file that the picture is saved to, too; its suffix decides the format.

    Attributes:
        history: a dict of names to values by epoch, as in Keras's own `History`.
        log: the same with the epochs, a `mlcourse.histories.EpochLog`.
        figure: the Figure.

    Raises:
        ValueError: for a setting that cannot be; before anything is trained.

    Example:
        >>> plot = TrainingPlot("Fashion-MNIST")
        >>> model.fit(x, y, validation_data=(x_val, y_val), callbacks=[plot])  # doctest: +SKIP
    """

    def __init__(
        self,
        title="",
        *,
        metrics=None,
        log_scale=False,
        batches=None,
        last=None,
        target=None,
        compare=None,
        path=None,
    ):
        super().__init__()
        self.title = title
        self._batches = batches if batches is None else checks.integer("batches", batches, 1)
        self._options = {
            "metrics": metrics,
            "log_scale": log_scale,
            "last": last,
            "target": target,
            "compare": compare,
        }
        self._begin_anew(None)
        self._path = path if path is None else check_format(self.figure, Path(path))
        if batches is not None:  # only then: for a callback that asks, Keras waits for each batch
            self.on_train_batch_end = self._note_batch

    @property
    def history(self):
        """A dict of names to values by epoch."""
        return self.log.history

    @property
    def figure(self):
        """The Figure."""
        return self._display.figure

    def _begin_anew(self, model):
        self.log, self._fitted = EpochLog(), model
        self._display = HistoryDisplay(**self._options)
        self._means = self._batches and BatchMeans(self._batches)
        self._first_rate, self._rate, self._image = None, None, None
        self._start_clock()

    def _start_clock(self):
        self._first = self._done = self._offset = self.log.last
        self._batch, self._running, self._is_new, self._note = None, False, True, ""
        self._started, self._next_frame = time.perf_counter(), 0.0

    def resume(self, log):
        """Takes over the epochs of a fit that this one goes on with.

        Args:
            log: their `mlcourse.histories.EpochLog`.
        """
        self.log = EpochLog()
        for epoch, values in log.rows():
            self.log.add(epoch, values)
        self._first = self._done = self.log.last

    bears_many_steps = True  # a call of on_train_batch_begin may stand for several batches

    def on_train_begin(self, logs=None):
        """Shows the picture; of another model it is a new one."""
        if self._fitted is not self.model:
            self._begin_anew(self.model)
        self._start_clock()
        self._running = True
        self._image = LiveImage.in_notebook(self._finish)
        if self._path:
            atexit.register(self._finish)

    def on_epoch_begin(self, epoch, logs=None):
        """Notes which epoch begins; `initial_epoch` may have set the first one."""
        if self._is_new:
            self._offset = max(self.log.last - epoch, 0)
            self._first = self._done = epoch + self._offset
            self._is_new = False
            self._draw()
        if self._means:
            self._means.begin_epoch(epoch + self._offset, (self.params or {}).get("steps"))

    def on_train_batch_begin(self, batch, logs=None):
        """Draws how far the epoch is, if a frame is due. Looking at no logs, it delays no batch."""
        self._batch = batch
        self._draw_if_due()

    def _note_batch(self, batch, logs=None):
        self._means.add(batch, logs or {}, self.model)

    def on_epoch_end(self, epoch, logs=None):
        """Adds the epoch's values, and draws them if a frame is due."""
        self._done, self._batch = epoch + self._offset + 1, None
        self.log.add(self._done, logs or {})
        self._rate = learning_rate(self.model)
        if self._first_rate is None:
            self._first_rate = self._rate
            self._check_metrics()
        if self._image is None:
            print(self.status(), file=sys.stderr)
        self._draw_if_due()

    def on_train_end(self, logs=None):
        """Draws the last frame."""
        self._finish()

    @contextmanager
    def standstill(self):
        """While the fit stands still: says so, and does not count the time."""
        start, self._note = time.perf_counter(), "paused"
        self._draw()
        yield
        self._note, self._started = "", self._started + time.perf_counter() - start

    def status(self):
        """Returns the state of the fit in one line: the epoch, its values, the time left."""
        values = [
            f"{key} {column[-1]:.4f}"
            for key, column in self.history.items()
            if np.ndim(column[-1]) == 0
        ]
        return " · ".join(filter(None, [self._progress(), *values, self._time_left()]))

    def to_csv(self, path):
        """Writes the history as a table, a line an epoch, and returns the path."""
        return self.log.to_csv(path)

    def compare(self, *others, metrics=None):
        """Draws this fit and others, a colour each, as `plot_history` does.

        Args:
            others: what `plot_history` takes: a `TrainingPlot`, a `Run`, a history.
            metrics: the metric to show beside the loss; None for the one to judge by.

        Returns:
            A Figure.
        """
        return plot_history([self, *others], metrics)

    def _finish(self):
        """Draws the last frame, whichever way the fit ends."""
        if not self._running:
            return
        self._running = False
        if self._image:
            self._image.close()
        atexit.unregister(self._finish)
        self._draw()

    def _draw_if_due(self):
        if time.perf_counter() >= self._next_frame:
            self._draw()

    def _draw(self):
        start = time.perf_counter()
        within = self._means.curves if self._means else None
        if self._image or self._path or not self._running:
            self._display.update(self.log, self._headline(), self._bar(), within)
        if self._image:
            self._image.update(self.figure, self.status())
        if self._path:
            save_figure(self.figure, self._path)
        cost = time.perf_counter() - start
        self._next_frame = start + cost + cost / PLOTTING_SHARE

    def _check_metrics(self):
        """Warns of metrics that the fit does not have: it is no reason to stop it."""
        unknown = self._display.unknown(self.log)
        if unknown:
            rule = f"metrics must be among {', '.join(self.history)}"
            warnings.warn(f"{rule}. Got {', '.join(unknown)} too.", stacklevel=2)

    def _planned(self):
        return (self.params or {}).get("epochs", 0) + self._offset or self._done

    def _share(self):
        """How much of the running epoch is done: 0 where nobody knows how many batches it has."""
        steps = (self.params or {}).get("steps")
        return min(self._batch / steps, 1) if self._batch and steps else 0.0

    def _bar(self):
        """The share of the fit that is done, while it runs."""
        done, planned = self._done - self._first + self._share(), self._planned() - self._first
        return done / planned if self._running and planned else 0.0

    def _progress(self):
        if not self._running or (self._batch is None and self._done > self._first):
            return f"epoch {self._done} of {self._planned()}"
        known = self._share() or not self._batch
        part = f"{self._share():.0%}" if known else f"batch {self._batch}"
        return f"epoch {self._done + 1} of {self._planned()}, {part}"

    def _time_left(self):
        if not self._running:
            return ""
        done = self._done - self._first + self._share()
        left = (self._planned() - self._first - done) * (time.perf_counter() - self._started)
        return f"{left / done:.0f} s left" if done > 0.2 and left / done >= 1 else ""

    def _headline(self):
        rate = f"learning rate {self._rate:.2g}" if self._rate != self._first_rate else ""
        state = [self._progress(), self._note, self._display.praise(self.log), self.log.trouble()]
        line = " · ".join(filter(None, [*state, rate, self._time_left()]))
        return f"{self.title}\n{line}" if self.title else line


def learning_rate(model):
    """Returns the rate of a model's optimizer now, as a float; NaN where there is none."""
    try:
        return float(model.optimizer.learning_rate)
    except (AttributeError, TypeError, ValueError):
        return np.nan
