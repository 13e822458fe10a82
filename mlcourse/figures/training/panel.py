"""One panel of training curves, and which metrics share one."""

import re

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from mlcourse.figures._shared.axes import extent
from mlcourse.figures._shared.legends import color_and_marker
from mlcourse.figures._shared.style import CYCLE, GREEN, GREY
from mlcourse.history import base, is_loss, is_validation

LOSS, UNIT, COUNT, PERCENTAGE = "loss", "unit", "count", "percentage"
COUNTS = re.compile(r"(^|_)(tp|fp|tn|fn|(true|false)_(positives|negatives))(_\d+)?$")
PERCENTAGES = re.compile(r"(^|_)mape(_\d+)?$|percentage")
MAX_CURVES = 6  # metrics in a panel: as many as the style has colors


def scale(name, values):
    """Return the scale of a metric: what has the same one shares a panel.

    Losses have one scale, and so have counts (true and false positives and negatives) and
    percentages, by their names. Metrics with all values in [0, 1] share the unit scale. Any other
    metric is on the scale of its first value: its sign and its order of magnitude.

    Args:
        name: name in the history.
        values: floats, (n,); NaN is ignored.
    """
    if is_loss(name):
        return LOSS
    if COUNTS.search(name):
        return COUNT
    if PERCENTAGES.search(name):
        return PERCENTAGE
    values = values[np.isfinite(values)]
    outside = values[(values < 0) | (values > 1)]
    if not len(outside):
        return UNIT
    size = np.abs(values[values != 0][0])
    return bool((outside < 0).any()), int(np.floor(np.log10(size)))


def evenly(names):
    """Return names in groups of `MAX_CURVES` at most, which differ by one in length at most."""
    n_groups = -(-len(names) // MAX_CURVES)
    return [list(group) for group in np.array_split(np.array(names, object), n_groups)]


def checked_panels(panels):
    """Return panels as lists of names; raise ValueError unless they are lists of names."""
    rule = "panels must be lists of names, such as [['accuracy', 'auc'], ['tp', 'fp']]"
    if not isinstance(panels, list | tuple) or not panels:
        raise ValueError(f"{rule}. Got {panels!r} instead.")
    groups = [[panel] if isinstance(panel, str) else panel for panel in panels]
    if not all(isinstance(group, list | tuple) and group for group in groups):
        raise ValueError(f"{rule}. Got {panels!r} instead.")
    if not all(isinstance(name, str) for group in groups for name in group):
        raise ValueError(f"{rule}. Got {panels!r} instead.")
    groups = [list(dict.fromkeys(map(base, group))) for group in groups]
    names = [name for group in groups for name in group]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"panels must have each name once. Got {name!r} twice instead.")
    return groups


MARGIN = 0.05  # of the curves' height, above and below them
ROOM = 0.3  # of what is shown, left free where it grows while a fit runs
FULL = 0.6  # of the limits must be filled, or there are new ones
LETTERS = 20  # of a label; of a longer one the last word is enough, as the legend has them all
FAINT = 0.35  # opacity of what happened within the epochs
TICK = 0.55, 0.3  # inches that a tick's label takes, across and up


class Panel:
    """Curves by epoch on one Axes.

    Attributes:
        axes: the Axes.
        scale: the scale of its metrics; None while it has none.
        numbers: a dict from the name of a metric to the number of its color.
        lines: a dict from a curve's key to its Line2D.
        labels: a dict from a curve's key to its text in the legend, or None.
        target: the value to reach; None for none.
        ink: the color of text.
    """

    def __init__(self, axes, scale=None, log_scale=False):
        self.axes, self.scale, self.ink = axes, scale, axes.xaxis.label.get_color()
        self.numbers, self.lines, self.labels, self.target = {}, {}, {}, None
        self._within, self._gaps, self._steady = {}, {}, [None, None]
        self._best = axes.axvline(np.nan, color=GREY, lw=1, zorder=0)
        ring = {"ms": 9, "mfc": "none", "mec": self.ink, "mew": 1.5, "zorder": 5}
        (self._mark,) = axes.plot([], [], "o", clip_on=False, **ring)
        (self.target_line,) = axes.plot([], [], color=GREEN, lw=1.5, ls="--", zorder=0)
        axes.set(xlabel="Epoch", xlim=(0.5, 1.5), ylim=(0.1, 1))
        axes.set_ylabel("Loss" if scale == LOSS else "Metric", parse_math=False)
        axes.tick_params(axis="y", labelsize=10)  # four places leave the label room
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
        if log_scale:
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        else:
            axes.yaxis.set_major_locator(MaxNLocator(6))
            axes.ticklabel_format(axis="y", scilimits=(-3, 4))
            axes.yaxis.get_offset_text().set_ha("right")  # else it would be under the legend

    def take(self, name, first=0):
        """Gives a metric a free color; the first one of all is that of the total loss.

        Args:
            name: of the metric.
            first: the number of the color to begin with.
        """
        wanted = [(first + step) % len(CYCLE) for step in range(len(CYCLE))]
        taken = {*self.numbers.values(), *([0] if self.scale == LOSS else [])}
        wanted += range(len(CYCLE), len(CYCLE) + len(taken) + 1)
        free = [number for number in wanted if number not in taken]
        self.numbers[name] = 0 if name == "loss" else free[0]
        self.axes.set_ylabel(self._label())

    def leave(self, name):
        """Removes a metric with its curves."""
        del self.numbers[name]
        for curves in (self.lines, self._within, self._gaps):
            for key in [key for key in curves if base(_name(key)) == name]:
                curves.pop(key).remove()
                self.labels.pop(key, None)
        if self.numbers:
            self.axes.set_ylabel(self._label())

    def _label(self):
        """Returns the words beside the Axes: one metric's name, or what several are."""
        names = list(self.numbers)
        if all(map(is_loss, names)):
            return "Loss"
        if len(names) > 1:
            return "Count" if self.scale == COUNT else "Metric"
        words = names[0].replace("_", " ").strip()
        short = words if len(words) <= LETTERS else words.rpartition(" ")[2]
        short = short if len(short) <= LETTERS else "Metric"
        return short.capitalize() or "Metric"

    def add(self, key, name, label, color=None, width=2.2):
        """Adds a curve without values and returns it; without a label the legend does not name it.

        Args:
            key: by which it is moved.
            name: of its values in the history.
            label: its words in the legend.
            color: of the line; None for that of the metric.
            width: of the line, in points.
        """
        color = self.color(self.numbers[base(name)]) if color is None else color
        style = {"color": color, "lw": width, "linestyle": ":" if is_validation(name) else "-"}
        face = self.axes.get_facecolor() if is_validation(name) else color
        dots = {"markersize": 5, "markerfacecolor": face}
        (self.lines[key],) = self.axes.plot([], [], label=label, **style, **dots)
        self.labels[key] = label
        return self.lines[key]

    def color(self, number):
        """Returns the color of that number; where it is black, that of text."""
        color = color_and_marker(number)[0]
        return self.ink if to_rgb(color) == (0, 0, 0) else color

    def grey(self, share):
        """Returns the color of the background with so much of that of text."""
        paper, ink = (np.array(to_rgb(one)) for one in (self.axes.get_facecolor(), self.ink))
        return tuple(paper + share * (ink - paper))

    def marker(self, key):
        """Returns the marker of a curve: "" for as many metrics as there are colors."""
        number = self.numbers.get(base(key), 0) if isinstance(key, str) else 0
        return color_and_marker(number)[1] if number >= len(CYCLE) else ""

    @property
    def has_gaps(self):
        """Whether a curve has values that are NaN or infinite."""
        return any(len(line.get_xdata()) for line in self._gaps.values())

    def move(self, key, epochs, values, hidden=-np.inf):
        """Puts a curve through values, with dots where there are too few for a line.

        What is no number is a gap, with a cross at the lower edge.

        Args:
            key: the curve's.
            epochs: of its values.
            values: floats, NaN for what is no number.
            hidden: the last epoch that is not shown.
        """
        epochs = np.asarray(epochs)
        shown = epochs > hidden
        epochs, values = epochs[shown], values[shown]
        line, known = self.lines[key], np.isfinite(values)
        line.set_data(epochs, values)
        joined = np.append(known[1:], [False]) | np.append([False], known[:-1])
        alone = np.flatnonzero(known & ~joined)
        marker = self.marker(key)
        dots = marker or "o" if marker or known.sum() < 3 or len(alone) else ""
        line.set_marker(dots)
        if marker:
            line.set_markevery(max(len(epochs) // 8, 1))
        else:
            line.set_markevery(None if known.sum() < 3 else list(alone) or None)
        if not known.all() or key in self._gaps:
            self._mark_gaps(key, epochs[~known])

    def _mark_gaps(self, key, epochs):
        """Puts a cross at the lower edge at each of the epochs."""
        if key not in self._gaps:
            style = {"color": self.lines[key].get_color(), "ls": "", "ms": 6, "mew": 1.5}
            at_edge = {"transform": self.axes.get_xaxis_transform(), "zorder": 4}
            (self._gaps[key],) = self.axes.plot([], [], marker="x", **style, **at_edge)
        self._gaps[key].set_data(epochs, np.full(len(epochs), 0.03))

    def move_within(self, key, when, values, hidden=-np.inf):
        """Puts a faint curve in the key's color through values within the epochs."""
        if key not in self._within:
            color = self.lines[key].get_color()
            style = {"color": color, "lw": 1.2, "alpha": FAINT, "zorder": 1}
            (self._within[key],) = self.axes.plot([], [], **style)
        shown = when > hidden
        self._within[key].set_data(
            when[shown], np.where(np.isfinite(values), values, np.nan)[shown]
        )

    def mark(self, best):
        """Puts a ring around the best value: a name, an epoch and a value; None for no ring."""
        self._mark.set_data(*([[], []] if best is None else [[part] for part in best[1:]]))

    def aim(self, value):
        """Draws a line across at the value to reach; None for none."""
        self.target = value
        self.target_line.set_data(*([[], []] if value is None else [[-1e9, 1e9], [value, value]]))

    @property
    def moving(self):
        """The artists that change from epoch to epoch."""
        curves = *self._within.values(), *self.lines.values(), *self._gaps.values()
        return [self._best, self.target_line, *curves, self._mark]

    def points(self):
        """Returns the points of all curves, an array (n, 2)."""
        curves = [line.get_xydata() for line in (*self.lines.values(), *self._within.values())]
        return np.concatenate([np.empty((0, 2)), *curves])

    def fit_ticks(self):
        """Has as many ticks as the Axes have room for."""
        size = self.axes.bbox.size / self.axes.get_figure().dpi
        for axis, inches, tick in zip((self.axes.xaxis, self.axes.yaxis), size, TICK, strict=True):
            locator = axis.get_major_locator()
            if isinstance(locator, MaxNLocator):
                locator.set_params(nbins=int(np.clip(inches / tick, 2, 6)))

    def finish(self, span, best=None, running=False):
        """Puts the line of the best epoch, and the limits, where the curves are.

        While the fit runs they leave the curves room to go on, and then stay for a while.

        Args:
            span: the first and the last epoch to show.
            best: the best epoch; None for no line.
            running: whether the fit goes on.
        """
        self._best.set_xdata([np.nan if best is None else best] * 2)
        levels = np.concatenate([self.points()[:, 1], self.target_line.get_ydata()])
        is_log = self.axes.get_yscale() == "log"
        levels = levels[np.isfinite(levels)]
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


def _name(key):
    """Returns the name in the history of a curve's key: that of a run has the run's name too."""
    return key if isinstance(key, str) else key[1]
