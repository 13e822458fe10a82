"""Animation of the training of a classifier in the plane: boundary, network, and curves."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.contour import ContourSet
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from mlcourse._core import checks
from mlcourse._core.tables import bar
from mlcourse.figures._shared.animation import MAX_FRAMES, GifAnimation, evenly_spaced
from mlcourse.figures._shared.axes import figure_or_new
from mlcourse.figures._shared.legends import add_legend
from mlcourse.figures._shared.style import BLUE, on_paper
from mlcourse.figures._shared.text import set_literal, shorten
from mlcourse.figures._shared.titles import set_suptitle
from mlcourse.figures.evaluation.boundary import (
    draw_boundaries,
    plot_decision_boundary,
    region_colors,
)
from mlcourse.figures.evaluation.boundary_model import predicts_logits
from mlcourse.figures.evaluation.boundary_response import (
    checked_examples,
    drawn_classes,
    frame_around,
    grid_points,
    names_of,
    response,
)
from mlcourse.figures.networks.display import NeuralNetDisplay
from mlcourse.history import is_validation
from mlcourse.networks import from_model

MAX_EPOCHS = 100_000
MAX_WEIGHTS = 10_000_000  # of all frames together
LETTERS = 24  # per line of a label
RESOLUTION = 150  # grid points along each side of the frame
MAX_UNITS = 10  # drawn, per layer
FIGURE_SPACE = "\u2007"  # as wide as a digit, so that a growing number does not move a title


def animate_training(
    model: Any,
    X: ArrayLike,  # noqa: N803
    y: ArrayLike,
    *,
    epochs: int = 100,
    batch_size: int = 32,
    validation_data: tuple | None = None,
    class_names: Sequence[str] | None = None,
    frames: int = 50,
    fps: float = 10,
    progress: bool = True,
    title: str = "",
) -> GifAnimation:
    """Train a classifier of points in the plane, and animate its boundary, weights and curves.

    The model is trained by one call of `fit`: afterwards its weights, optimizer and `history` are
    those of that fit, also if the training is interrupted.

    On the left are the examples and the decision boundary; in the middle the network, whose units
    show their outputs on the plane and whose edges show their weights; on the right the loss and
    the first metric by epoch. The first frame shows the network before training. All limits and
    color scales of edges and curves are the same in all frames.

    Args:
        model: a compiled Keras model of dense layers with two inputs, which is trained. Its output
            is a sigmoid or a softmax, or logits if its loss has `from_logits`.
        X: examples, (n, 2).
        y: labels, integers from 0, (n,).
        epochs: the number of epochs, at most 100,000.
        batch_size: the number of examples in a batch.
        validation_data: a pair of examples and labels, as for `model.fit`; None for none.
        class_names: names of the classes 0, 1, ...; None for the labels.
        frames: the largest number of frames, at most 1,000. If there are more epochs, some have no
            frame.
        fps: frames per second.
        progress: whether to show a progress bar of the epochs.
        title: title of the figure.

    Returns:
        A `matplotlib.animation.FuncAnimation`. A notebook displays it as a GIF, `save_animation`
        writes it to a file (.gif, .html, or .mp4 if ffmpeg is installed), and `to_jshtml()` adds
        buttons to pause and resume it.

    Raises:
        ValueError: if the model is not compiled, not dense or does not have two inputs, if X, y or
            a number is invalid, or if the training diverges.

    Example:
        >>> X, y = datasets.two_moons(200)  # doctest: +SKIP
        >>> model = models.mlp(2, hidden=(8,), classes=2)  # doctest: +SKIP
        >>> model.compile("adam", "sparse_categorical_crossentropy")  # doctest: +SKIP
        >>> animation = animate_training(model, X, y)  # doctest: +SKIP
        >>> save_animation(animation, "build/moons.mp4")  # doctest: +SKIP
        PosixPath('build/moons.mp4')
    """
    targets = np.asarray(y)
    X, y = checked_examples(X, y)  # noqa: N806
    epochs = checks.integer("epochs", epochs, 1, limit=MAX_EPOCHS)
    batch_size = checks.integer("batch_size", batch_size, 1)
    frames = checks.integer("frames", frames, 2, limit=MAX_FRAMES)
    fps = checks.positive("fps", fps)
    checks.flag("progress", progress)
    if not getattr(model, "compiled", False):
        raise ValueError(f"model must be a compiled Keras model. Got {model!r} instead.")
    boundary = _Boundary(X, y, class_names, predicts_logits(model))
    boundary.check(from_model(model))
    frame_epochs = evenly_spaced(epochs, frames)
    n_weights = sum(from_model(model).count_params())
    checks.at_most("weights times frames", n_weights * len(frame_epochs), MAX_WEIGHTS)
    data = {"x": X, "y": targets, "batch_size": batch_size, "validation_data": validation_data}
    networks, curves = _fit(model, data, frame_epochs, progress)
    display = _TrainingDisplay(boundary, networks, curves, title)
    alt = "training of a network: decision boundary, weights, and curves by epoch"
    return GifAnimation(display.figure, display.update, frame_epochs, fps=fps, alt=alt)


def _fit(model, data, frame_epochs, progress):
    """Train a model, and return a dict from the epochs with a frame to its network, and its curves.

    The curves are a dict from names to values by epoch.
    """
    import keras

    networks = {0: from_model(model)}

    def record(index, logs):
        epoch = index + 1
        if not np.isfinite(logs["loss"]):
            rule = "the loss must be finite in all epochs"
            raise ValueError(f"{rule}. Got {logs['loss']} in epoch {epoch}.")
        if epoch in frame_epochs:
            networks[epoch] = from_model(model)
        epochs_bar.update()

    recorder = keras.callbacks.LambdaCallback(on_epoch_end=record)
    with bar(frame_epochs[-1], disable=not progress, desc="epochs") as epochs_bar:
        fit = model.fit(**data, epochs=frame_epochs[-1], verbose=0, callbacks=[recorder])
    return networks, fit.history


class _Boundary:
    """The decision boundary of a network, which changes its regions and lines only.

    Args:
        X, y, class_names: see `animate_training`.
        from_logits: whether the network predicts logits.
    """

    def __init__(self, X, y, class_names, from_logits):  # noqa: N803
        self.X = X
        self._y = y
        self._class_names = (
            None if class_names is None else checks.texts("class_names", class_names)
        )
        self._from_logits = from_logits
        self._frame = frame_around(X)
        self._points = grid_points(self._frame, RESOLUTION, X.dtype)
        self._lines = []

    def check(self, network):
        """Raise ValueError if the inputs or the outputs of a network do not fit the examples."""
        checks.n_features("X", self.X, network.n_inputs)
        labels = np.unique(self._y)
        result = self._response(network, self.X)
        n_classes = result.scores.shape[1]
        names_of(drawn_classes(None, labels, n_classes, self._class_names), self._class_names)

    def draw(self, ax, network):
        """Draw the boundary of a network with the examples and a legend."""
        self._ax = ax
        plot_decision_boundary(
            lambda points: network.outputs(points)[-1],
            self.X,
            self._y,
            class_names=self._class_names,
            frame=self._frame,
            resolution=RESOLUTION,
            colorbar=False,
            from_logits=self._from_logits,
            ax=ax,
        )
        self._lines = [artist for artist in ax.collections if isinstance(artist, ContourSet)]

    def update(self, network):
        """Show the boundary of another network."""
        result = self._response(network, self._points)
        grid = result.scores.reshape(RESOLUTION, RESOLUTION, -1)
        self._ax.images[0].set_data(region_colors(result, grid))
        for line in self._lines:
            line.remove()
        self._lines = draw_boundaries(self._ax, grid, self._frame)

    def _response(self, network, points):
        labels = np.unique(self._y)
        return response(
            lambda points: network.outputs(points)[-1],
            points,
            labels,
            from_logits=self._from_logits,
        )


class _TrainingDisplay:
    """The figure of an animation: boundary, network and curves at one epoch.

    Args:
        boundary: a `_Boundary`.
        networks: a dict from epochs to `Network`.
        curves: a dict from names to values by epoch.
        title: title of the figure.
    """

    def __init__(self, boundary, networks, curves, title):
        self._boundary = boundary
        self._networks = networks
        self._curves = curves
        self._epochs = len(curves["loss"])
        metrics = ["loss", *(name for name in curves if not is_validation(name) and name != "loss")]
        metrics = metrics[:2]
        self.figure = figure_or_new(None, (12.5, 4.4))
        columns = [["boundary", "network", metric] for metric in metrics]
        axes = self.figure.subplot_mosaic(columns, width_ratios=(1, 1.3, 0.8))
        last = networks[self._epochs]
        boundary.draw(axes["boundary"], last)
        self._title = axes["boundary"].set_title(self._epoch_text(self._epochs))
        limit = max(
            np.abs(layer.weights).max() for net in networks.values() for layer in net.layers
        )
        options: dict = {"heatmaps": boundary.X, "max_units": MAX_UNITS, "limit": limit}
        self._network = NeuralNetDisplay(axes["network"], last, **options)
        axes["network"].set_title("weights, and output of each unit")
        self._lines = {}
        for metric in metrics:
            self._draw_curves(axes[metric], metric)
        axes[metrics[-1]].set_xlabel("epoch")
        if any(map(is_validation, curves)):
            add_legend(axes["loss"], [*axes["loss"].lines], loc="upper right")
        set_suptitle(self.figure, title)

    def _draw_curves(self, ax, metric):
        """Draw the whole curves of a metric, so that the limits are those of all epochs."""
        styles = {metric: ("-", "training"), f"val_{metric}": (":", "validation")}
        for name, (line, label) in styles.items():
            if name in self._curves:
                epochs = np.arange(1, self._epochs + 1)
                style = {"color": on_paper(BLUE), "lw": 2, "ls": line, "label": label}
                (self._lines[name],) = ax.plot(epochs, self._curves[name], **style)
        set_literal(ax.set_ylabel, shorten(metric.replace("_", " "), LETTERS))
        ax.set(xlim=(0, self._epochs), ylim=ax.get_ylim())
        ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True))

    def _epoch_text(self, epoch):
        """Return the title of a frame; all titles of an animation are equally wide."""
        return f"epoch {str(epoch).rjust(len(str(self._epochs)), FIGURE_SPACE)} of {self._epochs}"

    def update(self, epoch):
        """Show the network after an epoch."""
        self._boundary.update(self._networks[epoch])
        self._network.update(self._networks[epoch])
        for name, line in self._lines.items():
            line.set_data(np.arange(1, epoch + 1), self._curves[name][:epoch])
        self._title.set_text(self._epoch_text(epoch))
