"""One Axes of a fit's curves: lines that are moved, limits that follow them, what is marked."""

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from mlcourse.figures.axes import extent
from mlcourse.figures.style import GREEN, GREY
from mlcourse.histories import base, is_loss, is_validation, numbers

MARGIN = 0.05  # of the curves' height, above and below them
ROOM = 0.3  # of what is shown, left free where it grows while a fit runs
FULL = 0.6  # of the limits must be filled, or there are new ones
LEGEND = {
    "loc": "lower left",
    "bbox_to_anchor": (0, 1),
    "borderaxespad": 0.1,
    "borderpad": 0.2,
    "columnspacing": 1.2,
    "handlelength": 1.8,
    "fontsize": 10,
    "frameon": False,
}
LETTERS = 20  # of a label; of a longer one the last word is enough, as the legend has them all
FAINT = 0.35  # opacity of what happened within the epochs


class Panel:
    """Curves by epoch on one Axes.

    Attributes:
        axes: the Axes.
        lines: a dict from a curve's key to its Line2D.
    """

    def __init__(self, axes, label, log_scale=False):
        self.axes, self.lines, self._within, self._names = axes, {}, {}, set()
        self._steady = [None, None]
        self._best = axes.axvline(np.nan, color=GREY, lw=1, zorder=0)
        (self._mark,) = axes.plot(
            [], [], "o", ms=9, mfc="none", mec="black", mew=1.5, zorder=5, clip_on=False
        )
        (self._target,) = axes.plot([], [], color=GREEN, lw=1.5, ls="--", zorder=0)
        axes.set(xlabel="Epoch", ylabel=label, xlim=(0.5, 1.5), ylim=(0.1, 1))
        axes.tick_params(axis="y", labelsize=10)  # four places leave the label room
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
        if log_scale:
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        else:
            axes.yaxis.set_major_locator(MaxNLocator(6))
            axes.ticklabel_format(axis="y", scilimits=(-3, 4))
            axes.yaxis.get_offset_text().set_ha("right")  # else it would be under the legend

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
        dots = {"markersize": 5, "markerfacecolor": "white" if is_validation(name) else colour}
        (self.lines[key],) = self.axes.plot([], [], label=label, **style, **dots)
        if not is_loss(name):
            one = base(name).replace("_", " ")
            one = one if len(one) <= LETTERS else one.rpartition(" ")[2]
            self.axes.set_ylabel(one.capitalize() if len(self._names) == 1 else "Metric")
        return self.lines[key]

    def explain(self):
        """Puts a legend above the Axes, in as many columns as fit; returns its height in inches."""
        if not self.axes.get_legend_handles_labels()[0]:
            return 0.0
        for columns in (3, 2, 1):
            legend = self.axes.legend(ncols=columns, **LEGEND)
            box = legend.get_window_extent()
            if box.width <= self.axes.bbox.width:
                break
        for handle in legend.legend_handles:
            handle.set_marker("")
        return box.height / self.axes.get_figure().dpi

    def move(self, key, epochs, values, hidden=-np.inf):
        """Puts a curve through what are numbers, with dots where there are too few for a line.

        Args:
            key: the curve's.
            epochs: of its values.
            values: numbers; what is not one is passed over.
            hidden: the last epoch that is not shown.
        """
        epochs, values = np.asarray(epochs), numbers(values)
        known = np.isfinite(values) & (epochs > hidden)
        self.lines[key].set_data(epochs[known], values[known])
        self.lines[key].set_marker("o" if known.sum() < 3 else "")

    def move_within(self, key, when, values, hidden=-np.inf):
        """Puts a faint curve in the key's colour through values within the epochs."""
        if key not in self._within:
            colour = self.lines[key].get_color()
            style = {"color": colour, "lw": 1.2, "alpha": FAINT, "zorder": 1}
            (self._within[key],) = self.axes.plot([], [], **style)
        shown = np.isfinite(values) & (when > hidden)
        self._within[key].set_data(when[shown], values[shown])

    def mark(self, best):
        """Puts a ring around the best value: a name, an epoch and a value; None for no ring."""
        self._mark.set_data(*([[], []] if best is None else [[part] for part in best[1:]]))

    def aim(self, value):
        """Draws a line across at the value to reach."""
        self._target.set_data([-1e9, 1e9], [value, value])
        self._target.set_label(f"target {value:g}")

    @property
    def moving(self):
        """The artists that change from epoch to epoch."""
        curves = *self._within.values(), *self.lines.values()
        return [self._best, self._target, *curves, self._mark]

    def points(self):
        """Returns the points of all curves, an array (n, 2)."""
        curves = [line.get_xydata() for line in (*self.lines.values(), *self._within.values())]
        return np.concatenate([np.empty((0, 2)), *curves])

    def finish(self, span, best=None, running=False):
        """Puts the line of the best epoch, and the limits, where the curves are.

        While the fit runs they leave the curves room to go on, and then stay for a while.

        Args:
            span: the first and the last epoch to show.
            best: the best epoch; None for no line.
            running: whether the fit goes on.
        """
        self._best.set_xdata([np.nan if best is None else best] * 2)
        levels = np.concatenate([self.points()[:, 1], self._target.get_ydata()])
        is_log = self.axes.get_yscale() == "log"
        levels = np.log10(levels[levels > 0]) if is_log else levels
        steady = self._steady if running else [None, None]
        self._steady[0] = _kept(steady[0], span[0] - 0.4, span[1] + 0.4)
        self.axes.set_xlim(self._steady[0])
        if len(levels):
            low, high = levels.min(), levels.max()
            margin = MARGIN * extent(low, high)
            self._steady[1] = _kept(steady[1], low - margin, high + margin)
            self.axes.set_ylim(np.power(10, self._steady[1]) if is_log else self._steady[1])
            if is_log:  # within a decade the ticks between its ends have labels too
                narrow = self._steady[1][1] - self._steady[1][0] < 1
                plain = FuncFormatter(lambda value, _: f"{value:g}")
                self.axes.yaxis.set_minor_formatter(plain if narrow else NullFormatter())


def _kept(limits, low, high):
    """Returns limits for what lies between low and high: those there are, while it fills them.

    On the side where it has grown beyond them there are new ones, with room to grow.
    """
    if limits is None or high - low < FULL * (limits[1] - limits[0]):
        return low, high
    room = ROOM * (high - low)
    below, above = limits
    return low - room if low < below else below, high + room if high > above else above
