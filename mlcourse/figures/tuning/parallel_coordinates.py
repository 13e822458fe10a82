"""Each trial of a search as a line through its hyperparameters."""

from __future__ import annotations

import math
import numbers
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator

from mlcourse._core import checks
from mlcourse._core.tables import number_text
from mlcourse.figures._shared.axes import axes_or_new
from mlcourse.figures._shared.style import GREY, ink, is_dark, paper
from mlcourse.figures._shared.text import LITERAL, label_x, letters_in, shorten
from mlcourse.figures._shared.titles import set_title

if TYPE_CHECKING:
    from mlcourse.tuning.trials import Trials

FEW = 6  # distinct numbers that get a place each; more of them lie on a scale
WIDE = 50  # times the smallest is the largest from which a scale is logarithmic
MOST = 12  # ticks that an axis has room for
NONE = "none"  # the place of trials that do not have the hyperparameter
EMPTY = 0.0  # where that is
ROOM = 0.2  # from there to the lowest value


class ValueScale:
    """Where each value of one hyperparameter is drawn.

    A few distinct values get evenly spaced places, in their order; many numbers lie on a scale,
    a logarithmic one if they span orders of magnitude.

    Args:
        values: of the trials, numbers, texts or booleans; None where a trial has none.

    Attributes:
        ticks: a dict of places to their labels.
    """

    def __init__(self, values):
        known = [value for value in values if value is not None]
        self._low = ROOM if len(known) < len(values) else 0.0
        distinct = list({_key(value): value for value in known}.values())
        self._is_scale = len(distinct) > FEW and all(map(_is_number, distinct))
        if self._is_scale:
            self._fit(np.array(distinct, float))
        else:
            self._place(sorted(distinct) if _sortable(distinct) else distinct)
        if self._low:
            self.ticks = {EMPTY: NONE, **self.ticks}

    def __call__(self, value):
        """Returns a value's place."""
        if value is None:
            return EMPTY
        if not self._is_scale:
            return self._places[_key(value)]
        share = (self._scaled(value) - self._first) / (self._last - self._first)
        return self._low + (1 - self._low) * share

    def _place(self, ordered):
        """Gives each of the values a place, and as many of them a label as there is room for."""
        spread = [0.5] if len(ordered) == 1 else np.linspace(self._low, 1, len(ordered)).tolist()
        self._places = dict(zip(map(_key, ordered), spread, strict=True))
        step = math.ceil(len(ordered) / MOST) or 1
        self.ticks = dict(zip(spread[::step], map(text, ordered[::step]), strict=True))

    def _fit(self, known):
        low, high = known.min(), known.max()
        self._log = low > 0 and high / low >= WIDE
        self._first, self._last = self._scaled(low), self._scaled(high)
        marks = (
            _powers(low, high)
            if self._log
            else MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        )
        self.ticks = {self(mark): text(mark) for mark in marks if low <= mark <= high}

    def _scaled(self, number):
        return math.log10(number) if self._log else float(number)


def value_scales(trials):
    """Returns a `ValueScale` for each hyperparameter of the trials that have ended."""
    ended = ended_trials(trials)
    checks.integer("the number of hyperparameters", len(trials.names), 1)
    return [ValueScale([trial.values.get(name) for trial in ended]) for name in trials.names]


def ended_trials(trials):
    """Returns the trials of a search that do not run; raises ValueError if there are none."""
    checks.instance("trials", trials, "Trials", "what `tuning.search` returns")
    ended = [trial for trial in trials.trials if not trial.is_running]
    if not ended:
        words = trials.status()
        raise ValueError(f"trials must have at least one that has ended. Got {words} instead.")
    return ended


def text(value):
    """Returns a value as a tick's label: a fraction with four digits at most."""
    if not _is_number(value) or isinstance(value, numbers.Integral):
        return str(value)
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.6g}"


def _is_number(value):
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return is_number and math.isfinite(value)


def _sortable(values):
    return all(map(_is_number, values)) or all(isinstance(value, bool) for value in values)


def _key(value):
    """Returns what tells values apart: True, 1 and "1" are not the same."""
    return (True, value) if _is_number(value) else (type(value), str(value))


def _powers(low, high):
    """Returns powers of ten in a range; where these are few, 2 and 5 times as much besides."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    inside = [power for power in powers if low <= 10.0**power <= high]
    if len(inside) < 3:
        return [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
    return [10.0**power for power in inside[:: math.ceil(2 * len(inside) / MOST)]]


POINTS = 12  # of the names
FAILED_PLACE = -0.14  # below the axis of scores
PATCH = {"boxstyle": "round,pad=0.15", "edgecolor": "none", "alpha": 0.85}


def plot_parallel_coordinates(trials: Trials, *, ax: Axes | None = None, title: str = "") -> Axes:
    """Draws each trial of a search as a line from axis to axis: its settings, then its score.

    The better the score, the darker the line, on a dark background the brighter; the best one is
    thick. Scores far worse than most are at the end of the axis, which then says so. Failed trials
    are dashed and end below the axis of scores; those that run are left away.

    Args:
        trials: a `mlcourse.tuning.trials.Trials` with at least one that has ended.
        ax: the Axes to draw in; new ones if None.
        title: text above.

    Returns:
        The Axes.

    Raises:
        ValueError: if no trial has ended, or there is no hyperparameter.

    >>> from mlcourse.tuning.trials import Trial, Trials
    >>> tried = [Trial(k, {"units": 8 * k}, "completed", score=k / 4) for k in range(4)]
    >>> axes = plot_parallel_coordinates(Trials("val_accuracy", 1, 4, tried))
    >>> [label.get_text() for label in axes.get_xticklabels()]
    ['units', 'val_accuracy']
    """
    scales = value_scales(trials)
    names = trials.names
    score = _ScoreScale(trials)
    ax = axes_or_new(ax, (2.2 + 1.7 * (len(names) + 1), 4.8))
    letters = _letters(ax, len(names) + 1)
    _draw_lines(ax, trials, scales, score)
    for place, scale in enumerate(scales):
        _draw_axis(
            ax, place, {at: shorten(text, letters + 2, 3) for at, text in scale.ticks.items()}
        )
    _draw_axis(ax, len(names), score.ticks, right=True)
    _set_up(ax, [*names, trials.objective], letters, score)
    if trials.best:
        best = f"trial {trials.best.number}, {trials.objective} {number_text(trials.best.score)}"
        title = "\n".join(filter(None, [title, f"best: {best}"]))
    set_title(ax, title)
    return ax


class _ScoreScale:
    """Where each score is drawn: what is far worse than most is at the end of the bad ones.

    Attributes:
        ticks: a dict of places to their labels.
    """

    def __init__(self, trials):
        worst, best = self._ends = trials.score_range()
        self._direction, self.ticks = trials.direction, {}
        if trials.best:
            scores = np.linspace(worst, best, 5 if worst != best else 1)
            self.ticks = {self(score): number_text(score) for score in scores}
            self.ticks[self(best)] += "  best"
        if any(self._direction * (one.score - worst) < 0 for one in trials.completed):
            place = 0.0 if self._direction > 0 else 1.0
            self.ticks[place] = f"{self.ticks[place]}\nor worse" if worst != best else "worse"
        if trials.failed:
            self.ticks[FAILED_PLACE] = "failed"

    def __call__(self, score):
        """Returns a score's place, higher for a larger one."""
        low, high = sorted(self._ends)
        share = (score - low) / (high - low) if high > low else 0.5 + np.sign(score - low)
        return float(np.clip(share, 0, 1))

    def goodness(self, score):
        """Returns how good a score is, from 0 to 1."""
        return self(score) if self._direction > 0 else 1 - self(score)


def _draw_lines(ax, trials, scales, score):
    """Draws all lines at once, the failed ones first, the best one last."""
    scored, failed = trials.ranked()[::-1], trials.failed
    ends = [FAILED_PLACE] * len(failed) + [score(trial.score) for trial in scored]
    pairs, paths = list(zip(trials.names, scales, strict=True)), []
    for trial, end in zip([*failed, *scored], ends, strict=True):
        heights = [scale(trial.values.get(name)) for name, scale in pairs]
        paths.append(list(enumerate([*heights, end])))
    colours = colormaps["viridis" if is_dark() else "viridis_r"]
    palest = 0.3 if is_dark() else 0.1
    shades = [colours(palest + (1 - palest) * score.goodness(one.score)) for one in scored]
    look = {
        "colors": [GREY] * len(failed) + shades,
        "linestyles": [(0, (4, 3))] * len(failed) + ["-"] * len(scored),
        "linewidths": [1.4] * (len(paths) - 1) + [4.0 if scored else 1.4],
    }
    ax.add_collection(LineCollection(paths, capstyle="round", **look))


def _draw_axis(ax, place, ticks, right=False):
    """Draws one of the vertical axes, with the labels of its ticks to its left, or to its right."""
    ax.vlines(place, 0, 1, color=ink(), lw=1, zorder=3)
    side, align = (7, "left") if right else (-7, "right")
    where = {"xytext": (side, 0), "textcoords": "offset points", "ha": align, "va": "center"}
    ax.plot([place] * len(ticks), list(ticks), "_", color=ink(), ms=8, zorder=3)
    patch = {**PATCH, "facecolor": paper()}
    for height, label in ticks.items():
        weight = "bold" if right and label.endswith("best") else "normal"
        look = {"fontsize": 10, "weight": weight, "linespacing": 1.0, "bbox": patch, "zorder": 4}
        ax.annotate(label, (place, height), **look, **where, **LITERAL)


def _letters(ax, axes):
    """Returns how many letters a line between two axes has room for."""
    inches = ax.get_window_extent().width / ax.figure.dpi
    return max(9, letters_in(inches / (axes + 0.15), POINTS) - 1)


def _set_up(ax, names, letters, score):
    """Sets limits and names, and takes away what parallel axes do not have."""
    bottom = min(0.0, *score.ticks)
    ax.set(xlim=(-0.5, len(names) - 0.35), ylim=(bottom - 0.06, 1.06), yticks=())
    label_x(ax, dict(enumerate(names)), letters, fontsize=POINTS)
    ax.tick_params(axis="x", length=0)
    ax.grid(False)
    ax.spines[:].set_visible(False)
