"""A playground: networks that overfit, on two moons."""

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

POINTS, NEW_POINTS = 100, 1000  # training and validation examples
RATE, BATCH, EPOCHS = 0.01, 20, 1000


class MoonFit:
    """A network, its points, and what it has learned so far.

    It is trained with Adam, on the binary cross-entropy and, for each weight w, l2 w^2.

    Args:
        hidden: units of each hidden layer, in a list; they are ReLU units.
        l2: factor of the weights' squares in what is made small.
        dropout: share of each hidden layer's outputs set to 0 while training, in [0, 1).
        noise: standard deviation of the points around their moons.
        seed: of the points, the weights and the order of the examples.

    Attributes:
        points, new: examples (n, 2) and classes (n,), to learn from and to validate with.
        log: an `History` of both losses by epoch, without the l2 w^2 and without dropout.

    >>> fit = MoonFit([8], l2=0.001, dropout=0.0, noise=0.2)
    >>> fit.train()
    >>> fit.log.epochs["val_loss"]
    [1]
    """

    def __init__(self, hidden, l2, dropout, noise, seed=0):
        self.points = two_moons(POINTS, noise, seed)
        self.new = two_moons(NEW_POINTS, noise, seed + 1)
        self._model, self._l2 = scratch.Model(_layers(hidden, dropout, seed)), l2
        self._body = scratch.Model(self._model.layers[:-1])  # the loss has the sigmoid inside
        data = scratch.Data(*self.points)
        self._batches = scratch.Dataloader(data, scratch.Sampler(data, BATCH, shuffle=True))
        steps = EPOCHS * len(self._batches)
        self._updates = Updates(adam(RATE), self._model.layers, steps)
        self._loss, self.log = scratch.BCE(), History()

    @property
    def done(self):
        """Whether it has had all its epochs."""
        return self.log.last == EPOCHS

    def __call__(self, x):
        """Returns the probability of the second class, (n, 1), at points (n, 2)."""
        return self._model(x)

    def train(self):
        """Trains for one epoch, and notes what came of it."""
        for x, y in self._batches:
            z = self._body(x, training=True)
            self._body.backward(self._loss.value_and_gradient(z, y)[1])
            for layer in self._body.layers:
                if "w" in layer.params:
                    layer.grads["w"] += 2 * self._l2 * layer.params["w"]
            self._updates.apply()
        self._note()

    def _note(self):
        parts = {"loss": self.points, "val_loss": self.new}
        values = {name: self._loss(self(x), y) for name, (x, y) in parts.items()}
        if not np.isfinite(values["loss"]):
            raise FloatingPointError(f"the loss must be finite. Got {values['loss']} instead.")
        self.log.add(self.log.last + 1, values)


def _layers(hidden, dropout, seed):
    """Returns the layers of a network with two inputs and one output, a sigmoid."""
    layers, inputs = [], 2
    for number, units in enumerate(hidden, 1):
        layers += [
            scratch.Affine(f"hidden {number}", inputs, units, seed=seed),
            scratch.Relu(f"relu {number}"),
            scratch.Dropout(f"dropout {number}", dropout, seed),
        ]
        inputs = units
    last = scratch.Affine("output", inputs, 1, initializer="glorot_normal", seed=seed)
    return [*layers, last, scratch.Sigmoid("sigmoid")]


PACE, SHARE = 40, 0.25  # epochs a second, and what frames take of the time at the most
PENALTIES = [(f"{l2:g}", l2) for l2 in (0.0, 0.0001, 0.001, 0.01, 0.1)]
PLACE = (0.15, 0.13, 0.82, 0.74)  # of the boundary in its half: a layout engine costs more time


def draw_moon_fit(figure, fit):
    """Draws a `MoonFit`: on the left its decision boundary, on the right its losses."""
    left, right = figure.subfigures(1, 2)
    axes = left.add_axes(PLACE)
    plot_decision_boundary(fit, *fit.points, colorbar=False, ax=axes)
    learned, new = (accuracy(y, fit(x)) for x, y in (fit.points, fit.new))
    axes.set_title(f"accuracy {learned:.3f}, on new points {new:.3f}")
    if fit.log.last:
        plot_history(fit.log, fig=right)
    else:
        right.text(0.5, 0.5, "not trained yet", ha="center", fontsize=13)


class Playground(Interactive):
    """A small network on two noisy moons: its decision boundary, and its losses as it trains.

    Start trains it in a thread of its own, which ends once the training is done, stopped, or stands
    still. A control that is moved meanwhile begins a new training, with the latest values of all.
    Between two frames it rests, so that one can watch, and the notebook stays free.

    Args:
        layers, units: hidden layers, 1 to 4, and the units of each, 1 to 64.
        l2: factor of the weights' squares in what is made small: one of `PENALTIES`.
        dropout: share of each hidden layer's outputs set to 0 while training, 0 to 0.8.
        noise: standard deviation of the points around their moons, 0 to 0.5.

    Attributes:
        fit: the `MoonFit` that is shown.
        is_begun: whether a training has begun and not ended; it may stand still.

    Example:
        >>> shown = Playground(layers=1, units=2)
        >>> shown.is_begun, shown.fit.log.last
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
        self._lock, self._work = threading.RLock(), threading.RLock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._latest: threading.Thread | None = None
        self.fit, self._settings, self.is_begun = None, None, False
        controls = {
            "layers": slider("Hidden layers", 1, 4, checks.integer("layers", layers, 1, 4)),
            "units": slider("Units in each", 1, 64, checks.integer("units", units, 1, 64)),
            "l2": menu("L2", PENALTIES, _known_penalty(l2)),
            "dropout": slider("Dropout", 0.0, 0.8, _within("dropout", dropout, 0.8), 0.1),
            "noise": slider("Noise of the points", 0.0, 0.5, _within("noise", noise, 0.5), 0.05),
        }
        alt = "Decision boundary of a network on two noisy moons, and its losses by epoch."
        super().__init__(self._draw, controls, size=(10.5, 4.6), alt=alt, layout="none")
        self._buttons = widgets.Button(), widgets.Button()
        self._buttons[0].on_click(lambda _: self.stop() if self.is_begun else self.start())
        self._buttons[1].on_click(lambda _: self.pause() if self.is_training else self.resume())
        self.box.children = [widgets.HBox(self._buttons), *self.box.children]
        self._label()

    @property
    def is_training(self) -> bool:
        """Whether the network is being trained, and does not stand still."""
        return self._thread is not None

    def start(self) -> None:
        """Begins to train a new network."""
        with self._lock:
            self._settings, self.is_begun = None, True
            self.resume()

    def pause(self) -> None:
        """Lets the training stand still before its next epoch."""
        with self._lock:
            self._thread = None
            self._wake.set()
            self._label()

    def resume(self) -> None:
        """Goes on with a training that stands still."""
        with self._lock:
            if self.is_training:
                self._wake.set()
            elif self.is_begun:
                self._thread = threading.Thread(target=self._train, daemon=True)
                self._latest = self._thread
                self._thread.start()
            self._label()

    def stop(self) -> None:
        """Ends the training before its next epoch, for good."""
        with self._lock:
            self.is_begun = False
            self.pause()

    def wait(self, seconds: float | None = None) -> bool:
        """Waits until no thread trains any more; returns whether it has come to that in time."""
        if self._latest is not None:
            self._latest.join(seconds)
        return self._latest is None or not self._latest.is_alive()

    def redraw(self) -> None:
        """Begins a new training with the controls' values, if there was one, or draws its start."""
        if self.is_begun:
            self.resume()
        else:
            with self._work:
                super().redraw()

    def _current(self, settings):
        """Returns the fit with these settings: the one there is, or a new one."""
        if settings != self._settings:
            hidden = [settings["units"]] * settings["layers"]
            others = {name: settings[name] for name in ("l2", "dropout", "noise")}
            self.fit, self._settings = MoonFit(hidden, **others), settings
        return self.fit

    def _draw(self, figure, **settings):
        draw_moon_fit(figure, self._current(settings))

    def _train(self):
        """Trains, with a frame now and then, for as long as this is the thread that is to do so."""
        me, epochs = threading.current_thread(), 1
        with self._work:  # one thread after another
            try:
                while self._goes_on(me):
                    self._train_some(me, epochs)
                    begin = time.perf_counter()
                    super().redraw()
                    spent = time.perf_counter() - begin
                    self._wake.wait(spent * (1 / SHARE - 1))
                    epochs = max(1, round(PACE * (time.perf_counter() - begin)))
                super().redraw()
            except Exception as error:
                self._say(error)
            finally:
                with self._lock:
                    if self._thread is me:
                        self.stop()

    def _train_some(self, me, epochs):
        for _ in range(epochs):
            if self._thread is me and not self._current(self.values).done:
                self.fit.train()

    def _goes_on(self, me):
        """Whether a thread is to train; one that is done ends, unless a control has been moved."""
        with self._lock:
            if self._thread is me and self.fit.done and self._settings == self.values:
                self.stop()
            self._wake.clear()  # what it was set for is looked at from here on
            return self._thread is me

    def _label(self):
        """Names the buttons by what they do next."""
        begun, training = self.is_begun, self.is_training
        first, second = self._buttons
        first.description, first.icon = ("Stop", "stop") if begun else ("Start", "play")
        second.description, second.icon = (
            ("Pause", "pause") if training or not begun else ("Go on", "play")
        )
        second.disabled = not begun


def _known_penalty(l2):
    """Returns the factor if it is one of those in the menu."""
    if l2 not in [known for _, known in PENALTIES]:
        names = ", ".join(name for name, _ in PENALTIES)
        raise ValueError(f"l2 must be one of {names}. Got {l2!r} instead.")
    return l2


def _within(name, value, highest):
    """Returns a number that a slider from 0 to `highest` can be set to."""
    if checks.number(name, value, 0) > highest:
        raise ValueError(f"{name} must be at most {highest}. Got {value!r} instead.")
    return float(value)


def playground(**settings: Any) -> Playground:
    """Returns a `Playground`, with its controls set as they are asked for.

    >>> playground(layers=1, units=8).values["units"]
    8
    """
    return Playground(**settings)
