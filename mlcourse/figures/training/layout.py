"""Layout of the panels of training curves, and their legends."""

import textwrap

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mlcourse.figures._shared.text import figure_text
from mlcourse.history import base, is_validation

LEGEND_STYLE = {
    "loc": "lower left",
    "borderaxespad": 0.1,
    "borderpad": 0.2,
    "labelspacing": 0.25,
    "columnspacing": 1.2,
    "handlelength": 1.8,
    "fontsize": 10,
    "frameon": False,
}
MAX_COLUMNS = 4
GAP_LABEL = "NaN or infinity"


def add_legend(panel, entries, width, max_height=np.inf):
    """Add a legend above the Axes of a panel, and return its height in inches.

    Args:
        panel: a `Panel`.
        entries: pairs of handle and label.
        width: the largest width in inches, from the left of the Axes' labels on.
        max_height: the largest height in inches. If entries do not fit, the last one counts them.
    """
    if not entries:
        if panel.axes.get_legend():
            panel.axes.get_legend().remove()
        return 0.0
    legend, box, n_columns = _widest(panel, entries, width)
    if box.width > width:
        n_letters = int(max(len(label) for _, label in entries) * width / box.width) - 2
        entries = [(handle, _shortened(label, n_letters)) for handle, label in entries]
        legend, box, n_columns = _widest(panel, entries, width)
    if box.height > max_height and len(entries) > 1:
        line = box.height / -(-len(entries) // n_columns)
        n_entries = max(int(max_height / line), 1) * n_columns - 1
        rest = Line2D([], [], ls=""), f"and {len(entries) - n_entries} more"
        legend, box, _ = _widest(panel, [*entries[:n_entries], rest], width)
    axes_width = panel.axes.bbox.width / panel.axes.get_figure().dpi
    left = min(max(box.width - axes_width, 0), max(width - axes_width, 0))
    legend.set_bbox_to_anchor((-left / axes_width, 1), panel.axes.transAxes)
    return box.height


def legend_entries(panel):
    """Return pairs of handle and label.

    A single metric has an entry for training and one for validation, because the y label names it;
    training alone has none. Several metrics have one entry each, and there is one entry for
    validation.
    """
    own = [key for key in panel.lines if isinstance(key, str)]
    names = {base(key) for key in own}
    labels = dict(panel.labels)
    for key in own:
        if len(names) > 1:
            labels[key] = base(key) if key == base(key) or base(key) not in own else None
        elif is_validation(key):
            labels[key] = "validation"
        elif panel.axes.get_ylabel() != key.replace("_", " "):
            labels[key] = key
        else:
            labels[key] = "training" if len(labels) > 1 else None
    entries = [(_handle(panel, key), label) for key, label in labels.items() if label is not None]
    if len(own) > 2 and len(names) > 1 and any(map(is_validation, own)):
        entries.append((Line2D([], [], color=panel.ink, lw=1.6, ls=":"), "validation"))
    if panel.target is not None:
        entries.append((panel.target_line, f"target {panel.target:g}"))
    if panel.has_gaps:
        entries.append((gap_handle(panel), GAP_LABEL))
    return entries


def _new_entries(panels):
    """Return the legend entries of each panel, without those that an earlier panel has."""
    shown = set()
    found = []
    for panel in panels:
        entries = {_look(*entry): entry for entry in legend_entries(panel)}
        found.append([entry for look, entry in entries.items() if look not in shown])
        shown.update(entries)
    return found


def _look(handle, label):
    """Return what a legend entry explains: a style of all curves, or the curves of one color."""
    if label in ("training", "validation"):
        return label
    return label, handle.get_color(), handle.get_linestyle(), handle.get_marker()


def gap_handle(panel):
    """Return the legend handle of NaN or infinite values."""
    return Line2D([], [], color=panel.ink, ls="", marker="x", ms=6, mew=1.5)


def write_labels(legend, labels, ink):
    """Set the labels of a legend literally, without formulas and hidden "_" labels."""
    for text, label in zip(legend.get_texts(), labels, strict=True):
        text.set(text=figure_text(label), parse_math=False, color=ink)


def _shortened(label, n_letters):
    """Return a label with at most `n_letters`."""
    return label if len(label) <= n_letters else label[: max(n_letters - 1, 1)] + "…"


def _handle(panel, key):
    """Return the legend handle of a curve."""
    line = panel.lines[key]
    style = {"color": line.get_color(), "lw": line.get_linewidth(), "ls": line.get_linestyle()}
    return Line2D([], [], marker=panel.marker(key), ms=5, **style)


def _widest(panel, entries, width):
    """Return a legend with as many columns as fit, its box in inches, and the columns."""
    handles, labels = zip(*entries, strict=True)
    to_inches = panel.axes.get_figure(root=True).dpi_scale_trans.inverted()
    for n_columns in range(min(MAX_COLUMNS, len(entries)), 0, -1):
        # Matplotlib hides labels that begin with "_", so the texts are set afterwards
        legend = panel.axes.legend(handles, [""] * len(labels), ncols=n_columns, **LEGEND_STYLE)
        legend.set_bbox_to_anchor((0, 1), panel.axes.transAxes)
        write_labels(legend, labels, panel.ink)
        box = legend.get_window_extent().transformed(to_inches)
        if box.width <= width:
            break
    return legend, box, n_columns


# Margins of the Axes, in inches
LEFT = 0.85
RIGHT = 0.22
BOTTOM = 0.64
TOP = 0.12
# Other lengths, in inches
LINE = 0.21  # height of a line of the title
TITLE_MARGIN = 0.054  # above the title
LABEL_DISTANCE = 0.64  # from the y label to the Axes
LEGEND_LEFT = 0.75  # a legend may begin so far left of its Axes
MIN_WIDTH = 2.7  # of a panel with its labels
MIN_HEIGHT = 1.5  # of Axes
# Font sizes, in points: a title that is too long for its figure is smaller, and then wrapped
LARGE = 13
SMALL = 10


class Layout:
    """Position panels in rows and columns.

    Panels are at least `MIN_WIDTH` wide, except that any figure has space for two. If the Axes
    would be lower than `MIN_HEIGHT`, or a legend would take more than a quarter of its row, the
    height of the figure increases. It changes only once, when there are curves, so that a live
    figure has a constant size.

    Args:
        figure: a Figure, or a SubFigure, whose size does not change.
        title: the Text of the title.

    Attributes:
        state: all values that the layout depends on.
    """

    def __init__(self, figure, title):
        self._figure = figure
        self._title = title
        self._text = ""
        self._n_lines = 0
        self._n_rows = None
        self.state = None

    def set_title(self, text, running):
        """Set the title. During a fit, the space for it does not shrink.

        Args:
            text: the title.
            running: whether the fit is running.
        """
        text = figure_text(text)
        if text != self._text:
            self._text = text
            self._title.set(text=text, fontsize=LARGE)
            relative_width = self._title_width()
            self._title.set_fontsize(max(SMALL, LARGE / max(relative_width, 1)))
            n_letters = max(map(len, text.splitlines()), default=0)
            while self._title_width() > 1 and n_letters > 8:
                n_letters = int(n_letters * min(0.97, 0.99 / self._title_width()))
                lines = [textwrap.fill(line, max(n_letters, 8)) for line in text.splitlines()]
                self._title.set_text("\n".join(lines))
        n_lines = self._title.get_text().count("\n") + 1 if text else 0
        self._n_lines = max(self._n_lines, n_lines) if running else n_lines

    def _title_width(self):
        """Return the width of the title as a fraction of the available width."""
        return self._title.get_window_extent().width / (0.98 * self._figure.bbox.width)

    @property
    def title_height(self):
        """The height of the title in inches."""
        return TOP + LINE * self._n_lines

    def arrange(self, panels, has_curves, legends=True, legend_height=0.0, label_width=0.0):
        """Position panels and their legends, if something has changed.

        Args:
            panels: the visible panels.
            has_curves: whether there are curves; then the height of the figure becomes final.
            legends: whether each panel has a legend.
            legend_height: height in inches of a common legend below the title.
            label_width: width in inches of labels to the right of each Axes.
        """
        curves = [(id(panel), len(panel.lines), panel.target, panel.has_gaps) for panel in panels]
        state = curves, self.title_height, legends, legend_height, label_width
        if self.state == (state, *self._figure.bbox.size):
            return
        rows = self._rows(panels)
        top = self.title_height + legend_height
        self._position(rows, top, np.zeros(len(rows)), label_width)
        heights = np.zeros(len(rows))
        if legends:
            heights = self._add_legends(rows)
            if not has_curves:  # reserve a line for the legends
                heights = np.full(len(rows), LINE)
        min_height = max(MIN_HEIGHT, 3 * heights.max() - BOTTOM)
        needed = top + (heights + BOTTOM).sum() + len(rows) * min_height + (len(rows) - 1) * TOP
        if needed > self._height and not self._can_grow and legends:
            heights = self._add_legends(rows, (self._height - top) / len(rows) / 4)
        elif needed > self._height and self._can_grow:
            self._figure.set_figheight(needed)
        self._position(rows, top, heights, label_width)
        self._n_rows = len(rows) if has_curves else None
        self.state = state, *self._figure.bbox.size

    @property
    def _height(self):
        return self._figure.bbox.height / self._figure.dpi  # also for a SubFigure

    @property
    def _can_grow(self):
        return self._n_rows is None and isinstance(self._figure, Figure)

    def _rows(self, panels):
        """Return a list of rows of panels, of the same length except for the last."""
        width = self._figure.bbox.width / self._figure.dpi
        n_columns = max(int((width - RIGHT) / MIN_WIDTH), 2)
        n_rows = self._n_rows or -(-len(panels) // n_columns)
        n_columns = -(-len(panels) // n_rows)
        return [panels[i : i + n_columns] for i in range(0, len(panels), n_columns)]

    def _add_legends(self, rows, max_height=np.inf):
        """Add the legends, and return the height in inches for each row."""
        width = (self._figure.bbox.width / self._figure.dpi - RIGHT) / len(rows[0])
        width = width - LEFT + LEGEND_LEFT
        entries = iter(_new_entries([panel for row in rows for panel in row]))
        return np.array(
            [
                max(add_legend(panel, next(entries), width, max_height) for panel in row)
                for row in rows
            ]
        )

    def axes_size(self, panels, top):
        """Return the width and the height in inches of each Axes below `top` inches."""
        return self._axes_size(self._rows(panels), top, 0.0)

    def _axes_size(self, rows, top, legend_height):
        """Return the size of each Axes, for a total height of the legends of their rows."""
        width, height = self._figure.bbox.size / self._figure.dpi
        panel_width = (width - RIGHT) / len(rows[0])
        free_height = height - top - legend_height - len(rows) * BOTTOM - (len(rows) - 1) * TOP
        return (
            max(panel_width - LEFT, panel_width / 10),
            max(free_height / len(rows), height / len(rows) / 10),
        )

    def _position(self, rows, top, legend_heights, label_width):
        """Position Axes of the same size, and the title above them.

        Args:
            rows: lists of panels.
            top: inches above the first row.
            legend_heights: height of the legends in inches, for each row.
            label_width: width in inches of labels to the right of each Axes.
        """
        width, height = self._figure.bbox.size / self._figure.dpi
        panel_width = (width - RIGHT) / len(rows[0])
        axes_width, axes_height = self._axes_size(rows, top, legend_heights.sum())
        axes_width -= label_width
        row_top = height - top
        for row, legend_height in zip(rows, legend_heights, strict=True):
            bottom = row_top - legend_height - axes_height
            for number, panel in enumerate(row):
                inches = number * panel_width + LEFT, bottom, axes_width, axes_height
                panel.axes.set_position(np.divide(inches, (width, height, width, height)))
                panel.axes.yaxis.set_label_coords(-LABEL_DISTANCE / axes_width, 0.5)
                panel.fit_ticks()
            row_top = bottom - BOTTOM - TOP
        self._title.set_y(1 - TITLE_MARGIN / height)
