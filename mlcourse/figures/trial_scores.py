"""The scores of a search's trials: against each hyperparameter, and one after the other."""

import numpy as np
from matplotlib.transforms import blended_transform_factory

from mlcourse.figures.axes import axes_or_new, figure_or_new
from mlcourse.figures.legends import legend_beside, look
from mlcourse.figures.style import BLUE, RED
from mlcourse.figures.value_scale import ValueScale
from mlcourse.trials import Trials

COLUMNS = 3  # Axes in a row
SPREAD = 0.05  # of an axis, to both sides, for trials with the same value
FLOOR = 0.03  # where crosses of failed trials are, of the Axes' height
ROOM = 0.15  # of the range of scores, above and below


def plot_trial_scores(trials, *, fig=None, title=""):
    """Draws the scores of a search against each hyperparameter, an Axes each.

    The best trial is a star. Failed ones are crosses at the bottom; scores far worse than most are
    triangles there.

    Args:
        trials: a `mlcourse.trials.Trials` with at least one that has ended.
        fig: the Figure to draw in; a new one if None.
        title: text above.

    Returns:
        The Figure.

    Raises:
        ValueError: if no trial has ended.
    """
    ended, limits = _ended(trials), _limits([trials])
    rows, columns = -(-len(trials.names) // COLUMNS), min(COLUMNS, len(trials.names))
    fig = figure_or_new(fig, (3.6 * columns, 3.0 * rows + 0.5))
    places = fig.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    for ax, name in zip(places, trials.names, strict=False):
        scale = ValueScale([trial.values.get(name) for trial in ended])
        at = [scale(trial.values.get(name)) for trial in ended]
        _draw_scores(ax, trials, ended, _apart(at), limits)
        ax.set_xticks(list(scale.ticks), scale.ticks.values(), fontsize=10)
        ax.set(xlabel=name, xlim=(-0.1, 1.1))
    for ax in places[len(trials.names) :]:
        ax.set_axis_off()
    for ax in places[::columns]:
        ax.set_ylabel(trials.objective)
    places[0].set_ylim(limits)
    _explain_marks(fig, places)
    fig.suptitle(title)
    return fig


def plot_best_so_far(trials, *, ax=None, title=""):
    """Draws each trial's score, and the best one so far as steps: of one search, or of several.

    Failed trials are crosses at the bottom; scores far worse than most are triangles there.

    Args:
        trials: a `mlcourse.trials.Trials`, or a dict of names to such.
        ax: the Axes to draw in; new ones if None.
        title: text above.

    Returns:
        The Axes.

    Raises:
        ValueError: if no trial has ended, or the searches have different objectives.
    """
    searches = {"": trials} if isinstance(trials, Trials) else dict(trials)
    goals = list(dict.fromkeys((one.objective, one.direction) for one in searches.values()))
    if len(goals) != 1:
        rule = "trials must be of searches with one objective"
        raise ValueError(f"{rule}. Got {', '.join(name for name, _ in goals) or 'none'} instead.")
    ended = {name: _ended(one) for name, one in searches.items()}
    ax, limits = axes_or_new(ax, (8, 4.4)), _limits(list(searches.values()))
    for number, (name, one) in enumerate(searches.items()):
        colour, marker = look(number)
        shift = 0.12 * (number - (len(searches) - 1) / 2)
        at = [trial.number + 1 + shift for trial in ended[name]]
        _draw_scores(ax, one, ended[name], at, limits, colour, marker)
        best = one.best_so_far()
        words = f"{name}: {best[-1]:.4f}" if name else f"best so far: {best[-1]:.4f}"
        steps = np.arange(1, len(best) + 1)
        style = ("-", "--", "-.", ":")[number % 4]
        ax.step(steps, best, where="post", color=colour, lw=2.5, ls=style, label=words)
    ax.set(xlabel="trial", ylabel=goals[0][0], title=title, ylim=limits)
    ax.set_xlim(0.4, max(len(one.trials) for one in searches.values()) + 0.6)
    ax.xaxis.get_major_locator().set_params(integer=True)
    legend_beside(ax)
    return ax


def _explain_marks(fig, places):
    """Puts a legend below for the marks at the edge, if there are any."""
    found = [ax.get_legend_handles_labels() for ax in places]
    known = {label: one for pair in found for one, label in zip(*pair, strict=True)}
    if known:
        fig.legend(known.values(), known, loc="outside lower right", ncols=2, fontsize=10)


def _ended(trials):
    ended = [trial for trial in trials.trials if not trial.runs]
    if not ended:
        words = trials.status()
        raise ValueError(f"trials must have at least one that has ended. Got {words} instead.")
    return ended


def _draw_scores(ax, trials, ended, at, limits, colour=BLUE, marker="o"):
    """Draws scores as points; those that leave the picture, and failed ones, at its edge."""
    scores, at = np.array([trial.score for trial in ended], float), np.asarray(at, float)
    lost = ~np.isfinite(scores)
    away = ~lost & ((scores < limits[0]) | (scores > limits[1]))
    shown = ~lost & ~away
    ax.scatter(at[shown], scores[shown], s=36, color=colour, marker=marker, alpha=0.75, zorder=2)
    best = [trial is trials.best for trial in ended]
    ax.scatter(at[best], scores[best], s=220, color=RED, marker="*", edgecolors="black", zorder=4)
    edge, pointer = (FLOOR, "v") if trials.direction > 0 else (1 - FLOOR, "^")
    place = {"transform": blended_transform_factory(ax.transData, ax.transAxes), "zorder": 3}
    for which, mark, words in ((away, pointer, "far worse"), (lost, "x", "failed")):
        if which.any():
            label = None if words in ax.get_legend_handles_labels()[1] else words
            look = {"color": colour, "marker": mark, "s": 45, "label": label, "clip_on": False}
            ax.scatter(at[which], np.full(which.sum(), edge), **look, **place)


def _limits(searches):
    """Returns limits that show most scores: what is far worse would squeeze the others together."""
    ends = np.array([one.usual_scores() for one in searches]).ravel()
    ends = ends[np.isfinite(ends)]
    if not len(ends):
        return 0.0, 1.0
    low, high = ends.min(), ends.max()
    room = (high - low) or abs(high) or 1.0
    return low - ROOM * room, high + ROOM * room


def _apart(at):
    """Returns places on an axis, those that are equal spread a little, always the same way."""
    moved = np.array(at, float)
    for place in set(at):
        equal = np.flatnonzero(np.array(at) == place)
        width = min(SPREAD, SPREAD / 6 * (len(equal) - 1))
        moved[equal] += np.linspace(-width, width, len(equal)) if len(equal) > 1 else 0
    return moved
