"""Curves of a fit: losses and metrics by epoch, kept up to date in place."""

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from mlcourse.figures.style import BLUE, CYCLE, GREY, STYLE

LARGE_IS_GOOD = ("acc", "auc", "precision", "recall", "iou", "io_u", "score", "similarity")
SMALL_IS_GOOD = ("loss", "error", "mae", "mse", "mape", "msle", "crossentropy", "hinge")


def is_loss(name):
    """Whether a history's key names a loss: the total, or that of one output."""
    return name.removeprefix("val_") == "loss" or name.endswith("_loss")


def best_value(history):
    """Returns (key, index, value) of the best of the values that one would judge a fit by.

    These are the first validation metric, or else the validation loss, the first
    metric, the loss. A metric of which it is not known whether large or small is good
    is passed over, as are values that are not numbers. None if nothing is left.
    """
    for key in sorted(history, key=lambda key: (not key.startswith("val_"), is_loss(key))):
        values = _numbers(history[key])
        small = any(word in key for word in SMALL_IS_GOOD)
        large = any(word in key for word in LARGE_IS_GOOD)
        if small != large and not np.isnan(values).all():
            index = int(np.nanargmin(values) if small else np.nanargmax(values))
            return key, index, values[index]
    return None


def _numbers(values):
    """Returns one float a value, NaN for infinities and for what is not a single number."""
    numbers = np.array([value if np.ndim(value) == 0 else np.nan for value in values], dtype=float)
    return np.where(np.isfinite(numbers), numbers, np.nan)


class HistoryDisplay:
    """Losses on one Axes, metrics on another; training solid, validation dotted, one colour each.

    The artists are made once and then moved: drawing the thousandth epoch costs
    what drawing the tenth did. The figure has a canvas of its own, outside pyplot.

    Attributes:
        figure: the `matplotlib.figure.Figure`.
        lines: a dict from a history's key to its Line2D.
    """

    def __init__(self, figsize=(9, 3.6)):
        with mpl.rc_context(STYLE):
            self.figure = Figure(figsize=figsize)
            FigureCanvasAgg(self.figure)
            self._axes = self.figure.subplots(1, 2)
            self._track, self._bar = (
                self.figure.add_artist(Rectangle((0, 0), 0, 0.012, color=colour, lw=0))
                for colour in ("0.9", BLUE)
            )
            self._best = [axes.axvline(np.nan, color=GREY, lw=1, zorder=0) for axes in self._axes]
        self.lines = {}
        for axes, label in zip(self._axes, ("Loss", "Metric"), strict=True):
            axes.set(xlabel="Epoch", ylabel=label)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))

    def update(self, history, title="", epochs=None, progress=0.0):
        """Moves the curves to the history's values.

        Args:
            history: a mapping of names to values, as `keras.callbacks.History` keeps.
            title: text above both Axes.
            epochs: a mapping of the same names to the values' epochs; 1, 2, 3 and so on if None.
            progress: the share of the fit that is done, as a bar at the bottom; 0 for no bar.

        Returns:
            The Figure.
        """
        history = {key: values for key, values in history.items() if len(values)}
        epochs = epochs or {key: range(1, len(values) + 1) for key, values in history.items()}
        for key, values in history.items():
            self._move(key, np.asarray(epochs[key]), _numbers(values))
        best = best_value(history)
        where = np.nan if best is None else epochs[best[0]][best[1]]
        ends = [end for key in history for end in (epochs[key][0], epochs[key][-1])] or [1]
        for axes, mark in zip(self._axes, self._best, strict=True):
            mark.set_xdata([where, where])
            axes.relim()
            axes.autoscale_view(scalex=False)
            axes.set_xlim(min(ends) - 0.4, max(ends) + 0.4)
        self._track.set_width(float(progress > 0))
        self._bar.set_width(progress)
        self.figure.suptitle(title, fontsize=13)
        return self.figure

    def _move(self, key, epochs, values):
        """Puts a curve through the values that are numbers, with a dot where no line would show."""
        known = np.isfinite(values)
        if key == "learning_rate":
            return
        line = self.lines.get(key) or self._add_line(key)
        line.set_data(epochs[known], values[known])
        line.set_marker("o" if known.sum() < 3 else "")

    def _add_line(self, key):
        axes = self._axes[0 if is_loss(key) else 1]
        name = key.removeprefix("val_")
        partner = self.lines.get(name) or self.lines.get(f"val_{name}")
        taken = len({line.get_color() for line in axes.lines[1:]})
        (line,) = axes.plot(
            [],
            [],
            color=partner.get_color() if partner else CYCLE[taken % len(CYCLE)],
            linestyle=":" if key.startswith("val_") else "-",
            lw=2.2,
            markersize=4,
            label=name + " (validation)" * key.startswith("val_"),
        )
        self.lines[key] = line
        with mpl.rc_context(STYLE):
            for handle in axes.legend(fontsize=10).legend_handles:
                handle.set_marker("")
        if not is_loss(key):
            names = {known.removeprefix("val_") for known in self.lines if not is_loss(known)}
            axes.set_ylabel(name.replace("_", " ").capitalize() if len(names) == 1 else "Metric")
        return line
