"""Looks of many curves, and legends that hide none of them."""

import math

import numpy as np
from matplotlib.transforms import Bbox

from mlcourse.figures._shared.style import LOOKS, ink
from mlcourse.figures._shared.text import LETTER as EM
from mlcourse.figures._shared.text import LITERAL, letters_in, literal_width, shorten

BLACK = LOOKS[6][0]  # which is the colour of the text in a dark style
BESIDE, MOST_LINES = 34, 4  # letters of a line in a legend beside Axes; lines of a label
LETTER, LINE = 0.085, 0.17  # inches that a letter of 10 points takes, and a line
LABEL = 4  # lines of text that the ticks and the label below Axes take
PLACES = {
    f"{row} {column}".replace("center center", "center"): (x, y)
    for row, y in (("upper", 1), ("lower", 0), ("center", 0.5))
    for column, x in (("right", 1), ("left", 0), ("center", 0.5))
}
"""Where a legend is within Axes: how much of the room around it is on its left, and below it."""


def color_and_marker(number, black=None):
    """Returns the colour and the marker of the curve of that number.

    Args:
        number: from 0 on.
        black: what black is replaced by; None for the colour of the text.
    """
    turns, place = divmod(number, len(LOOKS))
    colour = LOOKS[place][0]
    marker = LOOKS[(place + turns) % len(LOOKS)][1]
    return (black or ink()) if colour == BLACK else colour, marker


def add_legend(where, handles, letters=BESIDE, max_lines=MOST_LINES, **properties):
    """Add a legend that shows the label of each handle literally, also one like "_private".

    Args:
        where: the Axes, Figure or SubFigure.
        handles: artists with labels.
        letters: of a line, at most.
        max_lines: of a label.
        properties: of the `matplotlib.legend.Legend`.

    Returns:
        The legend.
    """
    legend = where.legend(handles, ["-"] * len(handles), **{"fontsize": 10} | properties)
    for text, handle in zip(legend.get_texts(), handles, strict=True):
        label = shorten(handle.get_label(), EM * letters, max_lines, literal_width)
        text.set(text=label, **LITERAL)
    return legend


def legend_off_points(ax, handles, points, title):
    """Put a legend into Axes where it covers no point, or else below or beside them.

    Args:
        ax: the Axes, with their limits; what they show is light all over.
        handles: artists with labels.
        points: (n, 2).
        title: of the legend.
    """
    figure = ax.get_figure(root=True)
    if figure.get_layout_engine() is not None:
        figure.get_layout_engine().execute(figure)
    style = {"frameon": True, "facecolor": "white", "labelcolor": "black"}
    legend = add_legend(ax, handles, title=title, **style)
    legend.get_title().set_color("black")
    em = 10 * figure.dpi / 72
    width, height = legend.get_window_extent().size + em
    place = _free_place(ax, points, (width, height))
    if place is not None:
        legend.set_loc(place)
        return
    room = _room_below(ax)
    columns = _columns_within(ax, handles, room)
    if len(handles) <= 3 * columns or len(ax.get_figure().axes) > 1:
        letters = letters_in(room / figure.dpi / columns - 6 * LETTER, 10)
        legend_below(ax, handles, columns, letters, title=title)
    else:
        width, height = ax.get_figure().bbox.size / figure.dpi
        letters = min(BESIDE, letters_in(0.55 * width - 6 * LETTER, 10))
        max_lines = max(1, int(height / (len(handles) + 2) / LINE - 0.5))
        legend_beside(ax, handles, letters, min(max_lines, MOST_LINES), title=title)


def _room_below(ax):
    """Return the pixels that a centered legend has below Axes, of which others may be beside."""
    figure, middle = ax.get_figure(root=True), (ax.bbox.x0 + ax.bbox.x1) / 2
    if sum(axes.get_label() != "<colorbar>" for axes in figure.axes) > 1:
        return ax.bbox.width
    return 2 * min(middle, figure.bbox.width - middle)


def _columns_within(ax, handles, room):
    """Return the most columns of a legend that is no wider than so many pixels."""
    for rows in range(1, len(handles)):
        columns = -(-len(handles) // rows)
        if add_legend(ax, handles, ncols=columns).get_window_extent().width <= room:
            return columns
    return 1


def _free_place(ax, points, size):
    """Return the place in Axes where a box of that size covers no point; None if there is none."""
    pixels = ax.transData.transform(points) - ax.bbox.min
    room = ax.bbox.size - size
    for name, share in PLACES.items():
        low = np.multiply(room, share)
        covered = ((low <= pixels) & (pixels <= low + size)).all(axis=1)
        if (room >= 0).all() and not covered.any():
            return name
    return None


def legend_beside(ax, handles, letters=BESIDE, max_lines=MOST_LINES, **properties):
    """Puts a legend to the right of the Axes, and makes room for it within their place."""
    columns = 1 + (len(handles) - 1) // 16
    place = {"loc": "upper left", "bbox_to_anchor": (1, 1), "borderaxespad": 0.5}
    legend = add_legend(ax, handles, letters, max_lines, ncols=columns, **place | properties)
    if _has_no_layout(ax):
        over = legend.get_window_extent().x1 - ax.bbox.x1
        _leave_room(ax, right=over / ax.get_figure().dpi)


def legend_below(ax, handles, columns=None, letters=None, **properties):
    """Puts a legend below the Axes' label, in a row unless it is to have so many columns.

    It makes room for it within the Axes' place.
    """
    place = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "borderaxespad": LABEL}
    columns = columns or len(handles)
    letters = letters or _letters(ax.get_figure(), columns)
    place |= {"frameon": False, "ncols": columns} | properties
    legend = add_legend(ax, handles, letters, **place)
    if _has_no_layout(ax):
        _leave_room(ax, below=1.6 * legend.get_window_extent().height / ax.get_figure().dpi)


def legend_of_figure(fig, handles):
    """Puts a legend below all Axes of a Figure with a layout: in one row if that has room."""
    columns = len(handles) if width_of(handles) < fig.bbox.width / fig.dpi else 1
    letters = _letters(fig, 1) if columns == 1 else math.inf
    add_legend(fig, handles, letters, loc="outside lower right", ncols=columns)


def width_of(handles):
    """Returns about how many inches a legend of one row takes, in 10 points."""
    return LETTER * sum(6 + len(one.get_label()) for one in handles)


def _letters(figure, columns):
    """Return how many letters a line has beside its mark, in a legend as wide as a figure."""
    return letters_in(figure.bbox.width / figure.dpi / columns - 6 * LETTER, 10)


def _has_no_layout(ax):
    """Whether nothing else makes room: a layout engine would."""
    return ax.get_figure().get_layout_engine() is None


class _RoomForLegend:
    """A locator of Axes: their place without the room for a legend, also after `tight_layout`.

    Args:
        ax: the Axes.
        right, below: inches to leave within the Axes' place.
    """

    def __init__(self, ax, right, below):
        self._ax, self._first = ax, ax.get_position(original=True)
        self._right, self._below = right, below

    def __call__(self, ax, renderer):
        """Return the place of the Axes, as fractions of the figure."""
        figure, own = ax.get_figure(), ax.get_position(original=True)
        if not ax.get_in_layout():  # since somebody called `set_position`
            return own
        spec, whole = self.get_subplotspec(), own
        if _has_no_layout(ax):
            whole = spec.get_position(figure) if spec else self._first
        width, height = figure.bbox.size / figure.dpi
        right = max(whole.x1 - self._right / width, own.x0 + whole.width / 3)
        bottom = min(whole.y0 + self._below / height, own.y1 - whole.height / 3)
        return Bbox.from_extents(own.x0, max(own.y0, bottom), min(own.x1, right), own.y1)

    def get_subplotspec(self):
        """Return the Axes' place in a grid, which `tight_layout` asks for."""
        return self._ax.get_subplotspec()


def _leave_room(ax, right=0.0, below=0.0):
    """Make Axes smaller by inches for a legend; a second one takes the place of the first."""
    ax.set_axes_locator(_RoomForLegend(ax, right, below))
    ax.apply_aspect(ax.get_axes_locator()(ax, None))
