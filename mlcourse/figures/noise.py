"""What noise in the gradient does to a descent."""

from matplotlib.figure import Figure

from mlcourse import surfaces
from mlcourse.figures.axes import figure_or_new
from mlcourse.figures.contours import draw_contours
from mlcourse.figures.descent import Optimizers, loss_along
from mlcourse.figures.legends import legend_beside, look
from mlcourse.figures.titles import set_title
from mlcourse.optimizers import find_all, noisy_paths
from mlcourse.surfaces import Surface


def plot_gradient_noise(
    optimizers: Optimizers,
    steps: int = 100,
    fig: Figure | None = None,
    *,
    surface: str | Surface = "noisy_bowl",
    runs: int = 300,
    noise: float | None = None,
    seed: int = 0,
) -> Figure:
    """Draws where descents with noisy gradients end, and their loss on the way; returns the Figure.

    Args:
        optimizers: what `plot_optimizers` takes.
        steps: how many each descent has.
        fig: the Figure to draw in; None for a new one.
        surface: one of `mlcourse.surfaces.SURFACES`, or a `Surface`.
        runs: how many descents each optimizer makes, each with noise of its own.
        noise: standard deviation of what is added to each number of the gradient; None for the
            surface's own.
        seed: of that noise, which is the same for all optimizers.

    Returns:
        The Figure: above where the descents of each optimizer end, below the mean of their heights
        above the minimum by step.

    Raises:
        ValueError: for a name or a number that cannot be; the message says which can.

    >>> len(plot_gradient_noise(["sgd", "adam"], steps=20, runs=10).axes)
    3
    """
    surface = surfaces.find(surface)
    paths = {
        label: noisy_paths(surface, optimizer, steps=steps, runs=runs, noise=noise, seed=seed)
        for label, optimizer in find_all(optimizers).items()
    }
    fig = figure_or_new(fig, (10.5, 6))
    rows = fig.add_gridspec(2, len(paths))
    below = fig.add_subplot(rows[1, :])
    upper: list = []
    lines: list = []
    for number, (label, path) in enumerate(paths.items()):
        colour, marker = look(number)
        above = fig.add_subplot(rows[0, number])
        upper.append(above)
        draw_contours(above, surface)
        shape = {"color": colour, "marker": marker, "mec": "white"}
        above.plot(*path[-1].T, ls="", ms=5, mew=0.3, **shape)
        above.tick_params(labelleft=number == 0)
        above.set_ylabel("y" if number == 0 else "")
        loss = loss_along(surface, path).mean(axis=1)  # NaN from where one of them has run away
        line = {"lw": 2, "ms": 8, "markevery": max(1, steps // 8), **shape}
        lines += below.plot(loss, label=label, **line)
    below.set(yscale="log", xlabel="step", ylabel="mean loss above the minimum")
    below.margins(x=0.02)
    legend_beside(below, lines)
    for above, label in zip(upper, paths, strict=True):
        set_title(above, label, max_lines=3)
    return fig
