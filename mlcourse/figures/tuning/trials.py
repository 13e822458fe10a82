"""The scores of a search: by trial, and by hyperparameter."""

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
from mlcourse.figures._shared.axes import axes_or_new, extent, figure_with_layout
from mlcourse.figures._shared.legends import color_and_marker, legend_beside, legend_of_figure
from mlcourse.figures._shared.style import BLUE, RED, ink
from mlcourse.figures._shared.text import LITERAL, label_x, shorten
from mlcourse.figures._shared.titles import set_suptitle, set_title
from mlcourse.figures.tuning.parallel_coordinates import ended_trials, value_scales

if TYPE_CHECKING:
    from mlcourse.tuning.trials import Trials

FAR, FAILED, BEST = "far worse, off the scale", "failed", "best"
PLACES = {FAR: 0.08, FAILED: 0.03}  # of the Axes' height, from the end of the bad scores
ROOM = 0.2  # of the range of scores, above and below, so that no point is where marks are


def draw_scores(ax, trials, ended, at, limits, colour, marker="o", star=None):
    """Draws a point a trial, a star for the best one, and marks at the edge.

    Args:
        ax: the Axes.
        trials: the search.
        ended: those of its trials that have ended.
        at: where they are from left to right.
        limits: the lowest and the highest score that is shown.
        colour, marker: of the points.
        star: the star's colour; None for that of the points.

    Returns:
        What is there besides points, as a dict of words to markers.
    """
    scores = np.array([one.score if one.is_scored else np.nan for one in ended])
    at, best = np.asarray(at, float), np.array([one is trials.best for one in ended])
    failed = np.isnan(scores)
    far = ~failed & ((scores < limits[0]) | (scores > limits[1]))
    shown = ~failed & ~far
    ax.scatter(at[shown], scores[shown], s=36, color=colour, marker=marker, alpha=0.75, zorder=2)
    found, is_up = {}, trials.direction > 0
    if best.any():
        look = {"s": 220, "color": star or colour, "marker": "*", "edgecolors": "black"}
        ax.scatter(at[best], scores[best], zorder=4, **look)
        found[BEST] = "*"
    place = {"transform": blended_transform_factory(ax.transData, ax.transAxes), "zorder": 3}
    for words, which, mark in ((FAR, far, "v" if is_up else "^"), (FAILED, failed, "x")):
        if which.any():
            edge = PLACES[words] if is_up else 1 - PLACES[words]
            ax.scatter(at[which], [edge] * which.sum(), s=45, color=colour, marker=mark, **place)
            found[words] = mark
    return found


def handle(marker, words, colour, line="none"):
    """Returns a line of a legend for a marker, or for a line of that style with markers."""
    edge = {"mec": "black", "ms": 13} if marker == "*" else {"ms": 7}
    return Line2D([], [], ls=line, lw=2.5, marker=marker, color=colour, label=words, **edge)


def limits(searches):
    """Returns limits that show most scores: what is far worse would squeeze the others together."""
    ends = np.array([one.score_range() for one in searches]).ravel()
    ends = ends[np.isfinite(ends)]
    if not len(ends):
        return 0.0, 1.0
    low, high = ends.min(), ends.max()
    room = ROOM * extent(low, high)
    return low - room, high + room


LINES = "-", "--", "-.", ":"
OBJECTIVE_LETTERS = 32  # of the objective on a line
SHIFT = 0.12  # between the points of two searches, where trials are 1 apart


def plot_optimization_history(
    trials: Trials | Mapping[str, Trials], *, ax: Axes | None = None, title: str = ""
) -> Axes:
    """Draws each trial's score, and the best one so far as steps: of one search, or of several.

    The best trial is a star. Failed ones are crosses at the edge; scores far worse than most are
    triangles there.

    Args:
        trials: a `mlcourse.tuning.trials.Trials`, or a dict of names to such.
        ax: the Axes to draw in; new ones if None.
        title: text above.

    Returns:
        The Axes.

    Raises:
        ValueError: if no trial has ended, or the searches have different objectives.

    >>> from mlcourse.tuning.trials import Trial, Trials
    >>> tried = [Trial(k, {"units": 8 * k}, "completed", 1 / (k + 1)) for k in range(4)]
    >>> axes = plot_optimization_history(Trials("val_loss", -1, 4, tried))
    >>> axes.get_legend().get_texts()[0].get_text()
    'best so far: 0.2500 (trial 3)'
    """
    searches = {"best so far": trials} if checks.is_instance(trials, "Trials") else trials
    searches = checks.mapping("trials", searches, "names to Trials")
    ended = {name: ended_trials(one) for name, one in searches.items()}
    objective = _objective(searches)
    shown, ax = limits(searches.values()), axes_or_new(ax, (9, 4.4))
    lines: list = []
    found: dict[str, str] = {}
    for number, (name, one) in enumerate(searches.items()):
        colour, marker = color_and_marker(number)
        line = LINES[number % len(LINES)]
        shift = SHIFT * (number - (len(searches) - 1) / 2)
        at = [trial.number + shift for trial in ended[name]]
        found |= draw_scores(ax, one, ended[name], at, shown, colour, marker)
        numbers = [trial.number for trial in one.trials]
        ax.step(numbers, one.best_so_far(), where="post", color=colour, lw=2.5, ls=line)
        lines.append(handle(marker, _words(name, one), colour, line))
    ax.set(xlabel="trial", ylim=shown)
    ax.set_ylabel(shorten(objective, OBJECTIVE_LETTERS, 4), **LITERAL)
    ax.set_xlim(-0.6, max(one.trials[-1].number for one in searches.values()) + 0.6)
    ax.xaxis.get_major_locator().set_params(integer=True)
    if not any(one.best for one in searches.values()):
        ax.set_yticks(())
    colour = color_and_marker(0)[0] if len(searches) == 1 else ink()
    marks = [handle(mark, words, colour) for words, mark in found.items()]
    legend_beside(ax, [*lines, *marks])
    set_title(ax, title)
    return ax


def _objective(searches):
    goals = dict.fromkeys((one.objective, one.direction) for one in searches.values())
    if len(goals) != 1:
        rule = "trials must be of searches with one objective"
        raise ValueError(f"{rule}. Got {', '.join(name for name, _ in goals)} instead.")
    return next(iter(goals))[0]


def _words(name, trials):
    name = shorten(name, OBJECTIVE_LETTERS)
    if not trials.best:
        return f"{name}: none yet"
    return f"{name}: {number_text(trials.best.score)} (trial {trials.best.number})"


COLUMNS = 3  # Axes in a row
LETTERS = 28  # of an axis' label on a line
SPREAD = 0.05  # of an axis, at most, to both sides, for trials with the same value
MARGIN = 0.1  # of an axis, left and right


def plot_slice(trials: Trials, *, fig: Figure | None = None, title: str = "") -> Figure:
    """Draws the scores of a search against each hyperparameter, an Axes each.

    Trials with the same value are drawn a little apart. The best one is a star. Failed ones are
    crosses at the edge; scores far worse than most are triangles there.

    Args:
        trials: a `mlcourse.tuning.trials.Trials` with at least one that has ended.
        fig: the Figure to draw in; a new one if None.
        title: text above.

    Returns:
        The Figure.

    Raises:
        ValueError: if no trial has ended, or there is no hyperparameter.

    >>> from mlcourse.tuning.trials import Trial, Trials
    >>> tried = [Trial(k, {"units": 8 * k, "rate": 0.1}, "completed", k / 4) for k in range(4)]
    >>> figure = plot_slice(Trials("val_accuracy", 1, 4, tried))
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
