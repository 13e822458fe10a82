"""One Axes of a fit's curves: lines that are moved, limits that follow them, what is marked."""

import matplotlib as mpl
import numpy as np
from matplotlib.ticker import MaxNLocator

from mlcourse.figures.style import GREEN, GREY, STYLE
from mlcourse.histories import base, direction, is_loss, is_validation, numbers

MARGIN = 0.05  # of the curves' height, above and below them
ROOM = 0.3  # of the epochs so far, beside them while a fit runs
FULL = 0.6  # of the limits must be filled, or there are new ones
FAINT = 0.35  # opacity of what happened within the epochs


class Panel:
    """Curves by epoch on one Axes.

    Attributes:
        axes: the Axes.
        lines: a dict from a curve's key to its Line2D.
        corner: of the legend: where falling, or rising, curves are not.
    """

    def __init__(self, axes, label, log_scale=False):
        self.axes, self.lines, self._within, self._names = axes, {}, {}, set()
        self.corner, self._steady = "upper right", [None, None]
        self._best = axes.axvline(np.nan, color=GREY, lw=1, zorder=0)
        (self._mark,) = axes.plot(
            [], [], "o", ms=9, mfc="none", mec="black", mew=1.5, zorder=5, clip_on=False
        )
        (self._target,) = axes.plot([], [], color=GREEN, lw=1.5, ls="--", zorder=0)
        axes.set(xlabel="Epoch", ylabel=label, yscale="log" if log_scale else "linear")
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
        if not log_scale:
            axes.yaxis.set_major_locator(MaxNLocator(6))
            axes.ticklabel_format(axis="y", scilimits=(-3, 4))

    def add(self, key, name, label, colour, width=2.2):
        """Adds a curve without values and returns it; without a label the legend does not name it.

        Args:
            key: by which it is moved.
            name: of its values in the history.
            label: its words in the legend.
            colour: of the line.
            width: of the line, in points.
        """
        self._names.add(base(name))
        style = {"color": colour, "lw": width, "linestyle": ":" if is_validation(name) else "-"}
        (self.lines[key],) = self.axes.plot([], [], markersize=4, label=label, **style)
        if not is_loss(name):
            one = base(name).replace("_", " ").capitalize()
            self.axes.set_ylabel(one if len(self._names) == 1 else "Metric")
        if direction(name) > 0:
            self.corner = "lower right"
        self._explain()
        return self.lines[key]

    def _explain(self):
        """Makes the legend anew."""
        with mpl.rc_context(STYLE):
            options = {"fontsize": 10, "frameon": True, "framealpha": 0.8, "edgecolor": "none"}
            legend = self.axes.legend(loc=self.corner, **options)
        for handle in legend.legend_handles:
            handle.set_marker("")

    def hide_legend(self):
        """Takes the legend away."""
        if self.axes.get_legend():
            self.axes.get_legend().remove()

    def move(self, key, epochs, values, first=-np.inf):
        """Puts a curve through what are numbers, with dots where there are too few for a line.

        Args:
            key: the curve's.
            epochs: of its values.
            values: numbers or what is none.
            first: the last epoch that is not shown.
        """
        epochs, values = np.asarray(epochs), numbers(values)
        known = np.isfinite(values) & (epochs > first)
        self.lines[key].set_data(epochs[known], values[known])
        self.lines[key].set_marker("o" if known.sum() < 3 else "")

    def move_within(self, key, when, values, first=-np.inf):
        """Puts a faint curve in the key's colour through values within the epochs."""
        if key not in self._within:
            colour = self.lines[key].get_color()
            style = {"color": colour, "lw": 1.2, "alpha": FAINT, "zorder": 1}
            (self._within[key],) = self.axes.plot([], [], **style)
        shown = np.isfinite(values) & (when > first)
        self._within[key].set_data(when[shown], values[shown])

    def mark(self, best):
        """Puts a ring around the best value: a name, an epoch and a value; None for no ring."""
        self._mark.set_data(*([[], []] if best is None else [[part] for part in best[1:]]))

    def aim(self, value):
        """Draws a line across at the value to reach."""
        self._target.set_data([-1e9, 1e9], [value, value])

    @property
    def moving(self):
        """The artists that change from epoch to epoch, and the legend, which is above them."""
        curves = *self._within.values(), *self.lines.values()
        legend = filter(None, [self.axes.get_legend()])
        return [self._best, self._target, *curves, *legend, self._mark]

    def finish(self, best=None, running=False):
        """Puts the line of the best epoch, and the limits, where the curves are.

        While the fit runs they leave the curves room to go on, and then stay for a while.
        """
        self._best.set_xdata([np.nan if best is None else best] * 2)
        curves = [line.get_xydata() for line in (*self.lines.values(), *self._within.values())]
        points = np.concatenate([np.empty((0, 2)), *curves])
        levels = np.concatenate([points[:, 1], self._target.get_ydata()])
        is_log = self.axes.get_yscale() == "log"
        levels = np.log10(levels[levels > 0]) if is_log else levels
        if len(points):
            first, last = points[:, 0].min() - 0.4, points[:, 0].max() + 0.4
            room = ROOM * (last - first) if running else 0
            self._steady[0] = _kept(self._steady[0] if running else None, first, last, 0, room)
            self.axes.set_xlim(self._steady[0])
        if len(levels):
            margin = MARGIN * (np.ptp(levels) or abs(levels[0]) or 1)
            found = levels.min() - margin, levels.max() + margin
            room = ROOM * (found[1] - found[0]) / 4 if running else 0
            self._steady[1] = _kept(self._steady[1] if running else None, *found, room, room)
            self.axes.set_ylim(np.power(10, self._steady[1]) if is_log else self._steady[1])


def _kept(limits, low, high, below, above):
    """Returns the limits if what lies between low and high fits in and fills them, or new ones."""
    if limits is not None:
        fits = limits[0] <= low and high <= limits[1]
        if fits and high - low >= FULL * (limits[1] - limits[0]):
            return limits
    return low - below, high + above
