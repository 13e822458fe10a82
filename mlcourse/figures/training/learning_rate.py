"""Learning-rate schedules, and the learning-rate range test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from mlcourse._core import checks
from mlcourse.figures._shared.axes import figure_or_new
from mlcourse.figures._shared.legends import legend_beside
from mlcourse.figures._shared.style import BLUE, GREEN, ORANGE, tint
from mlcourse.figures._shared.text import (
    LITERAL,
    checked_formula,
    escaped,
    fold,
    literal_width,
    shorten,
)
from mlcourse.figures._shared.titles import set_title
from mlcourse.optimizers import schedules

if TYPE_CHECKING:
    from mlcourse.callbacks.learning_rate_finder import LearningRateFinderResult

LETTERS = 36  # of a label on a line
MARKS = {"steepest": (GREEN, "--"), "minimum / 10": (ORANGE, ":")}


def plot_learning_rate_finder(
    finding: LearningRateFinderResult, fig: Figure | None = None
) -> Figure:
    """Draws loss and metrics against the learning rate, and what they suggest; returns the Figure.

    Thin lines are the sweeps as they were, thick ones smoothed. A suggestion is the vertical line
    at the median over the sweeps; the shade around it reaches from the lowest to the highest.

    Args:
        finding: what `mlcourse.callbacks.find_learning_rate` returns.
        fig: the Figure to draw in; None for a new one.

    Returns:
        The Figure: the loss, then an Axes for each metric.

    Raises:
        ValueError: for what is no finding, or one without sweeps.

    Example:
        >>> from mlcourse.callbacks import LearningRateFinderResult, LearningRateSweep
        >>> rates = np.geomspace(1e-4, 1, 50)
        >>> losses = np.log10(rates / 0.01) ** 2  # the lowest at a rate of 0.01
        >>> result = LearningRateFinderResult((LearningRateSweep(rates, losses, {}),))
        >>> figure = plot_learning_rate_finder(result)
        >>> [text.get_text().split(":")[0] for text in figure.axes[0].get_legend().get_texts()]
        ['steepest', 'minimum / 10']
    """
    checks.instance(
        "finding", finding, "LearningRateFinderResult", "what `find_learning_rate` returns"
    )
    checks.integer("the number of sweeps", len(finding.sweeps), 1)
    names = ["loss", *finding.sweeps[0].metrics]
    fig = figure_or_new(fig, (5.5 * len(names), 4))
    for name, ax in zip(names, np.atleast_1d(fig.subplots(1, len(names))), strict=True):
        smooth = [_draw_curves(ax, sweep, name) for sweep in finding.sweeps]
        if name == "loss" and np.isfinite(np.concatenate(smooth)).any():
            ax.set_ylim(_range_of_loss(smooth))
        suggestions = finding.suggestions.items()
        lines = [_draw_suggestion(ax, name, rates) for name, rates in suggestions if rates]
        what = name.replace("_", " ")
        ax.set(xscale="log", xlabel="learning rate")
        ax.set_ylabel(shorten(f"{what} of the batch", LETTERS, 4), **LITERAL)
    if lines:
        legend_beside(ax, lines)
    else:
        fig.axes[0].set_title("the loss does not fall")
    return fig


def _draw_curves(ax, sweep, name):
    values = sweep.losses if name == "loss" else sweep.metrics[name]
    smooth = sweep.smooth(values)
    ax.plot(sweep.rates, values, color=tint(BLUE, 0.3), lw=0.8, zorder=1)
    ax.plot(sweep.rates, smooth, color=BLUE, lw=2, zorder=2)
    return smooth


def _draw_suggestion(ax, name, rates):
    middle, low, high = rates
    color, line = MARKS[name]
    ax.axvspan(low, high, color=color, alpha=0.15, lw=0)
    return ax.axvline(middle, color=color, ls=line, lw=2.5, label=f"{name}: {middle:.2g}")


def _range_of_loss(curves):
    """Returns limits that show the fall of the loss: where it runs away, it leaves the picture."""
    curves = [curve[np.isfinite(curve)] for curve in curves]
    low = min(curve.min() for curve in curves if len(curve))
    top = max(curve[: curve.argmin() + 1].max() for curve in curves if len(curve))
    room = 0.2 * (top - low) or 0.1 * abs(low) or 1.0
    return low - room, top + 2 * room


COLUMNS = 3
WIDTH = 18  # of a name on a line, in sizes of its font
EXAMPLES = (
    schedules.constant(0.1),
    schedules.exponential_decay(0.1, decay_steps=30, decay_rate=0.5),
    schedules.inverse_time_decay(0.1, decay_steps=30, decay_rate=1.0),
    schedules.cosine_restarts(0.1, first_steps=15),
    schedules.cyclical(0.01, 0.1, step_size=15),
    schedules.one_cycle(0.1, steps=100),
)


def plot_schedules(
    kinds: Callable | Sequence[Callable] | Mapping[str, Callable] = EXAMPLES,
    steps: int = 100,
    fig: Figure | None = None,
) -> Figure:
    """Draws the learning rate of each step, an Axes for each schedule, and returns the Figure.

    Args:
        kinds: schedules, or a mapping from titles to them; one of each kind by default.
        steps: how many steps are shown.
        fig: the Figure to draw in; None for a new one.

    Returns:
        The Figure.

    Raises:
        ValueError: if there is none, or one that is no schedule, or its formula is not LaTeX that
            Matplotlib can draw.

    >>> [axes.get_title().split()[0] for axes in plot_schedules().axes][:2]
    ['constant', 'exponential_decay']
    """
    if callable(kinds):
        kinds = [kinds]
    checks.integer("the number of schedules", checks.length("kinds", kinds), 1)
    titled = (
        list(kinds.items()) if hasattr(kinds, "items") else [(_title(one), one) for one in kinds]
    )
    for _, kind in titled:
        if not callable(kind):
            raise ValueError(f"a schedule must be a function of the step. Got {kind!r} instead.")
    taken = np.arange(checks.integer("steps", steps, 1))
    rates = [np.broadcast_to(kind(taken), taken.shape) for _, kind in titled]
    columns = min(COLUMNS, len(titled))
    rows = -(-len(titled) // columns)
    fig = figure_or_new(fig, (4 * columns, 2.8 * rows))
    grid = fig.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for ax, rate in zip(grid.flat, rates, strict=False):
        ax.plot(taken, rate, color=BLUE, lw=2.2)
    ax.set_ylim(bottom=0)  # of all, once all curves are there
    for ax in grid.flat[len(titled) :]:
        ax.set_axis_off()
    for ax in grid[:, 0]:
        ax.set_ylabel("learning rate")
    for ax in grid.flat[max(0, len(titled) - columns) : len(titled)]:
        ax.set_xlabel("step")
        ax.tick_params(labelbottom=True)
    for ax, (title, _) in zip(grid.flat, titled, strict=False):
        if hasattr(kinds, "items"):
            set_title(ax, title, max_lines=3, fontsize=12)
        else:
            ax.set_title(title, fontsize=12)
    return fig


def _title(kind):
    """Return the name and the formula of a schedule; nothing for another function."""
    if not hasattr(kind, "formula"):
        return ""
    return f"{escaped(fold(kind.name, WIDTH, literal_width))}\n${checked_formula(kind.formula)}$"
