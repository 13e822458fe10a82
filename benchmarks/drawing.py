"""A network drawn with an artist for each edge and node, beside `draw_neural_net`, in turn."""

import io
import time
from functools import partial
from itertools import pairwise

import numpy as np
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from mlcourse.figures import NeuralNetDisplay, draw_neural_net

RUNS = 7
COLOURS = colormaps["coolwarm"]
NETWORKS = {
    "[5] + 6 x [10] + [5]": [5, *[10] * 6, 5],
    "[130, 130]": [130, 130],
}


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


def seconds(make):
    """Returns what making a figure takes with its rendering, and with its PNG."""
    start = time.perf_counter()
    figure = make()
    figure.canvas.draw()
    rendered = time.perf_counter() - start
    figure.canvas.print_png(io.BytesIO())
    return rendered, time.perf_counter() - start


def plain(weights):
    """Returns a new figure drawn with an artist each."""
    return new_figure(lambda ax: artist_each(ax, weights))[0]


def ours(weights):
    """Returns a new figure with one collection a layer."""
    return new_figure(lambda ax: draw_neural_net(ax, weights, colorbar=False))[0]


def recolour(weights):
    """Returns a function that shows other weights in a figure that is kept."""
    figure, display = new_figure(lambda ax: NeuralNetDisplay(ax, weights, colorbar=False))

    def shown(others):
        display.update(others)
        return figure

    return shown


def main():
    """Prints the median seconds of each way, and its speed as a ratio to the plain way's."""
    rng = np.random.default_rng(0)
    for name, sizes in NETWORKS.items():
        shapes = list(pairwise(sizes))
        networks = [[rng.normal(size=shape) for shape in shapes] for _ in range(RUNS + 1)]
        ways = {"an artist each": plain, "draw_neural_net": ours, "update": recolour(networks[0])}
        runs = np.array([[seconds(partial(way, net)) for way in ways.values()] for net in networks])
        runs = runs[1:]  # the first one fills the caches
        edges = sum(before * after for before, after in shapes)
        print(f"\n{name}, {edges:,} edges: seconds rendered, and as PNG; times as quick")
        for way, mine in zip(ways, np.moveaxis(runs, 1, 0), strict=True):
            ratios = runs[:, 0] / mine
            low, high = ratios[:, 0].min(), ratios[:, 0].max()
            print(
                f"  {way:16} {np.median(mine[:, 0]):6.3f} {np.median(mine[:, 1]):6.3f}"
                f"   {np.median(ratios[:, 0]):5.1f} ({low:.1f} to {high:.1f})"
                f"   {np.median(ratios[:, 1]):5.1f}"
            )


if __name__ == "__main__":
    main()
