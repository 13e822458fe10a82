"""Training curves by epoch, of one or several fits."""

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
from mlcourse.figures._shared.legends import (
    END_LABEL_GAP,
    LETTER,
    add_legend,
    columns_within,
    draw_end_labels,
)
from mlcourse.figures._shared.style import BLUE
from mlcourse.figures._shared.text import letters_in, literal_width
from mlcourse.figures.training.layout import GAP_LABEL, LINE, SMALL, gap_handle
from mlcourse.figures.training.panel import checked_panels
from mlcourse.figures.training.panels import SIZE, HistoryAxes, combined, metric_names
from mlcourse.history import (
    History,
    as_histories,
    as_history,
    base,
    is_validation,
    numbers,
)
from mlcourse.history.reading import is_table

MAX_FITS = 50
MAX_EPOCHS = 1_000_000
MAX_NAMES = 100
GRAY_STRENGTHS = 0.65, 0.45, 0.3  # from the background color to the text color


class HistoryDisplay:
    """Training curves that can be updated: losses on one Axes, metrics on others.

    Training curves are solid, validation curves dotted, and each metric has a color. Metrics in
    [0, 1] share an Axes, counts share an Axes, and each other scale has its own. More than two or
    three Axes are in several rows; the figure then grows in height once, with the first values.
    Artists are created once and then moved, so the time for a frame does not depend on the number
    of epochs. A NaN or infinite value is a gap with a cross at the lower edge.

    Args:
        compare: previous fits, as in `mlcourse.history.as_histories`, to draw in gray: the
            validation loss and the monitored metric, or the training values without validation.
        fig: a Figure to draw in, or a function that returns one; None for a Figure outside pyplot.
        options: options of `HistoryAxes`: metrics, panels, log_scale, last, target.

    Attributes:
        figure: the Figure.
        lines: a dict from names in the history to Line2D, and from pairs (name of a previous fit,
            name in the history) to Line2D.

    Raises:
        ValueError: if an option is invalid.

    Example:
        >>> display = HistoryDisplay()
        >>> figure = display.update({"loss": [0.5, 0.3], "val_loss": [0.6, 0.5]})
        >>> list(display.lines)
        ['loss', 'val_loss']
    """

    def __init__(
        self,
        *,
        compare: object = None,
        fig: Figure | Callable[[], Figure] | None = None,
        **options: object,
    ) -> None:
        self._previous = {} if compare is None else as_histories(compare)
        self._axes = HistoryAxes(**options, fig=fig)
        self.figure = self._axes.figure
        self._blit_manager = BlitManager(self.figure)
        self._track = self._add_progress_bar(self._axes.panels[0].gray(0.1))
        self._bar = self._add_progress_bar(BLUE)

    def _add_progress_bar(self, color):
        return self.figure.add_artist(Rectangle((0, 0), 0, 0.012, color=color, lw=0))

    @property
    def lines(self) -> dict:
        """A dict from the keys of curves to Line2D."""
        return self._axes.lines

    def update(
        self,
        history: object,
        title: str = "",
        progress: float = 0.0,
        batch_curves: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    ) -> Figure:
        """Update the curves to the values of a history.

        Args:
            history: training history, as in `mlcourse.history.as_history`.
            title: title of the figure.
            progress: completed fraction of the fit, drawn as a progress bar; 0 for no bar.
            batch_curves: values within the epochs: a dict from names to pairs of arrays, times in
                epochs and values.

        Returns:
            The Figure.
        """
        history = as_history(history)
        axes = self._axes
        last_hidden = axes.last_hidden(history.last)
        curves = axes.curves(history)
        best = history.best(axes.metrics)
        previous_curves = [axes.curves(previous) for previous in self._previous.values()]
        axes.assign(combined([curves, *previous_curves], set(curves)))
        for name in curves:
            label = f"{base(name)} (validation)" if is_validation(name) else base(name)
            axes.move(name, name, history, last_hidden, label=label)
        for name, (times, values) in (batch_curves or {}).items():
            if name in self.lines:
                axes.panel(name).move_batch_curve(name, times, values, last_hidden)
        if best is not None:
            self._move_previous(base(best[0]), last_hidden)
        last_shown = history.last if last_hidden > 0 else np.inf  # previous fits may be longer
        title = "\n".join(filter(None, [title, axes.skipped_message(history)]))
        if best is not None and best[1] <= last_hidden:
            best = None, *best[1:]  # no ring around a hidden point
        axes.finish(title, best, running=progress > 0, last_epoch=last_shown)
        self._track.set_width(float(progress > 0))
        self._bar.set_width(progress)
        return self.figure

    def _move_previous(self, metric, last_hidden):
        """Update the curves of previous fits: the loss and one metric."""
        for number, (run, previous) in enumerate(self._previous.items()):
            strength = GRAY_STRENGTHS[number % len(GRAY_STRENGTHS)]
            color = self._axes.panels[0].gray(strength)
            self._axes.move_run(run, previous, [metric], color, last_hidden, with_training=False)

    def png(self) -> bytes:
        """Return the figure as PNG. Only changed artists are drawn again."""
        animated = [*self._axes.animated(), self._track, self._bar]
        self._blit_manager.draw(animated, self._axes.background_key())
        return saving.png(self.figure)

    def missing_metrics(self, history: History) -> list[str]:
        """Return the selected metrics that a history does not have."""
        return self._axes.missing_metrics(history)

    def is_selected(self, name: str) -> bool:
        """Return whether a metric was selected by name."""
        return name in (self._axes.metrics or ())

    def best_summary(self, history: History) -> str:
        """Return the best value of the selected metrics as text."""
        return history.best_summary(self._axes.metrics)


LEGEND_GAP = 0.08  # inches, below the legend
END_LABELS_GAP = 0.12  # inches, on both sides of the names of fits
MIN_WIDTH_BESIDE_LABELS = 2.2  # inches, of Axes with names at the ends of curves
MAX_EARLIER_END = 0.1  # of a curve before the end of the longest one, as a fraction of its length


def plot_history(
    history: object,
    *,
    metrics: str | Sequence[str] | None = None,
    panels: Sequence[Sequence[str]] | None = None,
    log_scale: bool = False,
    last: int | None = None,
    target: float | None = None,
    monitor: str | None = None,
    mode: str = "auto",
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Plot the training curves of one fit, as `TrainingPlot` does, or of several fits.

    Several fits have their names at the ends of their curves if there is room, else in a legend.
    Fits with several seeds are drawn as their mean, with a band of one standard deviation. More
    than three Axes, or two in a narrow figure, are in several rows. The height of the figure
    increases if necessary.

    Args:
        history: training history, as in `mlcourse.history.as_history`: a dict from names to values,
            Keras's `History`, a `TrainingPlot`, a `TrainingRun`, a DataFrame, or the path of a
            .csv, .json or .jsonl file; or at most 50 of them, as a list or as a dict from names. In
            a dict, a list of fits is one curve for all its seeds. A fit has at most a million
            epochs and 100 losses and metrics.
        metrics: names of the metrics to plot in addition to the loss; None for all. Several fits
            have one metric: the first, or the one by which the best epoch of the first fit is
            selected.
        panels: names of the metrics of each Axes besides the losses, such as
            `[["accuracy", "auc"], ["tp", "fp"], ["learning_rate"]]`, with one metric each for
            several fits. None for one Axes for metrics in [0, 1], one for counts, and one for each
            other scale, by the sign and the order of magnitude of the first values, with at most
            six metrics per Axes. The learning rate is plotted only if it is named here.
        log_scale: whether losses are on a log scale.
        last: the number of last epochs to plot; None for all.
        target: a value to mark with a line: of the metrics, or of the loss without metrics.
        monitor: name of the value that defines the best epoch, such as "val_loss"; None for the
            default of `mlcourse.history.History.best`.
        mode: "min", "max", or "auto" for the direction of a loss or of a metric of Keras.
        title: first line of the title.
        fig: Figure to draw in; None for a new figure.

    Returns:
        The Figure.

    Raises:
        ValueError: if the history or an option is invalid.

    >>> figure = plot_history({"loss": [0.5, 0.3], "val_loss": [0.6, 0.5]})
    >>> figure.get_suptitle()
    '2 epochs · best validation loss 0.5000 in epoch 2'
    """
    runs, bands = _by_name(history)
    if not runs:
        raise ValueError(f"history must hold at least one fit. Got {history!r} instead.")
    checks.at_most("the number of fits", len(runs), MAX_FITS)
    checks.at_most("the number of epochs", max(run.last for run in runs.values()), MAX_EPOCHS)
    if monitor is not None or mode != "auto":
        runs = {name: run.with_monitor(monitor, mode) for name, run in runs.items()}
        names = dict.fromkeys(name for run in runs.values() for name in run.history)
        checks.choice("monitor", monitor, names)
    checks.at_most("the number of names in history", max(map(_n_names, runs.values())), MAX_NAMES)
    _check_names(runs, metrics, panels)
    options = {
        "metrics": metrics,
        "panels": panels,
        "log_scale": log_scale,
        "last": last,
        "target": target,
    }
    figure = partial(figure_or_new, fig, SIZE)  # created after the options are checked
    if len(runs) > 1 or bands:
        return _plot_several(runs, bands, HistoryAxes(**options, fig=figure), title)
    (run,) = runs.values()
    display = HistoryDisplay(**options, fig=figure)
    n_epochs = "1 epoch" if run.last == 1 else f"{run.last} epochs"
    parts = [n_epochs, display.best_summary(run), run.divergence_message()]
    summary = " · ".join(filter(None, parts))
    return display.update(run, f"{title}\n{summary}" if title else summary)


def _by_name(history):
    """Return a dict from names to fits, and a dict from names to the bands of several seeds.

    Several seeds of a fit are replaced with their mean. A band is a dict from the names in the
    history to epochs, lower and upper limits.
    """
    if not isinstance(history, Mapping) or not any(map(_is_of_seeds, history.values())):
        return as_histories(history), {}
    runs = {}
    bands = {}
    for name, source in history.items():
        if _is_of_seeds(source):
            runs[str(name)], bands[str(name)] = mean_of_seeds(list(map(as_history, source)))
        else:
            runs[str(name)] = as_history(source)
    return runs, bands


def _is_of_seeds(source):
    """Return whether a source is a list of fits, not a list of values or of one fit's epochs."""
    if not isinstance(source, list | tuple) or is_table(source):
        return False
    attributes = "history", "epoch_history", "log"
    return bool(source) and all(
        isinstance(fit, Mapping) or any(hasattr(fit, name) for name in attributes) for fit in source
    )


def mean_of_seeds(fits):
    """Return the mean of several fits, and its band of one standard deviation.

    Args:
        fits: `History` objects. The mean has the names and epochs that all of them have.

    Returns:
        A `History`, and a dict from names to epochs, mean minus and mean plus the standard
        deviation, (epochs,).

    >>> fits = [as_history({"loss": [0.4, 0.2]}), as_history({"loss": [0.6, 0.2]})]
    >>> mean, bands = mean_of_seeds(fits)
    >>> mean.history["loss"], bands["loss"][0]
    ([0.5, 0.2], [1, 2])
    """
    mean = History(monitor=fits[0].monitor, mode=fits[0].mode)
    bands = {}
    for name, epochs in fits[0].epochs.items():
        if not all(name in fit.history for fit in fits):
            continue
        by_epoch = [
            dict(zip(fit.epochs[name], numbers(fit.history[name]), strict=True)) for fit in fits
        ]
        common = [epoch for epoch in epochs if all(epoch in values for values in by_epoch)]
        values = np.array([[fit[epoch] for epoch in common] for fit in by_epoch])
        means = values.mean(axis=0)
        deviations = values.std(axis=0, ddof=min(1, len(fits) - 1))
        mean.epochs[name] = common
        mean.history[name] = means.tolist()
        bands[name] = common, means - deviations, means + deviations
    return mean, bands


def _n_names(run):
    """Return the number of losses and metrics of a history, without those of validation."""
    return len(set(map(base, run.history)))


def _check_names(runs, metrics, panels):
    """Raise ValueError if metrics or panels have a name that no history has."""
    names = {base(name): None for run in runs.values() for name in run.history}
    if metrics is not None:
        for metric in metric_names(metrics):
            checks.choice("metrics", metric, names)
    if panels is None:
        return
    for group in checked_panels(panels):
        for name in group:
            checks.choice("panels", name, names)
        if len(runs) > 1 and len(group) > 1:
            raise ValueError(f"panels of several fits must have one metric. Got {group!r} instead.")


def _plot_several(runs, bands, axes, title):
    """Plot several fits, with a color for each, and return the Figure."""
    best = next(iter(runs.values())).best(axes.metrics)
    if axes.groups is not None:
        metrics = axes.metrics
    elif axes.metrics:
        metrics = axes.metrics[:1]
    else:
        metrics = [base(best[0]) if best else "loss"]
    last_hidden = axes.last_hidden(max(run.last for run in runs.values()))
    axes.assign(combined(map(axes.curves, runs.values()), {"loss", *metrics}))
    for number, (name, run) in enumerate(runs.items()):
        color = axes.panels[0].color(number)
        axes.move_run(name, run, metrics, color, last_hidden, with_training=True)
    for name, bands_of_run in bands.items():
        axes.add_bands(name, bands_of_run, last_hidden)
    ends = _ends(axes, runs)
    label_width = 2 * END_LABELS_GAP + SMALL / 72 * max(literal_width(f" {run}") for run in runs)
    styles = _style_handles(axes, runs)
    if not _has_room_at_ends(axes, ends, title, label_width, LINE * bool(styles)):
        ends = {}
        label_width = 0.0
    handles = styles if ends else [*_run_handles(axes, runs), *styles]
    legend = _add_legend(axes, handles)
    legend_height = legend.get_window_extent().height / axes.figure.dpi if handles else 0.0
    axes.finish(title, legend_height=legend_height + LEGEND_GAP, label_width=label_width)
    top = 1 - axes.title_height * axes.figure.dpi / axes.figure.bbox.height
    legend.set_bbox_to_anchor((0.5, top), axes.figure.transSubfigure)
    for panel, lines in ends.items():
        width = panel.axes.bbox.width / axes.figure.dpi
        x = 1 + END_LABELS_GAP / width
        draw_end_labels(panel.axes, lines.values(), list(lines), x, color=panel.ink)
    return axes.figure


def _ends(axes, runs):
    """Return a dict from panels to dicts from names of fits to the lines that are labeled.

    That is the validation curve of each fit, or its training curve.
    """
    ends = {panel: {} for panel in axes.visible_panels()}
    for (run, name), line in axes.lines.items():
        if np.isfinite(line.get_ydata()).any():  # validation follows training
            ends[axes.panel(name)][run] = line
    return ends


def _has_room_at_ends(axes, ends, title, label_width, legend_height):
    """Return whether the names of fits fit at the ends of their curves, instead of a legend.

    All curves must end in the last epochs, as a longer way to the label would cross other curves.
    """
    names = {name for lines in ends.values() for name in lines}
    n_runs = len({run for run, _ in axes.lines})
    n_lines = [len(lines) for lines in ends.values()]
    if len(names) < n_runs or min(n_lines) == 0:
        return False
    width, height = axes.axes_size(title, legend_height + LEGEND_GAP)
    if width - label_width < MIN_WIDTH_BESIDE_LABELS or height < max(n_lines) * END_LABEL_GAP / 72:
        return False
    lasts = [
        line.get_xdata()[np.isfinite(line.get_ydata())][-1]
        for lines in ends.values()
        for line in lines.values()
    ]
    epochs = [line.get_xdata() for line in axes.lines.values()]
    first = min(values.min() for values in epochs if len(values))
    return min(lasts) >= max(lasts) - MAX_EARLIER_END * (max(lasts) - first)


def _run_handles(axes, runs):
    """Return legend handles of the fits."""
    panel = axes.panels[0]
    return [
        Line2D([], [], color=panel.color(number), lw=2, label=name)
        for number, name in enumerate(runs)
    ]


def _style_handles(axes, runs):
    """Return legend handles of training, validation and gaps."""
    panel = axes.panels[0]
    handles = []
    if any(is_validation(name) for run in runs.values() for name in run.history):
        style = {"color": panel.ink, "lw": 1.6}
        handles.append(Line2D([], [], label="training", **style))
        handles.append(Line2D([], [], label="validation", ls=":", **style))
    if any(panel.has_gaps for panel in axes.panels):
        handles.append(gap_handle(panel))
        handles[-1].set_label(GAP_LABEL)
    return handles


def _add_legend(axes, handles):
    """Add one legend for all Axes, with as many columns as fit, and return it."""
    panel = axes.panels[0]
    letters = letters_in(axes.figure.bbox.width / axes.figure.dpi - 6 * LETTER, SMALL)
    style = {"frameon": False, "fontsize": SMALL, "loc": "upper center", "labelcolor": panel.ink}
    legend = add_legend(axes.figure, handles, letters, max_lines=2, **style)
    columns = columns_within(legend, axes.figure.bbox.width)
    if columns > 1:
        legend.remove()
        legend = add_legend(axes.figure, handles, letters, max_lines=2, ncols=columns, **style)
    return legend
