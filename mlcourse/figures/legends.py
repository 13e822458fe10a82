"""Looks of many curves, and legends that hide none of them."""

import math

from matplotlib.transforms import Bbox

from mlcourse.figures.folding import LETTER as EM
from mlcourse.figures.folding import letters_in, shorten
from mlcourse.figures.style import LOOKS, ink
from mlcourse.figures.texts import LITERAL, literal_width

BLACK = LOOKS[6][0]  # which is the colour of the text in a dark style
BESIDE, MOST_LINES = 34, 4  # letters of a line in a legend beside Axes; lines of a label
LETTER = 0.085  # inches that a letter of 10 points takes
LABEL = 4  # lines of text that the ticks and the label below Axes take


def look(number):
    """Returns the colour and the marker of the curve of that number."""
    turns, place = divmod(number, len(LOOKS))
    colour = LOOKS[place][0]
    marker = LOOKS[(place + turns) % len(LOOKS)][1]
    return ink() if colour == BLACK else colour, marker


def add_legend(where, handles, letters=BESIDE, **properties):
    """Add a legend that shows the label of each handle literally, also one like "_private".

    Args:
        where: the Axes, Figure or SubFigure.
        handles: artists with labels.
        letters: of a line, at most.
        properties: of the `matplotlib.legend.Legend`.

    Returns:
        The legend.
    """
    legend = where.legend(handles, ["-"] * len(handles), **{"fontsize": 10} | properties)
    for text, handle in zip(legend.get_texts(), handles, strict=True):
        label = shorten(handle.get_label(), EM * letters, MOST_LINES, literal_width)
        text.set(text=label, **LITERAL)
    return legend


def legend_beside(ax, handles):
    """Puts a legend to the right of the Axes, and makes room for it within their place."""
    columns = 1 + (len(handles) - 1) // 16
    place = {"loc": "upper left", "bbox_to_anchor": (1, 1), "borderaxespad": 0.5}
    legend = add_legend(ax, handles, ncols=columns, **place)
    if _has_no_layout(ax):
        over = legend.get_window_extent().x1 - ax.bbox.x1
        _leave_room(ax, right=over / ax.get_figure().dpi)


def legend_below(ax, handles, columns=None):
    """Puts a legend below the Axes' label, in a row unless it is to have so many columns.

    It makes room for it within the Axes' place.
    """
    place = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "borderaxespad": LABEL}
    columns = columns or len(handles)
    letters = _letters(ax.get_figure(), columns)
    legend = add_legend(ax, handles, letters, frameon=False, ncols=columns, **place)
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
