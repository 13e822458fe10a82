"""Parallel coordinates: each trial of a search as a line through its hyperparameters."""

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
from mlcourse.figures._shared.text import LITERAL, label_x, letters_in, name_height, shorten
from mlcourse.figures._shared.titles import set_title

if TYPE_CHECKING:
    from mlcourse.tuning.trials import Trials

MAX_TRIALS = 10_000
MAX_HYPERPARAMETERS = 50
MAX_CATEGORIES = 6  # more distinct numbers are on a continuous scale
MIN_LOG_RATIO = 50  # of the largest to the smallest number, for a log scale
MAX_TICKS = 12
MISSING = "none"  # label of trials without the hyperparameter
MISSING_POSITION = 0.0
MISSING_GAP = 0.2  # from there to the lowest value


class ValueScale:
    """The scale of one hyperparameter: a function from its values to positions in [0, 1].

    Up to six distinct values, or values that are not numbers, have evenly spaced positions. More
    numbers are on a continuous scale, which is logarithmic if they span orders of magnitude.

    Args:
        values: the values of the trials: numbers, strings or booleans; None for a trial without
            the hyperparameter.

    Attributes:
        ticks: a dict from positions to tick labels.
    """

    def __init__(self, values):
        present = [value for value in values if value is not None]
        self._low = MISSING_GAP if len(present) < len(values) else 0.0
        distinct = list({_key(value): value for value in present}.values())
        self._is_continuous = len(distinct) > MAX_CATEGORIES and all(map(_is_number, distinct))
        if self._is_continuous:
            self._fit_continuous(np.array(distinct, float))
        else:
            self._fit_categories(sorted(distinct) if _is_sortable(distinct) else distinct)
        if self._low:
            self.ticks = {MISSING_POSITION: MISSING, **self.ticks}

    def __call__(self, value):
        """Return the position of a value."""
        if value is None:
            return MISSING_POSITION
        if not self._is_continuous:
            return self._positions[_key(value)]
        fraction = (self._transform(value) - self._first) / (self._last - self._first)
        return self._low + (1 - self._low) * fraction

    def _fit_categories(self, values):
        """Set evenly spaced positions, and at most `MAX_TICKS` labels."""
        n_values = len(values)
        positions = [0.5] if n_values == 1 else np.linspace(self._low, 1, n_values).tolist()
        self._positions = dict(zip(map(_key, values), positions, strict=True))
        step = math.ceil(n_values / MAX_TICKS) or 1
        self.ticks = dict(zip(positions[::step], map(tick_label, values[::step]), strict=True))

    def _fit_continuous(self, values):
        """Set the ends of a linear or logarithmic scale, and its ticks."""
        low = values.min()
        high = values.max()
        self._is_log = low > 0 and high / low >= MIN_LOG_RATIO
        self._first = self._transform(low)
        self._last = self._transform(high)
        if self._is_log:
            ticks = _log_ticks(low, high)
        else:
            ticks = MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        self.ticks = {self(tick): tick_label(tick) for tick in ticks if low <= tick <= high}

    def _transform(self, number):
        return math.log10(number) if self._is_log else float(number)


def value_scales(trials):
    """Return a `ValueScale` for each hyperparameter of the trials that have ended."""
    ended = ended_trials(trials)
    checks.integer("the number of hyperparameters", len(trials.names), 1, limit=MAX_HYPERPARAMETERS)
    return [ValueScale([trial.values.get(name) for trial in ended]) for name in trials.names]


def ended_trials(trials):
    """Return the trials of a search that have ended; raise ValueError if there are none."""
    checks.instance("trials", trials, "Trials", "the result of `tuning.search`")
    ended = [trial for trial in trials.trials if not trial.is_running]
    checks.at_most("the number of trials", len(ended), MAX_TRIALS)
    if not ended:
        status = trials.status()
        raise ValueError(f"trials must have at least one that has ended. Got {status} instead.")
    return ended


def tick_label(value):
    """Return the tick label of a value, with four significant digits for small floats."""
    if not _is_number(value) or isinstance(value, numbers.Integral):
        return str(value)
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.6g}"


def _is_number(value):
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return is_number and math.isfinite(value)


def _is_sortable(values):
    return all(map(_is_number, values)) or all(isinstance(value, bool) for value in values)


def _key(value):
    """Return a key that distinguishes True, 1 and "1"."""
    return (True, value) if _is_number(value) else (type(value), str(value))


def _log_ticks(low, high):
    """Return the powers of ten in a range; below three of them also 2 and 5 times each power."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    inside = [power for power in powers if low <= 10.0**power <= high]
    if len(inside) < 3:
        return [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
    return [10.0**power for power in inside[:: math.ceil(2 * len(inside) / MAX_TICKS)]]


NAME_SIZE = 12  # points
TICK_SIZE = 10  # points
MIN_LETTERS = 4  # between two axes
TOTAL_HEIGHT = 1.6  # of the Axes with margins, title and names; an axis has the height 1
MARGIN = 0.12  # above the vertical axes
FAILED_POSITION = -0.14  # below the axis of scores
MAX_OPAQUE = 30  # lines; more lines are transparent, so that frequent values are visible
MIN_ALPHA = 0.25
LABEL_BOX = {"boxstyle": "round,pad=0.15", "edgecolor": "none", "alpha": 0.85}


def plot_parallel_coordinates(trials: Trials, *, title: str = "", ax: Axes | None = None) -> Axes:
    """Plot each trial of a search as a line through its hyperparameters to its score.

    Better scores have darker lines, or brighter lines on a dark background, and the best trial has
    a thick line. Many lines are transparent. Outliers, with a score far worse than most, end at the
    end of the axis, whose label then says "or worse". Failed trials are dashed and end below the
    axis of scores. Running trials are not drawn.

    Args:
        trials: a `mlcourse.tuning.trials.Trials` with at least one trial that has ended.
        title: title of the Axes.
        ax: Axes to draw in; None for a new figure.

    Returns:
        The Axes.

    Raises:
        ValueError: if no trial has ended, or there is no hyperparameter.

    >>> from mlcourse.tuning.trials import Trial, Trials
    >>> trials = [Trial(k, {"units": 8 * k}, "completed", score=k / 4) for k in range(4)]
    >>> axes = plot_parallel_coordinates(Trials("val_accuracy", 1, 4, trials))
    >>> [label.get_text() for label in axes.get_xticklabels()]
    ['units', 'val_accuracy']
    """
    scales = value_scales(trials)
    names = trials.names
    score_scale = _ScoreScale(trials)
    ax = axes_or_new(ax, (2.2 + 1.7 * (len(names) + 1), 4.8))
    n_letters = _letters_between(ax, len(names) + 1)
    max_lines = int(np.clip(2 * MARGIN * _axis_points(ax) / name_height([""], TICK_SIZE), 1, 3))
    _draw_lines(ax, trials, scales, score_scale)
    labels = _draw_axis(ax, len(names), _separate(ax, score_scale.ticks), is_right=True)
    for x, scale in enumerate(scales):
        ticks = {y: shorten(label, n_letters + 2, max_lines) for y, label in scale.ticks.items()}
        labels += _draw_axis(ax, x, _separate(ax, ticks))
    _format_axes(ax, [*names, trials.objective], n_letters, score_scale)
    if trials.best:
        best = f"trial {trials.best.number}, {trials.objective} {number_text(trials.best.score)}"
        title = "\n".join(filter(None, [title, f"best: {best}"]))
    set_title(ax, title)
    _hide_covered(labels)
    return ax


class _ScoreScale:
    """The scale of the scores, with outliers at the worst end.

    Attributes:
        ticks: a dict from positions to tick labels.
    """

    def __init__(self, trials):
        worst, best = trials.score_range()
        self._ends = worst, best
        self._direction = trials.direction
        self.ticks = {}
        if trials.best:
            scores = np.linspace(worst, best, 5 if worst != best else 1)
            self.ticks = {self(score): number_text(score) for score in scores}
            self.ticks[self(best)] += "  best"
        if any(self._direction * (trial.score - worst) < 0 for trial in trials.completed):
            worst_end = 0.0 if self._direction > 0 else 1.0
            label = f"{self.ticks[worst_end]}\nor worse" if worst != best else "worse"
            self.ticks[worst_end] = label
        if trials.failed:
            self.ticks[FAILED_POSITION] = "failed"

    def __call__(self, score):
        """Return the position of a score in [0, 1], higher for a larger score."""
        low, high = sorted(self._ends)
        if high > low:
            return float(np.clip((score - low) / (high - low), 0, 1))
        return float(np.clip(0.5 + np.sign(score - low), 0, 1))

    def quality(self, score):
        """Return the quality of a score: 0 for the worst, 1 for the best."""
        return self(score) if self._direction > 0 else 1 - self(score)


def _draw_lines(ax, trials, scales, score_scale):
    """Draw all lines as one collection: failed trials first, the best trial last."""
    scored = trials.ranked()[::-1]
    failed = trials.failed
    ends = [FAILED_POSITION] * len(failed) + [score_scale(trial.score) for trial in scored]
    scale_of = dict(zip(trials.names, scales, strict=True))
    paths = []
    for trial, end in zip([*failed, *scored], ends, strict=True):
        heights = [scale(trial.values.get(name)) for name, scale in scale_of.items()]
        paths.append(list(enumerate([*heights, end])))
    cmap = colormaps["viridis" if is_dark() else "viridis_r"]
    lowest = 0.3 if is_dark() else 0.1
    qualities = [score_scale.quality(trial.score) for trial in scored]
    alpha = max(MIN_ALPHA, min(1, MAX_OPAQUE / max(1, len(scored))))
    colors = [(*cmap(lowest + (1 - lowest) * quality)[:3], alpha) for quality in qualities]
    if scored:  # the best trial is opaque
        colors[-1] = (*colors[-1][:3], 1)
    style = {
        "colors": [GREY] * len(failed) + colors,
        "linestyles": [(0, (4, 3))] * len(failed) + ["-"] * len(scored),
        "linewidths": [1.4] * (len(paths) - 1) + [4.0 if scored else 1.4],
    }
    ax.add_collection(LineCollection(paths, capstyle="round", **style))


def _draw_axis(ax, x, ticks, is_right=False):
    """Draw a vertical axis at x with tick labels on its left or right side, and return these."""
    ax.vlines(x, 0, 1, color=ink(), lw=1, zorder=3)
    offset, align = (7, "left") if is_right else (-7, "right")
    position = {"xytext": (offset, 0), "textcoords": "offset points", "ha": align, "va": "center"}
    ax.plot([x] * len(ticks), list(ticks), "_", color=ink(), ms=8, zorder=3)
    box = {**LABEL_BOX, "facecolor": paper()}
    labels = []
    for y, label in ticks.items():
        weight = "bold" if is_right and label.endswith("best") else "normal"
        style = {
            "fontsize": TICK_SIZE,
            "weight": weight,
            "linespacing": 1.0,
            "bbox": box,
            "zorder": 4,
        }
        labels.append(ax.annotate(label, (x, y), **style, **position, **LITERAL))
    return labels


def _hide_covered(labels):
    """Hide each tick label that would cover one before it."""
    figure = labels[0].get_figure(root=True)
    if figure.get_layout_engine() is not None:
        figure.get_layout_engine().execute(figure)
    visible: list = []
    for label in labels:
        box = label.get_window_extent()
        label.set_visible(not any(map(box.overlaps, visible)))
        if label.get_visible():
            visible.append(box)


def _separate(ax, ticks):
    """Return the tick labels without those that would overlap the previous one."""
    points = _axis_points(ax)
    separate = {}
    top = -math.inf  # of the previous label, in points
    for y, label in sorted(ticks.items()):
        half_height = name_height([label], TICK_SIZE) / 2
        if points * y - half_height >= top:
            separate[y] = label
            top = points * y + half_height
    return separate


def _axis_points(ax):
    """Return the approximate height of a vertical axis, in points."""
    return ax.get_window_extent().height / ax.figure.dpi * 72 / TOTAL_HEIGHT


def _letters_between(ax, n_axes):
    """Return how many letters fit between two axes."""
    inches = ax.get_window_extent().width / ax.figure.dpi
    return max(MIN_LETTERS, letters_in(inches / (n_axes + 0.15), NAME_SIZE) - 1)


def _format_axes(ax, names, n_letters, score_scale):
    """Set limits and axis names, and remove ticks, grid and spines."""
    bottom = min(0.0, *score_scale.ticks)
    ax.set(xlim=(-0.5, len(names) - 0.35), ylim=(bottom - 0.06, 1 + MARGIN), yticks=())
    label_x(ax, dict(enumerate(names)), n_letters, fontsize=NAME_SIZE)
    ax.tick_params(axis="x", length=0)
    ax.grid(False)
    ax.spines[:].set_visible(False)
