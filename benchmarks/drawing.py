"""`draw_neural_net` compared with one artist for each edge and unit, rendering included.

`NeuralNetDisplay.update` changes the weights in an existing figure.
"""

from itertools import cycle, pairwise

import numpy as np
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from benchmarks.timing import Ratio, measure_in_turn
from mlcourse.figures import NeuralNetDisplay, draw_neural_net

RUNS = 5
COLORMAP = colormaps["coolwarm"]
NETWORKS = ([5, *[10] * 6, 5], [130, 130])


def artist_each(ax, weights):
    """Draw a network with a line for each weight and a circle for each unit."""
    sizes = [len(weights[0]), *(matrix.shape[1] for matrix in weights)]
    heights = [np.linspace(0.05, 0.95, size) for size in sizes]
    radius = 0.36 / max(sizes)
    for column, matrix in enumerate(weights):
        for i, row in enumerate(matrix):
            for j, weight in enumerate(row):
                ends = [column, column + 1], [heights[column][i], heights[column + 1][j]]
                color = COLORMAP(0.5 + weight / 8)
                ax.add_artist(Line2D(*ends, color=color, lw=0.4 + abs(weight) / 2, zorder=1))
    for column, ys in enumerate(heights):
        for y in ys:
            ax.add_artist(Circle((column, y), radius, fc="lightblue", ec="black", zorder=3))
    ax.set(xlim=(-0.2, len(weights) + 0.2), ylim=(0, 1))
    ax.set_axis_off()


def new_figure(draw):
    """Return a figure of 6 x 4 inches, and the result of a function that draws on its Axes."""
    figure = Figure(figsize=(6, 4))
    FigureCanvasAgg(figure)
    return figure, draw(figure.add_axes((0, 0, 1, 1)))


def draw_artists(weights):
    """Render a new figure with an artist for each edge and unit."""
    new_figure(lambda ax: artist_each(ax, weights))[0].canvas.draw()


def draw_collections(weights):
    """Render a new figure by `draw_neural_net`, with one collection for each layer."""
    new_figure(lambda ax: draw_neural_net(ax, weights, colorbar=False))[0].canvas.draw()


def updater(weights):
    """Return a function that renders other weights in an existing figure."""
    figure, display = new_figure(lambda ax: NeuralNetDisplay(ax, weights, colorbar=False))

    def update(new_weights):
        display.update(new_weights)
        figure.canvas.draw()

    return update


def with_next(function, networks):
    """Return a function that calls the given one with the next network each time."""
    iterator = cycle(networks)
    return lambda: function(next(iterator))


def rows():
    """Yield the ratios of drawing and of updating, for each network."""
    rng = np.random.default_rng(0)
    for sizes in NETWORKS:
        shapes = list(pairwise(sizes))
        networks = [[rng.normal(size=shape) for shape in shapes] for _ in range(RUNS + 1)]
        functions = {
            "artists": draw_artists,
            "collections": draw_collections,
            "update": updater(networks[0]),
        }
        calls = {name: with_next(function, networks) for name, function in functions.items()}
        measured = measure_in_turn(calls, RUNS)
        n_edges = sum(n_in * n_out for n_in, n_out in shapes)
        for name, action in (("collections", "drawing"), ("update", "updating")):
            task = f"{action} a network of {n_edges:,} edges"
            yield Ratio(task, "one artist per edge", measured[name], measured["artists"])
