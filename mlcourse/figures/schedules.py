"""Learning rates by step."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from mlcourse import checks, schedules
from mlcourse.figures.axes import figure_or_new
from mlcourse.figures.folding import fold
from mlcourse.figures.style import BLUE
from mlcourse.figures.texts import checked_formula, escaped, literal_width
from mlcourse.figures.titles import set_title

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
