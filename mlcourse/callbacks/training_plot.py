"""A live plot of a fit."""

import io
import sys
import time

import keras
import numpy as np

from mlcourse.figures.history import HistoryDisplay, best_value

PLOTTING_SHARE = 0.05  # of the fit's time, at the most


class TrainingPlot(keras.callbacks.Callback):
    """Draws loss and metrics, training and validation, while a network trains.

    In a notebook one picture of constant size is updated in place, outside pyplot,
    and stays in the cell. Frames are left out, so that plotting takes a twentieth of the
    time at most, but never the last one, even of a fit that is interrupted. Elsewhere
    each epoch prints a line. A second fit with the same callback starts a picture of its own.

    Args:
        title: the title's first line: say which data, which network.

    Attributes:
        history: a dict of names to values by epoch, as in Keras's own `History`.
        figure: the Figure of the latest fit; None before the first.

    Example:
        >>> plot = TrainingPlot("Fashion-MNIST")
        >>> model.fit(x, y, validation_data=(x_val, y_val), callbacks=[plot])  # doctest: +SKIP
    """

    def __init__(self, title=""):
        super().__init__()
        self.title = title
        self.figure = None
        self._reset()

    def _reset(self):
        self.history, self._epochs = {}, {}
        self._first, self._done, self._batch = 0, 0, None
        self._started, self._running, self._next_frame = time.perf_counter(), False, 0.0

    def on_train_begin(self, logs=None):
        """Starts a new history and, in a notebook, shows its picture."""
        self._reset()
        self._running = True
        self._display = HistoryDisplay()
        self.figure = self._display.figure
        self._shell = _notebook_shell()
        self._handle = _new_image() if self._shell else None
        if self._shell:  # an interrupted fit has no end: its last frame is drawn when its cell ends
            self._shell.events.register("post_run_cell", self._after_cell)

    def on_epoch_begin(self, epoch, logs=None):
        """Notes which epoch begins; `initial_epoch` may have set the first one."""
        if not self.history:
            self._first, self._done = epoch, epoch
            self._draw()

    def on_train_batch_begin(self, batch, logs=None):
        """Draws how far the epoch is, if a frame is due. Looking at no logs, it delays no batch."""
        self._batch = batch
        self._draw_if_due()

    def on_epoch_end(self, epoch, logs=None):
        """Adds the epoch's values, and draws them if a frame is due."""
        self._done, self._batch = epoch + 1, None
        for key, value in (logs or {}).items():
            self.history.setdefault(key, []).append(value)
            self._epochs.setdefault(key, []).append(self._done)
        if self._handle is None:
            print(self.status(), file=sys.stderr)
        self._draw_if_due()

    def on_train_end(self, logs=None):
        """Draws the last frame."""
        self._running = False
        if self._shell:
            self._shell.events.unregister("post_run_cell", self._after_cell)
        self._draw()

    def status(self):
        """Returns the state of the fit in one line: the epoch, its values, the time left."""
        values = [
            f"{key} {column[-1]:.4f}"
            for key, column in self.history.items()
            if np.ndim(column[-1]) == 0
        ]
        return " · ".join([self._progress(), *values, *self._time_left()])

    def _after_cell(self, _result):
        self.on_train_end()

    def _draw_if_due(self):
        if self._handle is not None and time.perf_counter() >= self._next_frame:
            self._draw()

    def _draw(self):
        start = time.perf_counter()
        self._display.update(self.history, self._headline(), self._epochs, self._bar())
        if self._handle is not None:
            self._handle.update(_image(self.figure, self.status()), raw=True)
        cost = time.perf_counter() - start
        self._next_frame = start + cost + cost / PLOTTING_SHARE

    def _planned(self):
        return (self.params or {}).get("epochs") or self._done

    def _share(self):
        """How much of the running epoch is done: 0 where nobody knows how many batches it has."""
        steps = (self.params or {}).get("steps")
        return self._batch / steps if self._batch and steps else 0.0

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
            return []
        done = self._done - self._first + self._share()
        left = (self._planned() - self._first - done) * (time.perf_counter() - self._started)
        return [f"{left / done:.0f} s left"] if done > 0.2 and left / done >= 1 else []

    def _headline(self):
        parts = [self._progress()]
        best = best_value(self.history)
        if best is not None:
            key, index, value = best
            name = key.removeprefix("val_").replace("_", " ")
            name = f"validation {name}" if key.startswith("val_") else name
            parts.append(f"best {name} {value:.4f} in epoch {self._epochs[key][index]}")
        state = " · ".join(parts)
        return f"{self.title}\n{state}" if self.title else state


def _notebook_shell():
    """Returns the IPython shell of a notebook; None elsewhere."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell if hasattr(shell, "kernel") else None


def _new_image():
    from IPython.display import display

    return display({"text/plain": ""}, raw=True, display_id=True)


def _image(figure, text):
    """Returns the figure as a mime bundle: a PNG, and for those who see no pictures a line."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return {"image/png": file.getvalue(), "text/plain": text}
