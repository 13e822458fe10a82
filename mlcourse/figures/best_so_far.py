"""`plot_best_so_far`: the scores of a search's trials, one after the other, and the best yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from mlcourse import checks
from mlcourse.figures.axes import axes_or_new
from mlcourse.figures.folding import shorten
from mlcourse.figures.legends import legend_beside, look
from mlcourse.figures.score_marks import draw_scores, handle, limits
from mlcourse.figures.style import ink
from mlcourse.figures.texts import LITERAL
from mlcourse.figures.titles import set_title
from mlcourse.figures.value_scale import ended_trials
from mlcourse.tables import number_text

if TYPE_CHECKING:
    from mlcourse.trials import Trials

LINES = "-", "--", "-.", ":"
LETTERS = 32  # of the objective on a line
SHIFT = 0.12  # between the points of two searches, where trials are 1 apart


def plot_best_so_far(
    trials: Trials | Mapping[str, Trials], *, ax: Axes | None = None, title: str = ""
) -> Axes:
    """Draws each trial's score, and the best one so far as steps: of one search, or of several.

    The best trial is a star. Failed ones are crosses at the edge; scores far worse than most are
    triangles there.

    Args:
        trials: a `mlcourse.trials.Trials`, or a dict of names to such.
        ax: the Axes to draw in; new ones if None.
        title: text above.

    Returns:
        The Axes.

    Raises:
        ValueError: if no trial has ended, or the searches have different objectives.

    >>> from mlcourse.trials import Trial, Trials
    >>> tried = [Trial(k, {"units": 8 * k}, "completed", 1 / (k + 1)) for k in range(4)]
    >>> axes = plot_best_so_far(Trials("val_loss", -1, 4, tried))
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
        colour, marker = look(number)
        line = LINES[number % len(LINES)]
        shift = SHIFT * (number - (len(searches) - 1) / 2)
        at = [trial.number + shift for trial in ended[name]]
        found |= draw_scores(ax, one, ended[name], at, shown, colour, marker)
        numbers = [trial.number for trial in one.trials]
        ax.step(numbers, one.best_so_far(), where="post", color=colour, lw=2.5, ls=line)
        lines.append(handle(marker, _words(name, one), colour, line))
    ax.set(xlabel="trial", ylim=shown)
    ax.set_ylabel(shorten(objective, LETTERS, 4), **LITERAL)
    ax.set_xlim(-0.6, max(one.trials[-1].number for one in searches.values()) + 0.6)
    ax.xaxis.get_major_locator().set_params(integer=True)
    if not any(one.best for one in searches.values()):
        ax.set_yticks(())
    colour = look(0)[0] if len(searches) == 1 else ink()
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
    name = shorten(name, LETTERS)
    if not trials.best:
        return f"{name}: none yet"
    return f"{name}: {number_text(trials.best.score)} (trial {trials.best.number})"
