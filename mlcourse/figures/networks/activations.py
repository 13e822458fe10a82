"""Curves of activation functions, and what becomes of a signal in a deep network."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox

from mlcourse import activations
from mlcourse._core import checks
from mlcourse.figures._shared.axes import axes_or_new, figure_or_new
from mlcourse.figures._shared.style import BLUE, RED
from mlcourse.figures._shared.titles import set_title
from mlcourse.initializers import Signal

REACH = 5.0  # of z, on both sides of 0
NEAR = 1.1  # times the size of a legend
SHOWN = 3.0  # of a signal's values, on both sides of 0: three deviations of the input


def plot_activation(
    function: str,
    ax: Axes | None = None,
    derivative: bool = False,
    *,
    legend: bool | None = None,
) -> Axes:
    """Plot an activation function, and return the Axes.

    Softmax takes several numbers: it is applied to all points of the z axis together, so the values
    of the curve add up to 1.

    Args:
        function: one of `mlcourse.activations.ACTIVATIONS`.
        ax: the Axes to draw in; None for a new one.
        derivative: draw the derivative too, dashed. Where it jumps, it is a step.
        legend: whether there is a legend; None for one beside a derivative, where the Axes have
            room for it above the curves.

    Returns:
        The Axes.

    Raises:
        ValueError: if the function is not known; the message lists those that are.

    >>> ax = plot_activation("tanh", derivative=True)
    >>> [line.get_label() for line in ax.lines]
    ['tanh', 'its derivative']
    """
    known = activations.find(function)
    derivative = checks.flag("derivative", derivative)
    legend = legend if legend is None else checks.flag("legend", legend)
    ax = axes_or_new(ax, (5, 3.5))
    z = np.linspace(-REACH, REACH, 401)
    ax.plot(z, known.function(z), color=BLUE, lw=2.5, label=function)
    if derivative:
        if known.corner:  # two values at 0, from the left and from the right
            z = np.insert(z, 201, np.nextafter(0.0, 1))
        slope = known.derivative(z)
        ax.plot(z, slope, color=RED, lw=2.5, ls="--", label="its derivative")
    ax.set(xlabel="z", ylabel="activation", title=f"{function}: ${known.formula}$")
    ax.margins(x=0)
    if legend or (legend is None and derivative):
        added = ax.legend(loc="upper left", fontsize=10)
        if legend is None and _covers_curves(added, ax):
            added.remove()
    return ax


def _covers_curves(legend, ax):
    """Return whether a curve comes near a legend; a layout may still make the Axes smaller."""
    ax.autoscale_view()
    box = legend.get_window_extent()
    right, bottom = box.x0 + NEAR * box.width, box.y1 - NEAR * box.height
    near = Bbox.from_extents(box.x0, bottom, right, box.y1)
    paths = [line.get_path().transformed(line.get_transform()) for line in ax.lines]
    return any(path.intersects_bbox(near, filled=False) for path in paths)


def plot_signal_propagation(signals: Mapping[str, Signal], fig: Figure | None = None) -> Figure:
    """Draws what becomes of signals in deep networks, side by side, and returns the Figure.

    Above, for each layer, how its outputs are spread, the darker the more of them; below the
    standard deviation of outputs and of back-propagated gradients by layer, on one log scale.

    Args:
        signals: a mapping from titles to what `mlcourse.initializers.signal_propagation` returns.
        fig: the Figure to draw in; None for a new one.

    Returns:
        The Figure, with two Axes a signal, those above first.

    Raises:
        ValueError: if there are no signals.

    >>> from mlcourse.initializers import signal_propagation
    >>> figure = plot_signal_propagation({"Glorot": signal_propagation(activation="tanh")})
    >>> [axes.get_title() for axes in figure.axes]
    ['Glorot', '']
    """
    signals = checks.mapping("signals", signals, "titles to signals")
    for signal in signals.values():
        checks.instance("each of signals", signal, Signal, "what `signal_propagation` returns")
    fig = figure_or_new(fig, (2.1 * len(signals) + 0.7, 4.6))
    grid = {"squeeze": False, "sharex": "col", "sharey": "row"}
    above, below = fig.subplots(2, len(signals), **grid)
    for signal, spread, size in zip(signals.values(), above, below, strict=True):
        _draw_spread(spread, signal)
        _draw_sizes(size, signal)
        size.set_xlabel("layer")
    above[0].set_ylabel("output")
    below[0].set_ylabel("standard deviation")
    below[0].legend(fontsize=10)
    for title, spread in zip(signals, above, strict=True):
        set_title(spread, title, max_lines=3)
    return fig


def _draw_spread(ax, signal):
    counts, edges = signal.histogram("activations", np.linspace(-SHOWN, SHOWN, 62))
    shares = (counts.T / np.maximum(counts.max(axis=1), 1)) ** 0.4  # shows the few beside the many
    ends = 0.5, len(signal.activations) + 0.5
    ax.imshow(
        shares, cmap="Blues", aspect="auto", origin="lower", extent=(*ends, edges[0], edges[-1])
    )
    ax.grid(False)


def _draw_sizes(ax, signal):
    layers = np.arange(1, len(signal.activations) + 1)
    styles = {
        "activations": (BLUE, "-", "o", "outputs"),
        "gradients": (RED, "--", "s", "gradients"),
    }
    for what, (colour, line, marker, label) in styles.items():
        sizes = signal.std(what)
        sizes = np.where(sizes > 0, sizes, np.nan)  # a log scale has no 0
        ax.plot(layers, sizes, color=colour, ls=line, marker=marker, ms=4, label=label)
    ax.set_yscale("log")
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
