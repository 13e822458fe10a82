"""Live plot of a fit."""

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
from mlcourse.callbacks.schedules import current_learning_rate
from mlcourse.figures._shared.saving import check_format, save_figure
from mlcourse.figures.training.history import HistoryDisplay, plot_history
from mlcourse.history import History, is_number

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure


class TrainingPlot(CourseAttributes, keras.callbacks.Callback):
    """Keras callback that plots losses and metrics, training and validation, during a fit.

    In a notebook one figure of constant size is updated in place, and stays in the cell; it does
    not use pyplot. Frames are skipped to limit the time that plotting takes, except the first frame
    and the last one, which is drawn even if the fit is interrupted. Outside a notebook each epoch
    prints a line. A second fit of the same model continues the curves in a new figure; a fit of
    another model starts new curves.

    A custom training loop, which needs no Keras model, calls `log` after each epoch, preferably in
    a `with` block: it draws the last frame at its end, also after an error.

    Metrics in [0, 1] are in one Axes, counts in another one, and each other scale has its own.
    The first epoch decides this, unless a value leaves [0, 1] later. More than three Axes are
    arranged in rows; then the figure grows in height once, after the first epoch.

    Args:
        title: first line of the title, such as the dataset and the model.
        metrics: names of the metrics to show in addition to the loss; None for all.
        panels: names of the metrics for each Axes next to that of the losses, such as
            `[["accuracy", "auc"], ["tp", "fp"], ["learning_rate"]]`; None for one Axes per scale,
            as in `plot_history`. The learning rate is drawn only if it is named here.
        log_scale: whether losses have a logarithmic scale.
        batches: number of batches whose mean is a point of a faint curve within the epochs; None
            for no such curves.
        last: number of the last epochs to show; None for all.
        target: value of a horizontal line in the Axes of the metrics, or of the loss if there are
            no metrics; None for no line.
        compare: earlier fits to draw in gray: a source of `mlcourse.history.as_history`, such as a
            `TrainingPlot`, a `TrainingRun`, a DataFrame or the path of a CSV file; or a dict of
            names to sources.
        path: path of a file to save the figure to during the fit; its suffix selects the format.
        monitor: name of the metric that selects the best epoch, such as "val_loss"; None for the
            default of `mlcourse.history.History.best`. If the fit does not log it, the first epoch
            raises ValueError.
        mode: "min", "max", or "auto" for the direction of a loss or of a Keras metric.
        epochs: number of epochs of a custom training loop, for the progress and the time left; None
            for unknown. Keras's `fit` sets its own.
        max_overhead: largest fraction of the training time that plotting may take.

    Attributes:
        history: dict of names to values by epoch, as in Keras's `History`.
        epoch_history: `mlcourse.history.History` with the same values and their epochs.
        figure: the Figure.
        losses, acc, val_losses, val_acc, logs, max_acc: as in `CourseAttributes`.

    Raises:
        ValueError: if an argument is invalid, before training starts.

    Example:
        >>> plot = TrainingPlot("Fashion-MNIST")
        >>> model.fit(x, y, validation_data=(x_val, y_val), callbacks=[plot])  # doctest: +SKIP

        In a custom training loop:

        >>> with TrainingPlot("custom loop", epochs=3) as plot:
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
        max_overhead: float = 0.05,
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
        self._monitor = monitor
        self._mode = mode
        self._max_overhead = checks.positive("max_overhead", max_overhead)
        self._reset(None)
        if path is not None:
            path = _check_path(checks.path("path", path), self.figure)
        self._path = path
        self.supports_steps_per_execution = batches is None
        self.async_safe = batches is None  # else Keras waits for each batch's logs, on all backends

    @property
    def history(self) -> dict[str, list]:
        """Dict of names to values by epoch."""
        return self.epoch_history.history

    @property
    def figure(self) -> Figure:
        """The Figure."""
        return self._display.figure

    def _reset(self, model):
        """Start an empty history and a new figure for a model."""
        self.epoch_history = History(monitor=self._monitor, mode=self._mode)
        self._fitted = model
        self._last_logs = 0, {}
        self._first_and_last_rate = []
        self._display = HistoryDisplay(**self._options)
        self._batch_means = None if self._batches is None else BatchMeans(self._batches)
        self._progress = Progress()
        self._throttle = PlotThrottle(self._max_overhead)
        self._image = None

    def __enter__(self) -> TrainingPlot:
        """Show the figure of a custom training loop."""
        self.on_train_begin()
        self._progress.set_epochs(self._epochs)
        self._draw()
        return self

    def __exit__(self, *_error: object) -> None:
        """Draw the last frame; an error propagates."""
        self._finish()

    def log(self, epoch: int, **values: float) -> None:
        """Add an epoch of a custom training loop, and draw a frame if it is due.

        Without a `with` block, the last frame is drawn when the notebook's cell ends; with a
        `path`, it is also saved when the process ends.

        Args:
            epoch: index of the epoch, counted from 0 as in `range(epochs)` and in Keras's
                callbacks; the figure counts from 1.
            values: single numbers by name: floats, NumPy scalars or tensors. Names of validation
                values begin with `val_`.

        Raises:
            ValueError: if a value is not a single number, or if the epoch is before the last one or
                already has the value.

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
        """Raise ValueError if an epoch is before the last one, or already has one of the values."""
        number = self._progress.number(epoch)
        log = self.epoch_history
        for name in values:
            if number < log.last or number in log.epochs.get(name, [])[-1:]:
                rule = f"epoch must be later than the last one with {name}"
                raise ValueError(f"{rule}. Got epoch {epoch} again, or after a later one, instead.")

    def load_history(self, log: History) -> None:
        """Replace the history with that of an earlier fit, which the next fit continues.

        Args:
            log: `mlcourse.history.History` of the earlier fit.
        """
        self.epoch_history = History(monitor=self._monitor, mode=self._mode)
        for epoch, values in log.rows():
            self.epoch_history.add(epoch, values)
        self._progress.done = self.epoch_history.last

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Show the figure, with new curves if the model is not that of the last fit."""
        self._finish()  # a previous fit may have been interrupted
        if self._fitted is not self.model and self._fitted is not None:
            self._reset(self.model)
        self._fitted = self.model
        self._thread = threading.current_thread()
        self._throttle = PlotThrottle(self._max_overhead)
        self._progress = Progress(self.epoch_history.last)
        self._progress.running = True
        self._image = LiveOutput.in_notebook(self._after_cell)
        if self._path:
            atexit.register(self._finish)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Record the start of an epoch; the first one may have another number than 1."""
        self._add_late_names()
        is_first = not self._progress.has_begun
        params = self.params or {}
        self._progress.begin_epoch(epoch, params)
        if is_first:
            self._draw()
        if self._batch_means:
            self._batch_means.begin_epoch(self._progress.done, params.get("steps"))

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Draw the progress of the epoch if a frame is due.

        This hook has no logs, so Keras need not wait for the batch.
        """
        self._progress.begin_batch(batch)
        self._draw_if_due()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Add the logs of a batch to the curves within the epochs, if they are shown."""
        if self._batch_means:
            self._batch_means.add(batch, logs or {}, self.model)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Add the values of an epoch, and draw a frame if it is due."""
        self._add_late_names()
        learning_rate = current_learning_rate(self.model)
        number = self._progress.end_epoch(epoch)
        self._last_logs = number, logs or {}
        self.epoch_history.add(number, logs or {})
        if self._display.is_selected("learning_rate") and np.isfinite(learning_rate):
            self.epoch_history.add(number, {"learning_rate": learning_rate})
        is_first = not self._first_and_last_rate
        self._first_and_last_rate = [*self._first_and_last_rate[:1], learning_rate]
        if is_first:
            self._warn_of_unknown_metrics()
            self.epoch_history.best()  # raises for a monitor that the fit does not log
        if self._image is None:
            print(self.status(), file=sys.stderr)
        self._draw_if_due()

    def _add_late_names(self):
        """Add values that later callbacks have added to the logs of the last epoch.

        Keras passes the same dict to all callbacks, and some add a value, such as the learning
        rate.
        """
        epoch, logs = self._last_logs
        epochs = self.epoch_history.epochs
        late = {name: logs[name] for name in logs if epochs.get(name, [])[-1:] != [epoch]}
        self.epoch_history.add(epoch, late)
        self._last_logs = epoch, {}

    def on_train_end(self, logs: dict | None = None) -> None:
        """Draw the last frame."""
        self._finish()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Show that the fit is paused during a `with` block, and do not count this time."""
        start = time.perf_counter()
        self._progress.note = "paused"
        try:
            self._draw()
            yield
        finally:
            self._progress.note = ""
            self._progress.exclude(time.perf_counter() - start)

    def mark_stopped(self) -> None:
        """Show from the next frame on that the fit was stopped before its last epoch.

        >>> plot = TrainingPlot()
        >>> plot.mark_stopped()
        >>> plot.status()
        'epoch 0 of 0 · stopped'
        """
        self._progress.note = "stopped"

    def status(self) -> str:
        """Return the state of the fit as one line: the epoch, its values, the time left."""
        values = [
            f"{name} {tables.number_text(float(column[-1]))}"
            for name, column in self.history.items()
            if is_number(column[-1])
        ]
        progress = self._progress
        parts = [progress.summary(), progress.note, *values, progress.time_left()]
        return tables.terminal_text(" · ".join(filter(None, parts)))

    def to_csv(self, path: str | Path) -> Path:
        """Write the history to a CSV file, one row per epoch, and return the path."""
        return self.epoch_history.to_csv(path)

    def compare(self, *others: object, metrics: str | None = None) -> Figure:
        """Plot this fit and others in different colors, as `plot_history` does.

        Args:
            others: sources of `mlcourse.history.as_history`, such as a `TrainingPlot`, a
                `TrainingRun` or a dict.
            metrics: name of the metric to show in addition to the loss; None for the metric that
                selects the best epoch.

        Returns:
            A Figure.
        """
        return plot_history([self, *others], metrics=metrics)

    def _finish(self):
        """Draw the last frame, also after an error."""
        if not self._progress.running:
            return
        self._add_late_names()
        self._progress.running = False
        if self._image:
            self._image.close()
        atexit.unregister(self._finish)
        self._draw()

    def _after_cell(self):
        """End a fit that was interrupted; a fit in another thread may continue after the cell."""
        if self._thread is threading.main_thread():
            self._finish()

    def _draw_if_due(self):
        if self._throttle.due:
            self._draw()

    def _draw(self):
        """Draw a frame if the figure is shown or saved, or if the fit has ended."""
        with self._throttle.frame():
            if self._image or self._path or not self._progress.running:
                within = self._batch_means.curves if self._batch_means else None
                self._display.update(
                    self.epoch_history, self._headline(), self._progress.fraction, within
                )
            if self._image:
                self._image.update({"image/png": self._display.png(), "text/plain": self.status()})
            if self._path:
                self._save()

    def _save(self):
        """Save the figure; warn once, and do not stop the fit, if that fails."""
        try:
            save_figure(self.figure, self._path)
        except OSError as error:
            warnings.warn(f"The figure is no longer saved: {error}", stacklevel=2)
            self._path = None

    def _warn_of_unknown_metrics(self):
        """Warn of metrics in the arguments that the fit does not log."""
        unknown = self._display.missing_metrics(self.epoch_history)
        if unknown:
            rule = f"metrics must be among {', '.join(self.history)}"
            warnings.warn(f"{rule}. Got {', '.join(unknown)} instead.", stacklevel=2)

    def _headline(self):
        """Return the title of the figure, with the state of the fit in its last line."""
        progress = self._progress
        parts = [
            progress.summary(),
            progress.note,
            self._display.best_summary(self.epoch_history),
            self.epoch_history.divergence_message(),
            self._learning_rate_text(),
            progress.time_left(),
        ]
        line = " · ".join(filter(None, parts))
        return f"{self.title}\n{line}" if self.title else line

    def _learning_rate_text(self):
        """Return the learning rate as text; "" as long as it has not changed."""
        rates = self._first_and_last_rate
        has_changed = len(set(rates)) > 1 and rates[-1] > 0
        return f"learning rate {rates[-1]:.2g}" if has_changed else ""


def _as_float(value):
    """Return a single number as a float; a PyTorch tensor is detached from its graph first."""
    return float(value.detach() if hasattr(value, "detach") else value)


def _check_path(path, figure):
    """Return the path of the figure if its folder exists and its format is supported."""
    if not path.parent.is_dir():
        raise ValueError(f"path must be in a folder that exists. Got {str(path)!r} instead.")
    return check_format(figure, path)
