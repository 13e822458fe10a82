"""Style of all figures: the colors of Okabe and Ito (2008), and text sizes for a projector."""

import matplotlib as mpl
from cycler import cycler
from matplotlib.colors import LinearSegmentedColormap, to_rgb

BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
RED = "#D55E00"
PURPLE = "#CC79A7"
SKY = "#56B4E9"
YELLOW = "#F0E442"
GREY = "#7F7F7F"
VIOLET = "#5B3A8E"
BROWN = "#8B4513"
CRIMSON = "#A0003C"
CYCLE = (BLUE, RED, GREEN, PURPLE, ORANGE, SKY)
_MORE_COLORS = ("#000000", VIOLET, BROWN, "#6B6B00", CRIMSON, "#00706B", GREY, "#3B3BFF")
COLORS_AND_MARKERS = tuple(zip((*CYCLE, *_MORE_COLORS), "os^Dv<>PXphd8H", strict=True))
"""Pairs of a color and a marker, for more curves than colors alone can distinguish."""

WEIGHTS = LinearSegmentedColormap.from_list("weights", [BLUE, "#C8C8C8", RED])
OUTPUTS = LinearSegmentedColormap.from_list("outputs", ["#A58BD0", "#FFFFFF", "#F2B632"])
PROBABILITIES = LinearSegmentedColormap.from_list(
    "probabilities", ["#8FC0DE", "#FFFFFF", "#F0B48C"]
)
"""Diverging colormaps, whose center is 0 or a probability of 0.5. Black text is legible on every
color of OUTPUTS."""


def tint(color, strength):
    """Return a color mixed with white.

    Args:
        color: a color of Matplotlib.
        strength: fraction of the color, from 0 (white) to 1.
    """
    return tuple(1 - strength * (1 - channel) for channel in to_rgb(color))


def ink():
    """Return the text color of the current style, for lines and marks on the background."""
    return mpl.rcParams["text.color"]


def paper():
    """Return the background color of Axes in the current style."""
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
"""Values of `matplotlib.rcParams` that `setup_notebook` sets in a notebook."""
