"""A dense network as circles and lines: by its layer sizes, or a true one with its weights."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from mlcourse.figures.networks.display import NeuralNetDisplay


def draw_neural_net(
    ax: Axes | None,
    layer_sizes: object,
    draw_bias: bool = False,
    labels: bool = False,
    activation: bool = False,
    sigmoid: bool = False,
    weight_count: bool = False,
    random_weights: bool = False,
    show_activations: bool | ArrayLike = False,
    figsize: tuple[float, float] = (4, 4),
    *,
    edges: str = "weight",
    units: str = "output",
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    dropout: float | Sequence | None = None,
    max_units: int | None = None,
    top_edges: int | None = None,
    limit: float | None = None,
    seed: int | None = None,
    colorbar: bool = True,
    input_names: Sequence | None = None,
    output_names: Sequence | None = None,
) -> Axes:
    """Draws a dense network, and returns the Axes.

    Inputs are green, hidden units blue, outputs red. Text is as large as the picture allows: it
    grows and shrinks with it, never overlaps, and is left away where it would be smaller than 6
    points. So are the labels of the edges between two layers where not all of them have room, or
    where there are more than 24.

    Args:
        ax: the Axes to draw in, which the network fills; None for a new one.
        layer_sizes: units of each layer, [2, 3, 1]. Or a network, to be drawn as it is: a built
            Keras model of dense layers, a scikit-learn MLP or a pipeline that ends in one, or a
            list of weight matrices (inputs, units), each followed by its bias or not. Then edges
            have the colour of their weight's sign, and its size as their width; the counts are the
            network's own. Normalization or rescaling of the inputs, and the steps of a pipeline,
            are named below the picture, and the inputs show what comes out of them.
        draw_bias: draw a node marked 1 before each layer, for its biases.
        labels: name the layers, the units (x, h, o) and the weights (w, b); of a network the edges
            show their numbers.
        activation: split each unit into its sum z and its function f, of the output layer g.
        sigmoid: the output layer's function is the sigmoid. A network says so itself.
        weight_count: count weights and biases below the picture.
        random_weights: colour the edges as if they had weights. A network keeps its own.
        show_activations: True to write a and y-hat beside the units; or an input, (inputs,), to
            fill the units of a network with what they make of it.
        figsize: of the figure in inches where `ax` is None.
        edges: what an edge of a network shows: its "weight" w; its "contribution", w times the
            output a of the unit that it comes from; or the "gradient" dL/dw, where L is the
            compiled loss, else the one that fits the output function.
        units: what the filled units show: their "output" a, with `activation` below their sum z; or
            the "gradient" dL/dz, with `activation` above dL/da. Inputs show themselves.
        x: the input for these, where it is not in `show_activations`. With edges that show weights
            it fills the units.
        y: the target for "gradient", (outputs,) or the number of a class.
        dropout: the probability with which each hidden unit is dropped, in [0, 1); or a mask
            (units,) for each hidden layer that its outputs are multiplied by. A dropped unit is
            crossed, its edges are faint.
        max_units: units of a layer that are drawn at the most. An ellipsis stands for the others.
        top_edges: draw only so many edges, those with the largest values among those between units
            that are drawn and not dropped.
        limit: the value with the strongest colour; None for the largest there is. Give it to
            compare pictures with each other.
        seed: of random weights and dropout, an integer; the same one gives the same picture. None
            for NumPy's global state, which `np.random.seed` sets; only these two draw from it.
        colorbar: whether a network gets a colour bar.
        input_names, output_names: names of the inputs and outputs, one each, to be written beside
            their units. Long names are wrapped to two lines, then cut. Names are left away where
            they would be smaller than 10 points.

    Returns:
        The Axes.

    Raises:
        ValueError: for a size below 1, a network that is not built or not dense, an input of
            another length, an unknown mode; the message says the rule and the value.

    >>> ax = draw_neural_net(None, [2, 3, 1], draw_bias=True, labels=True, weight_count=True)
    >>> [text.get_text() for text in ax.texts if "weights" in text.get_text()]
    ['9 weights, 4 biases']
    """
    arguments = locals()  # those of the display are the same
    return NeuralNetDisplay(**arguments).ax
