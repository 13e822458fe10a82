"""Stop and pause a fit from another thread."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import keras

if TYPE_CHECKING:
    from mlcourse.callbacks.training_plot import TrainingPlot


class Stopped(Exception):
    """Exception that stops a fit before its next batch; `training.fit` ends normally after it."""


class Controls(keras.callbacks.Callback):
    """Keras callback to stop or pause a fit from another thread.

    Args:
        plot: the fit's `TrainingPlot`, which shows that the fit is paused or was stopped; or None.

    Attributes:
        paused: whether the fit is paused, or pauses before its next batch.

    Example:
        >>> controls = Controls()
        >>> controls.pause()
        >>> controls.paused
        True
    """

    supports_steps_per_execution = True

    def __init__(self, plot: TrainingPlot | None = None) -> None:
        super().__init__()
        if plot is not None and not hasattr(plot, "paused"):
            raise ValueError(f"plot must be a TrainingPlot, or None. Got {plot!r} instead.")
        self._plot = plot
        self._stopped = False
        self._running = threading.Event()
        self._running.set()

    @property
    def paused(self) -> bool:
        """Whether the fit is paused, or pauses before its next batch."""
        return not self._running.is_set()

    def stop(self) -> None:
        """Stop the fit before its next batch."""
        self._stopped = True
        self._running.set()

    def pause(self) -> None:
        """Pause the fit before its next batch."""
        if not self._stopped:
            self._running.clear()

    def resume(self) -> None:
        """Resume a paused fit."""
        self._running.set()

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Wait while the fit is paused; raise `Stopped` if it is stopped."""
        if self.paused and self._plot:
            with self._plot.paused():
                self._running.wait()
        self._running.wait()
        if self._stopped:
            if self._plot:
                self._plot.mark_stopped()
            raise Stopped
