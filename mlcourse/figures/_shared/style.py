"""The look of every figure: the colours of Okabe and Ito (2008), and text fit for a projector."""

import matplotlib as mpl
from cycler import cycler
from matplotlib.colors import LinearSegmentedColormap, to_rgb

BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, YELLOW, GREY = "#CC79A7", "#56B4E9", "#F0E442", "#7F7F7F"
VIOLET, BROWN, CRIMSON = "#5B3A8E", "#8B4513", "#A0003C"
CYCLE = (BLUE, RED, GREEN, PURPLE, ORANGE, SKY)
_MORE = ("#000000", VIOLET, BROWN, "#6B6B00", CRIMSON, "#00706B", GREY, "#3B3BFF")
LOOKS = tuple(zip((*CYCLE, *_MORE), "os^Dv<>PXphd8H", strict=True))
"""Colours with a marker each, for more curves than colours alone can tell apart."""

WEIGHTS = LinearSegmentedColormap.from_list("weights", [BLUE, "#C8C8C8", RED])
OUTPUTS = LinearSegmentedColormap.from_list("outputs", ["#A58BD0", "#FFFFFF", "#F2B632"])
PROBABILITIES = LinearSegmentedColormap.from_list(
    "probabilities", ["#8FC0DE", "#FFFFFF", "#F0B48C"]
)
"""Diverging: their middle is for 0, or for one half. Black text can be read on all of OUTPUTS."""


def tint(colour, share):
    """Returns a colour mixed with white, of which it keeps this share."""
    return tuple(1 - share * (1 - part) for part in to_rgb(colour))


def ink():
    """Return the colour of lines and marks on the background: that of text in the current style."""
    return mpl.rcParams["text.color"]


def paper():
    """Return the colour behind what Axes show, in the current style."""
    return mpl.rcParams["axes.facecolor"]


def is_dark():
    """Return whether the current style has light text on a dark background."""
    return sum(to_rgb(ink())) > sum(to_rgb(paper()))


STYLE = {
    "axes.prop_cycle": cycler(color=CYCLE),
    "figure.dpi": 100,
    "figure.constrained_layout.use": True,
    "font.size": 12,
    "axes.titlesize": 13,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "legend.frameon": False,
}
"""Settings for `matplotlib.rcParams`, which `setup_notebook` makes a notebook's own."""
