"""`plot_parallel_coordinates`: each trial of a search as a line through its settings."""

import numpy as np
from matplotlib import colormaps
from matplotlib.collections import LineCollection

from mlcourse.figures.axes import axes_or_new
from mlcourse.figures.style import GREY
from mlcourse.figures.value_scale import ValueScale
from mlcourse.trials import FAILED

LONG = 10  # letters of a name that goes on two lines
FAILED_PLACE = -0.12  # below the axis of scores
COLOURS = colormaps["viridis_r"]  # the better, the darker
PATCH = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}


def plot_parallel_coordinates(trials, *, ax=None, title=""):
    """Draws each trial of a search as a line from axis to axis: its settings, then its score.

    The better the score, the darker the line; the best one is thick. Failed trials are dashed and
    end below the axis of scores; those that run are left away.

    Args:
        trials: a `mlcourse.trials.Trials` with at least one that has ended.
        ax: the Axes to draw in; new ones if None.
        title: text above.

    Returns:
        The Axes.

    Raises:
        ValueError: if no trial has ended.

    >>> from mlcourse.trials import Trial, Trials
    >>> tried = [Trial(k, {"units": 8 * k}, "completed", score=k / 4) for k in range(4)]
    >>> axes = plot_parallel_coordinates(Trials("val_accuracy", 1, 4, tried))
    >>> [label.get_text() for label in axes.get_xticklabels()]
    ['units', 'val_\\naccuracy']
    """
    ended = [trial for trial in trials.trials if not trial.runs]
    if not ended:
        words = trials.status()
        raise ValueError(f"trials must have at least one that has ended. Got {words} instead.")
    names = trials.names
    scales = [ValueScale([trial.values.get(name) for trial in ended]) for name in names]
    score = _ScoreScale(trials)
    ax = axes_or_new(ax, (2.2 + 1.7 * (len(names) + 1), 4.8))
    _draw_lines(ax, trials, ended, scales, score)
    for place, ticks in enumerate([*(scale.ticks for scale in scales), score.ticks]):
        _draw_axis(ax, place, ticks)
    _set_up(ax, [*names, trials.objective], FAILED_PLACE if trials.failed else 0.0)
    _explain(ax, trials, score, title)
    return ax


class _ScoreScale:
    """Where each score is drawn: what is far worse than most is at the end of the bad ones.

    Attributes:
        ticks: a dict of places to their labels.
    """

    def __init__(self, trials):
        self._worst, self._best = np.nan_to_num(trials.usual_scores())
        self._far = [one for one in trials.completed if self._is_far(one.score, trials.direction)]
        numbers = np.linspace(self._worst, self._best, 5 if self._worst != self._best else 1)
        self.ticks = {self(number): f"{number:.4f}" for number in numbers} if trials.best else {}
        if self._far:
            place = self(self._worst)
            self.ticks[place] += " or worse"

    def __call__(self, score):
        """Returns a score's place, higher for a larger one."""
        low, high = sorted((self._worst, self._best))
        return float(np.clip((score - low) / (high - low), 0, 1)) if high > low else 0.5

    def _is_far(self, score, direction):
        return direction * score < direction * self._worst


def _draw_lines(ax, trials, ended, scales, score):
    """Draws all lines at once, the best one last."""
    ordered = [trial for trial in ended if trial.status == FAILED] + trials.ranked()[::-1]
    pairs = list(zip(trials.names, scales, strict=True))
    paths, colours, styles, widths = [], [], [], []
    for trial in ordered:
        is_failed, is_best = trial.status == FAILED, trial is trials.best
        end = FAILED_PLACE if is_failed else score(trial.score)
        heights = [scale(trial.values.get(name)) for name, scale in pairs]
        paths.append(list(enumerate([*heights, end])))
        goodness = end if trials.direction > 0 else 1 - end
        colours.append(GREY if is_failed else COLOURS(0.1 + 0.9 * goodness))
        styles.append((0, (4, 3)) if is_failed else "-")
        widths.append(4.0 if is_best else 1.4)
    look = {"colors": colours, "linestyles": styles, "linewidths": widths}
    ax.add_collection(LineCollection(paths, capstyle="round", **look))


def _draw_axis(ax, place, ticks):
    """Draws one of the vertical axes, with the labels of its ticks to its left."""
    ax.vlines(place, 0, 1, color="black", lw=1, zorder=3)
    for height, label in ticks.items():
        ax.plot(place, height, marker="_", color="black", ms=8, zorder=3)
        where = {"xytext": (-7, 0), "textcoords": "offset points", "ha": "right", "va": "center"}
        ax.annotate(label, (place, height), fontsize=10, bbox=PATCH, zorder=4, **where)


def _set_up(ax, names, bottom):
    ax.set(xlim=(-0.5, len(names) - 0.35), ylim=(bottom - 0.06, 1.06), yticks=())
    shown = [name.replace("_", "_\n", 1) if len(name) > LONG else name for name in names]
    ax.set_xticks(range(len(names)), shown)
    ax.tick_params(axis="x", length=0)
    ax.grid(False)
    ax.spines[["left", "bottom"]].set_visible(False)


def _explain(ax, trials, score, title):
    """Says which trial is the best, and what becomes of the failed ones."""
    right = len(trials.names)
    beside = {"xytext": (8, 0), "textcoords": "offset points", "va": "center", "fontsize": 10}
    if trials.failed:
        ax.annotate("failed", (right, FAILED_PLACE), **beside)
    words = ""
    if trials.best:
        words = f"best: trial {trials.best.number}, {trials.objective} {trials.best.score:.4f}"
        ax.annotate("best", (right, score(trials.best.score)), weight="bold", **beside)
    ax.set_title("\n".join(filter(None, [title, words])))
