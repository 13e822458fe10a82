"""The panels that curves of fits are drawn on: which there are, their places, their title."""

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
    MAX_CURVES,
    UNIT,
    Panel,
    checked_panels,
    evenly,
    scale,
)
from mlcourse.history import base, is_asked, is_loss, is_number, numbers
from mlcourse.history.metrics import is_column

SIZE = (9, 3.6)  # inches
RATE = "learning_rate"
LOOKS = "axes", "font", "grid", "legend", "lines", "text", "xtick", "ytick"  # of rcParams


class HistoryAxes:
    """Curves of losses on one Axes, and of metrics on others, one for each scale.

    The artists are made once and then moved. The Axes have places of their own, in inches:
    no layout is computed, and nothing moves from one picture to the next. A metric's scale is
    decided by its first values; it changes only if a value leaves [0, 1].

    Args:
        figure: a `matplotlib.figure.Figure` to fill, or a function that makes one, which is called
            once the rest is found right; None for one with a canvas of its own, outside pyplot.
        metrics: names of the metrics to show beside the loss; None for all.
        panels: lists of names, one for each Axes besides that of the losses; None for an Axes for
            each scale.
        log_scale: whether losses are on a logarithmic scale.
        last: show only so many of the last epochs; None for all.
        target: draws a line at this value: of the metrics, or of the loss if there are none.

    Attributes:
        figure: the Figure.
        lines: a dict from each curve's key to its Line2D.
        panels: a list of `Panel`.
        metrics: names of the metrics to show and to judge by; None for all.

    Raises:
        ValueError: for a setting that cannot be.
    """

    def __init__(
        self, figure=None, *, metrics=None, panels=None, log_scale=False, last=None, target=None
    ):
        if metrics is not None and panels is not None:
            raise ValueError(f"metrics must be None if panels are given. Got {metrics!r} instead.")
        self.groups = panels if panels is None else checked_panels(panels)
        self.metrics = metrics if metrics is None else names(metrics)
        if self.groups is not None:
            self.metrics = [name for group in self.groups for name in group]
        self._last = last if last is None else checks.integer("last", last, 1)
        self._target = target if target is None else checks.number("target", target)
        self._log_scale = checks.flag("log_scale", log_scale)
        figure = _own_figure if figure is None else figure
        self._style = {**_looks(), **STYLE, "figure.constrained_layout.use": False}
        with mpl.rc_context(self._style):
            self.figure = checked_figure(figure() if callable(figure) else figure)
            self._title = self.figure.suptitle("", y=0.985, parse_math=False)
        self.lines, self.panels, self._homes, self._n_metrics = {}, [], {}, 0
        for scale_ in self._first_scales():
            self._add_panel(scale_)
        self._layout = Layout(self.figure, self._title)

    def _first_scales(self):
        """Returns the scales of the panels that there are before any value: losses, and metrics."""
        if self.groups is None:
            return [LOSS, None]
        own = [] if "loss" in self.metrics else [LOSS]
        return [*own, *range(len(self.groups))]

    def _add_panel(self, scale_):
        """Adds a panel, those of losses before the others, and returns it."""
        is_of_losses = scale_ == LOSS or (
            self.groups is not None and all(map(is_loss, self.groups[scale_]))
        )
        with mpl.rc_context(self._style):
            axes = self.figure.add_subplot()  # for the Layout to place
        panel = Panel(axes, scale_, self._log_scale and is_of_losses)
        n_losses = sum(one.scale == LOSS for one in self.panels)
        self.panels.insert(n_losses if scale_ == LOSS else len(self.panels), panel)
        return panel

    def drawn(self, log):
        """Returns the values that have curves: a dict of names to floats, NaN for no number."""
        return {
            name: numbers(values)
            for name, values in log.history.items()
            if self._shows(name) and any(map(is_number, values))
        }

    def left_out(self, log):
        """Returns in words which values have no curve, as each is several numbers; "" if none."""
        vectors = [
            name
            for name, values in log.history.items()
            if self._shows(name) and len(values) and is_column(values[-1])
        ]
        return f"not drawn, as not a single number: {', '.join(vectors)}" if vectors else ""

    def _shows(self, name):
        """Whether a value has a curve: a learning rate has one only where a panel asks for it."""
        if self.groups is None:
            return is_asked(name, self.metrics) and name != RATE
        return base(name) in self.metrics or (is_loss(name) and "loss" not in self.metrics)

    def unknown(self, log):
        """Returns those of the metrics asked for that a log does not have."""
        return [name for name in self.metrics or () if name not in map(base, log.history)]

    def assign(self, values):
        """Gives each metric its panel; one that has left [0, 1] gets another one.

        Args:
            values: a dict of names of metrics to all their floats, (n,).
        """
        scales = {}
        for name in sorted(values, key=lambda name: name != "loss"):  # the total loss comes first
            home = self._homes.get(name)
            if home is None or home.scale == UNIT:
                found = self._scale(name, values[name])
                if home is None or found != UNIT:
                    scales.setdefault(found, []).append(name)
        for scale_, new in sorted(scales.items(), key=lambda item: item[0] != UNIT):
            for name in new:
                self._remove(name)
            self._settle(scale_, new)

    def _scale(self, name, values):
        """Returns the scale of a metric, or the number of the panel that asks for it."""
        for number, group in enumerate(self.groups or ()):
            if name in group:
                return number
        return scale(name, values)

    def _settle(self, scale_, new):
        """Gives metrics of one scale their panels: those that have room, and further ones."""
        same = [panel for panel in self.panels if panel.scale == scale_]
        room = np.inf if self.groups is not None and scale_ != LOSS else MAX_CURVES
        if same and len(same[-1].numbers) + len(new) <= room:
            groups = [(same[-1], new)]
        else:
            empty = [panel for panel in same if not panel.numbers]
            free = empty or [panel for panel in self.panels if panel.scale is None]
            groups = [
                (free.pop(0) if free else self._add_panel(scale_), group) for group in evenly(new)
            ]
        for panel, group in groups:
            panel.scale = scale_
            for name in group:
                panel.take(name, 0 if is_loss(name) else self._n_metrics)
                self._n_metrics += not is_loss(name)
                self._homes[name] = panel

    def _remove(self, name):
        """Takes a metric's curves from its panel, which is free if it has no others."""
        panel = self._homes.pop(name, None)
        if panel is not None:
            panel.leave(name)
            self.lines = {key: line for key, line in self.lines.items() if line.axes is not None}
            if not panel.numbers:
                panel.scale = None

    def panel(self, name):
        """Returns the panel of a value."""
        return self._homes[base(name)]

    def hidden(self, epochs):
        """Returns the last epoch that is not shown, of so many."""
        return epochs - self._last if self._last else -np.inf

    def move(self, key, name, log, hidden, **look):
        """Moves a curve; the first time it is made, with a label, a color, a width.

        Args:
            key: of the curve.
            name: of its values in the log.
            log: the `History`.
            hidden: the last epoch that is not shown.
            look: what `Panel.add` takes.
        """
        if key not in self.lines:
            self.lines[key] = self.panel(name).add(key, name, **look)
        self.panel(name).move(key, log.epochs[name], numbers(log.history[name]), hidden)

    def move_run(self, run, log, metrics, color, hidden, training):
        """Moves the curves of one fit among several: those of its loss and of metrics.

        Args:
            run: the fit's name.
            log: its `History`.
            metrics: the names of the metrics.
            color: of all its curves: a number, or as Matplotlib takes it.
            hidden: the last epoch that is not shown.
            training: whether it has curves of the training even where there is a validation.
        """
        shown = self.drawn(log)
        for what in dict.fromkeys(("loss", *metrics)):
            known = [name for name in (what, f"val_{what}") if name in shown]
            known = known if training else known[-1:]
            for name in known:
                label = run if name == known[0] else None
                if what not in self._homes:
                    self.assign({what: shown[name]})
                self.move((run, name), name, log, hidden, label=label, color=color, width=1.6)

    def shown(self):
        """Returns the panels with curves; before there are any, all."""
        return [panel for panel in self.panels if panel.lines or not self.lines]

    def finish(self, title, best=None, running=False, until=np.inf, above=None):
        """Puts limits, legends, the line of the best epoch, target and title where they belong.

        Args:
            title: text above all Axes.
            best: the best value: its name, epoch and value; None for no line and no ring.
            running: whether the fit goes on, so that the limits leave it room.
            until: the last epoch to show.
            above: inches for one legend of all Axes; None for a legend of each.
        """
        shown = self.shown()
        for panel in self.panels:
            panel.axes.set_visible(panel in shown)
            panel.aim(self._target if panel is self._aimed(best) else None)
            panel.mark(best if best and best[0] in panel.lines else None)
        epochs = np.concatenate([panel.points()[:, 0] for panel in shown])
        epochs = epochs[epochs <= until]
        if len(epochs):
            for panel in shown:
                panel.finish((epochs.min(), epochs.max()), best and best[1], running)
        self._layout.entitle(title, running)
        self._layout.arrange(shown, bool(self.lines), above is None, above or 0.0)

    def _aimed(self, best):
        """Returns the panel of the target: of the metric to judge by, or a metric, or the loss."""
        if self._target is None or not self.lines:
            return None
        metrics = [panel for panel in self.shown() if not all(map(is_loss, panel.numbers))]
        if best and not is_loss(best[0]) and base(best[0]) in self._homes:
            return self._homes[base(best[0])]
        return (metrics or self.shown())[0]

    def moving(self):
        """Returns the artists that change from epoch to epoch."""
        return [self._title, *(artist for panel in self.shown() for artist in panel.moving)]

    def standing(self):
        """Returns what the rest of the picture depends on."""
        shown = [panel.axes for panel in self.shown()]
        return [(axes.get_xlim(), axes.get_ylim()) for axes in shown], self._layout.state

    @property
    def head(self):
        """The inches that the title takes."""
        return self._layout.head


def together(fits, only):
    """Returns all values of each metric, training and validation, of several fits.

    Args:
        fits: dicts of names to floats, as `HistoryAxes.drawn` returns them.
        only: the names that one asks for, as in a history.
    """
    values = {}
    for fit in fits:
        for name, column in fit.items():
            values.setdefault(base(name), []).append(column)
    wanted = set(map(base, only))
    return {name: np.concatenate(parts) for name, parts in values.items() if name in wanted}


def _looks():
    """Returns the settings that Axes take from the style that is in use now."""
    return {key: value for key, value in mpl.rcParams.items() if key.split(".")[0] in LOOKS}


def _own_figure():
    """Returns a Figure that pyplot knows nothing of."""
    figure = Figure(SIZE)
    FigureCanvasAgg(figure)
    return figure


def names(metrics):
    """Returns names of metrics as a list, a single one too."""
    found = [metrics] if isinstance(metrics, str) else metrics
    if (
        not isinstance(found, list | tuple)
        or not found
        or not all(isinstance(name, str) for name in found)
    ):
        raise ValueError(f"metrics must be names of metrics. Got {metrics!r} instead.")
    return [base(name) for name in found]
