"""The style in its light and dark forms: colors under deuteranopia, and contrasts."""

import itertools

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.quiver import Quiver

from mlcourse import figures
from mlcourse.figures._shared import style
from mlcourse.figures.networks.backpropagation import FACTOR_COLORS, LIGHT_FACTOR_COLORS
from mlcourse.figures.optimizers import sweeps
from mlcourse.figures.optimizers.sweeps import BASIN_COLORS, PALEST_BASIN

DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
"""Linear RGB to what a deuteranope sees: Machado, Oliveira and Fernandes (2009), severity 1."""
RGB_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
D65 = np.array([0.95047, 1.0, 1.08883])
DISTINCT = 23  # ten just noticeable differences of 2.3 (Mahy, Van Eycken and Oosterlinck, 1994)
THEMES = {"light": figures.LIGHT_STYLE, "dark": figures.DARK_STYLE}


def lab(color, is_deuteranope):
    """Return a color as CIE L*a*b*."""
    channels = np.array(to_rgb(color))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    if is_deuteranope:
        linear = np.clip(DEUTERANOPIA @ linear, 0, 1)
    ratios = RGB_TO_XYZ @ linear / D65
    low = 6 / 29
    f = np.where(ratios > low**3, np.cbrt(ratios), ratios / (3 * low**2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(one, other, is_deuteranope=True):
    """Return the CIE 1976 color difference."""
    return float(np.linalg.norm(lab(one, is_deuteranope) - lab(other, is_deuteranope)))


def tints(color, strengths):
    return [style.tint(color, strength) for strength in strengths]


def assert_distinct(colors):
    """Assert that no two colors look alike, for a deuteranope or for others."""
    for one, other in itertools.combinations(colors, 2):
        for is_deuteranope in (True, False):
            assert difference(one, other, is_deuteranope) >= DISTINCT, (one, other, is_deuteranope)


def test_the_simulation_is_that_of_the_paper():
    assert difference("#009E73", "#CC79A7", is_deuteranope=False) > 80
    assert difference("#009E73", "#CC79A7") < 20  # the green and the pink of Okabe and Ito
    assert difference("0.2", "0.7") == pytest.approx(difference("0.2", "0.7", False), abs=0.1)


PALETTES = {
    "curves": style.CYCLE,
    "curves on a dark background": style.DARK_CYCLE,
    "factors": FACTOR_COLORS.values(),
    "factors on a dark background": LIGHT_FACTOR_COLORS.values(),
    "weights": style.WEIGHTS([0.0, 1.0]),
    "outputs": style.OUTPUTS([0.0, 1.0]),
    "probabilities": style.PROBABILITIES([0.0, 1.0]),
    "no convergence": [sweeps.DIVERGED_COLOR, sweeps.UNCONVERGED_COLOR],
}


@pytest.mark.parametrize("name", PALETTES)
def test_a_palette_holds_under_deuteranopia(name):
    assert_distinct(PALETTES[name])


def test_basins_differ_in_all_their_tints():
    strengths = np.linspace(PALEST_BASIN, 1, 5)
    for one, other in itertools.combinations(BASIN_COLORS[:4], 2):
        for pair in itertools.product(tints(one, strengths), tints(other, strengths)):
            assert_distinct(pair)


@pytest.mark.parametrize("color", [sweeps.DIVERGED_COLOR, sweeps.UNCONVERGED_COLOR])
def test_cells_without_convergence_are_no_number_of_steps(color):
    for steps in mpl.colormaps["viridis_r"](np.linspace(0, 1, 50)):
        assert_distinct([color, steps])


def arrow_colors():
    ax = figures.plot_nesterov(None, "Nesterov momentum")
    return [arrow.get_facecolor()[0] for arrow in ax.collections if isinstance(arrow, Quiver)]


def factor_colors():
    weights = [np.ones((2, 2)), np.ones((2, 2))]
    ax = figures.plot_backpropagation(weights, [1, 2], [1, 1], (1, 1, 1))
    lines = [lines for lines in ax.collections if isinstance(lines, LineCollection)]
    thick = [collection for collection in lines if collection.get_linewidth()[0] == 3]
    edges = [color for collection in thick for color in collection.get_color()]
    return list(dict.fromkeys(mpl.colors.to_hex(color) for color in edges))


def bar_colors():
    labels = np.arange(6) % 2
    ax = figures.plot_class_balance({str(part): labels for part in range(4)})
    return [bars.patches[0].get_facecolor() for bars in ax.containers]


def edge_colors():
    weights = [np.array([[1.0, -1.0]])]
    return figures.NeuralNetDisplay(None, weights).edges[0].get_color()


def basin_star_colors():
    ax = figures.plot_basins("momentum", "himmelblau", resolution=5, steps=5)
    return [line.get_color() for line in ax.lines]


BY_COLOR_ALONE = {
    "arrows of a momentum step": arrow_colors,
    "edges of the chain rule": factor_colors,
    "bars of the parts": bar_colors,
    "signs of weights": edge_colors,
    "basins": basin_star_colors,
}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", BY_COLOR_ALONE)
def test_what_only_color_tells_apart_holds_under_deuteranopia(name, theme):
    with mpl.rc_context(THEMES[theme]):
        colors = BY_COLOR_ALONE[name]()
        plt.close("all")
    assert len(colors) >= 2
    assert_distinct(colors)


def test_more_curves_than_colors_have_other_markers():
    pairs = style.COLORS_AND_MARKERS
    assert len({marker for _, marker in pairs}) == len(pairs)


@pytest.mark.parametrize("theme", THEMES)
def test_every_curve_is_visible_on_the_background(theme):
    with mpl.rc_context(THEMES[theme]):
        for color, _ in style.COLORS_AND_MARKERS:
            least = 3 if theme == "dark" else 2.2  # orange and light blue of Okabe and Ito
            assert style.contrast(style.on_paper(color), style.paper()) >= least


@pytest.mark.parametrize(
    ("one", "other", "expected"), [("black", "white", 21), ("white", "white", 1)]
)
def test_contrast_is_that_of_wcag(one, other, expected):
    assert style.contrast(one, other) == style.contrast(other, one) == pytest.approx(expected)


@pytest.mark.parametrize("theme", THEMES)
def test_text_is_legible_on_every_filled_unit(theme):
    with mpl.rc_context(THEMES[theme]):
        for color in style.in_style(style.OUTPUTS)(np.linspace(0, 1, 25)):
            assert style.contrast(color[:3], style.ink()) >= 4.5  # WCAG 2, level AA
        for color, _ in style.COLORS_AND_MARKERS[:6]:
            assert style.contrast(style.tint(color, 0.45), style.ink()) >= 4.5


def test_a_light_style_replaces_a_dark_one():
    with mpl.rc_context(figures.DARK_STYLE):
        assert style.is_dark()
        mpl.rcParams.update(figures.LIGHT_STYLE)
        assert not style.is_dark() and style.paper() == "white"
    assert figures.LIGHT_STYLE.keys() == figures.DARK_STYLE.keys()


def test_transparent_axes_have_the_background_of_the_figure():
    with mpl.rc_context({"axes.facecolor": "none", "figure.facecolor": "#222222"}):
        assert style.paper() == "#222222"
    with mpl.rc_context({"axes.facecolor": "none", "figure.facecolor": "none"}):
        assert style.paper() == "white" and style.tint("red", 0) == (1, 1, 1)
