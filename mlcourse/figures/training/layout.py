"""Positions of the panels of training curves, and their legends."""

import textwrap

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mlcourse.history import base, is_validation

LOOK = {
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


def add_legend(panel, width, max_height=np.inf):
    """Put a legend above a panel's Axes, and return its height in inches.

    Args:
        panel: a `Panel`.
        width: inches that it may take: the Axes, and what is left of them.
        max_height: inches that it may take; its last entry counts the entries without a place.
    """
    entries = legend_entries(panel)
    if not entries:
        return 0.0
    legend, box, n_columns = _widest(panel, entries, width)
    if box.width > width:
        n_letters = int(max(len(label) for _, label in entries) * width / box.width) - 2
        entries = [(handle, _shortened(label, n_letters)) for handle, label in entries]
        legend, box, n_columns = _widest(panel, entries, width)
    if box.height > max_height and len(entries) > 1:
        line = box.height / -(-len(entries) // n_columns)
        n_kept = max(int(max_height / line), 1) * n_columns - 1
        rest = Line2D([], [], ls=""), f"and {len(entries) - n_kept} more"
        legend, box, _ = _widest(panel, [*entries[:n_kept], rest], width)
    inside = panel.axes.bbox.width / panel.axes.get_figure().dpi
    left = min(max(box.width - inside, 0), max(width - inside, 0))
    legend.set_bbox_to_anchor((-left / inside, 1), panel.axes.transAxes)
    return box.height


def legend_entries(panel):
    """Return handles with their labels.

    One metric has an entry for training and one for validation. Of several each has one entry, and
    one more says which lines are of the validation.
    """
    own = [key for key in panel.lines if isinstance(key, str)]
    labels = dict(panel.labels)
    if len({base(key) for key in own}) > 1:
        for key in own:
            labels[key] = base(key) if key == base(key) or base(key) not in own else None
    entries = [(_sample(panel, key), label) for key, label in labels.items() if label is not None]
    if len(own) > 2 and len({base(key) for key in own}) > 1 and any(map(is_validation, own)):
        entries.append((Line2D([], [], color=panel.ink, lw=1.6, ls=":"), "validation"))
    if panel.target is not None:
        entries.append((panel.target_line, f"target {panel.target:g}"))
    if panel.has_gaps:
        entries.append((gap_sample(panel), GAP_LABEL))
    return entries


def gap_sample(panel):
    """Return the handle of the crosses where a value is no number."""
    return Line2D([], [], color=panel.ink, ls="", marker="x", ms=6, mew=1.5)


def write_labels(legend, labels, ink):
    """Write the labels of a legend as they are: "$" is no formula, a "_" in front hides none."""
    for text, label in zip(legend.get_texts(), labels, strict=True):
        text.set(text=label, parse_math=False, color=ink)


def _shortened(label, n_letters):
    """Return a label of so many letters at most; "(validation)" is more than its metric's name."""
    if label.endswith(" (validation)"):
        return "validation"
    return label if len(label) <= n_letters else label[: max(n_letters - 1, 1)] + "…"


def _sample(panel, key):
    """Return a line that looks as a curve, with the marker that tells it from others."""
    line = panel.lines[key]
    style = {"color": line.get_color(), "lw": line.get_linewidth(), "ls": line.get_linestyle()}
    return Line2D([], [], marker=panel.marker(key), ms=5, **style)


def _widest(panel, entries, width):
    """Return a legend of as many columns as fit into that width, its box in inches, and columns."""
    handles, labels = zip(*entries, strict=True)
    to_inches = panel.axes.get_figure(root=True).dpi_scale_trans.inverted()
    for n_columns in range(min(MAX_COLUMNS, len(entries)), 0, -1):
        # Matplotlib leaves out a label that begins with "_", so the texts come afterwards
        legend = panel.axes.legend(handles, [""] * len(labels), ncols=n_columns, **LOOK)
        legend.set_bbox_to_anchor((0, 1), panel.axes.transAxes)
        write_labels(legend, labels, panel.ink)
        box = legend.get_window_extent().transformed(to_inches)
        if box.width <= width:
            break
    return legend, box, n_columns


LEFT, RIGHT, BOTTOM = 0.85, 0.22, 0.64  # inches beside the Axes, for their labels, and below
TOP, LINE = 0.12, 0.21  # inches above the Axes, and of each line of a title
TITLE = 0.054  # inches above the title
LABEL = 0.64  # inches, from a label to the Axes
LEGEND_LEFT = 0.75  # inches that a legend may begin before its Axes
MIN_WIDTH, MIN_HEIGHT = 2.7, 1.5  # inches, of a panel with its labels, and of Axes
LARGE, SMALL = 13, 10  # points: a title that is too long for its figure shrinks, and then wraps


class Layout:
    """Places panels beside each other and in rows.

    Each panel is `MIN_WIDTH` inches wide at least, but two have room beside each other in any
    figure. Where the Axes were lower than `MIN_HEIGHT`, or a legend took more than a quarter of its
    row, the figure grows in height. It does so once, as soon as there are curves: then a live
    picture keeps its size.

    Args:
        figure: the Figure, or a SubFigure, which never grows.
        title: its title, a Text.

    Attributes:
        state: what the places depend on.
    """

    def __init__(self, figure, title):
        self._figure, self._title, self._text = figure, title, ""
        self._n_lines, self._n_rows, self.state = 0, None, None

    def entitle(self, text, running):
        """Sets the title. While a fit runs, the room for it does not shrink.

        Args:
            text: of the title.
            running: whether the fit goes on.
        """
        if text != self._text:
            self._text = text
            self._title.set(text=text, fontsize=LARGE)
            over = self._title_width()
            self._title.set_fontsize(max(SMALL, LARGE / max(over, 1)))
            n_letters = max(map(len, text.splitlines()), default=0)
            while self._title_width() > 1 and n_letters > 8:
                n_letters = int(n_letters * min(0.97, 0.99 / self._title_width()))
                lines = [textwrap.fill(line, max(n_letters, 8)) for line in text.splitlines()]
                self._title.set_text("\n".join(lines))
        n_lines = self._title.get_text().count("\n") + 1 if text else 0
        self._n_lines = max(self._n_lines, n_lines) if running else n_lines

    def _title_width(self):
        """Returns the title's width as a fraction of what it may take."""
        return self._title.get_window_extent().width / (0.98 * self._figure.bbox.width)

    @property
    def head(self):
        """The inches that the title takes."""
        return TOP + LINE * self._n_lines

    def arrange(self, panels, has_curves, legends=True, above=0.0):
        """Places panels and their legends; does nothing while nothing has changed.

        Args:
            panels: those that are visible.
            has_curves: whether there are curves, so that the height is decided.
            legends: whether each has a legend.
            above: inches for a legend of all of them, below the title.
        """
        curves = [(id(panel), len(panel.lines), panel.target, panel.has_gaps) for panel in panels]
        asked = curves, self.head, legends, above
        if self.state == (asked, *self._figure.bbox.size):
            return
        rows, head = self._rows(panels), self.head + above
        self._place(rows, head, np.zeros(len(rows)))
        if legends:
            heights = self._add_legends(rows)
            if not has_curves:  # there will be legends
                heights = np.full(len(rows), LINE)
        else:
            heights = np.zeros(len(rows))
        lowest = max(MIN_HEIGHT, 3 * heights.max() - BOTTOM)
        needed = head + (heights + BOTTOM).sum() + len(rows) * lowest + (len(rows) - 1) * TOP
        if needed > self._height and not self._may_grow and legends:
            heights = self._add_legends(rows, (self._height - head) / len(rows) / 4)
        elif needed > self._height and self._may_grow:
            self._figure.set_figheight(needed)
        self._place(rows, head, heights)
        self._n_rows = len(rows) if has_curves else None
        self.state = asked, *self._figure.bbox.size

    @property
    def _height(self):
        return self._figure.bbox.height / self._figure.dpi  # a SubFigure's too

    @property
    def _may_grow(self):
        return self._n_rows is None and isinstance(self._figure, Figure)

    def _rows(self, panels):
        """Returns the panels row by row, as many in each but the last."""
        width = self._figure.bbox.width / self._figure.dpi
        n_columns = max(int((width - RIGHT) / MIN_WIDTH), 2)
        n_rows = self._n_rows or -(-len(panels) // n_columns)
        n_columns = -(-len(panels) // n_rows)
        return [panels[i : i + n_columns] for i in range(0, len(panels), n_columns)]

    def _add_legends(self, rows, max_height=np.inf):
        """Adds the legends, and returns how many inches those of each row take."""
        width = (self._figure.bbox.width / self._figure.dpi - RIGHT) / len(rows[0])
        width = width - LEFT + LEGEND_LEFT
        return np.array(
            [max(add_legend(panel, width, max_height) for panel in row) for row in rows]
        )

    def _place(self, rows, head, legends):
        """Puts the Axes into their places, all of one size, and the title above them."""
        width, height = self._figure.bbox.size / self._figure.dpi
        each = (width - RIGHT) / len(rows[0])
        free = height - head - (legends + BOTTOM).sum() - (len(rows) - 1) * TOP
        inner = max(each - LEFT, each / 10), max(free / len(rows), height / len(rows) / 10)
        top = height - head
        for row, legend in zip(rows, legends, strict=True):
            bottom = top - legend - inner[1]
            for number, panel in enumerate(row):
                inches = number * each + LEFT, bottom, *inner
                panel.axes.set_position(np.divide(inches, (width, height, width, height)))
                panel.axes.yaxis.set_label_coords(-LABEL / inner[0], 0.5)
                panel.fit_ticks()
            top = bottom - BOTTOM - TOP
        self._title.set_y(1 - TITLE / height)
