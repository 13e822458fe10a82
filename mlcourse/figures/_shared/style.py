"""Style of all figures: colors that hold under deuteranopia, and text sizes for a projector.

The colors are those of Okabe and Ito (2008), with a darker RED and PURPLE: theirs look like ORANGE
and GREEN under deuteranopia. The style has a light and a dark form: artists read `ink`, `paper`,
`on_paper`, `tint` and `in_style` instead of black, white and pale colors.
"""

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.colors import LinearSegmentedColormap, to_rgb

BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
RED = "#C94E00"
PURPLE = "#9A4585"
SKY = "#56B4E9"
YELLOW = "#F0E442"
GREY = "#7F7F7F"
VIOLET = "#5B3A8E"
BROWN = "#8B4513"
CRIMSON = "#A0003C"
BLACK = "#000000"
CYCLE = (BLUE, RED, GREEN, PURPLE, ORANGE, SKY)
_MORE_COLORS = (BLACK, VIOLET, BROWN, "#6B6B00", CRIMSON, "#00706B", GREY, "#3B3BFF")
COLORS_AND_MARKERS = tuple(zip((*CYCLE, *_MORE_COLORS), "os^Dv<>PXphd8H", strict=True))
"""Pairs of a color and a marker, for more curves than colors alone can distinguish."""

DARK_PAPER = "#1C1C1F"
LIGHT_INK = "#E8E8E8"

WEIGHTS = LinearSegmentedColormap.from_list("weights", [BLUE, "#C8C8C8", RED])
OUTPUTS = LinearSegmentedColormap.from_list("outputs", ["#A58BD0", "#FFFFFF", "#F2B632"])
PROBABILITIES = LinearSegmentedColormap.from_list(
    "probabilities", ["#8FC0DE", "#FFFFFF", "#F0B48C"]
)
"""Diverging colormaps, whose center is 0 or a probability of 0.5. Text in the color of `ink` is
legible on every color of OUTPUTS."""
HEIGHTS = LinearSegmentedColormap.from_list("heights", ["#FFFFFF", "#C9D6DF", "#8DA3B3"])
"""Sequential colormap of the height of a surface."""
_DARK_COLORMAPS = {
    "weights": [SKY, "#4A4A4E", "#F0823C"],
    "outputs": ["#6A4FB0", DARK_PAPER, "#8A5E00"],
    "heights": [DARK_PAPER, "#2C363E", "#44545F"],
}


def in_style(colormap):
    """Return the form of WEIGHTS, OUTPUTS or HEIGHTS for the current style."""
    if not is_dark():
        return colormap
    return LinearSegmentedColormap.from_list(colormap.name, _DARK_COLORMAPS[colormap.name])


def tint(color, strength):
    """Return a color mixed with the background, on which text in the color of `ink` is legible.

    Args:
        color: a color of Matplotlib.
        strength: fraction of the color, from 0 (the background) to 1.
    """
    return _mix(color, paper(), strength)


def on_paper(color):
    """Return a color that is visible on the background.

    It is the color itself in a light style. In a dark style black becomes the text color, and other
    colors are lightened to a contrast of 3 to 1 (WCAG 2, for graphics).
    """
    if not is_dark():
        return color
    if to_rgb(color) == to_rgb(BLACK):
        return ink()
    return _lightened(color, paper())


def contrast(color, other):
    """Return the contrast of two colors, from 1 to 21.

    Source: Web Content Accessibility Guidelines 2.2, "contrast ratio".
    """
    low, high = sorted((_luminance(color), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _lightened(color, background):
    """Return a color, lightened if its contrast to a dark background is below 3 to 1."""
    shades = [_mix(color, "white", strength) for strength in np.linspace(1, 0, 21)]
    return next(shade for shade in shades if contrast(shade, background) >= 3)


def _mix(color, other, strength):
    """Return a color mixed with another one, by the fraction of the first."""
    channels = zip(to_rgb(color), to_rgb(other), strict=True)
    return tuple(base - strength * (base - channel) for channel, base in channels)


def _luminance(color):
    """Return the relative luminance of a color, from 0 to 1."""
    channels = np.array(to_rgb(color))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def ink():
    """Return the text color of the current style, for lines and marks on the background."""
    return mpl.rcParams["text.color"]


def paper():
    """Return the background color of Axes in the current style, white if it is transparent."""
    for name in ("axes.facecolor", "figure.facecolor"):
        if mpl.colors.to_rgba(mpl.rcParams[name])[3]:
            return mpl.rcParams[name]
    return "white"


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

_INK_SETTINGS = (
    "text.color",
    "axes.labelcolor",
    "axes.edgecolor",
    "xtick.color",
    "ytick.color",
    "lines.color",
    "patch.edgecolor",
    "hatch.color",
)
_PAPER_SETTINGS = "axes.facecolor", "figure.facecolor", "figure.edgecolor"
_PANES = {f"axes3d.{axis}axis.panecolor": "#2A2A2E" for axis in "xyz"}
_DARK_COLORS = {
    **dict.fromkeys(_INK_SETTINGS, LIGHT_INK),
    **dict.fromkeys(_PAPER_SETTINGS, DARK_PAPER),
    **_PANES,
    "grid.color": "#8A8A8E",
}
_DEFAULTS: dict = dict(mpl.rcParamsDefault)
LIGHT_STYLE = STYLE | {name: _DEFAULTS[name] for name in _DARK_COLORS}
"""`STYLE` with dark text on white, also after another style was set."""
DARK_CYCLE = tuple(_lightened(color, DARK_PAPER) for color in CYCLE)
DARK_STYLE = STYLE | _DARK_COLORS | {"axes.prop_cycle": cycler(color=DARK_CYCLE)}
"""`STYLE` with light text on a dark background, for a dark theme of JupyterLab."""
