"""A live plot of a fit."""

from __future__ import annotations

import atexit
import sys
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import keras
import numpy as np

from mlcourse._core import checks, tables
from mlcourse.callbacks.live_output import LiveOutput, PlotThrottle
from mlcourse.callbacks.progress import BatchMeans, CourseAttributes, Progress
from mlcourse.callbacks.schedules import rate_of
from mlcourse.figures._shared.saving import check_format, save_figure
from mlcourse.figures.training.history import HistoryDisplay, plot_history
from mlcourse.history import History, is_number

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure


class TrainingPlot(CourseAttributes, keras.callbacks.Callback):
    """Draws loss and metrics, training and validation, while a network trains.

    In a notebook one picture of constant size is updated in place, outside pyplot,
    and stays in the cell. Frames are left out, so that plotting takes a twentieth of the time at
    most, but never the first one and the last one, even of a fit that is interrupted and however
    short it is. Elsewhere each epoch prints a line. A second fit of the same model goes on
    with the curves, in a picture of its own; one of another model begins anew.

    A training loop of one's own, which needs no Keras model, calls `log` after each epoch, best in
    a `with` block: the last frame is drawn at its end, also after an error.

    Metrics in [0, 1] share one Axes, counts do, and each other scale has its own: this is decided
    with the first epoch's values, and changes only if a value leaves [0, 1]. Where more than three
    Axes are needed, they are in rows, and the picture grows in height once, after the first epoch.

    Args:
        title: the title's first line: say which data, which network.
        metrics: names of the metrics to show beside the loss; None for all.
        panels: names of the metrics for each Axes besides that of the losses, such as
            `[["accuracy", "auc"], ["tp", "fp"], ["learning_rate"]]`; None for one Axes a scale, as
            `plot_history` does. The learning rate is drawn only where it is named here.
        log_scale: whether losses are on a logarithmic scale.
        batches: shows within the epochs too the mean of every so many batches, faintly.
        last: shows only so many of the last epochs.
        target: draws a line at this value: of the metrics, or of the loss if there are none.
        compare: earlier fits to draw in grey: whatever `mlcourse.history.history` reads, such
            as a `TrainingPlot`, a `Run`, a DataFrame or the path of a CSV file; or a dict of names
            to such.
        path: of a file that the picture is saved to, too; its suffix decides the format.
        monitor: the name of the value that the best epoch is chosen by, such as "val_loss"; None
            for the choice of `mlcourse.history.History.best`. A name that the fit does not log
            is refused after the first epoch.
        mode: "min", "max", or "auto" for the direction of a loss or of a metric of Keras.
        epochs: number of epochs of one's own training loop, for the progress and the time left;
            None for unknown. Keras's `fit` gives its own.

    Attributes:
        history: a dict of names to values by epoch, as in Keras's own `History`.
        as_history: the same with the epochs, a `mlcourse.history.History`.
        figure: the Figure.
        losses, acc, val_losses, val_acc, logs, max_acc: as `CourseAttributes` has them.

    Raises:
        ValueError: for a setting that cannot be; before anything is trained.

    Example:
        >>> plot = TrainingPlot("Fashion-MNIST")
        >>> model.fit(x, y, validation_data=(x_val, y_val), callbacks=[plot])  # doctest: +SKIP

        In a training loop of one's own:

        >>> with TrainingPlot("own loop", epochs=3) as plot:
        ...     for epoch in range(3):
        ...         plot.log(epoch, loss=1 / (epoch + 1), val_loss=1.2 / (epoch + 1))
        >>> plot.history["loss"]
        [1.0, 0.5, 0.3333333333333333]
    """

    def __init__(
        self,
        title: str = "",
        *,
        metrics: str | Sequence[str] | None = None,
        panels: Sequence[Sequence[str]] | None = None,
        log_scale: bool = False,
        batches: int | None = None,
        last: int | None = None,
        target: float | None = None,
        compare: object = None,
        path: str | Path | None = None,
        monitor: str | None = None,
        mode: str = "auto",
        epochs: int | None = None,
    ) -> None:
        super().__init__()
        self._epochs = epochs if epochs is None else checks.integer("epochs", epochs, 1)
        self.title = checks.text("title", title)
        self._batches = batches if batches is None else checks.integer("batches", batches, 1)
        self._options = {
            "metrics": metrics,
            "panels": panels,
            "log_scale": log_scale,
            "last": last,
            "target": target,
            "compare": compare,
        }
        self._monitor, self._mode = monitor, mode
        self._begin_anew(None)
        self._path = path if path is None else _checked(checks.path("path", path), self.figure)
        self.supports_steps_per_execution = (
            batches is None
        )  # whether a call may stand for several batches
        if batches is not None:  # only then: for a callback that asks, Keras waits for each batch
            self.on_train_batch_end = self._note_batch

    @property
    def history(self) -> dict[str, list]:
        """A dict of names to values by epoch."""
        return self.as_history.history

    @property
    def figure(self) -> Figure:
        """The Figure."""
        return self._display.figure

    def _begin_anew(self, model):
        self.as_history = History(monitor=self._monitor, mode=self._mode)
        self._fitted, self._late = model, (0, {})
        self._display = HistoryDisplay(**self._options)
        self._means = self._batches and BatchMeans(self._batches)
        self._progress, self._image = Progress(), None
        self._rates, self._pace = [], PlotThrottle()

    def __enter__(self) -> TrainingPlot:
        """Shows the picture of a training loop of one's own."""
        self.on_train_begin()
        self._progress.plan(self._epochs)
        self._draw()
        return self

    def __exit__(self, *_error: object) -> None:
        """Draws the last frame; an error goes on."""
        self._finish()

    def log(self, epoch: int, **values: float) -> None:
        """Adds an epoch of a training loop of one's own, and draws it if a frame is due.

        Without a `with` block, the last frame is drawn when the notebook's cell ends, or the
        process if the picture is saved.

        Args:
            epoch: number of the epoch, counted from 0 as in `for epoch in range(epochs)` and in
                Keras's callbacks; the picture counts from 1.
            values: by name, each a single number: a float, a NumPy scalar or a backend's tensor.
                Validation values have names with `val_` in front.

        Raises:
            ValueError: for a value that is not a single number, or an epoch that is before the
                last one or has the value already.

        Example:
            >>> with TrainingPlot(epochs=1) as plot:
            ...     plot.log(0, loss=0.5, val_loss=0.6)
            >>> plot.status()
            'epoch 1 of 1 · loss 0.5000 · val_loss 0.6000'
        """
        epoch = checks.integer("epoch", epoch, 0)
        for name, value in values.items():
            if not is_number(value):
                raise ValueError(f"{name} must be a single number. Got {value!r} instead.")
        if not self._progress.running:
            self.__enter__()
        self._progress.begin_epoch(epoch, {"epochs": self._epochs})
        self._check_order(epoch, values)
        self.on_epoch_end(epoch, {name: _as_float(value) for name, value in values.items()})

    def _check_order(self, epoch, values):
        """Raises ValueError if an epoch comes too late, or has one of the values already."""
        number, log = self._progress.number(epoch), self.as_history
        for name in values:
            if number < log.last or number in log.epochs.get(name, [])[-1:]:
                rule = f"epoch must be later than the last one with {name}"
                raise ValueError(f"{rule}. Got epoch {epoch} again, or after a later one, instead.")

    def load_history(self, log: History) -> None:
        """Takes over the epochs of a fit that this one goes on with.

        Args:
            log: their `mlcourse.history.History`.
        """
        self.as_history = History(monitor=self._monitor, mode=self._mode)
        for epoch, values in log.rows():
            self.as_history.add(epoch, values)
        self._progress.done = self.as_history.last

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Shows the picture; of another model it is a new one."""
        self._finish()  # of a fit before that broke
        if self._fitted is not self.model and self._fitted is not None:
            self._begin_anew(self.model)
        self._fitted, self._thread = self.model, threading.current_thread()
        self._progress, self._pace = Progress(self.as_history.last), PlotThrottle()
        self._progress.running = True
        self._image = LiveOutput.in_notebook(self._after_cell)
        if self._path:
            atexit.register(self._finish)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Notes which epoch begins; `initial_epoch` may have set the first one."""
        self._add_late_names()
        is_first, params = not self._progress.has_begun, self.params or {}
        self._progress.begin_epoch(epoch, params)
        if is_first:
            self._draw()
        if self._means:
            self._means.begin_epoch(self._progress.done, params.get("steps"))

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Draws how far the epoch is, if a frame is due. Looking at no logs, it delays no batch."""
        self._progress.begin_batch(batch)
        self._draw_if_due()

    def _note_batch(self, batch, logs=None):
        self._means.add(batch, logs or {}, self.model)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Adds the epoch's values, and draws them if a frame is due."""
        self._add_late_names()
        rate = rate_of(self.model)
        self._late = self._progress.end_epoch(epoch), logs or {}
        self.as_history.add(*self._late)
        if self._display.asks_for("learning_rate") and np.isfinite(rate):
            self.as_history.add(self._late[0], {"learning_rate": rate})
        self._rates = [*self._rates[:1], rate]
        if len(self._rates) == 1:
            self._warn_of_unknown_metrics()
            self.as_history.best()  # raises for a monitor that the fit does not log
        if self._image is None:
            print(self.status(), file=sys.stderr)
        self._draw_if_due()

    def _add_late_names(self):
        """Adds what later callbacks have added to the epoch's values, such as the learning rate."""
        (epoch, logs), known = self._late, self.as_history.epochs
        late = [name for name in logs if known.get(name, [])[-1:] != [epoch]]
        self.as_history.add(epoch, {name: logs[name] for name in late})
        self._late = epoch, {}

    def on_train_end(self, logs: dict | None = None) -> None:
        """Draws the last frame."""
        self._finish()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """While the fit stands still: says so, and does not count the time."""
        start, self._progress.note = time.perf_counter(), "paused"
        try:
            self._draw()
            yield
        finally:
            self._progress.note = ""
            self._progress.leave_out(time.perf_counter() - start)

    def status(self) -> str:
        """Returns the state of the fit in one line: the epoch, its values, the time left."""
        values = [
            f"{key} {tables.number_text(float(column[-1]))}"
            for key, column in self.history.items()
            if is_number(column[-1])
        ]
        progress = self._progress
        parts = [progress.words(), progress.note, *values, progress.time_left()]
        return " · ".join(filter(None, parts))

    def to_csv(self, path: str | Path) -> Path:
        """Writes the history as a table, a line an epoch, and returns the path."""
        return self.as_history.to_csv(path)

    def compare(self, *others: object, metrics: str | None = None) -> Figure:
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
        if not self._progress.running:
            return
        self._add_late_names()
        self._progress.running = False
        if self._image:
            self._image.close()
        atexit.unregister(self._finish)
        self._draw()

    def _after_cell(self):
        """Ends a fit that had no end of its own; in a thread it may still go on."""
        if self._thread is threading.main_thread():
            self._finish()

    def _draw_if_due(self):
        if self._pace.due:
            self._draw()

    def _draw(self):
        """Draws a frame where somebody sees it, and the last one in any case."""
        with self._pace.frame():
            if self._image or self._path or not self._progress.running:
                within = self._means.curves if self._means else None
                self._display.update(
                    self.as_history, self._headline(), self._progress.share, within
                )
            if self._image:
                self._image.update({"image/png": self._display.png(), "text/plain": self.status()})
            if self._path:
                self._save()

    def _save(self):
        try:
            save_figure(self.figure, self._path)
        except OSError as error:  # no reason to end a fit
            words = f"The picture is no longer saved, as it cannot be: {error}"
            warnings.warn(words, stacklevel=2)
            self._path = None

    def _warn_of_unknown_metrics(self):
        """Warns of metrics that the fit does not have: they are no reason to stop it."""
        unknown = self._display.unknown(self.as_history)
        if unknown:
            rule = f"metrics must be among {', '.join(self.history)}"
            warnings.warn(f"{rule}. Got {', '.join(unknown)} instead.", stacklevel=2)

    def _headline(self):
        progress = self._progress
        state = [progress.words(), progress.note, self._display.best_summary(self.as_history)]
        state += [self.as_history.divergence_message(), self._rate(), progress.time_left()]
        line = " · ".join(filter(None, state))
        return f"{self.title}\n{line}" if self.title else line

    def _rate(self):
        """Returns the learning rate in words, once it is no longer the first one."""
        changed = len(set(self._rates)) > 1 and self._rates[-1] > 0
        return f"learning rate {self._rates[-1]:.2g}" if changed else ""


def _as_float(value):
    """Returns a single number as a float; PyTorch's tensor is taken off its graph before."""
    return float(value.detach() if hasattr(value, "detach") else value)


def _checked(path, figure):
    """Returns the path if a picture can be saved there."""
    if not path.parent.is_dir():
        raise ValueError(f"path must be in a folder that exists. Got {str(path)!r} instead.")
    return check_format(figure, path)
