"""Stop and pause for a fit that runs in another thread."""

import threading

import keras


class Stopped(Exception):
    """Ends a fit before the next batch; `training.fit` takes it for an end like any other."""


class Controls(keras.callbacks.Callback):
    """Stops a fit, or lets it stand still, before its next batch, when another thread says so.

    Args:
        plot: the fit's `TrainingPlot`, which says when it is paused; or None.

    Attributes:
        paused: whether the fit stands still, or is about to.
    """

    bears_many_steps = True  # a call of on_train_batch_begin may stand for several batches

    def __init__(self, plot=None):
        super().__init__()
        self._plot, self._stopped, self._go = plot, False, threading.Event()
        self._go.set()

    @property
    def paused(self):
        """Whether the fit stands still, or is about to."""
        return not self._go.is_set()

    def stop(self):
        """Ends the fit before its next batch, for good."""
        self._stopped = True
        self._go.set()

    def pause(self):
        """Lets the fit stand still from its next batch on."""
        if not self._stopped:
            self._go.clear()

    def go_on(self):
        """Ends a pause."""
        self._go.set()

    def on_train_batch_begin(self, batch, logs=None):
        """Waits, or ends the fit, if it has been told to."""
        if self.paused and self._plot:
            with self._plot.standstill():
                self._go.wait()
        self._go.wait()
        if self._stopped:
            raise Stopped
