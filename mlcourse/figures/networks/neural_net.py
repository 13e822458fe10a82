"""Draw a dense network as circles and lines, from its layer sizes or with its weights."""

from typing import Any

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
    **options: Any,
) -> Axes:
    """Draw a dense network, and return the Axes.

    Inputs are green, hidden units blue, outputs red. Text scales with the Axes. It never overlaps,
    and is hidden if it would be smaller than 6 points. Edges have labels between two layers with at
    most 24 edges, if all labels fit.

    Args:
        ax: the Axes, which the network fills; None for a new figure.
        layer_sizes: number of units of each layer, for example [2, 3, 1]. Or a network: a built
            Keras model of dense layers, a scikit-learn MLP or a pipeline that ends in one, or a
            list of weight matrices (inputs, units), each optionally followed by its bias. The
            color of an edge of a network is the sign of its weight, the line width its absolute
            value. Normalization or rescaling of the inputs, and the steps of a pipeline, are named
            below the diagram; the input units show their results.
        draw_bias: whether to draw a bias node, marked 1, before each layer.
        labels: whether to label the layers, the units (x, h, o) and the weights (w, b). The edges
            of a network show their values.
        activation: whether to split each unit into its sum z and its activation function, f, or g
            in the output layer.
        sigmoid: whether the output function is the sigmoid. Ignored for a network, whose function
            is known.
        weight_count: whether to write the numbers of weights and biases below the diagram.
        random_weights: whether to color the edges by random weights. Ignored for a network.
        show_activations: whether to write the symbols a and y-hat to the right of the units. Or an
            input of a network, (inputs,), which fills the units with their values.
        figsize: width and height of a new figure, in inches, at most 100 each.
        **options: further options, by name:

            - `edges`: values of the edges of a network: "weight", the weight w; "contribution", w
              times the output a of the unit before the edge; "gradient", dL/dw, where L is the
              compiled loss, or the default loss of the output function. Default: "weight".
            - `units`: values of filled units: "output", the output a, with `activation` below the
              sum z; "gradient", dL/dz, with `activation` above dL/da. Inputs show themselves.
              Default: "output".
            - `x`: input, (inputs,), if it is not in `show_activations`. If the edges are weights,
              it fills the units.
            - `y`: target of the gradients: (outputs,), or an integer label.
            - `dropout`: dropout probability of each hidden unit, in [0, 1); or a mask (units,) for
              each hidden layer, by which its outputs are multiplied. Dropped units have a cross,
              and their edges are faint.
            - `max_units`: maximum number of drawn units per layer; an ellipsis replaces the others,
              if they are at least two. At most 2,000 units are drawn. Default: all.
            - `top_edges`: number of edges to draw: those with the largest absolute values between
              drawn units that are not dropped.
            - `limit`: absolute value of an edge with the strongest color; None for the largest
              value. Set it to compare diagrams.
            - `seed`: seed of random weights and dropout, an integer. None for NumPy's global state,
              which `np.random.seed` sets.
            - `colorbar`: whether to add color bars to a network. Default: True.
            - `input_names`: a name for each input, written to the left of its unit. Long names are
              wrapped to two lines, then cut. Names are hidden if they would be smaller than 10
              points.
            - `heatmaps`: examples, (n, 2), of a network with two inputs. Each unit shows the map of
              its output on the plane of the inputs, over the range of the examples. Each map has
              its own scale, whose middle is 0, or 0.5 for a sigmoid or softmax.
            - `output_names`: a name for each output, written to the right of its unit.

    Returns:
        The Axes.

    Raises:
        ValueError: if a layer size is below 1, if a network is not built or not dense, if the
            input has another length, or if an option is invalid.

    >>> ax = draw_neural_net(None, [2, 3, 1], draw_bias=True, labels=True, weight_count=True)
    >>> [text.get_text() for text in ax.texts if "weights" in text.get_text()]
    ['9 weights, 4 biases']
    """
    display = NeuralNetDisplay(
        ax,
        layer_sizes,
        draw_bias=draw_bias,
        labels=labels,
        activation=activation,
        sigmoid=sigmoid,
        weight_count=weight_count,
        random_weights=random_weights,
        show_activations=show_activations,
        figsize=figsize,
        **options,
    )
    return display.ax
