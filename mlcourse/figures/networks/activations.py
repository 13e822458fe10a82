"""Plot activation functions, and the propagation of signals through deep networks."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox

from mlcourse import activations
from mlcourse._core import checks
from mlcourse.figures._shared.axes import axes_or_new, figure_or_new
from mlcourse.figures._shared.legends import add_legend, legend_of_figure
from mlcourse.figures._shared.style import BLUE, RED, SKY, is_dark, on_paper, paper
from mlcourse.figures._shared.titles import fit_labels, set_title
from mlcourse.initializers import Signal

Z_LIMIT = 5.0
MAX_SIGNALS = 50
LEGEND_MARGIN = 1.1  # times the size of the legend
OUTPUT_LIMIT = 3.0  # standard deviations of the input
DEVIATION_LIMITS = 1e-2, 1e2  # of the axis, at least: a small change must not look like a large one


def plot_activation(
    function: str,
    ax: Axes | None = None,
    derivative: bool = False,
    *,
    legend: bool | None = None,
) -> Axes:
    """Plot an activation function, and return the Axes.

    Softmax is applied to all points of the z axis together, so the values of its curve sum to 1.

    Args:
        function: name of a function in `mlcourse.activations.ACTIVATIONS`.
        ax: the Axes; None for a new figure.
        derivative: whether to plot the derivative too, dashed. A discontinuity is a vertical step.
        legend: whether to add a legend; None for a legend if `derivative` is set, the legend covers
            no curve, and no other Axes of the figure have one.

    Returns:
        The Axes.

    Raises:
        ValueError: if the function is unknown; the message lists the known functions.

    >>> ax = plot_activation("tanh", derivative=True)
    >>> [line.get_label() for line in ax.lines]
    ['tanh', 'its derivative']
    """
    definition = activations.find(function)
    derivative = checks.flag("derivative", derivative)
    legend = legend if legend is None else checks.flag("legend", legend)
    ax = axes_or_new(ax, (5, 3.5))
    z = np.linspace(-Z_LIMIT, Z_LIMIT, 401)
    ax.plot(z, definition.function(z), color=on_paper(BLUE), lw=2.5, label=function)
    if derivative:
        if definition.corner:  # one value of the derivative on each side of 0
            z = np.insert(z, 201, np.nextafter(0.0, 1))
        slope = definition.derivative(z)
        ax.plot(z, slope, color=on_paper(RED), lw=2.5, ls="--", label="its derivative")
    ax.set(xlabel="z", ylabel="activation", title=f"{function}: ${definition.formula}$")
    ax.margins(x=0)
    if legend or (legend is None and derivative):
        artist = ax.legend(loc="upper left", fontsize=10)
        has_other = any(other.get_legend() for other in ax.figure.axes if other is not ax)
        if legend is None and (has_other or _covers_curves(artist, ax)):
            artist.remove()
    return ax


def _covers_curves(legend, ax):
    """Return whether a legend in the upper left corner covers a curve.

    The box of the legend has a margin, as a layout engine may still shrink the Axes.
    """
    ax.autoscale_view()
    box = legend.get_window_extent()
    right = box.x0 + LEGEND_MARGIN * box.width
    bottom = box.y1 - LEGEND_MARGIN * box.height
    with_margin = Bbox.from_extents(box.x0, bottom, right, box.y1)
    paths = [line.get_path().transformed(line.get_transform()) for line in ax.lines]
    return any(path.intersects_bbox(with_margin, filled=False) for path in paths)


def plot_signal_propagation(signals: Mapping[str, Signal], *, fig: Figure | None = None) -> Figure:
    """Plot the propagation of signals through deep networks, and return the Figure.

    Each signal has a column. The upper row shows a histogram of the outputs of each layer, darker
    for higher counts, or brighter on a dark background. The lower row shows the standard deviation
    of the outputs and of the backpropagated gradients of each layer, on a shared log scale from at
    most 0.01 to at least 100.

    Args:
        signals: a mapping from at most 50 titles to results of
            `mlcourse.initializers.signal_propagation`.
        fig: the Figure; None for a new one.

    Returns:
        The Figure, with two Axes for each signal: first the upper row, then the lower row.

    Raises:
        ValueError: if there are no signals.

    >>> from mlcourse.initializers import signal_propagation
    >>> figure = plot_signal_propagation({"Glorot": signal_propagation(activation="tanh")})
    >>> [axes.get_title() for axes in figure.axes]
    ['Glorot', '']
    """
    signals = checks.mapping("signals", signals, "titles to signals")
    checks.at_most("the number of signals", len(signals), MAX_SIGNALS)
    for signal in signals.values():
        checks.instance("each of signals", signal, Signal, "a result of `signal_propagation`")
    fig = figure_or_new(fig, (2.1 * len(signals) + 0.7, 4.6))
    grid = {"squeeze": False, "sharex": "col", "sharey": "row"}
    upper_row, lower_row = fig.subplots(2, len(signals), **grid)
    for signal, upper, lower in zip(signals.values(), upper_row, lower_row, strict=True):
        _draw_histograms(upper, signal)
        _draw_standard_deviations(lower, signal)
        lower.set_xlabel("layer")
    upper_row[0].set_ylabel("output")
    lower_row[0].set_ylabel("standard deviation")
    low, high = lower_row[0].get_ylim()
    lower_row[0].set_ylim(min(low, DEVIATION_LIMITS[0]), max(high, DEVIATION_LIMITS[1]))
    fit_labels(fig.axes)
    _set_one_size([*upper_row, *lower_row])
    legend = add_legend(lower_row[0], lower_row[0].get_lines())
    if legend.get_window_extent().width > lower_row[0].bbox.width:
        legend.remove()
        legend_of_figure(fig, lower_row[0].get_lines())
    for title, upper in zip(signals, upper_row, strict=True):
        set_title(upper, title, max_lines=3)
    return fig


def _set_one_size(axes):
    """Reduce the labels and tick labels of Axes to the smallest size among them."""
    both = [axis for ax in axes for axis in (ax.xaxis, ax.yaxis)]
    size = min(axis.label.get_fontsize() for axis in both)
    tick_size = min(label.get_fontsize() for axis in both for label in axis.get_ticklabels())
    for axis in both:
        axis.label.set_fontsize(size)
        axis.set_tick_params("both", labelsize=tick_size)


def _draw_histograms(ax, signal):
    """Draw a histogram of the outputs of each layer as an image."""
    counts, edges = signal.histogram("activations", np.linspace(-OUTPUT_LIMIT, OUTPUT_LIMIT, 62))
    fractions = counts.T / np.maximum(counts.max(axis=1), 1)
    darkness = fractions**0.4  # makes low counts visible
    limits = (0.5, len(signal.activations) + 0.5, edges[0], edges[-1])
    dark_colors = LinearSegmentedColormap.from_list("counts", [paper(), SKY])
    cmap = dark_colors if is_dark() else "Blues"
    ax.imshow(darkness, cmap=cmap, aspect="auto", origin="lower", extent=limits)
    ax.grid(False)


def _draw_standard_deviations(ax, signal):
    """Draw the standard deviation of outputs and gradients by layer."""
    layers = np.arange(1, len(signal.activations) + 1)
    styles = {
        "activations": (on_paper(BLUE), "-", "o", "outputs"),
        "gradients": (on_paper(RED), "--", "s", "gradients"),
    }
    for name, (color, line, marker, label) in styles.items():
        deviations = signal.std(name)
        deviations = np.where(deviations > 0, deviations, np.nan)  # a log scale has no 0
        ax.plot(layers, deviations, color=color, ls=line, marker=marker, ms=4, label=label)
    ax.set_yscale("log")
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
