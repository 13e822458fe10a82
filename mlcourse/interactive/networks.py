"""Networks of any size, and a network whose weights are seen as it learns."""

from collections.abc import Sequence

import numpy as np

from mlcourse import adapters, checks
from mlcourse.figures.neural_net import draw_neural_net
from mlcourse.figures.titles import set_title
from mlcourse.interactive.controls import slider
from mlcourse.interactive.live import Interactive


def network_size(inputs: int = 5, outputs: int = 5, layers: int = 2, nodes: int = 6) -> Interactive:
    """Returns a network whose hidden layers and their nodes are set by sliders.

    Args:
        inputs, outputs: how many there are of each.
        layers: hidden layers at the beginning, 0 to 6.
        nodes: of each hidden layer at the beginning, 1 to 12.

    Returns:
        An `Interactive`.

    >>> network_size().values
    {'layers': 2, 'nodes': 6}
    """

    def draw(figure, layers, nodes):
        draw_neural_net(figure.add_axes((0, 0, 1, 1)), [inputs, *[nodes] * layers, outputs])

    controls = {
        "layers": slider("Hidden layers", 0, 6, checks.integer("layers", layers, 0, 6)),
        "nodes": slider("Nodes in each", 1, 12, checks.integer("nodes", nodes, 1, 12)),
    }
    alt = f"A network of {inputs} inputs, hidden layers, and {outputs} outputs."
    return Interactive(
        draw, controls, size=(7, 5), alt=alt, layout="none", frames=dict.fromkeys(controls)
    )


def weight_updates(weights: Sequence, *, title: str = "") -> Interactive:
    """Returns a network with the colours of its weights, and a slider for the iteration.

    Args:
        weights: for each iteration from 0 on, the network as `draw_neural_net` takes it: a list of
            weight matrices, (inputs, units), each followed by its bias or not.
        title: of the picture.

    Returns:
        An `Interactive`.

    Raises:
        ValueError: if there is not a single iteration.

    Example:
        >>> updates = [[np.full((2, 1), weight)] for weight in (0.5, -0.1)]
        >>> weight_updates(updates).controls["iteration"].max
        1
    """
    checks.integer("the number of iterations in weights", checks.length("weights", weights), 1)
    networks = [adapters.network(one) for one in weights]
    largest = max(_largest(layer) for network in networks for layer in network.layers)

    def draw(figure, iteration):
        axes = figure.add_axes((0, 0, 1, 0.9))
        draw_neural_net(axes, networks[iteration], limit=largest or None)
        set_title(axes, f"{title} · update {iteration}".lstrip(" ·"))

    controls = {"iteration": slider("Update", 0, len(networks) - 1)}
    alt = "A network; the colour of an edge is the weight after so many updates."
    return Interactive(
        draw, controls, size=(8, 5), alt=alt, layout="none", frames=dict.fromkeys(controls)
    )


def _largest(layer):
    """Returns the largest size of a layer's weights and biases."""
    return max(np.abs(layer.weights).max(), 0 if layer.bias is None else np.abs(layer.bias).max())
