"""A network drawn by `draw_neural_net` beside an artist for each edge and node, rendered.

`NeuralNetDisplay.update` shows other weights in a picture that is kept.
"""

from itertools import cycle, pairwise

import numpy as np
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from benchmarks.timing import Ratio, interleaved
from mlcourse.figures import NeuralNetDisplay, draw_neural_net

RUNS = 5
COLOURS = colormaps["coolwarm"]
NETWORKS = ([5, *[10] * 6, 5], [130, 130])


def artist_each(ax, weights):
    """Draws the network in the plain way: a line for each weight, a circle for each unit."""
    sizes = [len(weights[0]), *(matrix.shape[1] for matrix in weights)]
    spots = [np.linspace(0.05, 0.95, size) for size in sizes]
    radius = 0.36 / max(sizes)
    for column, matrix in enumerate(weights):
        for i, row in enumerate(matrix):
            for j, weight in enumerate(row):
                ends = [column, column + 1], [spots[column][i], spots[column + 1][j]]
                colour = COLOURS(0.5 + weight / 8)
                ax.add_artist(Line2D(*ends, color=colour, lw=0.4 + abs(weight) / 2, zorder=1))
    for column, ys in enumerate(spots):
        for y in ys:
            ax.add_artist(Circle((column, y), radius, fc="lightblue", ec="black", zorder=3))
    ax.set(xlim=(-0.2, len(weights) + 0.2), ylim=(0, 1))
    ax.set_axis_off()


def new_figure(draw):
    """Returns a figure of 6 x 4 inches with a drawing that fills it."""
    figure = Figure(figsize=(6, 4))
    FigureCanvasAgg(figure)
    return figure, draw(figure.add_axes((0, 0, 1, 1)))


def plain(weights):
    """Renders a new figure drawn with an artist each."""
    new_figure(lambda ax: artist_each(ax, weights))[0].canvas.draw()


def ours(weights):
    """Renders a new figure with one collection a layer."""
    new_figure(lambda ax: draw_neural_net(ax, weights, colorbar=False))[0].canvas.draw()


def recolour(weights):
    """Returns a function that shows other weights in a figure that is kept."""
    figure, display = new_figure(lambda ax: NeuralNetDisplay(ax, weights, colorbar=False))

    def shown(others):
        display.update(others)
        figure.canvas.draw()

    return shown


def in_order(way, networks):
    """Returns a function that does this with another network each time."""
    each = cycle(networks)
    return lambda: way(next(each))


def rows():
    """Yields the ratios of drawing and of recolouring, for each network."""
    rng = np.random.default_rng(0)
    for sizes in NETWORKS:
        shapes = list(pairwise(sizes))
        networks = [[rng.normal(size=shape) for shape in shapes] for _ in range(RUNS + 1)]
        ways = {"plain": plain, "ours": ours, "update": recolour(networks[0])}
        taken = interleaved({name: in_order(way, networks) for name, way in ways.items()}, RUNS)
        edges = sum(before * after for before, after in shapes)
        for name, what in (("ours", "drawn"), ("update", "kept and recoloured")):
            what = f"a network of {edges:,} edges, {what}"
            yield Ratio(what, "an artist for each edge", taken[name], taken["plain"])
