"""A live plot of a fit."""

import io
import sys
import time

import keras

from mlcourse.figures.history import HistoryDisplay, best_epoch

PLOTTING_SHARE = 0.05  # of the fit's time, at the most


class TrainingPlot(keras.callbacks.Callback):
    """Draws loss and metrics, training and validation, while a network trains.

    In a notebook one picture of constant size is updated in place, outside pyplot,
    and stays in the cell; frames are left out, never the last, so that plotting takes
    a twentieth of the time at most. Elsewhere each epoch prints a line. A second fit
    with the same callback starts a picture of its own.

    Args:
        title: the title's first line: say which data, which network.

    Attributes:
        history: a dict of names to one value an epoch, as in Keras's own `History`.
        figure: the Figure of the latest fit.

    Example:
        >>> plot = TrainingPlot("Fashion-MNIST")
        >>> model.fit(x, y, validation_data=(x_val, y_val), callbacks=[plot])  # doctest: +SKIP
    """

    def __init__(self, title=""):
        super().__init__()
        self.title = title
        self.history = {}
        self._display = HistoryDisplay()

    @property
    def figure(self):
        """The Figure of the latest fit."""
        return self._display.figure

    def on_train_begin(self, logs=None):
        """Starts a new history and, in a notebook, shows its picture."""
        self.history, self._display = {}, HistoryDisplay()
        self._first_epoch, self._done, self._share = 1, 0, 0.0
        self._started, self._next_frame = time.perf_counter(), 0.0
        self._handle = _new_image() if _in_notebook() else None
        self._draw()

    def on_epoch_begin(self, epoch, logs=None):
        """Notes the number of the first epoch, which `initial_epoch` may have set."""
        if not self.history:
            self._first_epoch = epoch + 1

    def on_train_batch_begin(self, batch, logs=None):
        """Draws how far the epoch is, if a frame is due. Looking at no logs, it delays no batch."""
        if self._handle is not None and time.perf_counter() >= self._next_frame:
            self._share = batch / (self.params.get("steps") or batch + 1)
            self._draw()

    def on_epoch_end(self, epoch, logs=None):
        """Adds the epoch's values and draws them if a frame is due."""
        self._done, self._share = epoch + 1, 0.0
        for key, value in (logs or {}).items():
            values = self.history.setdefault(key, [])
            missing = self._done - self._first_epoch - len(values)
            values.extend([float("nan")] * missing)  # epochs without validation
            values.append(value)
        if self._handle is None:
            print(self.status(), file=sys.stderr)
        elif time.perf_counter() >= self._next_frame:
            self._draw()

    def on_train_end(self, logs=None):
        """Draws the last frame."""
        self._draw()

    def status(self):
        """Returns the state of the fit in one line: the epoch, its values, the time left."""
        values = [f"{key} {column[-1]:.4f}" for key, column in self.history.items()]
        trained = self._done + self._share - self._first_epoch + 1
        to_come = self._planned() - self._done - self._share
        left = (time.perf_counter() - self._started) / max(trained, 0.01) * to_come
        clock = [f"{left:.0f} s left"] if trained > 0.2 and left >= 1 else []
        return " · ".join([self._progress(), *values, *clock])

    def _planned(self):
        return self.params.get("epochs") or self._done

    def _progress(self):
        running = f" and {self._share:.0%}" if self._share else ""
        return f"epoch {self._done}{running} of {self._planned()}"

    def _draw(self):
        start = time.perf_counter()
        self._display.update(self.history, self._headline(), self._first_epoch)
        if self._handle is not None:
            self._handle.update(_image(self.figure, self.status()), raw=True)
        cost = time.perf_counter() - start
        self._next_frame = start + cost + cost / PLOTTING_SHARE

    def _headline(self):
        parts = [self._progress()]
        best = best_epoch(self.history)
        if best is not None:
            key, index, value = best
            name = key.removeprefix("val_").replace("_", " ")
            name = f"validation {name}" if key.startswith("val_") else name
            parts.append(f"best {name} {value:.4f} in epoch {index + self._first_epoch}")
        state = " · ".join(parts)
        return f"{self.title}\n{state}" if self.title else state


def _in_notebook():
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return hasattr(shell, "kernel")


def _new_image():
    from IPython.display import display

    return display({"text/plain": ""}, raw=True, display_id=True)


def _image(figure, text):
    """Returns the figure as a mime bundle: a PNG, and for those who see no pictures a line."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return {"image/png": file.getvalue(), "text/plain": text}
