"""An interactive figure of overfitting: a small network trained live on two moons."""

import os
import threading
import time
from typing import Any

import ipywidgets as widgets
import numpy as np

from mlcourse import scratch
from mlcourse._core import checks
from mlcourse.datasets import two_moons
from mlcourse.evaluation import accuracy
from mlcourse.figures.evaluation.boundary import plot_decision_boundary
from mlcourse.figures.training.history import plot_history
from mlcourse.history import History
from mlcourse.interactive.controls import menu, slider
from mlcourse.interactive.live import Interactive
from mlcourse.optimizers import adam
from mlcourse.scratch.learner import Updates

N_TRAIN = 100  # training examples
N_VALIDATION = 1000  # validation examples
LEARNING_RATE = 0.01
BATCH_SIZE = 20
EPOCHS = 1000


class MoonFit:
    """A network, its training and validation data, and its training history.

    The network is trained with Adam on the binary cross-entropy plus l2 w^2 for each weight w.

    Args:
        hidden: list of the numbers of units of the hidden layers, which use ReLU.
        l2: factor of the L2 penalty.
        dropout: dropout rate of each hidden layer, in [0, 1).
        noise: standard deviation of the noise of the points.
        seed: seed of the points, the weights and the order of the examples.

    Attributes:
        train_data, validation_data: pairs of examples, (n, 2), and labels, (n,).
        log: a `History` of both losses by epoch, without penalty and dropout.

    >>> fit = MoonFit([8], l2=0.001, dropout=0.0, noise=0.2)
    >>> fit.train()
    >>> fit.log.epochs["val_loss"]
    [1]
    """

    def __init__(self, hidden, l2, dropout, noise, seed=0):
        self.train_data = two_moons(N_TRAIN, noise, seed)
        self.validation_data = two_moons(N_VALIDATION, noise, seed + 1)
        self.log = History()
        self._l2 = l2
        self._model = scratch.Model(_layers(hidden, dropout, seed))
        self._body = scratch.Model(self._model.layers[:-1])  # the loss includes the sigmoid
        self._loss = scratch.BCE()
        data = scratch.Data(*self.train_data)
        sampler = scratch.Sampler(data, BATCH_SIZE, shuffle=True)
        self._batches = scratch.Dataloader(data, sampler)
        steps = EPOCHS * len(self._batches)
        self._updates = Updates(adam(LEARNING_RATE), self._model.layers, steps)

    @property
    def done(self):
        """Return whether the network was trained for all epochs."""
        return self.log.last == EPOCHS

    def __call__(self, x):
        """Return the probability of the second class, (n, 1), at points (n, 2)."""
        return self._model(x)

    def train(self):
        """Train for one epoch, and record the losses."""
        for x, y in self._batches:
            z = self._body(x, training=True)
            self._body.backward(self._loss.value_and_gradient(z, y)[1])
            for layer in self._body.layers:
                if "w" in layer.params:
                    layer.grads["w"] += 2 * self._l2 * layer.params["w"]
            self._updates.apply()
        self._record_losses()

    def _record_losses(self):
        data = {"loss": self.train_data, "val_loss": self.validation_data}
        losses = {name: self._loss(self(x), y) for name, (x, y) in data.items()}
        if not np.isfinite(losses["loss"]):
            raise FloatingPointError(f"the loss must be finite. Got {losses['loss']} instead.")
        self.log.add(self.log.last + 1, losses)


def _layers(hidden, dropout, seed):
    """Return the layers of a network with two inputs and a sigmoid output."""
    layers = []
    inputs = 2
    for number, units in enumerate(hidden, 1):
        layers += [
            scratch.Affine(f"hidden {number}", inputs, units, seed=seed),
            scratch.Relu(f"relu {number}"),
            scratch.Dropout(f"dropout {number}", dropout, seed),
        ]
        inputs = units
    output = scratch.Affine("output", inputs, 1, initializer="glorot_normal", seed=seed)
    return [*layers, output, scratch.Sigmoid("sigmoid")]


EPOCHS_PER_SECOND = 40
DRAWING_FRACTION = 0.25  # maximum fraction of the time that drawing takes
PENALTIES = [(f"{l2:g}", l2) for l2 in (0.0, 0.0001, 0.001, 0.01, 0.1)]
AXES_POSITION = (0.15, 0.13, 0.82, 0.74)  # faster than a layout engine


def draw_moon_fit(figure, fit):
    """Draw the decision boundary of a `MoonFit` on the left and its losses on the right."""
    left, right = figure.subfigures(1, 2)
    ax = left.add_axes(AXES_POSITION)
    plot_decision_boundary(fit, *fit.train_data, colorbar=False, ax=ax)
    x, y = fit.train_data
    x_val, y_val = fit.validation_data
    train_accuracy = accuracy(y, fit(x))
    val_accuracy = accuracy(y_val, fit(x_val))
    ax.set_title(f"accuracy {train_accuracy:.3f}, on new points {val_accuracy:.3f}")
    if fit.log.last:
        plot_history(fit.log, fig=right)
    else:
        right.text(0.5, 0.5, "not trained yet", ha="center", fontsize=13)


class Playground(Interactive):
    """A small network on two noisy moons, with its decision boundary and losses during training.

    Start trains the network in a thread, until all epochs are done, or until it is paused or
    stopped. Moving a control during training starts a new training with the new values. Between
    two redraws the thread sleeps, so that the notebook stays responsive.

    Args:
        layers: number of hidden layers, 1 to 4.
        units: units per hidden layer, 1 to 64.
        l2: factor of the L2 penalty, one of `PENALTIES`.
        dropout: dropout rate of each hidden layer, 0 to 0.8.
        noise: standard deviation of the noise of the points, 0 to 0.5.

    Attributes:
        fit: the current `MoonFit`.
        is_started: whether a training was started and is not stopped or done; it may be paused.

    Example:
        >>> shown = Playground(layers=1, units=2)
        >>> shown.is_started, shown.fit.log.last
        (False, 0)
    """

    def __init__(
        self,
        layers: int = 2,
        units: int = 32,
        l2: float = 0.0,
        dropout: float = 0.0,
        noise: float = 0.25,
    ) -> None:
        self._lock = threading.RLock()  # of the state
        self._training = threading.RLock()  # of the network and the figure
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None  # the thread that should train
        self._last_thread: threading.Thread | None = None
        self.fit = None
        self._fit_settings = None
        self.is_started = False
        controls = {
            "layers": slider("Hidden layers", 1, 4, checks.integer("layers", layers, 1, 4)),
            "units": slider("Units in each", 1, 64, checks.integer("units", units, 1, 64)),
            "l2": menu("L2", PENALTIES, _check_penalty(l2)),
            "dropout": slider("Dropout", 0.0, 0.8, _check_limits("dropout", dropout, 0.8), 0.1),
            "noise": slider(
                "Noise of the points", 0.0, 0.5, _check_limits("noise", noise, 0.5), 0.05
            ),
        }
        alt = "Decision boundary of a network on two noisy moons, and its losses by epoch."
        super().__init__(self._draw, controls, figsize=(10.5, 4.6), alt=alt, layout="none")
        self._start_button = widgets.Button()
        self._pause_button = widgets.Button()
        self._start_button.on_click(lambda _: self.stop() if self.is_started else self.start())
        self._pause_button.on_click(lambda _: self.pause() if self.is_training else self.resume())
        buttons = widgets.HBox([self._start_button, self._pause_button])
        self.box.children = [buttons, *self.box.children]
        self._update_buttons()

    @property
    def is_training(self) -> bool:
        """Whether the network is trained now: started and not paused."""
        return self._thread is not None

    def start(self) -> None:
        """Start the training of a new network."""
        with self._lock:
            self._fit_settings = None
            self.is_started = True
            self.resume()

    def pause(self) -> None:
        """Pause the training before its next epoch."""
        with self._lock:
            self._thread = None
            self._wake.set()
            self._update_buttons()

    def resume(self) -> None:
        """Resume a paused training."""
        with self._lock:
            if self.is_training:
                self._wake.set()
            elif self.is_started:
                self._thread = threading.Thread(target=self._train, daemon=True)
                self._last_thread = self._thread
                self._thread.start()
            self._update_buttons()

    def stop(self) -> None:
        """Stop the training before its next epoch."""
        with self._lock:
            self.is_started = False
            self.pause()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until no thread trains, and return whether that is so.

        Args:
            seconds: timeout. Default: none.
        """
        if self._last_thread is None:
            return True
        self._last_thread.join(seconds)
        return not self._last_thread.is_alive()

    def redraw(self) -> None:
        """Start a new training with the current values if one was started, else draw the figure."""
        if self.is_started:
            self.resume()
        else:
            with self._training:
                super().redraw()

    def _repr_mimebundle_(self, include=None, exclude=None):
        """Return the widgets and the image; a page without a kernel shows the trained network."""
        if os.environ.get("MLCOURSE_INTERACTIVE") in ("prerender", "0") and not self.fit.log.last:
            with self._training:
                while not self.fit.done:
                    self.fit.train()
                super().redraw()
        return super()._repr_mimebundle_(include, exclude)

    def _current_fit(self, settings):
        """Return the current fit if it has these settings, else a new one."""
        if settings != self._fit_settings:
            hidden = [settings["units"]] * settings["layers"]
            self.fit = MoonFit(hidden, settings["l2"], settings["dropout"], settings["noise"])
            self._fit_settings = settings
        return self.fit

    def _draw(self, figure, **settings):
        draw_moon_fit(figure, self._current_fit(settings))

    def _train(self):
        """Train, and redraw the figure regularly, until this is no longer the training thread."""
        thread = threading.current_thread()
        epochs = 1
        with self._training:
            try:
                while self._should_train(thread):
                    self._train_epochs(thread, epochs)
                    begin = time.perf_counter()
                    super().redraw()
                    seconds = time.perf_counter() - begin
                    self._wake.wait(seconds * (1 / DRAWING_FRACTION - 1))
                    seconds = time.perf_counter() - begin
                    epochs = max(1, round(EPOCHS_PER_SECOND * seconds))
                super().redraw()
            except Exception as error:
                self._show_error(error)
            finally:
                with self._lock:
                    if self._thread is thread:
                        self.stop()

    def _train_epochs(self, thread, epochs):
        """Train for some epochs, or until this is no longer the training thread."""
        for _ in range(epochs):
            if self._thread is thread and not self._current_fit(self.values).done:
                self.fit.train()

    def _should_train(self, thread):
        """Return whether a thread should train. Stop it if all epochs of these values are done."""
        with self._lock:
            is_current = self._thread is thread
            if is_current and self.fit.done and self._fit_settings == self.values:
                self.stop()
            self._wake.clear()  # changes from here on set it again
            return self._thread is thread

    def _update_buttons(self):
        """Label the buttons by what a click does."""
        if self.is_started:
            self._start_button.description = "Stop"
            self._start_button.icon = "stop"
        else:
            self._start_button.description = "Start"
            self._start_button.icon = "play"
        if self.is_training or not self.is_started:
            self._pause_button.description = "Pause"
            self._pause_button.icon = "pause"
        else:
            self._pause_button.description = "Resume"
            self._pause_button.icon = "play"
        self._pause_button.disabled = not self.is_started


def _check_penalty(l2):
    """Return a factor of the L2 penalty if it is in the menu."""
    if l2 not in [factor for _, factor in PENALTIES]:
        names = ", ".join(name for name, _ in PENALTIES)
        raise ValueError(f"l2 must be one of {names}. Got {l2!r} instead.")
    return l2


def _check_limits(name, value, high):
    """Return a value of a slider from 0 to `high` as a float."""
    if checks.number(name, value, 0) > high:
        raise ValueError(f"{name} must be at most {high}. Got {value!r} instead.")
    return float(value)


def playground(**settings: Any) -> Playground:
    """Return a `Playground` with these settings.

    >>> playground(layers=1, units=8).values["units"]
    8
    """
    return Playground(**settings)
