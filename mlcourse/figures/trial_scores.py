"""`plot_trial_scores`: the scores of a search's trials against each hyperparameter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from mlcourse.figures.axes import figure_with_layout
from mlcourse.figures.folding import label_x, shorten
from mlcourse.figures.legends import legend_of_figure
from mlcourse.figures.score_marks import BEST, draw_scores, handle, limits
from mlcourse.figures.style import BLUE, RED
from mlcourse.figures.texts import LITERAL
from mlcourse.figures.titles import set_suptitle
from mlcourse.figures.value_scale import ended_trials, value_scales
from mlcourse.tables import number_text

if TYPE_CHECKING:
    from mlcourse.trials import Trials

COLUMNS = 3  # Axes in a row
LETTERS = 28  # of an axis' label on a line
SPREAD = 0.05  # of an axis, at most, to both sides, for trials with the same value
MARGIN = 0.1  # of an axis, left and right


def plot_trial_scores(trials: Trials, *, fig: Figure | None = None, title: str = "") -> Figure:
    """Draws the scores of a search against each hyperparameter, an Axes each.

    Trials with the same value are drawn a little apart. The best one is a star. Failed ones are
    crosses at the edge; scores far worse than most are triangles there.

    Args:
        trials: a `mlcourse.trials.Trials` with at least one that has ended.
        fig: the Figure to draw in; a new one if None.
        title: text above.

    Returns:
        The Figure.

    Raises:
        ValueError: if no trial has ended, or there is no hyperparameter.

    >>> from mlcourse.trials import Trial, Trials
    >>> tried = [Trial(k, {"units": 8 * k, "rate": 0.1}, "completed", k / 4) for k in range(4)]
    >>> figure = plot_trial_scores(Trials("val_accuracy", 1, 4, tried))
    >>> [axes.get_xlabel() for axes in figure.axes]
    ['units', 'rate']
    """
    ended, names, scales = ended_trials(trials), trials.names, value_scales(trials)
    rows, columns = -(-len(names) // COLUMNS), min(COLUMNS, len(names))
    fig = figure_with_layout(fig, (max(6.0, 3.6 * columns), 3.1 * rows + 0.6))
    places = fig.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    places[0].set_ylim(limits([trials]))
    for ax, name, scale in zip(places, names, scales, strict=False):
        at = _apart([scale(trial.values.get(name)) for trial in ended])
        found = draw_scores(ax, trials, ended, at, ax.get_ylim(), BLUE, star=RED)
        ax.set_xlim(-MARGIN, 1 + MARGIN)
        ax.set_xlabel(shorten(name, LETTERS, 4), **LITERAL)
        label_x(ax, scale.ticks, letters=18, fontsize=10)
    for ax in places[len(names) :]:
        ax.set_axis_off()
    for ax in places[::columns]:
        ax.set_ylabel(shorten(trials.objective, LETTERS, 4), **LITERAL)
    if not trials.best:
        places[0].set_yticks(())
    _explain(fig, trials, found)
    set_suptitle(fig, title)
    return fig


def _explain(fig, trials, found):
    """Puts a legend below that names the best trial, and the marks at the edge if there are any."""
    words = dict(zip(found, found, strict=True))
    if trials.best:
        score = number_text(trials.best.score)
        objective = shorten(trials.objective, LETTERS)
        words[BEST] = f"best: trial {trials.best.number}, {objective} {score}"
    colours = {BEST: RED}
    lines = [handle(mark, words[one], colours.get(one, BLUE)) for one, mark in found.items()]
    legend_of_figure(fig, lines)


def _apart(at):
    """Returns places on an axis, those that are equal spread a little, always the same way."""
    at = np.array(at, float)
    gaps, moved = np.diff(np.unique(at)), at.copy()
    most = min([SPREAD, *0.3 * gaps])
    for place in set(at):
        equal = np.flatnonzero(at == place)
        width = min(most, SPREAD / 6 * (len(equal) - 1))
        moved[equal] += np.linspace(-width, width, len(equal)) if len(equal) > 1 else 0
    return moved
