"""Curves of fits: losses and metrics by epoch, kept up to date in place."""

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from mlcourse import checks
from mlcourse.figures.axes import figure_or_new
from mlcourse.figures.history_panel import Panel
from mlcourse.figures.legends import look
from mlcourse.figures.style import BLUE, STYLE
from mlcourse.histories import base, epoch_log, epoch_logs, is_asked, is_loss, is_validation

SIZE = (9, 3.6)  # inches
MARGINS = {"left": 0.85, "right": 0.1, "top": 0.72, "bottom": 0.64}  # inches
TITLE, GAP = 0.3, 0.1  # inches: of a title of one line, and below a legend
LOWEST = 1.5  # inches, of Axes below a legend: for that a figure grows
LARGE, SMALL = 13, 10  # points: a title that is too long for its figure shrinks
GREYS = ("0.35", "0.55", "0.7")


class HistoryDisplay:
    """Losses on one Axes, metrics on another; training solid, validation dotted, one colour each.

    The artists are made once and then moved, and no layout is computed: drawing the
    thousandth epoch costs what drawing the tenth did. Without a figure of the caller's the
    display has one with a canvas of its own, outside pyplot.

    Args:
        figure: a `matplotlib.figure.Figure` to fill; None for a new one.
        metrics: names of the metrics to show beside the loss; None for all.
        log_scale: whether losses are on a logarithmic scale.
        last: show only so many of the last epochs; None for all.
        target: draws a line at this value: of the metrics, or of the loss if there are none.
        compare: earlier fits, as `mlcourse.histories.epoch_logs` takes them, in grey: of each
            the validation's loss and the metric that it is judged by (the training's without).

    Attributes:
        figure: the Figure.
        lines: a dict from a history's name to its Line2D, and from a pair of an earlier fit's
            name and the history's to that one's.

    Raises:
        ValueError: for a setting that cannot be.
    """

    def __init__(
        self, figure=None, *, metrics=None, log_scale=False, last=None, target=None, compare=None
    ):
        self._metrics = metrics if metrics is None else _names(metrics)
        self._last = last if last is None else checks.integer("last", last, 1)
        self._target = target if target is None else checks.number("target", target)
        log_scale = checks.flag("log_scale", log_scale)
        self._earlier = {} if compare is None else epoch_logs(compare)
        with mpl.rc_context({**STYLE, "figure.constrained_layout.use": False}):
            self.figure = figure or Figure(SIZE)
            if figure is None:
                FigureCanvasAgg(self.figure)
            axes = self.figure.subplots(1, 2)
            self._panels = Panel(axes[0], "Loss", log_scale), Panel(axes[1], "Metric")
            self._track, self._bar = (
                self.figure.add_artist(Rectangle((0, 0), 0, 0.012, color=colour, lw=0))
                for colour in ("0.9", BLUE)
            )
        self.lines = {}
        self._place(MARGINS["top"])

    def update(self, log, title="", progress=0.0, within=None):
        """Moves the curves to the values of a fit.

        Args:
            log: what `mlcourse.histories.epoch_log` makes a log of.
            title: text above both Axes.
            progress: the share of the fit that is done, as a bar at the bottom; 0 for no bar.
            within: what happened within the epochs: a dict of names to pairs of arrays, when
                (in epochs) and what.

        Returns:
            The Figure.
        """
        log = epoch_log(log)
        first = log.last - self._last if self._last else -np.inf
        for name in filter(self.shows, log.history):
            self._move(name, name, log, first)
        for name, (when, what) in (within or {}).items():
            if name in self.lines:
                self._panel(name).move_within(name, when, what, first)
        best = log.best(self._metrics)
        if best is not None:
            for number, (run, earlier) in enumerate(self._earlier.items()):
                self._move_run(run, earlier, base(best[0]), GREYS[number % len(GREYS)], first)
            if best[0] in self.lines and best[1] > first:
                self._panel(best[0]).mark(*best[1:])
        self._finish(title, best and best[1])
        self._track.set_width(float(progress > 0))
        self._bar.set_width(progress)
        return self.figure

    def update_runs(self, runs, title=""):
        """Moves the curves to those of several fits, one colour each.

        Args:
            runs: a dict of names to `EpochLog`s.
            title: text above both Axes.

        Returns:
            The Figure.
        """
        best = next(iter(runs.values())).best(self._metrics)
        metric = self._metrics[0] if self._metrics else base(best[0]) if best else "loss"
        for number, (run, log) in enumerate(runs.items()):
            self._move_run(run, log, metric, look(number)[0], training=True)
        self._finish(title)
        for panel in self._panels:
            panel.axes.get_legend().set_visible(False)
        self._explain(runs, title)
        return self.figure

    def shows(self, name):
        """Whether the value of that name has a curve: a learning rate has none."""
        return is_asked(name, self._metrics) and name != "learning_rate"

    def unknown(self, log):
        """Returns those of the metrics asked for that a log does not have."""
        return [name for name in self._metrics or () if name not in map(base, log.history)]

    def praise(self, log):
        """Returns the best value in words, of what is shown."""
        return log.praise(self._metrics)

    def _panel(self, name):
        return self._panels[not is_loss(name)]

    def _move(self, key, name, log, first, **look_of_run):
        """Moves a curve, which is made when there is none."""
        panel = self._panel(name)
        if key not in self.lines:
            self.lines[key] = panel.add(key, name, **(look_of_run or self._look(name)))
        panel.move(key, log.epochs[name], log.history[name], first)

    def _move_run(self, run, log, metric, colour, first=-np.inf, training=False):
        """Moves an earlier fit's curves: those of its loss and of one metric."""
        for what in dict.fromkeys(("loss", metric)):
            names = [name for name in (what, f"val_{what}") if name in log.history]
            for name in names if training else names[-1:]:
                label = run if name == names[0] or not training else None
                style = {"label": label, "colour": colour, "width": 1.6}
                self._move((run, name), name, log, first, **style)

    def _look(self, name):
        """Returns the colour that a value has in training and validation, and its label."""
        partner = self.lines.get(base(name)) or self.lines.get(f"val_{base(name)}")
        others = {base(key) for key in self.lines if isinstance(key, str)}
        taken = sum(is_loss(other) == is_loss(name) for other in others)
        colour = partner.get_color() if partner else look(taken)[0]
        return {"label": base(name) + " (validation)" * is_validation(name), "colour": colour}

    def _explain(self, runs, title):
        """Puts one legend for both Axes above them, in as many rows as it takes."""
        colours = {key[0]: line.get_color() for key, line in self.lines.items()}
        handles = [Line2D([], [], color=colours[run], lw=2, label=run) for run in runs]
        for words, style in (("training", "-"), ("validation", ":")):
            handles.append(Line2D([], [], color="black", lw=1.6, ls=style, label=words))
        top = 1 - TITLE * (1 + title.count("\n")) / self.figure.get_figheight()
        place = {"loc": "upper center", "bbox_to_anchor": (0.5, top), "fontsize": SMALL}
        for columns in range(len(handles), 0, -1):
            legend = self.figure.legend(handles=handles, ncols=columns, frameon=False, **place)
            box = legend.get_window_extent()
            if box.width < self.figure.bbox.width or columns == 1:
                break
            legend.remove()
        height = self.figure.get_figheight()
        below = height - box.y0 / self.figure.dpi + GAP
        if height < below + LOWEST + MARGINS["bottom"]:
            self.figure.set_figheight(below + LOWEST + MARGINS["bottom"])
            legend.set_bbox_to_anchor((0.5, 1 - (1 - top) * height / self.figure.get_figheight()))
        self._place(below)

    def _place(self, top):
        """Puts the Axes that are visible beside each other, so many inches below the upper edge."""
        width, height = self.figure.get_size_inches()
        shown = [panel.axes for panel in self._panels if panel.axes.get_visible()]
        each = (width - MARGINS["right"]) / len(shown)
        for number, axes in enumerate(shown):
            left, bottom = number * each + MARGINS["left"], MARGINS["bottom"]
            inches = left, bottom, each - MARGINS["left"], height - top - bottom
            axes.set_position(np.divide(inches, (width, height, width, height)))

    def _finish(self, title, best=None):
        metrics = self._panels[1]
        if self.lines and not metrics.lines and metrics.axes.get_visible():
            metrics.axes.set_visible(False)
            self._place(MARGINS["top"])
        if self._target is not None and self.lines:
            self._panels[bool(metrics.lines)].aim(self._target)
        for panel in self._panels:
            panel.finish(best)
        if title != self.figure.get_suptitle():
            text = self.figure.suptitle(title, fontsize=LARGE, y=0.985)
            share = text.get_window_extent().width / (0.98 * self.figure.bbox.width)
            text.set_fontsize(max(SMALL, LARGE / max(share, 1)))


def plot_history(
    history, metrics=None, *, log_scale=False, last=None, target=None, title="", fig=None
):
    """Draws the curves of one fit, as `TrainingPlot` does, or those of several, a colour each.

    Args:
        history: a dict of names to values, Keras's `History`, a `TrainingPlot` or a `Run`; or a
            dict of names to such, or a list of them.
        metrics: names of the metrics to show beside the loss; None for all, or for the one that
            the first of several fits is judged by. Of several fits only the first metric is shown.
        log_scale: whether losses are on a logarithmic scale.
        last: show only so many of the last epochs; None for all.
        target: draws a line at this value: of the metrics, or of the loss if there are none.
        title: the title's first line.
        fig: a Figure to fill; None for a new one.

    Returns:
        The Figure.

    Raises:
        ValueError: for what is no history, or a setting that cannot be.

    >>> figure = plot_history({"loss": [0.5, 0.3], "val_loss": [0.6, 0.5]})
    >>> figure.get_suptitle()
    '2 epochs · best validation loss 0.5000 in epoch 2'
    """
    runs = epoch_logs(history)
    if not runs:
        raise ValueError(f"history must hold at least one fit. Got {history!r} instead.")
    options = {"metrics": metrics, "log_scale": log_scale, "last": last, "target": target}
    display = HistoryDisplay(figure_or_new(fig, SIZE), **options)
    if len(runs) > 1:
        return display.update_runs(runs, title)
    (log,) = runs.values()
    words = " · ".join(filter(None, [f"{log.last} epochs", display.praise(log)]))
    return display.update(log, f"{title}\n{words}" if title else words)


def _names(metrics):
    """Returns names of metrics as a list, a single one too."""
    names = [metrics] if isinstance(metrics, str) else list(metrics)
    if not names or not all(isinstance(name, str) for name in names):
        raise ValueError(f"metrics must be names of metrics. Got {metrics!r} instead.")
    return [base(name) for name in names]
