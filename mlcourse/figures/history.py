"""Curves of a fit: losses and metrics by epoch, kept up to date in place."""

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mlcourse.figures.style import CYCLE, GREY, STYLE

SMALL_IS_GOOD = ("loss", "error", "mae", "mse", "mape", "msle", "crossentropy", "divergence")


def is_loss(name):
    """Whether a history's key names a loss: the total, or that of one output."""
    return name.removeprefix("val_") == "loss" or name.endswith("_loss")


def best_epoch(history):
    """Returns (key, index, value) of the best epoch by what one would judge the fit by.

    That is the first validation metric, or else the first metric, or else the
    validation loss, or else the loss; the largest value is the best unless the name
    is that of an error. Values that are not numbers are passed over; None if
    there is no value yet.
    """
    keys = sorted(history, key=lambda key: (is_loss(key), not key.startswith("val_")))
    for key in keys:
        values = np.array(history[key], dtype=float)
        values[~np.isfinite(values)] = np.nan
        if key != "learning_rate" and not np.isnan(values).all():
            small = any(word in key for word in SMALL_IS_GOOD)
            index = int(np.nanargmin(values) if small else np.nanargmax(values))
            return key, index, values[index]
    return None


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
            self._best = [axes.axvline(np.nan, color=GREY, lw=1, zorder=0) for axes in self._axes]
        self.lines = {}
        for axes, label in zip(self._axes, ("Loss", "Metric"), strict=True):
            axes.set(xlabel="Epoch", ylabel=label)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))

    def update(self, history, title="", first_epoch=1):
        """Moves the curves to the history's values.

        Args:
            history: a mapping of names to one value an epoch, as `keras.callbacks.History` keeps.
            title: text above both Axes.
            first_epoch: number of the first value's epoch.

        Returns:
            The Figure.
        """
        for key, values in history.items():
            if key == "learning_rate":
                continue
            line = self.lines.get(key) or self._add_line(key)
            line.set_data(np.arange(len(values)) + first_epoch, values)
            line.set_marker("o" if len(values) < 3 else "")  # a single value has no line to show
        best = best_epoch(history)
        last = first_epoch + max(map(len, history.values()), default=0) - 1
        for axes, mark in zip(self._axes, self._best, strict=True):
            mark.set_xdata([np.nan if best is None else best[1] + first_epoch] * 2)
            axes.relim()
            axes.autoscale_view(scalex=False)
            axes.set_xlim(first_epoch - 0.4, max(last, first_epoch) + 0.4)
        self.figure.suptitle(title, fontsize=13)
        return self.figure

    def _add_line(self, key):
        axes = self._axes[0 if is_loss(key) else 1]
        name = key.removeprefix("val_")
        partner = self.lines.get(name) or self.lines.get(f"val_{name}")
        taken = len({line.get_color() for line in axes.lines[1:]})
        with mpl.rc_context(STYLE):
            (line,) = axes.plot(
                [],
                [],
                color=partner.get_color() if partner else CYCLE[taken % len(CYCLE)],
                linestyle=":" if key.startswith("val_") else "-",
                lw=2.2,
                markersize=4,
                label=key.removeprefix("val_") + " (validation)" * key.startswith("val_"),
            )
            self.lines[key] = line
            for handle in axes.legend(fontsize=10).legend_handles:
                handle.set_marker("")
        if not is_loss(key):
            names = {known.removeprefix("val_") for known in self.lines if not is_loss(known)}
            axes.set_ylabel(name.replace("_", " ").capitalize() if len(names) == 1 else "Metric")
        return line
