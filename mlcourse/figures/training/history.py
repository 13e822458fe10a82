"""`plot_history`: training curves of one or several fits."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from mlcourse._core import checks
from mlcourse.figures._shared import saving
from mlcourse.figures._shared.axes import BlitManager, figure_or_new
from mlcourse.figures._shared.style import BLUE
from mlcourse.figures.training.layout import GAP_LABEL, SMALL, gap_sample, write_labels
from mlcourse.figures.training.panel import checked_panels
from mlcourse.figures.training.panels import SIZE, HistoryAxes, names, together
from mlcourse.history import History, as_histories, as_history, base, is_validation

GREYS = 0.65, 0.45, 0.3  # of the color of text, on the background


class HistoryDisplay:
    """Losses on one Axes, metrics on others; training solid, validation dotted, one color each.

    Metrics in [0, 1] share an Axes, counts do, and each other scale has its own. With more than two
    or three Axes, they are in rows, and the figure grows in height once, with the first values.
    Drawing the thousandth epoch costs what drawing the tenth did: artists are made once, and
    then moved. A value that is NaN or infinite is a gap with a cross at the lower edge.

    Args:
        figure: as `HistoryAxes` takes it: None for one with a canvas of its own, outside pyplot.
        compare: earlier fits, as `mlcourse.history.as_histories` takes them, in grey: of each
            the validation's loss and the metric that it is judged by, or those of the training
            where there is no validation.
        options: what `HistoryAxes` takes: metrics, panels, log_scale, last, target.

    Attributes:
        figure: the Figure.
        lines: a dict from a history's name to its Line2D, and from a pair of an earlier fit's
            name and the history's to that one's.

    Raises:
        ValueError: for a setting that cannot be.

    Example:
        >>> display = HistoryDisplay()
        >>> figure = display.update({"loss": [0.5, 0.3], "val_loss": [0.6, 0.5]})
        >>> list(display.lines)
        ['loss', 'val_loss']
    """

    def __init__(
        self,
        figure: Figure | Callable[[], Figure] | None = None,
        *,
        compare: object = None,
        **options: object,
    ) -> None:
        self._earlier = {} if compare is None else as_histories(compare)
        self._axes = HistoryAxes(figure, **options)
        self.figure = self._axes.figure
        self._redraw = BlitManager(self.figure)
        colors = self._axes.panels[0].grey(0.1), BLUE
        self._track, self._bar = (
            self.figure.add_artist(Rectangle((0, 0), 0, 0.012, color=color, lw=0))
            for color in colors
        )

    @property
    def lines(self) -> dict:
        """A dict from each curve's key to its Line2D."""
        return self._axes.lines

    def update(
        self,
        log: object,
        title: str = "",
        progress: float = 0.0,
        within: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    ) -> Figure:
        """Moves the curves to the values of a fit.

        Args:
            log: what `mlcourse.history.history` makes a log of.
            title: text above both Axes.
            progress: the share of the fit that is done, as a bar at the bottom; 0 for no bar.
            within: what happened within the epochs: a dict of names to pairs of arrays, when
                (in epochs) and what.

        Returns:
            The Figure.
        """
        log, axes = as_history(log), self._axes
        hidden, shown = axes.hidden(log.last), axes.drawn(log)
        best = log.best(axes.metrics)
        judged = [] if best is None else [base(best[0])]
        axes.assign(together([shown, *map(axes.drawn, self._earlier.values())], set(shown)))
        for name in shown:
            label = base(name) + " (validation)" * is_validation(name)
            axes.move(name, name, log, hidden, label=label)
        for name, (when, what) in (within or {}).items():
            if name in self.lines:
                axes.panel(name).move_within(name, when, what, hidden)
        for number, (run, earlier) in enumerate(self._earlier.items() if best else ()):
            grey = axes.panels[0].grey(GREYS[number % len(GREYS)])
            axes.move_run(run, earlier, judged, grey, hidden, training=False)
        until = log.last if hidden > 0 else np.inf  # earlier fits may be longer
        title = "\n".join(filter(None, [title, axes.left_out(log)]))
        ringed = best and (best if best[1] > hidden else (None, *best[1:]))
        axes.finish(title, ringed, running=progress > 0, until=until)
        self._track.set_width(float(progress > 0))
        self._bar.set_width(progress)
        return self.figure

    def png(self) -> bytes:
        """Returns the picture as the bytes of a PNG, drawing no more than has changed."""
        moving = [*self._axes.moving(), self._track, self._bar]
        self._redraw.draw(moving, self._axes.standing())
        return saving.png(self.figure)

    def unknown(self, log: History) -> list[str]:
        """Returns those of the metrics asked for that a log does not have."""
        return self._axes.unknown(log)

    def asks_for(self, name: str) -> bool:
        """Whether a metric is among those asked for by name."""
        return name in (self._axes.metrics or ())

    def best_summary(self, log: History) -> str:
        """Returns the best value in words, of what is shown."""
        return log.best_summary(self._axes.metrics)


GAP = 0.08  # inches below a legend


def plot_history(
    history: object,
    metrics: str | Sequence[str] | None = None,
    *,
    panels: Sequence[Sequence[str]] | None = None,
    log_scale: bool = False,
    last: int | None = None,
    target: float | None = None,
    title: str = "",
    fig: Figure | None = None,
    monitor: str | None = None,
    mode: str = "auto",
) -> Figure:
    """Draws the curves of one fit, as `TrainingPlot` does, or those of several, a color each.

    More than three Axes, or two in a narrow figure, are in rows. A figure that is too low for them
    grows in height.

    Args:
        history: whatever `mlcourse.history.history` reads: a dict of names to values, Keras's
            `History`, a `TrainingPlot`, a `Run`, a DataFrame, or the path of a .csv, .json or
            .jsonl file; or a dict of names to such, or a list of them.
        metrics: names of the metrics to show beside the loss; None for all, or for the one that
            the first of several fits is judged by. Of several fits only the first metric is shown.
        panels: names of metrics for each Axes besides that of the losses, such as
            `[["accuracy", "auc"], ["tp", "fp"], ["learning_rate"]]`; of several fits one in each.
            None for one Axes for all metrics in [0, 1], one for counts, and one for each other
            scale: metrics whose first values have one sign and one order of magnitude. At most six
            metrics share an Axes then. The learning rate is drawn only where it is named here.
        log_scale: whether losses are on a logarithmic scale.
        last: show only so many of the last epochs; None for all.
        target: draws a line at this value: of the metrics, or of the loss if there are none.
        title: the title's first line.
        fig: a Figure to fill; None for a new one.
        monitor: the name of the value that the best epoch is chosen by, such as "val_loss"; None
            for the choice of `mlcourse.history.History.best`.
        mode: "min", "max", or "auto" for the direction of a loss or of a metric of Keras.

    Returns:
        The Figure.

    Raises:
        ValueError: for what is no history, or a setting that cannot be.

    >>> figure = plot_history({"loss": [0.5, 0.3], "val_loss": [0.6, 0.5]})
    >>> figure.get_suptitle()
    '2 epochs · best validation loss 0.5000 in epoch 2'
    """
    runs = as_histories(history)
    if not runs:
        raise ValueError(f"history must hold at least one fit. Got {history!r} instead.")
    if monitor is not None or mode != "auto":
        runs = {name: log.with_monitor(monitor, mode) for name, log in runs.items()}
        checks.choice(
            "monitor", monitor, dict.fromkeys(key for log in runs.values() for key in log.history)
        )
    known = {base(name): None for log in runs.values() for name in log.history}
    for metric in names(metrics) if metrics is not None else ():
        checks.choice("metrics", metric, known)
    for group in checked_panels(panels) if panels is not None else ():
        for name in group:
            checks.choice("panels", name, known)
        if len(runs) > 1 and len(group) > 1:
            raise ValueError(f"panels of several fits must have one metric. Got {group!r} instead.")
    options = {
        "metrics": metrics,
        "panels": panels,
        "log_scale": log_scale,
        "last": last,
        "target": target,
    }
    figure = partial(figure_or_new, fig, SIZE)  # made once the options are found right
    if len(runs) > 1:
        return _side_by_side(runs, HistoryAxes(figure, **options), title)
    (log,) = runs.values()
    display = HistoryDisplay(figure, **options)
    length = f"{log.last} epoch" + "s" * (log.last != 1)
    words = " · ".join(filter(None, [length, display.best_summary(log), log.divergence_message()]))
    return display.update(log, f"{title}\n{words}" if title else words)


def _side_by_side(runs, axes, title):
    """Draws several fits, a color each, and returns the Figure."""
    best = next(iter(runs.values())).best(axes.metrics)
    metric = axes.metrics[0] if axes.metrics else base(best[0]) if best else "loss"
    metrics = [metric] if axes.groups is None else axes.metrics
    hidden = axes.hidden(max(log.last for log in runs.values()))
    axes.assign(together(map(axes.drawn, runs.values()), {"loss", *metrics}))
    for number, (run, log) in enumerate(runs.items()):
        color = axes.panels[0].color(number)
        axes.move_run(run, log, metrics, color, hidden, training=True)
    legend = _legend(axes, runs)
    axes.finish(title, above=legend.get_window_extent().height / axes.figure.dpi + GAP)
    above = 1 - axes.head * axes.figure.dpi / axes.figure.bbox.height
    legend.set_bbox_to_anchor((0.5, above), axes.figure.transSubfigure)
    return axes.figure


def _legend(axes, runs):
    """Returns one legend for all Axes, of as many columns as the figure has room for."""
    panel = axes.panels[0]
    looks = [(panel.color(number), 2, "-") for number in range(len(runs))]
    looks += [(panel.ink, 1.6, "-"), (panel.ink, 1.6, ":")]
    handles = [Line2D([], [], color=color, lw=width, ls=style) for color, width, style in looks]
    labels = [*runs, "training", "validation"]
    if any(panel.has_gaps for panel in axes.panels):
        handles.append(gap_sample(panel))
        labels.append(GAP_LABEL)
    for columns in range(len(handles), 0, -1):
        legend = axes.figure.legend(
            handles,
            [""] * len(handles),
            ncols=columns,
            frameon=False,
            fontsize=SMALL,
            loc="upper center",
        )
        write_labels(legend, labels, panel.ink)
        if legend.get_window_extent().width < axes.figure.bbox.width:
            break
        if columns > 1:
            legend.remove()
    return legend
