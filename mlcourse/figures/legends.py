"""Looks of many curves, and legends that hide none of them."""

from mlcourse.figures.style import LOOKS

LETTER = 0.085  # inches that a letter of 10 points takes
LABEL = 4  # lines of text that the ticks and the label below Axes take


def look(number):
    """Returns the colour and the marker of the curve of that number."""
    turns, place = divmod(number, len(LOOKS))
    return LOOKS[place][0], LOOKS[(place + turns) % len(LOOKS)][1]


def legend_beside(ax, handles=None):
    """Puts the legend to the right of the Axes, and makes room for it within their place.

    Its lines are those of the artists that have a label, unless `handles` are given.
    """
    handles = ax.get_legend_handles_labels()[0] if handles is None else handles
    columns = 1 + (len(handles) - 1) // 16
    place = {"loc": "upper left", "bbox_to_anchor": (1, 1), "borderaxespad": 0.5}
    legend = ax.legend(handles=handles, fontsize=10, ncols=columns, **place)
    if _has_no_layout(ax):
        over = (legend.get_window_extent().x1 - ax.bbox.x1) / ax.get_figure().bbox.width
        own, cell = ax.get_position(), _cell(ax)
        width = max(cell.width - over, cell.width / 3)
        ax.set_position((cell.x0, own.y0, width, own.height))


def legend_below(ax, handles, columns=None):
    """Puts a legend below the Axes' label, in a row unless it is to have so many columns.

    It makes room for it within the Axes' place.
    """
    place = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "borderaxespad": LABEL}
    look = {"fontsize": 10, "frameon": False, "ncols": columns or len(handles)}
    legend = ax.legend(handles=handles, **look, **place)
    if _has_no_layout(ax):
        more = 1.6 * legend.get_window_extent().height / ax.get_figure().bbox.height
        own, cell = ax.get_position(), _cell(ax)
        ax.set_position((own.x0, cell.y0 + more, own.width, cell.height - more))


def legend_of_figure(fig, handles):
    """Puts a legend below all Axes of a Figure with a layout: in one row if that has room."""
    columns = len(handles) if width_of(handles) < fig.bbox.width / fig.dpi else 1
    fig.legend(handles=handles, loc="outside lower right", ncols=columns, fontsize=10)


def width_of(handles):
    """Returns about how many inches a legend of one row takes, in 10 points."""
    return LETTER * sum(6 + len(one.get_label()) for one in handles)


def _has_no_layout(ax):
    """Whether nothing else makes room: a layout engine would."""
    return ax.get_figure().get_layout_engine() is None


def _cell(ax):
    """Returns the place that the Axes had at first, so that a second legend takes no more of it."""
    cell = ax.get_subplotspec()
    return cell.get_position(ax.get_figure()) if cell else ax.get_position()
