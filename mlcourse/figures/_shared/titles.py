"""Set titles, shown literally and wrapped, and fit the labels of the axes to their length."""

import matplotlib as mpl
import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import FixedLocator

from mlcourse.figures._shared.axes import NotebookFigure
from mlcourse.figures._shared.text import ThinnedLocator, figure_text, fold, set_literal, shorten

MAX_LARGE_LINES = 2
MAX_LABEL_LINES = 3
SMALL_SIZE = 10
"""Font size in points of titles with more than `MAX_LARGE_LINES` lines."""
N_LAYOUTS = 2
MAX_LAYOUTS = 4
MAX_WIDTH = 0.97  # fraction of the available width
SMALL_AXES = 8  # in font sizes of the tick labels
MIN_LABEL_LENGTH = 0.6  # inches


def set_title(ax, text, max_lines=None, **properties):
    """Set the title of Axes literally, wrapped between the neighboring Axes, and fit their labels.

    Call this last: the width depends on the other artists around the Axes. A figure created by
    mlcourse grows by the height of the additional lines. Without a layout engine, the Axes shrink.
    Labels of small Axes are smaller, and wrapped.

    Args:
        ax: the Axes.
        text: the title.
        max_lines: maximum number of lines; the figure does not grow, and a longer title ends with
            an ellipsis. None for any number of lines.
        properties: properties of the `matplotlib.text.Text`.
    """
    figure = ax.get_figure()
    fit_labels([ax])
    text = figure_text(text)
    title = set_literal(ax.set_title, text, **properties)
    _settle_layout([ax])
    if title.get_window_extent().width > _title_width(ax) / 2:
        for _ in range(MAX_LAYOUTS):
            lines_before = title.get_text()
            _layout_with_labels(ax)
            width = _title_width(ax)
            _wrap(title, text, width) if max_lines is None else _cut(title, text, width, max_lines)
            if title.get_text() == lines_before:  # else the additional lines move the Axes
                break
    if figure.get_layout_engine() is None:
        _reduce_height(ax, title.get_window_extent().y1 - figure.bbox.y1)


def _layout_with_labels(ax):
    """Run the layout engine of the figure of the Axes, if it has one, with labels that fit."""
    figure = ax.get_figure(root=True)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        if fit_labels([ax]):
            engine.execute(figure)


def set_caption(ax, text, max_lines=3, columns=1, **properties):
    """Set the title of an image in a grid of images literally, wrapped within its column.

    Args:
        ax: the Axes, without ticks and labels.
        text: the title.
        max_lines: maximum number of lines; a longer title ends with an ellipsis.
        columns: number of grid columns that the title spans.
        properties: properties of the `matplotlib.text.Text`.
    """
    left, right = column_edges(ax, columns)
    text = figure_text(text)
    title = set_literal(ax.set_title, text, **properties)
    _cut(title, text, MAX_WIDTH * (right - left), max_lines)


def set_suptitle(fig, text, **properties):
    """Set the title of a Figure or SubFigure literally, wrapped, and fit the labels of its Axes.

    Call this last. A figure created by mlcourse grows by the height of the additional lines.
    Without a layout engine, the Axes below the title shrink. Labels of small Axes are smaller, and
    wrapped.

    Args:
        fig: the Figure or SubFigure.
        text: the title.
        properties: properties of the `matplotlib.text.Text`.
    """
    fit_labels(fig.axes)
    text = figure_text(text)
    title = set_literal(fig.suptitle, text, **properties)
    _wrap(title, text, MAX_WIDTH * fig.bbox.width)
    engine = fig.get_layout_engine()
    if engine is not None and any(line.count("\n") >= MAX_LARGE_LINES for line in _titles(fig)):
        for _ in range(N_LAYOUTS):  # images that shrink in a layout move their own titles
            engine.execute(fig.get_figure(root=True))
    _settle_layout(fig.axes)
    if text and engine is None and fig.axes:
        overlap = max(ax.get_tightbbox().y1 for ax in fig.axes) - title.get_window_extent().y0
        if overlap > 0:
            margins = fig.subplotpars
            min_top = margins.bottom + 0.3 * (margins.top - margins.bottom)
            fig.subplots_adjust(top=max(margins.top - overlap / fig.bbox.height, min_top))


def fit_labels(axes):
    """Fit the labels of small Axes, and of small color bars in their figure, to their size.

    Tick labels and labels are reduced to 10 points, labels that are too long are wrapped, and tick
    labels that would overlap are hidden.

    Args:
        axes: Axes of one figure.

    Returns:
        Whether labels were fitted, so that the layout is out of date.
    """
    color_bars = [bar for ax in axes for bar in ax.get_figure().axes if is_color_bar(bar)]
    axes = [
        ax for ax in dict.fromkeys([*axes, *color_bars]) if ax.axison and not hasattr(ax, "zaxis")
    ]
    for ax in axes:
        ax.apply_aspect()
    if not any(_is_small(ax) for ax in axes):
        return False
    figure = axes[0].get_figure(root=True)
    if figure.get_layout_engine() is not None:
        figure.get_layout_engine().execute(figure)
    for ax in axes:
        ax.apply_aspect()
    for ax in filter(_is_small, axes):
        for axis, length in zip((ax.xaxis, ax.yaxis), ax.bbox.size, strict=True):
            if axis.label.get_fontsize() > SMALL_SIZE:
                axis.label.set_fontsize(SMALL_SIZE)
            axis.set_tick_params("both", labelsize=min(SMALL_SIZE, _tick_size(axis)))
            _fold_label(axis, max(length, MIN_LABEL_LENGTH * figure.dpi))
            if not isinstance(axis.get_major_locator(), FixedLocator | ThinnedLocator):
                ticks = ThinnedLocator(axis.get_major_locator(), _tick_size(axis))
                axis.set_major_locator(ticks)
    return True


def _settle_layout(axes):
    """Repeat the layout while Axes with a fixed aspect, such as images, leave the figure.

    Constrained layout measures labels from the cell of the Axes, not from the smaller Axes. A
    figure created by mlcourse is large enough.
    """
    axes = [ax for ax in axes if _has_fixed_aspect(ax)]
    if not axes or axes[0].get_figure().get_layout_engine() is None:
        return
    figure = axes[0].get_figure(root=True)
    if isinstance(figure, NotebookFigure):
        return
    for has_layout in (False, True, True):
        for ax in axes:
            ax.apply_aspect()
        if all(_is_inside(ax.get_tightbbox(), figure.bbox) for ax in axes):
            return
        for ax in axes if has_layout else ():
            ax.set_position(ax.get_position(), which="original")
            ax.set_in_layout(True)  # `set_position` excludes the Axes from later layouts
        figure.get_layout_engine().execute(figure)


def _has_fixed_aspect(ax):
    """Return whether two-dimensional Axes may be smaller than their cell of the layout."""
    if hasattr(ax, "zaxis"):
        return False
    return ax.get_box_aspect() is not None or ax.get_aspect() != "auto"


def _is_inside(box, outer):
    """Return whether a bounding box is inside another, but for a pixel."""
    return (box.min + 1 >= outer.min).all() and (box.max - 1 <= outer.max).all()


def is_color_bar(ax):
    """Return whether Axes are those of a color bar."""
    return ax.get_label() == "<colorbar>"


def _is_small(ax):
    """Return whether labels of Axes at their font sizes may be too long or too close."""
    for axis, length in zip((ax.xaxis, ax.yaxis), ax.bbox.size, strict=True):
        if not len(axis.get_ticklocs()) and not axis.label.get_text():
            continue
        font_pixels = _tick_size(axis) * ax.get_figure(root=True).dpi / 72
        if length < SMALL_AXES * font_pixels or _length(axis) > 0.7 * length:
            return True
    return False


def _tick_size(axis):
    """Return the font size of the tick labels of an axis, in points."""
    if not len(axis.get_ticklocs()):
        return SMALL_SIZE
    default = mpl.rcParams[f"{axis.axis_name}tick.labelsize"]
    size = axis.get_tick_params().get("labelsize", default)  # without making the labels: faster
    return FontProperties(size=size).get_size_in_points()


def _length(axis):
    """Return the extent of the label of an axis along the axis, in pixels."""
    width, height = axis.label.get_window_extent().size if axis.label.get_text() else (0, 0)
    return width if axis.axis_name == "x" else height


def _fold_label(axis, length):
    """Break the label of an axis into lines within a length in pixels."""
    label = axis.label
    text = label.get_text()
    if label.get_parse_math() and "$" in text:
        return

    def measure(line):
        label.set_text(line)
        return _length(axis)

    is_short = measure(text) <= length and text.count("\n") < MAX_LABEL_LINES
    label.set_text(text if is_short else shorten(text, length, MAX_LABEL_LINES, measure))


def _titles(fig):
    """Return the title of a figure and the titles of its Axes."""
    return [
        fig.get_suptitle(),
        *(ax.get_title(loc) for ax in fig.axes for loc in ("left", "center")),
    ]


def _wrap(title, text, width):
    """Wrap the text of a title within a width in pixels, in a smaller font if it has many lines.

    A figure created by mlcourse grows by the additional height.
    """
    lines_before = title.get_text()
    height_before = title.get_window_extent().height
    _fold(title, text, width)
    if title.get_text().count("\n") == lines_before.count("\n"):
        return
    if title.get_text().count("\n") >= MAX_LARGE_LINES and title.get_fontsize() > SMALL_SIZE:
        title.set_fontsize(SMALL_SIZE)
        _fold(title, text, width)
    figure = title.get_figure(root=True)
    if isinstance(figure, NotebookFigure) and title.get_figure() is figure:
        added_height = max(0, title.get_window_extent().height - height_before)
        figure.set_figheight(figure.get_figheight() + added_height / figure.dpi)


def _cut(title, text, width, max_lines):
    """Wrap the text of a title within a width in pixels, with an ellipsis after `max_lines`."""
    measure = _measure_with(title)
    is_short = measure(text) <= width and text.count("\n") < max_lines
    title.set_text(text if is_short else shorten(text, width, max_lines, measure))


def _fold(title, text, width):
    """Break the text of a title into lines within a width in pixels."""
    measure = _measure_with(title)
    title.set_text(text if measure(text) <= width else fold(text, width, measure))


def _measure_with(title):
    """Return a function from a line to its width in pixels, which sets the text of a title."""

    def measure(line):
        title.set_text(line)
        return title.get_window_extent().width

    return measure


def column_edges(ax, columns=1):
    """Return the left and right edges, in pixels, of the grid columns that begin at the Axes.

    Args:
        ax: the Axes. If it is not in a grid, return the edges of the figure.
        columns: number of grid columns.
    """
    box = ax.get_figure().bbox
    spec = ax.get_subplotspec()
    if spec is None:
        return box.x0, box.x1
    spec = spec.get_topmost_subplotspec()
    grid = spec.get_gridspec()
    ratios = grid.get_width_ratios() or [1] * grid.ncols
    edges = np.cumsum([0, *ratios]) / sum(ratios)
    return box.x0 + box.width * edges[[spec.colspan.start, spec.colspan.stop + columns - 1]]


def _title_width(ax):
    """Return the maximum width in pixels of a title, which ends between the neighboring Axes."""
    box = ax.bbox
    left = ax.get_figure().bbox.x0
    right = ax.get_figure().bbox.x1
    for other in ax.get_figure().axes:
        neighbor = other.bbox
        if is_color_bar(other) or neighbor.y1 <= box.y0 or neighbor.y0 >= box.y1:
            continue
        if neighbor.x1 <= box.x0:
            left = max(left, (neighbor.x1 + box.x0) / 2)
        elif neighbor.x0 >= box.x1:
            right = min(right, (neighbor.x0 + box.x1) / 2)
    center = (box.x0 + box.x1) / 2
    return MAX_WIDTH * max(2 * min(center - left, right - center), box.width)


def _reduce_height(ax, pixels):
    """Reduce the height of Axes by a positive number of pixels, but not below a third."""
    if pixels <= 0:
        return
    box = ax.get_position()
    height = max(box.height - pixels / ax.get_figure().bbox.height, box.height / 3)
    ax.set_position((box.x0, box.y0, box.width, height))
    ax.set_in_layout(True)  # `set_position` excludes the Axes from later layouts
