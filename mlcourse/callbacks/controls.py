"""Stop and pause for a fit that runs in another thread."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import keras

if TYPE_CHECKING:
    from mlcourse.callbacks.training_plot import TrainingPlot


class Stopped(Exception):
    """Ends a fit before the next batch; `training.fit` takes it for an end like any other."""


class Controls(keras.callbacks.Callback):
    """Stops a fit, or lets it stand still, before its next batch, when another thread says so.

    Args:
        plot: the fit's `TrainingPlot`, which says when it is paused; or None.

    Attributes:
        paused: whether the fit stands still, or is about to.

    Example:
        >>> controls = Controls()
        >>> controls.pause()
        >>> controls.paused
        True
    """

    supports_steps_per_execution = (
        True  # a call of on_train_batch_begin may stand for several batches
    )

    def __init__(self, plot: TrainingPlot | None = None) -> None:
        super().__init__()
        if plot is not None and not hasattr(plot, "load_history"):
            raise ValueError(f"plot must be a TrainingPlot, or None. Got {plot!r} instead.")
        self._plot, self._stopped, self._go = plot, False, threading.Event()
        self._go.set()

    @property
    def paused(self) -> bool:
        """Whether the fit stands still, or is about to."""
        return not self._go.is_set()

    def stop(self) -> None:
        """Ends the fit before its next batch, for good."""
        self._stopped = True
        self._go.set()

    def pause(self) -> None:
        """Lets the fit stand still from its next batch on."""
        if not self._stopped:
            self._go.clear()

    def resume(self) -> None:
        """Ends a pause."""
        self._go.set()

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Waits, or ends the fit, if it has been told to."""
        if self.paused and self._plot:
            with self._plot.paused():
                self._go.wait()
        self._go.wait()
        if self._stopped:
            raise Stopped
