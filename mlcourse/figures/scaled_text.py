"""Text that is part of a drawing: it grows with it, and goes where nobody could read it."""

import math
from dataclasses import dataclass, field
from functools import lru_cache

import matplotlib as mpl
from matplotlib.text import Text
from matplotlib.textpath import TextPath

LEGIBLE, SMALLEST = 10, 6
"""Points: what a layout aims for, and below which text is left away, when nobody can read it."""
BASE = 0.05
"""Size of titles and captions in a picture 1 high, unless that would not be legible."""
PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
"""A box behind a text, for `bbox`; it takes the colour of the figure."""


@dataclass(frozen=True)
class Word:
    """A text in a picture.

    Attributes:
        x, y: of its centre, in data coordinates.
        text: plain, or LaTeX between dollars.
        size: of its font, in data units of the y axis.
        options: of `matplotlib.text.Text`.
    """

    x: float
    y: float
    text: str
    size: float
    options: dict = field(default_factory=dict)


class ScaledText(Text):
    """Text whose size is a length in its Axes, like that of a circle, whatever the figure's size.

    Args:
        word: the `Word` to write.
        largest: in points, however large the Axes.
    """

    def __init__(self, word, largest=math.inf):
        centred = {"ha": "center", "va": "center_baseline", "clip_on": True}
        super().__init__(word.x, word.y, word.text, **centred | word.options)
        self.size, self._largest = word.size, largest
        self.set_in_layout(False)

    def set_figure(self, fig):
        """Belongs to a figure from now on; the box behind the text has its colour."""
        super().set_figure(fig)
        if self.get_bbox_patch() is not None:
            self.get_bbox_patch().set_facecolor(fig.get_figure(root=True).get_facecolor())

    def points(self):
        """Returns the size of the font in points, at the present size of the Axes."""
        origin, top = self.axes.transData.transform([(0, 0), (0, self.size)])
        scaled = abs(top[1] - origin[1]) * 72 / self.get_figure(root=True).dpi
        return min(scaled, self._largest)

    def get_visible(self):
        """Whether the text is shown: it is large enough to be read."""
        return super().get_visible() and (self.axes is None or self.points() >= SMALLEST - 1e-6)

    def get_window_extent(self, renderer=None, dpi=None):
        """Returns the box around the text, in pixels."""
        self._fit()
        return super().get_window_extent(renderer, dpi)

    def draw(self, renderer):
        """Draws the text in the size that fits the Axes."""
        self._fit()
        super().draw(renderer)

    def _fit(self):
        points = self.points()
        if abs(points - self.get_fontsize()) > 1e-6:
            self.set_fontsize(points)


def extent(text):
    """Returns the width and the height of a text, in sizes of its font."""
    fonts = mpl.rcParams["mathtext.fontset"], *mpl.rcParams["font.family"]
    return _extent(text, fonts) if text else (0.0, 0.0)


@lru_cache(maxsize=512)
def _extent(text, fonts):
    box = TextPath((0, 0), text, size=100).get_extents()
    return box.width / 100, box.height / 100
