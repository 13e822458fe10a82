"""Networks of any size, and a network whose weights are seen as it learns."""

import numpy as np

from mlcourse.figures.neural_net import draw_neural_net
from mlcourse.interactive.controls import slider
from mlcourse.interactive.live import Interactive


def network_size(inputs=5, outputs=5, layers=2, nodes=6):
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
        "layers": slider("Hidden layers", 0, 6, layers),
        "nodes": slider("Nodes in each", 1, 12, nodes),
    }
    alt = f"A network of {inputs} inputs, hidden layers, and {outputs} outputs."
    return Interactive(
        draw, controls, size=(7, 5), alt=alt, layout="none", frames=dict.fromkeys(controls)
    )


def weight_updates(weights, *, title=""):
    """Returns a network with the colours of its weights, and a slider for the iteration.

    Args:
        weights: for each iteration from 0 on, the network as `draw_neural_net` takes it: a list of
            weight matrices, (inputs, units), each followed by its bias or not.
        title: of the picture.

    Returns:
        An `Interactive`.

    Raises:
        ValueError: if there is not a single iteration.
    """
    weights = list(weights)
    if not weights:
        raise ValueError("weights must have an iteration at least. Got none instead.")
    largest = max(np.abs(array).max() for arrays in weights for array in arrays)

    def draw(figure, iteration):
        axes = figure.add_axes((0, 0, 1, 0.9))
        draw_neural_net(axes, weights[iteration], limit=largest)
        axes.set_title(f"{title} · update {iteration}".lstrip(" ·"))

    controls = {"iteration": slider("Update", 0, len(weights) - 1)}
    alt = "A network; the colour of an edge is the weight after so many updates."
    return Interactive(
        draw, controls, size=(8, 5), alt=alt, layout="none", frames=dict.fromkeys(controls)
    )
