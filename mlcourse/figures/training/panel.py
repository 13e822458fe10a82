"""One panel of training curves, and the scales of metrics."""

import re

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from mlcourse.figures._shared.axes import extent
from mlcourse.figures._shared.legends import color_and_marker
from mlcourse.figures._shared.style import CYCLE, GREEN, GREY
from mlcourse.figures._shared.text import figure_text
from mlcourse.history import base, is_loss, is_validation

LOSS, UNIT, COUNT, PERCENTAGE = "loss", "unit", "count", "percentage"
COUNTS = re.compile(r"(^|_)(tp|fp|tn|fn|(true|false)_(positives|negatives))(_\d+)?$")
PERCENTAGES = re.compile(r"(^|_)mape(_\d+)?$|percentage")
MAX_METRICS = 6  # per panel, the number of colors in the style


def scale(name, values):
    """Return the scale of a metric. Metrics with the same scale share a panel.

    Losses share a scale. So do counts (true and false positives and negatives) and percentages,
    which are detected by name. Metrics with all values in [0, 1] share the unit scale. The scale of
    any other metric is the sign and the order of magnitude of its first value.

    Args:
        name: name in the history.
        values: values, (n,); NaN is ignored.
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
    """Return groups of at most `MAX_METRICS` names, of nearly equal lengths."""
    n_groups = -(-len(names) // MAX_METRICS)
    return [list(group) for group in np.array_split(np.array(names, object), n_groups)]


def checked_panels(panels):
    """Return panels as lists of metric names; raise ValueError if they are invalid."""
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


MARGIN = 0.05  # fraction of the height of the curves, above and below them
GROWTH_MARGIN = 0.3  # fraction of the range, on the side where curves grow during a fit
MIN_FILLED = 0.6  # fraction of the limits; if the curves fill less, the limits change
MAX_LABEL_LETTERS = 20  # a longer axis label is shortened to its last word
BATCH_CURVE_ALPHA = 0.35
BAND_ALPHA = 0.2
TICK_LABEL_SIZE = 0.55, 0.3  # inches, width and height


class Panel:
    """Curves by epoch on one Axes.

    Attributes:
        axes: the Axes.
        scale: the scale of the metrics; None without metrics.
        numbers: a dict from names of metrics to the numbers of their colors.
        lines: a dict from the keys of curves to Line2D.
        labels: a dict from the keys of curves to legend labels, or None for no legend entry.
        target: the target value; None for no target.
        ink: the color of text.
    """

    def __init__(self, axes, scale=None, log_scale=False):
        self.axes = axes
        self.scale = scale
        self.ink = axes.xaxis.label.get_color()
        self.numbers = {}
        self.lines = {}
        self.labels = {}
        self.target = None
        self._batch_curves = {}
        self._gaps = {}
        self._band_points = []
        self._x_limits = None
        self._y_limits = None
        self._best_line = axes.axvline(np.nan, color=GREY, lw=1, zorder=0)
        ring = {"ms": 9, "mfc": "none", "mec": self.ink, "mew": 1.5, "zorder": 5}
        (self._best_ring,) = axes.plot([], [], "o", clip_on=False, **ring)
        (self.target_line,) = axes.plot([], [], color=GREEN, lw=1.5, ls="--", zorder=0)
        axes.set(xlabel="epoch", xlim=(0.5, 1.5), ylim=(0.1, 1))
        axes.set_ylabel("loss" if scale == LOSS else "metric", parse_math=False)
        axes.tick_params(axis="y", labelsize=10)  # leaves space for the label
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
        if log_scale:
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        else:
            axes.yaxis.set_major_locator(MaxNLocator(6))
            axes.ticklabel_format(axis="y", scilimits=(-3, 4))
            axes.yaxis.get_offset_text().set_ha("right")  # not below the legend

    def add_metric(self, name, first=0):
        """Assign an unused color to a metric. The first color is for the total loss.

        Args:
            name: name of the metric.
            first: number of the preferred color.
        """
        preferred = [(first + step) % len(CYCLE) for step in range(len(CYCLE))]
        used = set(self.numbers.values())
        if self.scale == LOSS:
            used.add(0)
        preferred += range(len(CYCLE), len(CYCLE) + len(used) + 1)
        unused = [number for number in preferred if number not in used]
        self.numbers[name] = 0 if name == "loss" else unused[0]
        self.axes.set_ylabel(figure_text(self._y_label()))

    def remove_metric(self, name):
        """Remove a metric and its curves."""
        del self.numbers[name]
        for curves in (self.lines, self._batch_curves, self._gaps):
            for key in [key for key in curves if base(_name(key)) == name]:
                curves.pop(key).remove()
                self.labels.pop(key, None)
        if self.numbers:
            self.axes.set_ylabel(figure_text(self._y_label()))

    def _y_label(self):
        """Return the label of the y axis: the name of one metric, or the kind of several."""
        names = list(self.numbers)
        if all(map(is_loss, names)):
            return "loss"
        if len(names) > 1:
            return "count" if self.scale == COUNT else "metric"
        label = names[0].replace("_", " ").strip()
        if len(label) > MAX_LABEL_LETTERS:
            label = label.rpartition(" ")[2]
        if len(label) > MAX_LABEL_LETTERS:
            label = "metric"
        return label or "metric"

    def add(self, key, name, label, color=None, width=2.2):
        """Add a curve without values and return it.

        Args:
            key: key of the curve.
            name: name of the values in the history.
            label: legend label; None for no legend entry.
            color: color of the line; None for the color of the metric.
            width: line width, in points.
        """
        color = self.color(self.numbers[base(name)]) if color is None else color
        style = {"color": color, "lw": width, "linestyle": ":" if is_validation(name) else "-"}
        face_color = self.axes.get_facecolor() if is_validation(name) else color
        marker = {"markersize": 5, "markerfacecolor": face_color}
        (self.lines[key],) = self.axes.plot([], [], label=label, **style, **marker)
        self.labels[key] = label
        return self.lines[key]

    def color(self, number):
        """Return the color of a number, with the text color instead of black."""
        color = color_and_marker(number)[0]
        return self.ink if to_rgb(color) == (0, 0, 0) else color

    def gray(self, strength):
        """Return a mix of the background color (strength 0) and the text color (strength 1)."""
        background = np.array(to_rgb(self.axes.get_facecolor()))
        ink = np.array(to_rgb(self.ink))
        return tuple(background + strength * (ink - background))

    def marker(self, key):
        """Return the marker of a curve, or "" if its color is unique."""
        number = self.numbers.get(base(key), 0) if isinstance(key, str) else 0
        return color_and_marker(number)[1] if number >= len(CYCLE) else ""

    @property
    def has_gaps(self):
        """Whether a curve has NaN or infinite values."""
        return any(len(line.get_xdata()) for line in self._gaps.values())

    def move(self, key, epochs, values, last_hidden=-np.inf):
        """Set the values of a curve, with markers where there are too few values for a line.

        A value that is not finite is a gap, with a cross at the lower edge.

        Args:
            key: key of the curve.
            epochs: epochs, (n,).
            values: values, (n,), NaN for values that are not numbers.
            last_hidden: the last epoch that is not shown.
        """
        epochs = np.asarray(epochs)
        is_shown = epochs > last_hidden
        epochs = epochs[is_shown]
        values = values[is_shown]
        line = self.lines[key]
        is_finite = np.isfinite(values)
        line.set_data(epochs, values)
        has_neighbor = np.append(is_finite[1:], [False]) | np.append([False], is_finite[:-1])
        isolated = np.flatnonzero(is_finite & ~has_neighbor)
        marker = self.marker(key)
        if marker:
            line.set_marker(marker)
            line.set_markevery(max(len(epochs) // 8, 1))
        elif is_finite.sum() < 3:
            line.set_marker("o")
            line.set_markevery(None)
        else:
            line.set_marker("o" if len(isolated) else "")
            line.set_markevery(list(isolated) or None)
        if not is_finite.all() or key in self._gaps:
            self._mark_gaps(key, epochs[~is_finite])

    def _mark_gaps(self, key, epochs):
        """Draw a cross at the lower edge for each of the epochs."""
        if key not in self._gaps:
            style = {"color": self.lines[key].get_color(), "ls": "", "ms": 6, "mew": 1.5}
            at_edge = {"transform": self.axes.get_xaxis_transform(), "zorder": 4}
            (self._gaps[key],) = self.axes.plot([], [], marker="x", **style, **at_edge)
        self._gaps[key].set_data(epochs, np.full(len(epochs), 0.03))

    def move_batch_curve(self, key, times, values, last_hidden=-np.inf):
        """Set the values of a faint curve within the epochs, in the color of another curve."""
        if key not in self._batch_curves:
            color = self.lines[key].get_color()
            style = {"color": color, "lw": 1.2, "alpha": BATCH_CURVE_ALPHA, "zorder": 1}
            (self._batch_curves[key],) = self.axes.plot([], [], **style)
        is_shown = times > last_hidden
        finite = np.where(np.isfinite(values), values, np.nan)
        self._batch_curves[key].set_data(times[is_shown], finite[is_shown])

    def add_band(self, key, epochs, low, high):
        """Fill the area between two limits, (n,), in the color of a curve."""
        style = {"color": self.lines[key].get_color(), "alpha": BAND_ALPHA, "lw": 0, "zorder": 1}
        self.axes.fill_between(epochs, low, high, **style)
        limits = np.concatenate([low, high])
        self._band_points.append(np.column_stack([np.tile(epochs, 2), limits]))

    def mark_best(self, best):
        """Draw a ring around the best value: a name, an epoch and a value; None for no ring."""
        if best is None:
            self._best_ring.set_data([], [])
        else:
            _, epoch, value = best
            self._best_ring.set_data([epoch], [value])

    def set_target(self, value):
        """Draw a horizontal line at the target value; None for no line."""
        self.target = value
        if value is None:
            self.target_line.set_data([], [])
        else:
            self.target_line.set_data([-1e9, 1e9], [value, value])

    @property
    def animated(self):
        """The artists that change from epoch to epoch."""
        curves = *self._batch_curves.values(), *self.lines.values(), *self._gaps.values()
        return [self._best_line, self.target_line, *curves, self._best_ring]

    def points(self):
        """Return the points of all curves and limits of bands, (n, 2)."""
        curves = [
            line.get_xydata() for line in (*self.lines.values(), *self._batch_curves.values())
        ]
        return np.concatenate([np.empty((0, 2)), *curves, *self._band_points])

    def fit_ticks(self):
        """Set the number of ticks by the size of the Axes."""
        size = self.axes.bbox.size / self.axes.get_figure().dpi
        axes = self.axes.xaxis, self.axes.yaxis
        for axis, inches, label_size in zip(axes, size, TICK_LABEL_SIZE, strict=True):
            locator = axis.get_major_locator()
            if isinstance(locator, MaxNLocator):
                locator.set_params(nbins=int(np.clip(inches / label_size, 2, 6)))

    def finish(self, epochs, best_epoch=None, running=False):
        """Set the limits, and the line of the best epoch.

        During a fit the limits leave space for new values, so that they change rarely.

        Args:
            epochs: the first and the last epoch to show.
            best_epoch: the best epoch; None for no line.
            running: whether the fit is running.
        """
        self._best_line.set_xdata([np.nan if best_epoch is None else best_epoch] * 2)
        if not running:
            self._x_limits = None
            self._y_limits = None
        first, last = epochs
        self._x_limits = _updated_limits(self._x_limits, first - 0.4, last + 0.4)
        self.axes.set_xlim(self._x_limits)
        is_log = self.axes.get_yscale() == "log"
        values = np.concatenate([self.points()[:, 1], self.target_line.get_ydata()])
        values = values[np.isfinite(values)]
        if is_log:
            values = np.log10(values[values > 0])
        if len(values):
            self._set_y_limits(values.min(), values.max(), is_log)

    def _set_y_limits(self, low, high, is_log):
        """Set the limits of the y axis, for values or their decimal logarithms."""
        margin = MARGIN * extent(low, high)
        self._y_limits = _updated_limits(self._y_limits, low - margin, high + margin)
        self.axes.set_ylim(np.power(10, self._y_limits) if is_log else self._y_limits)
        if is_log:
            is_within_decade = self._y_limits[1] - self._y_limits[0] < 1
            plain = FuncFormatter(lambda value, _: f"{value:g}")
            # The powers of ten alone would label too few ticks within a decade
            self.axes.yaxis.set_minor_formatter(plain if is_within_decade else NullFormatter())


def _updated_limits(limits, low, high):
    """Return limits that include `low` and `high`, unchanged if possible.

    Where values exceed the limits, the new limits leave space for further growth.
    """
    if limits is None or high - low < MIN_FILLED * (limits[1] - limits[0]):
        return low, high
    margin = GROWTH_MARGIN * (high - low)
    lower, upper = limits
    if low < lower:
        lower = low - margin
    if high > upper:
        upper = high + margin
    return lower, upper


def _name(key):
    """Return the name in the history of a key, which is a name or a pair (run, name)."""
    return key if isinstance(key, str) else key[1]
