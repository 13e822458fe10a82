"""Learning-rate schedules, and the learning rate finder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from mlcourse._core import checks
from mlcourse.figures._shared.axes import check_min_size, checked_figure, figure_or_new
from mlcourse.figures._shared.legends import legend_beside
from mlcourse.figures._shared.style import BLUE, GREEN, GREY, ORANGE, tint
from mlcourse.figures._shared.text import (
    checked_formula,
    escaped,
    fold,
    literal_width,
    set_literal,
    shorten,
)
from mlcourse.figures._shared.titles import set_suptitle, set_title
from mlcourse.optimizers import schedules as all_schedules

if TYPE_CHECKING:
    from mlcourse.callbacks.learning_rate_finder import LearningRateFinderResult

MAX_SCHEDULES = 50
MAX_STEPS = 1_000_000
LETTERS = 36  # per line of a label
SUGGESTION_STYLES = {"steepest": (GREEN, "--"), "minimum / 10": (ORANGE, ":")}


def plot_learning_rate_finder(
    result: LearningRateFinderResult, *, title: str = "", fig: Figure | None = None
) -> Figure:
    """Plot loss and metrics against the learning rate, with the suggested learning rates.

    Thin lines are the sweeps, thick lines are smoothed. The vertical line of a suggestion is its
    median over the sweeps, and the band goes from the lowest to the highest.

    Args:
        result: the result of `mlcourse.callbacks.find_learning_rate`.
        title: title of the figure.
        fig: Figure to draw in; None for a new figure.

    Returns:
        The Figure: the Axes of the loss, then one for each metric.

    Raises:
        ValueError: if this is not a `LearningRateFinderResult`, or it has no sweeps.

    Example:
        >>> from mlcourse.callbacks import LearningRateFinderResult, LearningRateSweep
        >>> rates = np.geomspace(1e-4, 1, 50)
        >>> losses = np.log10(rates / 0.01) ** 2  # the lowest at a rate of 0.01
        >>> result = LearningRateFinderResult((LearningRateSweep(rates, losses, {}),))
        >>> figure = plot_learning_rate_finder(result)
        >>> [text.get_text().split(":")[0] for text in figure.axes[0].get_legend().get_texts()]
        ['steepest', 'minimum / 10', 'smoothed', 'each batch']
    """
    checks.instance(
        "result", result, "LearningRateFinderResult", "the result of `find_learning_rate`"
    )
    checks.integer("the number of sweeps", len(result.sweeps), 1)
    names = ["loss", *result.sweeps[0].metrics]
    fig = figure_or_new(fig, (5.5 * len(names), 4))
    for name, ax in zip(names, np.atleast_1d(fig.subplots(1, len(names))), strict=True):
        smoothed = [_draw_curves(ax, sweep, name) for sweep in result.sweeps]
        if name == "loss" and np.isfinite(np.concatenate(smoothed)).any():
            ax.set_ylim(_loss_limits(smoothed))
        lines = [
            _draw_suggestion(ax, method, rates)
            for method, rates in result.suggestions.items()
            if rates
        ]
        ax.set(xscale="log", xlabel="learning rate")
        label = f"{name.replace('_', ' ')} of the batch"
        set_literal(ax.set_ylabel, shorten(label, LETTERS, 4))
    if lines:
        legend_beside(ax, [*lines, *_legend_of_curves(len(result.sweeps))])
    else:
        fig.axes[0].set_title("the loss does not fall")
    set_suptitle(fig, title)
    return fig


def _legend_of_curves(n_sweeps):
    """Return handles of the thick and the thin curves, and of the band around a suggestion."""
    handles = [
        Line2D([], [], color=BLUE, lw=2, label="smoothed"),
        Line2D([], [], color=tint(BLUE, 0.3), lw=0.8, label="each batch"),
    ]
    if n_sweeps > 1:
        handles.append(Patch(color=GREY, alpha=0.3, label=f"range over {n_sweeps} sweeps"))
    return handles


def _draw_curves(ax, sweep, name):
    """Draw the values of a sweep and return the smoothed values."""
    values = sweep.losses if name == "loss" else sweep.metrics[name]
    smoothed = sweep.smooth(values)
    ax.plot(sweep.learning_rates, values, color=tint(BLUE, 0.3), lw=0.8, zorder=1)
    ax.plot(sweep.learning_rates, smoothed, color=BLUE, lw=2, zorder=2)
    return smoothed


def _draw_suggestion(ax, method, rates):
    """Draw the median of a suggestion, and its range, and return the line."""
    median, low, high = rates
    color, linestyle = SUGGESTION_STYLES[method]
    ax.axvspan(low, high, color=color, alpha=0.15, lw=0)
    label = f"{method}: {median:.2g}"
    return ax.axvline(median, color=color, ls=linestyle, lw=2.5, label=label)


def _loss_limits(curves):
    """Return limits of the y axis that show the decrease of the loss and cut off divergence."""
    curves = [curve[np.isfinite(curve)] for curve in curves]
    low = min(curve.min() for curve in curves if len(curve))
    high = max(curve[: curve.argmin() + 1].max() for curve in curves if len(curve))
    margin = 0.2 * (high - low) or 0.1 * abs(low) or 1.0
    return low - margin, high + 2 * margin


MAX_COLUMNS = 3
MIN_CELL = (2.6, 1.2)  # inches, for a formula above the Axes
NAME_WIDTH = 18  # per line, in font sizes
EXAMPLES = (
    all_schedules.constant(0.1),
    all_schedules.exponential_decay(0.1, decay_steps=30, decay_rate=0.5),
    all_schedules.inverse_time_decay(0.1, decay_steps=30, decay_rate=1.0),
    all_schedules.cosine_restarts(0.1, first_decay_steps=15),
    all_schedules.cyclical(0.01, 0.1, step_size=15),
    all_schedules.one_cycle(0.1, total_steps=100),
)


def plot_schedules(
    schedules: Callable | Sequence[Callable] | Mapping[str, Callable] = EXAMPLES,
    *,
    steps: int = 100,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Plot the learning rate of schedules by step.

    Args:
        schedules: a schedule, a list of schedules, or a dict from titles to schedules, at most 50;
            one example of each kind by default.
        steps: the number of steps, at most a million.
        title: title of the figure.
        fig: Figure to draw in, of at least 2.6 x 1.2 inches for each schedule with a formula;
            None for a new figure.

    Returns:
        The Figure, with an Axes for each schedule.

    Raises:
        ValueError: if there are no schedules, one is not callable, Matplotlib cannot draw its
            formula, or the figure is too small.

    >>> [axes.get_title().split()[0] for axes in plot_schedules().axes][:2]
    ['constant', 'exponential_decay']
    """
    if callable(schedules):
        schedules = [schedules]
    n_schedules = checks.length("schedules", schedules)
    checks.integer("the number of schedules", n_schedules, 1, limit=MAX_SCHEDULES)
    has_titles = hasattr(schedules, "items")
    if hasattr(schedules, "items"):
        titled = list(schedules.items())
    else:
        titled = [(_title(schedule), schedule) for schedule in schedules]
    for _, schedule in titled:
        if not callable(schedule):
            rule = "a schedule must be a function of the step"
            raise ValueError(f"{rule}. Got {schedule!r} instead.")
    x = np.arange(checks.integer("steps", steps, 1, limit=MAX_STEPS))
    rates = [np.broadcast_to(schedule(x), x.shape) for _, schedule in titled]
    n_columns = min(MAX_COLUMNS, n_schedules)
    has_formulas = not has_titles
    if fig is not None and has_formulas:
        width = checked_figure(fig).bbox.width / fig.get_figure(root=True).dpi
        n_columns = int(np.clip(width / MIN_CELL[0], 1, n_columns))
    n_rows = -(-n_schedules // n_columns)
    if has_formulas:
        check_min_size(fig, np.multiply(MIN_CELL, (n_columns, n_rows)))
    fig = figure_or_new(fig, (4 * n_columns, 2.8 * n_rows))
    grid = fig.subplots(n_rows, n_columns, squeeze=False, sharex=True, sharey=True)
    for ax, rate in zip(grid.flat, rates, strict=False):
        ax.plot(x, rate, color=BLUE, lw=2.2)
    ax.set_ylim(bottom=0)  # the y axis is shared
    for ax in grid.flat[n_schedules:]:
        ax.set_axis_off()
    for ax in grid[:, 0]:
        ax.set_ylabel("learning rate")
    for ax in grid.flat[max(0, n_schedules - n_columns) : n_schedules]:
        ax.set_xlabel("step")
        ax.tick_params(labelbottom=True)
    for ax, (ax_title, _) in zip(grid.flat, titled, strict=False):
        if has_titles:
            set_title(ax, ax_title, max_lines=3, fontsize=12)
        else:
            ax.set_title(ax_title, fontsize=12)
    set_suptitle(fig, title)
    return fig


def _title(schedule):
    """Return the name and the formula of a schedule, or "" for another function."""
    if not hasattr(schedule, "formula"):
        return ""
    name = escaped(fold(schedule.name, NAME_WIDTH, literal_width))
    return f"{name}\n${checked_formula(schedule.formula)}$"
