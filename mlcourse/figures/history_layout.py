"""The places of a fit's panels in their figure, in inches: rows of Axes, legends, and a title."""

import textwrap

import numpy as np
from matplotlib.figure import Figure

from mlcourse.figures.history_legend import add_legend

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
