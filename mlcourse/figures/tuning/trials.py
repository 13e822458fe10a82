"""The scores of a hyperparameter search, by trial and by hyperparameter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import blended_transform_factory

from mlcourse._core import checks
from mlcourse._core.tables import number_text
from mlcourse.figures._shared.axes import axes_or_new, check_min_size, extent, figure_with_layout
from mlcourse.figures._shared.legends import color_and_marker, legend_beside, legend_of_figure
from mlcourse.figures._shared.style import BLUE, RED, ink
from mlcourse.figures._shared.text import label_x, set_literal, shorten
from mlcourse.figures._shared.titles import set_suptitle, set_title
from mlcourse.figures.tuning.parallel_coordinates import ended_trials, value_scales

if TYPE_CHECKING:
    from mlcourse.tuning.trials import Trials

OUTLIER = "far worse, off the scale"
FAILED = "failed"
BEST = "best"
EDGE_POSITIONS = {OUTLIER: 0.08, FAILED: 0.03}  # fraction of the height, from the worst score
MARGIN_Y = 0.2  # of the range of scores, so that no point covers the edge markers


def draw_scores(ax, trials, ended, x, limits, color, marker="o", best_color=None):
    """Draw a point for each trial, a star for the best one, and edge markers.

    Failed trials and scores outside of the limits have a marker at the edge of the Axes.

    Args:
        ax: the Axes.
        trials: the search.
        ended: the trials of the search that have ended.
        x: their x positions.
        limits: the lowest and the highest score on the scale.
        color: color of the points.
        marker: marker of the points.
        best_color: color of the star; None for the color of the points.

    Returns:
        A dict from labels to markers, for the star and the edge markers.
    """
    scores = np.array([trial.score if trial.is_scored else np.nan for trial in ended])
    x = np.asarray(x, float)
    best = trials.best
    is_best = np.array([trial is best for trial in ended])
    is_failed = np.isnan(scores)
    is_outlier = ~is_failed & ((scores < limits[0]) | (scores > limits[1]))
    is_inside = ~is_failed & ~is_outlier
    points = {"s": 36, "color": color, "marker": marker, "alpha": 0.75, "zorder": 2}
    ax.scatter(x[is_inside], scores[is_inside], **points)
    markers = {}
    if is_best.any():
        star = {"s": 220, "color": best_color or color, "marker": "*", "edgecolors": "black"}
        ax.scatter(x[is_best], scores[is_best], zorder=4, **star)
        markers[BEST] = "*"
    is_maximized = trials.direction > 0
    outlier_marker = "v" if is_maximized else "^"
    transform = blended_transform_factory(ax.transData, ax.transAxes)
    for label, mask, edge_marker in (
        (OUTLIER, is_outlier, outlier_marker),
        (FAILED, is_failed, "x"),
    ):
        if mask.any():
            position = EDGE_POSITIONS[label] if is_maximized else 1 - EDGE_POSITIONS[label]
            style = {"s": 45, "color": color, "marker": edge_marker, "zorder": 3}
            ax.scatter(x[mask], [position] * mask.sum(), transform=transform, **style)
            markers[label] = edge_marker
    return markers


def handle(marker, label, color, linestyle="none"):
    """Return a legend handle for a marker, or for a line with markers."""
    edge = {"mec": "black", "ms": 13} if marker == "*" else {"ms": 7}
    return Line2D([], [], ls=linestyle, lw=2.5, marker=marker, color=color, label=label, **edge)


def score_limits(searches):
    """Return limits of the y axis without outliers, which would compress the other scores."""
    ends = np.array([trials.score_range() for trials in searches]).ravel()
    ends = ends[np.isfinite(ends)]
    if not len(ends):
        return 0.0, 1.0
    low = ends.min()
    high = ends.max()
    margin = MARGIN_Y * extent(low, high)
    return low - margin, high + margin


LINE_STYLES = "-", "--", "-.", ":"
OBJECTIVE_LETTERS = 32  # per line of the objective
SEARCH_OFFSET = 0.12  # between the points of two searches; trials are 1 apart


def plot_optimization_history(
    trials: Trials | Mapping[str, Trials], *, title: str = "", ax: Axes | None = None
) -> Axes:
    """Plot the score of each trial, and the best score so far, for one or several searches.

    The best trial is a star. Failed trials are crosses at the edge, and outliers, with a score far
    worse than most, are triangles there.

    Args:
        trials: a `mlcourse.tuning.trials.Trials`, or a dict from names to several.
        title: title of the Axes.
        ax: Axes to draw in; None for a new figure.

    Returns:
        The Axes.

    Raises:
        ValueError: if no trial has ended, or the searches have different objectives.

    >>> from mlcourse.tuning.trials import Trial, Trials
    >>> trials = [Trial(k, {"units": 8 * k}, "completed", 1 / (k + 1)) for k in range(4)]
    >>> axes = plot_optimization_history(Trials("val_loss", -1, 4, trials))
    >>> axes.get_legend().get_texts()[0].get_text()
    'best so far: 0.2500 (trial 3)'
    """
    searches = {"best so far": trials} if checks.is_instance(trials, "Trials") else trials
    searches = checks.mapping("trials", searches, "names to Trials")
    ended = {name: ended_trials(search) for name, search in searches.items()}
    objective = _objective(searches)
    limits = score_limits(searches.values())
    ax = axes_or_new(ax, (9, 4.4))
    lines: list = []
    markers: dict[str, str] = {}
    for number, (name, search) in enumerate(searches.items()):
        color, marker = color_and_marker(number)
        linestyle = LINE_STYLES[number % len(LINE_STYLES)]
        offset = SEARCH_OFFSET * (number - (len(searches) - 1) / 2)
        x = [trial.number + offset for trial in ended[name]]
        markers |= draw_scores(ax, search, ended[name], x, limits, color, marker)
        numbers = [trial.number for trial in search.trials]
        step = {"where": "post", "color": color, "lw": 2.5, "ls": linestyle}
        ax.step(numbers, search.best_so_far(), **step)
        lines.append(handle(marker, _best_label(name, search), color, linestyle))
    ax.set(xlabel="trial", ylim=limits)
    set_literal(ax.set_ylabel, shorten(objective, OBJECTIVE_LETTERS, 4))
    ax.set_xlim(-0.6, max(search.trials[-1].number for search in searches.values()) + 0.6)
    ax.xaxis.get_major_locator().set_params(integer=True)
    if not any(search.best for search in searches.values()):
        ax.set_yticks(())
    color = color_and_marker(0)[0] if len(searches) == 1 else ink()
    handles = [handle(marker, label, color) for label, marker in markers.items()]
    legend_beside(ax, [*lines, *handles])
    set_title(ax, title)
    return ax


def _objective(searches):
    """Return the name of the objective; raise ValueError if searches have different ones."""
    objectives = dict.fromkeys((search.objective, search.direction) for search in searches.values())
    if len(objectives) != 1:
        rule = "trials must be of searches with one objective"
        raise ValueError(f"{rule}. Got {', '.join(name for name, _ in objectives)} instead.")
    return next(iter(objectives))[0]


def _best_label(name, trials):
    """Return a legend label with the best score of a search."""
    name = shorten(name, OBJECTIVE_LETTERS)
    if not trials.best:
        return f"{name}: none yet"
    return f"{name}: {number_text(trials.best.score)} (trial {trials.best.number})"


MAX_COLUMNS = 3
MIN_SIZE = (4, 3)  # inches, below which texts would overlap
LETTERS = 28  # per line of an axis label
MAX_JITTER = 0.05  # of the width, to both sides, for trials with the same value
MARGIN_X = 0.1  # of the width, on the left and on the right


def plot_slice(trials: Trials, *, title: str = "", fig: Figure | None = None) -> Figure:
    """Plot the score of each trial against each hyperparameter.

    Each hyperparameter has its own Axes. Trials with the same value are slightly separated, except
    the best trial, a star. Failed trials are crosses at the edge, and outliers, with a score far
    worse than most, are triangles there.

    Args:
        trials: a `mlcourse.tuning.trials.Trials` with at least one trial that has ended.
        title: title of the figure.
        fig: Figure to draw in, of at least 4 x 3 inches; None for a new figure.

    Returns:
        The Figure.

    Raises:
        ValueError: if no trial has ended, there is no hyperparameter, or the figure is too small.

    >>> from mlcourse.tuning.trials import Trial, Trials
    >>> trials = [Trial(k, {"units": 8 * k, "rate": 0.1}, "completed", k / 4) for k in range(4)]
    >>> figure = plot_slice(Trials("val_accuracy", 1, 4, trials))
    >>> [axes.get_xlabel() for axes in figure.axes]
    ['units', 'rate']
    """
    ended = ended_trials(trials)
    names = trials.names
    scales = value_scales(trials)
    n_rows = -(-len(names) // MAX_COLUMNS)
    n_columns = min(MAX_COLUMNS, len(names))
    check_min_size(fig, MIN_SIZE)
    fig = figure_with_layout(fig, (max(6.0, 3.6 * n_columns), 3.1 * n_rows + 0.6))
    axes = fig.subplots(n_rows, n_columns, sharey=True, squeeze=False).ravel()
    axes[0].set_ylim(score_limits([trials]))
    best = trials.best
    is_best = np.array([trial is best for trial in ended])
    for ax, name, scale in zip(axes, names, scales, strict=False):
        x = _separated([scale(trial.values.get(name)) for trial in ended], is_best)
        markers = draw_scores(ax, trials, ended, x, ax.get_ylim(), BLUE, best_color=RED)
        ax.set_xlim(-MARGIN_X, 1 + MARGIN_X)
        set_literal(ax.set_xlabel, shorten(name, LETTERS, 4))
        label_x(ax, scale.ticks, letters=18, fontsize=10)
    for ax in axes[len(names) :]:
        ax.set_axis_off()
    for ax in axes[::n_columns]:
        set_literal(ax.set_ylabel, shorten(trials.objective, LETTERS, 4))
    if not trials.best:
        axes[0].set_yticks(())
    _add_legend(fig, trials, markers)
    set_suptitle(fig, title)
    return fig


def _add_legend(fig, trials, markers):
    """Add a legend below, with the best trial and the edge markers."""
    handles = []
    for label, marker in markers.items():
        if label == BEST:
            score = number_text(trials.best.score)
            objective = shorten(trials.objective, LETTERS)
            label = f"best: trial {trials.best.number}, {objective} {score}"
            handles.append(handle(marker, label, RED))
        else:
            handles.append(handle(marker, label, BLUE))
    legend_of_figure(fig, handles)


def _separated(x, is_best):
    """Return positions in which equal ones are slightly separated, but that of the best trial."""
    x = np.array(x, float)
    gaps = np.diff(np.unique(x))
    max_width = min([MAX_JITTER, *0.3 * gaps])
    separated = x.copy()
    order = np.argsort(x, kind="stable")
    for equal in np.split(order, 1 + np.flatnonzero(np.diff(x[order]))):
        if len(equal) > 1:
            width = min(max_width, MAX_JITTER / 6 * (len(equal) - 1))
            others = equal[~is_best[equal]]
            n_slots = len(equal) + (len(others) < len(equal) and len(equal) % 2 == 0)
            offsets = np.linspace(-width, width, n_slots)
            if len(others) < len(equal):  # the best trial is in the middle
                offsets = np.delete(offsets, n_slots // 2)
            separated[others] += offsets[: len(others)]
    return separated
