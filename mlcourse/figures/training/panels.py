"""The panels of training curves: their metrics, layout and title."""

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mlcourse._core import checks
from mlcourse.figures._shared.axes import checked_figure
from mlcourse.figures._shared.style import STYLE
from mlcourse.figures.training.layout import Layout
from mlcourse.figures.training.panel import (
    LOSS,
    MAX_METRICS,
    UNIT,
    Panel,
    checked_panels,
    evenly,
    scale,
)
from mlcourse.history import base, is_loss, is_number, is_selected, numbers
from mlcourse.history.metrics import is_column

SIZE = (9, 3.6)  # inches
LEARNING_RATE = "learning_rate"
STYLE_GROUPS = "axes", "font", "grid", "legend", "lines", "text", "xtick", "ytick"  # of rcParams


class HistoryAxes:
    """Curves of losses on one Axes, and of metrics on others, with one Axes for each scale.

    Artists are created once and then moved. The positions of the Axes are in inches and need no
    layout engine, so nothing jumps between frames. The first values of a metric define its scale,
    which changes only if a value leaves [0, 1].

    Args:
        metrics: names of the metrics to plot in addition to the loss; None for all.
        panels: lists of names, one for each Axes besides the losses; None for one Axes for each
            scale.
        log_scale: whether losses are on a log scale.
        last: the number of last epochs to plot; None for all.
        target: a value to mark with a line: of the metrics, or of the loss without metrics.
        fig: a Figure to draw in, or a function that returns one, which is called after the options
            are checked; None for a Figure outside pyplot.

    Attributes:
        figure: the Figure.
        lines: a dict from the keys of curves to Line2D.
        panels: a list of `Panel`.
        groups: the panels as lists of names; None for one panel for each scale.
        metrics: names of the metrics to plot and to select the best epoch by; None for all.

    Raises:
        ValueError: if an option is invalid.
    """

    def __init__(
        self, *, metrics=None, panels=None, log_scale=False, last=None, target=None, fig=None
    ):
        if metrics is not None and panels is not None:
            raise ValueError(f"metrics must be None if panels are given. Got {metrics!r} instead.")
        self.groups = panels if panels is None else checked_panels(panels)
        self.metrics = metrics if metrics is None else metric_names(metrics)
        if self.groups is not None:
            self.metrics = [name for group in self.groups for name in group]
        self._last = last if last is None else checks.integer("last", last, 1)
        self._target = target if target is None else checks.number("target", target)
        self._log_scale = checks.flag("log_scale", log_scale)
        fig = _new_figure if fig is None else fig
        self._style = {**_style_settings(), **STYLE, "figure.constrained_layout.use": False}
        with mpl.rc_context(self._style):
            self.figure = checked_figure(fig() if callable(fig) else fig)
            self._title = self.figure.suptitle("", y=0.985, parse_math=False)
        self.lines = {}
        self.panels = []
        self._panel_of = {}
        self._n_metrics = 0
        for scale_ in self._first_scales():
            self._add_panel(scale_)
        self._layout = Layout(self.figure, self._title)

    def _first_scales(self):
        """Return the scales of the panels before the first values."""
        if self.groups is None:
            return [LOSS, None]
        loss_scales = [] if "loss" in self.metrics else [LOSS]
        return [*loss_scales, *range(len(self.groups))]

    def _add_panel(self, scale_):
        """Add a panel and return it. Panels of losses come first."""
        is_of_losses = scale_ == LOSS or (
            self.groups is not None and all(map(is_loss, self.groups[scale_]))
        )
        with mpl.rc_context(self._style):
            axes = self.figure.add_subplot()  # positioned by the Layout
        panel = Panel(axes, scale_, self._log_scale and is_of_losses)
        n_losses = sum(other.scale == LOSS for other in self.panels)
        self.panels.insert(n_losses if scale_ == LOSS else len(self.panels), panel)
        return panel

    def curves(self, history):
        """Return a dict from names to values, with NaN for values that are not numbers."""
        return {
            name: numbers(values)
            for name, values in history.history.items()
            if self._is_shown(name) and any(map(is_number, values))
        }

    def skipped_message(self, history):
        """Return a message that names values that are vectors and have no curve, or ""."""
        vectors = [
            name
            for name, values in history.history.items()
            if self._is_shown(name) and len(values) and is_column(values[-1])
        ]
        return f"not drawn, as not a single number: {', '.join(vectors)}" if vectors else ""

    def _is_shown(self, name):
        """Return whether a value has a curve. The learning rate must be named in `panels`."""
        if self.groups is None:
            return is_selected(name, self.metrics) and name != LEARNING_RATE
        return base(name) in self.metrics or (is_loss(name) and "loss" not in self.metrics)

    def missing_metrics(self, history):
        """Return the selected metrics that a history does not have."""
        return [name for name in self.metrics or () if name not in map(base, history.history)]

    def assign(self, values):
        """Assign metrics to panels. A metric that has left [0, 1] gets another panel.

        Args:
            values: a dict from names of metrics to all their values, (n,).
        """
        by_scale = {}
        for name in sorted(values, key=lambda name: name != "loss"):  # the total loss comes first
            panel = self._panel_of.get(name)
            if panel is None or panel.scale == UNIT:
                new_scale = self._scale(name, values[name])
                if panel is None or new_scale != UNIT:
                    by_scale.setdefault(new_scale, []).append(name)
        for new_scale, names in sorted(by_scale.items(), key=lambda item: item[0] != UNIT):
            for name in names:
                self._remove(name)
            self._add_metrics(new_scale, names)

    def _scale(self, name, values):
        """Return the scale of a metric, or the number of its panel in `panels`."""
        for number, group in enumerate(self.groups or ()):
            if name in group:
                return number
        return scale(name, values)

    def _add_metrics(self, scale_, names):
        """Add metrics of one scale to the last panel of that scale, or to new panels."""
        same_scale = [panel for panel in self.panels if panel.scale == scale_]
        max_metrics = np.inf if self.groups is not None and scale_ != LOSS else MAX_METRICS
        if same_scale and len(same_scale[-1].numbers) + len(names) <= max_metrics:
            self._add_to_panel(same_scale[-1], scale_, names)
            return
        empty = [panel for panel in same_scale if not panel.numbers]
        if not empty:
            empty = [panel for panel in self.panels if panel.scale is None]
        groups = evenly(names)
        panels = [empty.pop(0) if empty else self._add_panel(scale_) for _ in groups]
        for panel, group in zip(panels, groups, strict=True):
            self._add_to_panel(panel, scale_, group)

    def _add_to_panel(self, panel, scale_, names):
        panel.scale = scale_
        for name in names:
            panel.add_metric(name, 0 if is_loss(name) else self._n_metrics)
            self._n_metrics += not is_loss(name)
            self._panel_of[name] = panel

    def _remove(self, name):
        """Remove a metric from its panel."""
        panel = self._panel_of.pop(name, None)
        if panel is not None:
            panel.remove_metric(name)
            self.lines = {key: line for key, line in self.lines.items() if line.axes is not None}
            if not panel.numbers:
                panel.scale = None

    def panel(self, name):
        """Return the panel of a value."""
        return self._panel_of[base(name)]

    def last_hidden(self, n_epochs):
        """Return the last epoch that is not shown."""
        return n_epochs - self._last if self._last else -np.inf

    def move(self, key, name, history, last_hidden, **style):
        """Update a curve, or create it with a label, a color and a width.

        Args:
            key: key of the curve.
            name: name of the values in the history.
            history: a `History`.
            last_hidden: the last epoch that is not shown.
            style: label, color and width, as in `Panel.add`.
        """
        panel = self.panel(name)
        if key not in self.lines:
            self.lines[key] = panel.add(key, name, **style)
        panel.move(key, history.epochs[name], numbers(history.history[name]), last_hidden)

    def move_run(self, run, history, metrics, color, last_hidden, with_training):
        """Update the curves of one of several fits: its loss and some metrics.

        Args:
            run: name of the fit.
            history: its `History`.
            metrics: names of the metrics.
            color: color of its curves.
            last_hidden: the last epoch that is not shown.
            with_training: whether to draw training curves in addition to validation curves.
        """
        curves = self.curves(history)
        for metric in dict.fromkeys(("loss", *metrics)):
            names = [name for name in (metric, f"val_{metric}") if name in curves]
            if not with_training:
                names = names[-1:]
            for name in names:
                label = run if name == names[0] else None
                if metric not in self._panel_of:
                    self.assign({metric: curves[name]})
                style = {"label": label, "color": color, "width": 1.6}
                self.move((run, name), name, history, last_hidden, **style)

    def add_bands(self, run, bands, last_hidden):
        """Fill bands around the curves of one of several fits.

        Args:
            run: name of the fit.
            bands: a dict from names in the history to epochs, lower and upper limits.
            last_hidden: the last epoch that is not shown.
        """
        for name, (epochs, low, high) in bands.items():
            if (run, name) in self.lines:
                shown = np.array(epochs) > last_hidden
                limits = np.array(epochs)[shown], low[shown], high[shown]
                self.panel(name).add_band((run, name), *limits)

    def visible_panels(self):
        """Return the panels with curves, or all panels before the first values."""
        return [panel for panel in self.panels if panel.lines or not self.lines]

    def finish(
        self,
        title,
        best=None,
        running=False,
        last_epoch=np.inf,
        legend_height=None,
        label_width=0.0,
    ):
        """Update limits, legends, layout and title, and the markers of best epoch and target.

        Args:
            title: title of the figure.
            best: name, epoch and value of the best value; None for no line and no ring.
            running: whether the fit is running; then the limits leave space for new values.
            last_epoch: the last epoch to show.
            legend_height: height in inches of a common legend; None for a legend for each panel.
            label_width: width in inches of labels to the right of each panel.
        """
        visible = self.visible_panels()
        for panel in self.panels:
            panel.axes.set_visible(panel in visible)
            panel.set_target(self._target if panel is self._target_panel(best) else None)
            panel.mark_best(best if best and best[0] in panel.lines else None)
        epochs = np.concatenate([panel.points()[:, 0] for panel in visible])
        epochs = epochs[epochs <= last_epoch]
        if len(epochs):
            for panel in visible:
                panel.finish((epochs.min(), epochs.max()), best and best[1], running)
        self._layout.set_title(title, running)
        has_legends = legend_height is None
        self._layout.arrange(
            visible, bool(self.lines), has_legends, legend_height or 0.0, label_width
        )

    def _target_panel(self, best):
        """Return the panel of the target: of the best metric, of any metric, or of the loss."""
        if self._target is None or not self.lines:
            return None
        if best and not is_loss(best[0]) and base(best[0]) in self._panel_of:
            return self._panel_of[base(best[0])]
        visible = self.visible_panels()
        with_metrics = [panel for panel in visible if not all(map(is_loss, panel.numbers))]
        return (with_metrics or visible)[0]

    def animated(self):
        """Return the artists that change from epoch to epoch."""
        artists = [self._title]
        for panel in self.visible_panels():
            artists += panel.animated
        return artists

    def background_key(self):
        """Return all values that the background of the animated artists depends on."""
        axes = [panel.axes for panel in self.visible_panels()]
        return [(ax.get_xlim(), ax.get_ylim()) for ax in axes], self._layout.state

    def axes_size(self, title, legend_height):
        """Return the width and the height in inches of each Axes, below a title and a legend."""
        self._layout.set_title(title, running=False)
        return self._layout.axes_size(self.visible_panels(), self.title_height + legend_height)

    @property
    def title_height(self):
        """The height of the title in inches."""
        return self._layout.title_height


def combined(fits, names):
    """Return all training and validation values of each metric, over several fits.

    Args:
        fits: dicts from names to values, as returned by `HistoryAxes.curves`.
        names: names of metrics or validation metrics to include.
    """
    values = {}
    for fit in fits:
        for name, fit_values in fit.items():
            values.setdefault(base(name), []).append(fit_values)
    metrics = set(map(base, names))
    return {name: np.concatenate(parts) for name, parts in values.items() if name in metrics}


def _style_settings():
    """Return the current rcParams that affect Axes."""
    return {key: value for key, value in mpl.rcParams.items() if key.split(".")[0] in STYLE_GROUPS}


def _new_figure():
    """Return a Figure outside pyplot."""
    figure = Figure(SIZE)
    FigureCanvasAgg(figure)
    return figure


def metric_names(metrics):
    """Return the names of one or several metrics, without "val_", as a list."""
    names = [metrics] if isinstance(metrics, str) else metrics
    if not isinstance(names, list | tuple) or not names:
        raise ValueError(f"metrics must be names of metrics. Got {metrics!r} instead.")
    if not all(isinstance(name, str) for name in names):
        raise ValueError(f"metrics must be names of metrics. Got {metrics!r} instead.")
    return [base(name) for name in names]
