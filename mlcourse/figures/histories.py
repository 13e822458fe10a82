"""`plot_history`: the curves of one fit, or of several."""

from collections.abc import Sequence
from functools import partial

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mlcourse import checks
from mlcourse.figures.axes import figure_or_new
from mlcourse.figures.history import HistoryDisplay
from mlcourse.figures.history_axes import SIZE, HistoryAxes, names, together
from mlcourse.figures.history_layout import SMALL
from mlcourse.figures.history_legend import GAP_LABEL, gap_sample, write_labels
from mlcourse.figures.history_scales import checked_panels
from mlcourse.histories import base, epoch_logs

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
    """Draws the curves of one fit, as `TrainingPlot` does, or those of several, a colour each.

    More than three Axes, or two in a narrow figure, are in rows. A figure that is too low for them
    grows in height.

    Args:
        history: whatever `mlcourse.histories.epoch_log` reads: a dict of names to values, Keras's
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
    words = " · ".join(filter(None, [length, display.praise(log), log.trouble()]))
    return display.update(log, f"{title}\n{words}" if title else words)


def _side_by_side(runs, axes, title):
    """Draws several fits, a colour each, and returns the Figure."""
    best = next(iter(runs.values())).best(axes.metrics)
    metric = axes.metrics[0] if axes.metrics else base(best[0]) if best else "loss"
    metrics = [metric] if axes.groups is None else axes.metrics
    hidden = axes.hidden(max(log.last for log in runs.values()))
    axes.assign(together(map(axes.drawn, runs.values()), {"loss", *metrics}))
    for number, (run, log) in enumerate(runs.items()):
        colour = axes.panels[0].colour(number)
        axes.move_run(run, log, metrics, colour, hidden, training=True)
    legend = _legend(axes, runs)
    axes.finish(title, above=legend.get_window_extent().height / axes.figure.dpi + GAP)
    above = 1 - axes.head * axes.figure.dpi / axes.figure.bbox.height
    legend.set_bbox_to_anchor((0.5, above), axes.figure.transSubfigure)
    return axes.figure


def _legend(axes, runs):
    """Returns one legend for all Axes, of as many columns as the figure has room for."""
    panel = axes.panels[0]
    looks = [(panel.colour(number), 2, "-") for number in range(len(runs))]
    looks += [(panel.ink, 1.6, "-"), (panel.ink, 1.6, ":")]
    handles = [Line2D([], [], color=colour, lw=width, ls=style) for colour, width, style in looks]
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
