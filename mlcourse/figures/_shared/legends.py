"""Colors and markers for many curves, and legends that cover none of the data."""

import math

import numpy as np
from matplotlib.transforms import Bbox

from mlcourse.figures._shared.style import BLACK, COLORS_AND_MARKERS, on_paper
from mlcourse.figures._shared.text import LETTER as CHAR_WIDTH
from mlcourse.figures._shared.text import LITERAL, letters_in, literal_width, shorten
from mlcourse.figures._shared.titles import column_edges, fit_labels, is_color_bar

FONT_SIZES = {"fontsize": 10, "title_fontsize": 10}
LINE_LENGTH = 34  # characters per line of a legend to the right of the Axes
MAX_LABEL_LINES = 4
MAX_LEGEND_WIDTH = 0.55  # of a legend beside the Axes, as a fraction of the figure's width
MAX_LEGEND_HEIGHT = 0.3  # of a legend below the Axes, as a fraction of the figure's height
MIN_AXES_WIDTH = 1.75  # inches, of Axes with a legend to their right
LABELS_WIDTH = 0.8  # inches, of the tick labels and the label of a y axis
LETTER = 0.085  # inches: width of a character of 10 points
LINE = 0.17  # inches: height of a line of 10 points
LEGEND_GAP = 0.6  # from the x label to a legend below it, in font sizes
MAX_LEGEND_LINES = 6  # more lines have labels at their ends
END_LABEL_GAP = 14  # points, between the centers of labels
END_LABEL_X = 1.04  # of labels right of the Axes, as a fraction of the width of the Axes
LOCATIONS = {
    "upper right": (1, 1),
    "upper left": (0, 1),
    "upper center": (0.5, 1),
    "lower right": (1, 0),
    "lower left": (0, 0),
    "lower center": (0.5, 0),
    "center right": (1, 0.5),
    "center left": (0, 0.5),
    "center": (0.5, 0.5),
}
"""Legend locations: the fractions of the free width to the left, and of the free height below."""


def color_and_marker(number, black=None):
    """Return the color and the marker of a curve.

    Args:
        number: index of the curve, from 0.
        black: color that replaces black on a light background; None for colors that are visible
            on the background of the current style.
    """
    n_repeats, index = divmod(number, len(COLORS_AND_MARKERS))
    color = COLORS_AND_MARKERS[index][0]
    marker = COLORS_AND_MARKERS[(index + n_repeats) % len(COLORS_AND_MARKERS)][1]
    if black is None:
        return on_paper(color), marker
    return (black if color == BLACK else color), marker


def add_legend(where, handles, letters=LINE_LENGTH, max_lines=MAX_LABEL_LINES, **properties):
    """Add a legend that shows each label literally, including labels that begin with "_".

    Args:
        where: the Axes, Figure or SubFigure.
        handles: artists with labels.
        letters: maximum number of characters per line.
        max_lines: maximum number of lines per label.
        properties: properties of the `matplotlib.legend.Legend`.

    Returns:
        The legend.
    """
    legend = where.legend(handles, ["-"] * len(handles), **FONT_SIZES | properties)
    for text, handle in zip(legend.get_texts(), handles, strict=True):
        label = shorten(handle.get_label(), CHAR_WIDTH * letters, max_lines, literal_width)
        text.set(text=label, **LITERAL)
    return legend


def legend_off_points(ax, handles, points, title):
    """Add a legend where it covers no point: inside the Axes, else below or to the right.

    Args:
        ax: the Axes, with final limits and a light background.
        handles: artists with labels.
        points: data coordinates, (n, 2).
        title: title of the legend.
    """
    figure = ax.get_figure(root=True)
    if figure.get_layout_engine() is not None:
        figure.get_layout_engine().execute(figure)
    style = {"frameon": True, "facecolor": "white", "labelcolor": "black"}
    legend = add_legend(ax, handles, title=title, loc="upper left", **style)
    legend.get_title().set_color("black")
    em = 10 * figure.dpi / 72
    width, height = legend.get_window_extent().size + em
    location = _free_location(ax, points, (width, height))
    if location is not None:
        legend.set_loc(location)
        return
    max_width = _width_below(ax)
    columns = columns_within(add_legend(ax, handles, loc="upper left"), max_width)
    if len(handles) <= 3 * columns or len(ax.get_figure().axes) > 1:
        letters = letters_in(max_width / figure.dpi / columns - 6 * LETTER, 10)
        legend_below(ax, handles, columns, letters, title=title)
    else:
        width, height = ax.get_figure().bbox.size / figure.dpi
        letters = min(LINE_LENGTH, letters_in(0.55 * width - 6 * LETTER, 10))
        max_lines = max(1, int(height / (len(handles) + 2) / LINE - 0.5))
        legend_beside(ax, handles, letters, min(max_lines, MAX_LABEL_LINES), title=title)


def _width_below(ax):
    """Return the width in pixels of the space for a centered legend below the Axes.

    It is the width of the Axes' column if the figure has other Axes, and the width of the Axes if
    these are color bars.
    """
    figure = ax.get_figure(root=True)
    if sum(not is_color_bar(axes) for axes in figure.axes) > 1:
        left, right = column_edges(ax)
        return right - left
    if len(figure.axes) > 1:
        return ax.bbox.width
    center = (ax.bbox.x0 + ax.bbox.x1) / 2
    return 2 * min(center, figure.bbox.width - center)


def columns_within(legend, max_width):
    """Return the largest number of columns of a legend within a width in pixels, at least 1.

    Args:
        legend: the legend in one column, without a title.
        max_width: width in pixels.
    """
    texts = legend.get_texts()
    widths = [text.get_window_extent().width for text in texts]
    em = texts[0].get_fontsize() * legend.get_figure(root=True).dpi / 72 if texts else 0
    for rows in range(1, len(texts)):
        columns = math.ceil(len(texts) / rows)
        width = sum(max(column) for column in np.array_split(widths, columns))
        width += em * columns * (legend.handlelength + legend.handletextpad)
        width += em * ((columns - 1) * legend.columnspacing + 2 * legend.borderpad)
        if width <= max_width:
            return columns
    return 1


def _free_location(ax, points, size):
    """Return the legend location in which a box covers no point; None if all boxes do.

    Args:
        ax: the Axes.
        points: data coordinates, (n, 2).
        size: width and height of the box, in pixels.
    """
    pixels = ax.transData.transform(points) - ax.bbox.min
    free_size = ax.bbox.size - size
    for location, fractions in LOCATIONS.items():
        low = np.multiply(free_size, fractions)
        is_covered = ((low <= pixels) & (pixels <= low + size)).all(axis=1)
        if (free_size >= 0).all() and not is_covered.any():
            return location
    return None


def legend_beside(ax, handles, letters=LINE_LENGTH, max_lines=MAX_LABEL_LINES, **properties):
    """Add a legend to the right of the Axes, and shrink the Axes to make space for it.

    The legend is below if the Axes would become narrower than 1.75 inches.

    Args:
        ax: the Axes.
        handles: artists with labels.
        letters: maximum number of characters per line.
        max_lines: maximum number of lines per label.
        properties: properties of the `matplotlib.legend.Legend`.
    """
    columns = 1 + (len(handles) - 1) // 16
    width = ax.get_figure().bbox.width / ax.get_figure(root=True).dpi
    letters = min(letters, letters_in(MAX_LEGEND_WIDTH * width / columns - 6 * LETTER, 10))
    location = {"loc": "upper left", "bbox_to_anchor": (1, 1), "borderaxespad": 0.5}
    legend = add_legend(ax, handles, letters, max_lines, ncols=columns, **location | properties)
    grid = ax.get_gridspec()
    n_axes = grid.ncols if grid else 1
    free_width = width - legend.get_window_extent().width / ax.get_figure(root=True).dpi
    if free_width / n_axes - LABELS_WIDTH < MIN_AXES_WIDTH:
        legend_below(ax, handles, **properties)
    elif _has_no_layout(ax):
        pixels = legend.get_window_extent().x1 - ax.bbox.x1
        _shrink(ax, right=pixels / ax.get_figure().dpi)


def label_ends(ax, lines):
    """Label lines at their ends, right of the Axes, with names that do not overlap.

    With at most 6 lines, or if the names do not fit into the figure, add a legend instead.

    Args:
        ax: the Axes, with final limits.
        lines: Line2D with labels; the last finite point of each is its end.
    """
    shown = [line for line in lines if np.isfinite(line.get_xydata()).all(axis=1).any()]
    dpi = ax.get_figure(root=True).dpi
    names = [
        shorten(line.get_label(), CHAR_WIDTH * LINE_LENGTH, 1, literal_width) for line in shown
    ]
    left, right = column_edges(ax)
    width = (right - left) / dpi - 10 / 72 * max(map(literal_width, names), default=0)
    is_tight = end_label_gap(ax) * (len(shown) - 1) > 1 or width < LABELS_WIDTH + MIN_AXES_WIDTH
    if len(shown) <= MAX_LEGEND_LINES or is_tight:
        legend_beside(ax, lines)
        return
    draw_end_labels(ax, shown, names)
    if _has_no_layout(ax):
        pixels = ax.get_tightbbox().x1 - ax.bbox.x1
        _shrink(ax, right=pixels / ax.get_figure().dpi)


def draw_end_labels(ax, lines, names, x=END_LABEL_X, **properties):
    """Draw a name for each line, right of the Axes, and connect it with the end of the line.

    Args:
        ax: the Axes, with final limits and size.
        lines: Line2D; the last finite point of each is its end.
        names: a name for each line.
        x: position of the names, as a fraction of the width of the Axes.
        properties: properties of the names.
    """
    points = [line.get_xydata() for line in lines]
    ends = np.array([xy[np.isfinite(xy).all(axis=1)][-1] for xy in points])
    heights = ax.transAxes.inverted().transform(ax.transData.transform(ends))[:, 1]
    texts = spread(heights, end_label_gap(ax), 0, 1)
    for line, name, end, height in zip(lines, names, ends, texts, strict=True):
        color = on_paper(line.get_color())
        position = {"xytext": (x, height), "textcoords": "axes fraction"}
        leader = {"arrowstyle": "-", "color": color, "lw": 1.2, "shrinkA": 0}
        ax.annotate("", end, arrowprops=leader, annotation_clip=False, **position)
        style = {"fontsize": 10, "va": "center", "transform": ax.transAxes, **properties}
        ax.text(x, height, f" {name}", **style, **LITERAL)


def end_label_gap(ax):
    """Return the distance between the centers of labels, as a fraction of the Axes' height."""
    return END_LABEL_GAP * ax.get_figure(root=True).dpi / 72 / ax.bbox.height


def spread(positions, gap, low, high):
    """Return the nearest positions (least squares) that are at least a gap apart, in a range.

    Source: pool-adjacent-violators algorithm; Barlow et al., Statistical inference under order
    restrictions, 1972.

    >>> spread([0.5, 0.5, 0.9], 0.25, 0, 1).tolist()
    [0.375, 0.625, 0.9]
    """
    order = np.argsort(positions, kind="stable")
    steps = gap * np.arange(len(order))
    pools: list = []  # of (mean, number) of positions that touch, each less its steps
    for position in np.asarray(positions, float)[order] - steps:
        pools.append((position, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (first, n_first), (second, n_second) = pools[-2:]
            n = n_first + n_second
            pools[-2:] = [((n_first * first + n_second * second) / n, n)]
    means, counts = zip(*pools, strict=True)
    result = np.empty(len(order))
    result[order] = np.clip(np.repeat(means, counts), low, high - steps[-1]) + steps
    return result


def legend_3d(ax, handles, **properties):
    """Add a legend at the upper left of 3-D Axes, or to their right in a wide figure.

    Args:
        ax: the Axes, which are drawn in the square in their center.
        handles: artists with labels.
        properties: properties of the `matplotlib.legend.Legend`.
    """
    width, height = ax.bbox.size / ax.get_figure(root=True).dpi
    letters = min(LINE_LENGTH, letters_in(width - 6 * LETTER, 10))
    legend = add_legend(ax, handles, letters, loc="upper left", **properties)
    if width - height > legend.get_window_extent().width / ax.get_figure(root=True).dpi:
        legend_beside(ax, handles, **properties)


def legend_below(ax, handles, columns=None, letters=None, max_lines=None, **properties):
    """Add a legend below the x label of the Axes, and shrink the Axes to make space for it.

    Args:
        ax: the Axes.
        handles: artists with labels.
        columns: number of columns; None for the number that fits.
        letters: maximum number of characters per line; None for the number that fits.
        max_lines: maximum number of lines per label; None for the number that fits.
        properties: properties of the `matplotlib.legend.Legend`.
    """
    fit_labels([ax])
    dpi = ax.get_figure(root=True).dpi
    width = _width_below(ax)
    n_lines = MAX_LEGEND_HEIGHT * ax.get_figure().bbox.height / dpi / LINE
    if columns is None:
        columns = columns_within(add_legend(ax, handles, loc="upper left"), width)
        columns = max(columns, math.ceil(len(handles) / n_lines))
    letters = letters or letters_in(width / dpi / columns - 6 * LETTER, 10)
    n_lines_per_label = int(n_lines / math.ceil(len(handles) / columns))
    max_lines = max_lines or min(max(1, n_lines_per_label), MAX_LABEL_LINES)
    location = {"loc": "upper center", "bbox_to_anchor": (0.5, 0)}
    labels = ax.xaxis.get_tightbbox()
    points = (ax.bbox.y0 - labels.y0) * 72 / dpi if labels else 0
    style = {"borderaxespad": points / 10 + LEGEND_GAP, "frameon": False, "ncols": columns}
    legend = add_legend(ax, handles, letters, max_lines, **location | style | properties)
    if _has_no_layout(ax):
        _shrink(ax, below=1.6 * legend.get_window_extent().height / ax.get_figure().dpi)


def legend_of_figure(fig, handles):
    """Add a legend below all Axes of a Figure with a layout engine.

    It has as many columns as fit into the width of the Figure.
    """
    width = fig.bbox.width / fig.dpi
    n_columns = range(len(handles), 1, -1)
    columns = next((n for n in n_columns if _width_in_columns(handles, n) < width), 1)
    letters = letters_in(width - 6 * LETTER, 10) if columns == 1 else math.inf
    add_legend(fig, handles, letters, loc="outside lower right", ncols=columns)


def _width_in_columns(handles, columns):
    """Return the approximate width of a legend in 10 points, in inches."""
    n_letters = [6 + len(handle.get_label()) for handle in handles]
    rows = -(-len(handles) // columns)
    return LETTER * sum(max(n_letters[k : k + rows]) for k in range(0, len(handles), rows))


def width_of(handles):
    """Return the approximate width of a legend with one row in 10 points, in inches."""
    return _width_in_columns(handles, len(handles))


def _has_no_layout(ax):
    """Return whether the figure of the Axes has no layout engine."""
    return ax.get_figure().get_layout_engine() is None


class _LocatorWithMargin:
    """An Axes locator that leaves a margin for a legend, also after `tight_layout`.

    Args:
        ax: the Axes.
        right, below: widths of the margins within the position of the Axes, in inches.
    """

    def __init__(self, ax, right, below):
        self._ax = ax
        self._first_position = ax.get_position(original=True)
        self._right = right
        self._below = below

    def __call__(self, ax, renderer):
        """Return the position of the Axes, in fractions of the figure."""
        figure = ax.get_figure()
        current = ax.get_position(original=True)
        is_set_by_user = not ax.get_in_layout()  # `set_position` takes Axes out of the layout
        if is_set_by_user:
            return current
        spec = self.get_subplotspec()
        full = current
        if _has_no_layout(ax):
            full = spec.get_position(figure) if spec else self._first_position
        width, height = figure.bbox.size / figure.dpi
        right = max(full.x1 - self._right / width, current.x0 + full.width / 3)
        bottom = min(full.y0 + self._below / height, current.y1 - full.height / 3)
        return Bbox.from_extents(
            current.x0, max(current.y0, bottom), min(current.x1, right), current.y1
        )

    def get_subplotspec(self):
        """Return the `SubplotSpec` of the Axes, which `tight_layout` needs."""
        return self._ax.get_subplotspec()


def _shrink(ax, right=0.0, below=0.0):
    """Shrink Axes to leave margins in inches for a legend; a second call replaces the first."""
    ax.set_axes_locator(_LocatorWithMargin(ax, right, below))
    ax.apply_aspect(ax.get_axes_locator()(ax, None))
