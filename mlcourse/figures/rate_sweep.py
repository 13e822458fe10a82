"""The learning-rate range test as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from mlcourse import checks
from mlcourse.figures.axes import figure_or_new
from mlcourse.figures.folding import shorten
from mlcourse.figures.legends import legend_beside
from mlcourse.figures.style import BLUE, GREEN, ORANGE, tint
from mlcourse.figures.texts import LITERAL

if TYPE_CHECKING:
    from mlcourse.rate_sweep import RateFinding

LETTERS = 36  # of a label on a line
MARKS = {"steepest": (GREEN, "--"), "minimum / 10": (ORANGE, ":")}


def plot_learning_rate_finder(finding: RateFinding, fig: Figure | None = None) -> Figure:
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
        >>> from mlcourse.rate_sweep import RateFinding, RateSweep
        >>> rates = np.geomspace(1e-4, 1, 50)
        >>> losses = np.log10(rates / 0.01) ** 2  # the lowest at a rate of 0.01
        >>> figure = plot_learning_rate_finder(RateFinding((RateSweep(rates, losses, {}),)))
        >>> [text.get_text().split(":")[0] for text in figure.axes[0].get_legend().get_texts()]
        ['steepest', 'minimum / 10']
    """
    checks.kind("finding", finding, "RateFinding", "what `find_learning_rate` returns")
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
    colour, line = MARKS[name]
    ax.axvspan(low, high, color=colour, alpha=0.15, lw=0)
    return ax.axvline(middle, color=colour, ls=line, lw=2.5, label=f"{name}: {middle:.2g}")


def _range_of_loss(curves):
    """Returns limits that show the fall of the loss: where it runs away, it leaves the picture."""
    curves = [curve[np.isfinite(curve)] for curve in curves]
    low = min(curve.min() for curve in curves if len(curve))
    top = max(curve[: curve.argmin() + 1].max() for curve in curves if len(curve))
    room = 0.2 * (top - low) or 0.1 * abs(low) or 1.0
    return low - room, top + 2 * room
