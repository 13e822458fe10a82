"""`plot_history`: the curves of one fit, or of several."""

from collections.abc import Sequence
from functools import partial

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mlcourse import checks
from mlcourse.figures.axes import figure_or_new
from mlcourse.figures.history import HistoryDisplay
from mlcourse.figures.history_axes import MARGINS, SIZE, SMALL, HistoryAxes, names
from mlcourse.figures.legends import look
from mlcourse.histories import base, epoch_logs

GAP = 0.08  # inches below a legend
LOWEST = 1.5  # inches, of Axes below a legend: for that a figure grows


def plot_history(
    history: object,
    metrics: str | Sequence[str] | None = None,
    *,
    log_scale: bool = False,
    last: int | None = None,
    target: float | None = None,
    title: str = "",
    fig: Figure | None = None,
    monitor: str | None = None,
    mode: str = "auto",
) -> Figure:
    """Draws the curves of one fit, as `TrainingPlot` does, or those of several, a colour each.

    Args:
        history: whatever `mlcourse.histories.epoch_log` reads: a dict of names to values, Keras's
            `History`, a `TrainingPlot`, a `Run`, a DataFrame, or the path of a .csv, .json or
            .jsonl file; or a dict of names to such, or a list of them.
        metrics: names of the metrics to show beside the loss; None for all, or for the one that
            the first of several fits is judged by. Of several fits only the first metric is shown.
        log_scale: whether losses are on a logarithmic scale.
        last: show only so many of the last epochs; None for all.
        target: draws a line at this value: of the metrics, or of the loss if there are none.
        title: the title's first line.
        fig: a Figure to fill; None for a new one.
        monitor: the name of the value that the best epoch is chosen by, such as "val_loss"; None
            for the choice of `mlcourse.histories.EpochLog.best`.
        mode: "min", "max", or "auto" for the direction of a loss or of a metric of Keras.

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
    if monitor is not None or mode != "auto":
        runs = {name: log.with_monitor(monitor, mode) for name, log in runs.items()}
        checks.choice(
            "monitor", monitor, dict.fromkeys(key for log in runs.values() for key in log.history)
        )
    known = {base(name): None for log in runs.values() for name in log.history}
    for metric in names(metrics) if metrics is not None else ():
        checks.choice("metrics", metric, known)
    options = {"metrics": metrics, "log_scale": log_scale, "last": last, "target": target}
    figure = partial(figure_or_new, fig, SIZE)  # made once the options are found right
    if len(runs) > 1:
        return _side_by_side(runs, HistoryAxes(figure, **options), title)
    (log,) = runs.values()
    display = HistoryDisplay(figure, **options)
    length = f"{log.last} epoch" + "s" * (log.last != 1)
    words = " · ".join(filter(None, [length, display.praise(log), log.trouble()]))
    return display.update(log, f"{title}\n{words}" if title else words)


def _side_by_side(runs, axes, title):
    """Draws several fits, a colour each, and returns the Figure."""
    best = next(iter(runs.values())).best(axes.metrics)
    metric = axes.metrics[0] if axes.metrics else base(best[0]) if best else "loss"
    hidden = axes.hidden(max(log.last for log in runs.values()))
    for number, (run, log) in enumerate(runs.items()):
        axes.move_run(run, log, metric, look(number)[0], hidden, training=True)
    axes.finish(title, legends=False)
    _explain(axes, runs, title)
    return axes.figure


def _explain(axes, runs, title):
    """Puts one legend for both Axes above them; where it takes too much, the figure grows."""
    handles = [
        Line2D([], [], color=look(number)[0], lw=2, label=run) for number, run in enumerate(runs)
    ]
    for words, style in (("training", "-"), ("validation", ":")):
        handles.append(Line2D([], [], color="black", lw=1.6, ls=style, label=words))
    figure, above = axes.figure, axes.head(title)
    legend = _legend(figure, handles)
    below = above + legend.get_window_extent().height / figure.dpi + GAP
    if isinstance(figure, Figure):  # a SubFigure has its height from another
        figure.set_figheight(max(figure.get_figheight(), below + LOWEST + MARGINS["bottom"]))
    height = figure.bbox.height / figure.dpi
    legend.set_bbox_to_anchor((0.5, 1 - above / height), figure.transSubfigure)
    axes.place(below)


def _legend(figure, handles):
    """Returns a legend of as many columns as the figure has room for."""
    for columns in range(len(handles), 0, -1):
        legend = figure.legend(
            handles=handles, ncols=columns, frameon=False, fontsize=SMALL, loc="upper center"
        )
        if legend.get_window_extent().width < figure.bbox.width:
            break
        if columns > 1:
            legend.remove()
    return legend
