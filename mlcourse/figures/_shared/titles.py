"""Titles: figures show them literally, on as many lines as they need."""

import numpy as np

from mlcourse.figures._shared.axes import NotebookFigure
from mlcourse.figures._shared.text import LITERAL, fold

SMALLEST = 10  # points: titles of more than `MANY` lines have this size
MANY = 2
SETTLE = 2  # times that a layout is repeated
EDGE = 0.97  # of the width that a title may have


def set_title(ax, text, max_lines=None, **properties):
    """Set the title of Axes literally, wrapped between the neighbouring Axes.

    Call this last: the width depends on what else is around the Axes. A figure that mlcourse made
    becomes higher by the lines that wrapping adds. Axes without a layout engine become lower.

    Args:
        ax: the Axes.
        text: the title.
        max_lines: of the title, in a figure that keeps its height; what does not fit into them
            ends with an ellipsis. None for as many as it takes.
        properties: of the `matplotlib.text.Text`.
    """
    figure = ax.get_figure()
    title = ax.set_title(text, **LITERAL, **properties)
    if title.get_window_extent().width > _width_between(*_sides(ax), ax.bbox) / 2:
        engine = figure.get_layout_engine()
        if engine is not None:
            engine.execute(figure.get_figure(root=True))
        width = _width_between(*_sides(ax), ax.bbox)
        _wrap(title, width) if max_lines is None else _cut(title, width, max_lines)
    if figure.get_layout_engine() is None:
        _lower(ax, title.get_window_extent().y1 - figure.bbox.y1)


def set_caption(ax, text, max_lines=3, columns=1, **properties):
    """Set the title of an image in a grid of images literally, wrapped within its column.

    Args:
        ax: the Axes, without labels or anything else around them.
        text: the title.
        max_lines: what does not fit into so many lines ends with an ellipsis.
        columns: of the grid that the title is above.
        properties: of the `matplotlib.text.Text`.
    """
    left, right = _sides(ax, columns)
    _cut(ax.set_title(text, **LITERAL, **properties), EDGE * (right - left), max_lines)


def set_suptitle(fig, text, **properties):
    """Set the title of a Figure or SubFigure literally, wrapped within its width.

    Call this last. A figure that mlcourse made becomes higher by the lines that wrapping adds.
    Without a layout engine the Axes below the title become lower.

    Args:
        fig: the Figure or SubFigure.
        text: the title.
        properties: of the `matplotlib.text.Text`.
    """
    title = fig.suptitle(text, **LITERAL, **properties)
    _wrap(title, EDGE * fig.bbox.width)
    engine = fig.get_layout_engine()
    if engine is not None and any(one.count("\n") >= MANY for one in _titles(fig)):
        for _ in range(SETTLE):  # images that become smaller move their own titles
            engine.execute(fig.get_figure(root=True))
    if text and engine is None and fig.axes:
        over = max(ax.get_tightbbox().y1 for ax in fig.axes) - title.get_window_extent().y0
        if over > 0:
            parameters, height = fig.subplotpars, fig.bbox.height
            least = parameters.bottom + 0.3 * (parameters.top - parameters.bottom)
            fig.subplots_adjust(top=max(parameters.top - over / height, least))


def _titles(fig):
    """Return the titles of a figure and of its Axes."""
    return [
        fig.get_suptitle(),
        *(ax.get_title(loc) for ax in fig.axes for loc in ("left", "center")),
    ]


def _wrap(title, width):
    """Wrap a title within a width in pixels, in a smaller font if it has many lines."""
    text, before = title.get_text(), title.get_window_extent().height
    _fold(title, width)
    added = title.get_text().count("\n") - text.count("\n")
    if not added:
        return
    if title.get_text().count("\n") >= MANY and title.get_fontsize() > SMALLEST:
        title.set(text=text, fontsize=SMALLEST)
        _fold(title, width)
    figure = title.get_figure(root=True)
    if isinstance(figure, NotebookFigure) and title.get_figure() is figure:
        more = max(0, title.get_window_extent().height - before)
        figure.set_figheight(figure.get_figheight() + more / figure.dpi)


def _cut(title, width, max_lines):
    """Wrap a title within a width in pixels, and end it with an ellipsis after some lines."""
    _fold(title, width)
    lines = title.get_text().split("\n")
    if len(lines) > max_lines:
        lines[max_lines - 1 :] = [f"{lines[max_lines - 1][:-1]}…"]
        title.set_text("\n".join(lines))


def _fold(title, width):
    """Break a text into lines that are no wider than a width in pixels."""
    text = title.get_text()

    def measure(line):
        title.set_text(line)
        return title.get_window_extent().width

    title.set_text(text if measure(text) <= width else fold(text, width, measure))


def _sides(ax, columns=1):
    """Return the left and the right side, in pixels, of the columns of a grid from the Axes on."""
    box, spec = ax.get_figure().bbox, ax.get_subplotspec()
    if spec is None:
        return box.x0, box.x1
    spec = spec.get_topmost_subplotspec()
    grid = spec.get_gridspec()
    ratios = grid.get_width_ratios() or [1] * grid.ncols
    edges = np.cumsum([0, *ratios]) / sum(ratios)
    return box.x0 + box.width * edges[[spec.colspan.start, spec.colspan.stop + columns - 1]]


def _width_between(left, right, box):
    """Return how wide a text between two sides may be whose middle is that of a box."""
    middle = (box.x0 + box.x1) / 2
    return EDGE * max(2 * min(middle - left, right - middle), box.width)


def _lower(ax, pixels):
    """Make Axes lower by some pixels, if positive, but not lower than a third."""
    box, height = ax.get_position(), ax.get_figure().bbox.height
    if pixels > 0:
        height = max(box.height - pixels / height, box.height / 3)
        ax.set_position((box.x0, box.y0, box.width, height))
        ax.set_in_layout(True)  # a later layout may place the Axes again
