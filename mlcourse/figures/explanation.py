"""One example's way through a network and back, in two pictures of the network."""

from matplotlib.figure import Figure

from mlcourse import checks
from mlcourse.explanations import Explanation
from mlcourse.figures.axes import figure_or_new
from mlcourse.figures.network_display import NeuralNetDisplay


def plot_explanation(
    explanation: Explanation, *, max_units: int = 8, fig: Figure | None = None
) -> Figure:
    """Draws what `explain` says: the way forward, and below it the gradient's way back.

    Forward, edges are weights, and units show their sum z above their output a. Backward, edges
    are gradients dL/dw, and units show delta = dL/dz above dL/da.

    Args:
        explanation: what `mlcourse.explain` returns.
        max_units: units of a layer that are drawn at the most.
        fig: a Figure to fill; None for a new one.

    Returns:
        The Figure.

    >>> from mlcourse import explain
    >>> explanation = explain([[[2.0], [1.0]], [0.5]], x=[1.0, 3.0], y=5.0)
    >>> [axes.get_title() for axes in plot_explanation(explanation).axes[:2]]
    ['forward: z | a', 'backward: dL/dz | dL/da']
    """
    checks.kind("explanation", explanation, Explanation, "what `mlcourse.explain` returns")
    fig = figure_or_new(fig, (9, 10))
    options: dict = {"draw_bias": True, "labels": True, "activation": True, "max_units": max_units}
    options |= {"x": None, "show_activations": explanation.run.a[0], "y": explanation.y}
    titles = {"forward: z | a": "output", "backward: dL/dz | dL/da": "gradient"}
    for ax, (title, units) in zip(fig.subplots(2), titles.items(), strict=True):
        edges = "gradient" if units == "gradient" else "weight"
        NeuralNetDisplay(ax, explanation.network, edges=edges, units=units, **options)
        ax.set_title(title)
    return fig
