"""The two Axes that curves of fits are drawn on: losses and metrics, their places, their title."""

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mlcourse import checks
from mlcourse.figures.axes import checked_figure
from mlcourse.figures.history_panel import Panel
from mlcourse.figures.style import STYLE
from mlcourse.histories import base, is_asked, is_loss

SIZE = (9, 3.6)  # inches
MARGINS = {"left": 0.85, "right": 0.22, "bottom": 0.64}  # inches
TOP, LINE = 0.12, 0.21  # inches above the Axes, and of each line of a title
LABEL = 0.64  # inches, from a label to the Axes
LARGE, SMALL = 13, 10  # points: a title that is too long for its figure shrinks


class HistoryAxes:
    """Curves of losses on one Axes, and of metrics on another, which goes when there are none.

    The artists are made once and then moved. The Axes have places of their own, in inches:
    no layout is computed, and nothing moves from one picture to the next.

    Args:
        figure: a `matplotlib.figure.Figure` to fill, or a function that makes one, which is called
            once the rest is found right; None for one with a canvas of its own, outside pyplot.
        metrics: names of the metrics to show beside the loss; None for all.
        log_scale: whether losses are on a logarithmic scale.
        last: show only so many of the last epochs; None for all.
        target: draws a line at this value: of the metrics, or of the loss if there are none.

    Attributes:
        figure: the Figure.
        lines: a dict from each curve's key to its Line2D.

    Raises:
        ValueError: for a setting that cannot be.
    """

    def __init__(self, figure=None, *, metrics=None, log_scale=False, last=None, target=None):
        self.metrics = metrics if metrics is None else names(metrics)
        self._last = last if last is None else checks.integer("last", last, 1)
        self._target = target if target is None else checks.number("target", target)
        log_scale = checks.flag("log_scale", log_scale)
        figure = _own_figure if figure is None else figure
        with mpl.rc_context({**STYLE, "figure.constrained_layout.use": False}):
            self.figure = checked_figure(figure() if callable(figure) else figure)
            axes = self.figure.subplots(1, 2)
            self._title = self.figure.suptitle("", y=0.985)
            self.panels = Panel(axes[0], "Loss", log_scale), Panel(axes[1], "Metric")
        self.lines, self._arranged = {}, None

    def shows(self, name):
        """Whether the value of that name has a curve: a learning rate has none."""
        return is_asked(name, self.metrics) and name != "learning_rate"

    def unknown(self, log):
        """Returns those of the metrics asked for that a log does not have."""
        return [name for name in self.metrics or () if name not in map(base, log.history)]

    def panel(self, name):
        """Returns the panel of a value: that of losses, or that of metrics."""
        return self.panels[not is_loss(name)]

    def hidden(self, epochs):
        """Returns the last epoch that is not shown, of so many."""
        return epochs - self._last if self._last else -np.inf

    def move(self, key, name, log, hidden, **look):
        """Moves a curve; the first time it is made, with a label, a colour, a width.

        Args:
            key: of the curve.
            name: of its values in the log.
            log: the `EpochLog`.
            hidden: the last epoch that is not shown.
            look: what `Panel.add` takes.
        """
        if key not in self.lines:
            self.lines[key] = self.panel(name).add(key, name, **look)
        self.panel(name).move(key, log.epochs[name], log.history[name], hidden)

    def move_run(self, run, log, metric, colour, hidden, training):
        """Moves the curves of one fit among several: those of its loss and of one metric.

        Args:
            run: the fit's name.
            log: its `EpochLog`.
            metric: the name of the metric.
            colour: of all its curves.
            hidden: the last epoch that is not shown.
            training: whether it has curves of the training even where there is a validation.
        """
        for what in dict.fromkeys(("loss", metric)):
            known = [name for name in (what, f"val_{what}") if name in log.history]
            known = known if training else known[-1:]
            for name in known:
                label = run if name == known[0] else None
                self.move((run, name), name, log, hidden, label=label, colour=colour, width=1.6)

    def finish(self, title, best=None, running=False, legends=True, until=np.inf):
        """Puts limits, legends, the line of the best epoch, target and title where they belong.

        Args:
            title: text above both Axes.
            best: the best epoch; None for no line.
            running: whether the fit goes on, so that the limits leave it room.
            legends: whether each Axes have a legend.
            until: the last epoch to show.
        """
        losses, metrics = self.panels
        metrics.axes.set_visible(bool(metrics.lines) or not self.lines)
        if self._target is not None and self.lines:
            (metrics if metrics.lines else losses).aim(self._target)
        epochs = np.concatenate([panel.points()[:, 0] for panel in self.panels])
        epochs = epochs[epochs <= until]
        if len(epochs):
            for panel in self.panels:
                panel.finish((epochs.min(), epochs.max()), best, running)
        if title != self.figure.get_suptitle():
            self._title.set(text=title, fontsize=LARGE)
            share = self._title.get_window_extent().width / (0.98 * self.figure.bbox.width)
            self._title.set_fontsize(max(SMALL, LARGE / max(share, 1)))
        state = len(self.lines), self.head(title), legends
        if state != self._arranged:
            self.place(self.head(title))
            shown = [panel for panel in self.panels if panel.axes.get_visible()]
            heights = [panel.explain() for panel in shown] if legends else [0]
            self.place(self.head(title) + max(heights))
            self._arranged = state

    @staticmethod
    def head(title):
        """Returns the inches that a title takes."""
        return TOP + LINE * (title.count("\n") + 1 if title else 0)

    def moving(self):
        """Returns the artists that change from epoch to epoch."""
        shown = [panel for panel in self.panels if panel.axes.get_visible()]
        return [self._title, *(artist for panel in shown for artist in panel.moving)]

    def standing(self):
        """Returns what the rest of the picture depends on."""
        shown = [panel.axes for panel in self.panels if panel.axes.get_visible()]
        limits = [(axes.get_xlim(), axes.get_ylim()) for axes in shown]
        return limits, self._arranged

    def place(self, top):
        """Puts the Axes that are visible beside each other, so many inches below the upper edge."""
        width, height = self.figure.bbox.size / self.figure.dpi  # a SubFigure's too
        shown = [panel.axes for panel in self.panels if panel.axes.get_visible()]
        each = (width - MARGINS["right"]) / len(shown)
        for number, axes in enumerate(shown):
            left, bottom = number * each + MARGINS["left"], MARGINS["bottom"]
            inches = left, bottom, each - MARGINS["left"], height - top - bottom
            axes.set_position(np.divide(inches, (width, height, width, height)))
            axes.yaxis.set_label_coords(-LABEL / (each - MARGINS["left"]), 0.5)


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
