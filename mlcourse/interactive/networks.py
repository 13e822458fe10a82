"""Networks of any size, activation functions, boundaries of deep networks."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from mlcourse import activations, initializers
from mlcourse._core import checks
from mlcourse.activations import ACTIVATIONS
from mlcourse.figures._shared.titles import set_suptitle, set_title
from mlcourse.figures.evaluation.boundary import plot_decision_boundary
from mlcourse.figures.evaluation.boundary_response import checked_examples
from mlcourse.figures.networks.activations import plot_activation, plot_signal_propagation
from mlcourse.figures.networks.neural_net import draw_neural_net
from mlcourse.interactive.controls import menu, rate_slider, slider, switch
from mlcourse.interactive.live import Interactive
from mlcourse.networks.from_model import from_model

WIDTH = 100  # units of a layer
SOME = "sigmoid", "tanh", "relu", "gelu"  # pictures beforehand
CURVE = {"left": 0.16, "right": 0.97, "top": 0.88, "bottom": 0.14}
MARGINS = {"left": 0.18, "right": 0.97, "top": 0.88, "bottom": 0.11}  # for any ticks: none jumps


def activation_functions(function: str = "sigmoid", derivative: bool = True) -> Interactive:
    """Returns an activation function, a menu of all of them, and a switch for the derivative.

    Args:
        function: the one that is shown first.
        derivative: whether its derivative is, too.

    Returns:
        An `Interactive`.

    Raises:
        ValueError: if the function is not known; the message lists those that are.

    >>> activation_functions("gelu").values
    {'function': 'gelu', 'derivative': True}
    """

    def draw(figure, function, derivative):
        plot_activation(function, figure.subplots(), derivative=derivative)
        figure.subplots_adjust(**CURVE)

    controls = {
        "function": menu("Function", list(ACTIVATIONS), activations.find(function).name),
        "derivative": switch("Derivative", checks.flag("derivative", derivative)),
    }
    alt, frames = "The curve of an activation function.", dict.fromkeys(controls)
    return Interactive(draw, controls, size=(6, 4), alt=alt, layout="none", frames=frames)


def initialization(
    activation: str = "tanh", initializer: str = "glorot_normal", depth: int = 10
) -> Interactive:
    """Returns what becomes of a signal in a deep network, by how its first weights are drawn.

    Args:
        activation, initializer: the ones that are shown first.
        depth: number of layers at the beginning, 2 to 30.

    Returns:
        An `Interactive`. Its value `scale` is how many times as large as the rule's the weights
        are.

    Raises:
        ValueError: for a name that is not known, or a depth that cannot be.

    >>> initialization("relu", "he_normal").values
    {'activation': 'relu', 'initializer': 'he_normal', 'scale': 1.0, 'depth': 10}
    """

    initializers.find(initializer)

    def draw(figure, activation, initializer, scale, depth):
        rule = scaled(initializer, scale)
        signal = initializers.signal_propagation(depth, WIDTH, activation, rule, n_examples=100)
        deviation = rule.std(WIDTH, WIDTH)
        title = f"{activation}, {initializer}\ndeviation of weights {deviation:.3g}"
        plot_signal_propagation({title: signal}, figure)
        figure.subplots_adjust(**MARGINS)

    controls = {
        "activation": menu("Function", list(ACTIVATIONS), activations.find(activation).name),
        "initializer": menu("Weights", list(initializers.INITIALIZERS), initializer),
        "scale": rate_slider("Times as large", -1, 1, 1.0),
        "depth": slider("Layers", 2, 30, checks.integer("depth", depth, 2, 30)),
    }
    alt = "The outputs of a deep network by layer, above, and their size and the gradients', below."
    frames = {"activation": SOME, "initializer": None, "scale": (0.5, 1.0, 2.0)}
    return Interactive(draw, controls, size=(6, 5), alt=alt, layout="none", frames=frames)


def scaled(initializer, scale):
    """Returns the rule of that name with weights so many times as large."""
    rule = initializers.find(initializer)
    return replace(rule, std=lambda *fans: scale * rule.std(*fans))


FUNCTIONS = {"relu": "ReLU", "tanh": "tanh"}
SETTINGS = {
    "solver": "lbfgs",
    "alpha": 0.01,
    "max_iter": 5000,
    "max_fun": 100_000,
    "random_state": 1,
}


def _checked_pair(new):
    if not isinstance(new, list | tuple) or len(new) != 2:
        raise ValueError(f"new must be a pair, examples and classes. Got {new!r} instead.")
    return checked_examples(*new)


def _checked_settings(settings):
    """Returns all settings of a network, if scikit-learn's has those that are given."""
    from sklearn.neural_network import MLPClassifier

    own = "hidden_layer_sizes", "activation"
    known = [name for name in MLPClassifier().get_params() if name not in own]
    for name in settings:
        checks.choice("each of settings", name, known)
    return {**SETTINGS, **settings}


def boundary_by_depth(
    x: ArrayLike,
    y: ArrayLike,
    *,
    new: tuple[ArrayLike, ArrayLike] | None = None,
    deepest: int = 4,
    units: int = 10,
    title: str = "",
    **settings: object,
) -> Interactive:
    """Returns the decision boundaries of two networks, ReLU and tanh, and a slider for their depth.

    The networks of a depth are fitted when it is first asked for, and kept.

    Args:
        x: examples to learn from, (n, 2).
        y: their classes, (n,).
        new: examples and classes, (x, y), for the accuracy in the titles; None for those above.
        deepest: the most hidden layers.
        units: of each hidden layer.
        title: text above both.
        settings: what else scikit-learn's `MLPClassifier` takes; the solver is L-BFGS unless it
            is among them.

    Returns:
        An `Interactive`.

    Raises:
        ValueError: if x is not (n, 2), or y of another length.

    >>> from mlcourse import datasets
    >>> boundary_by_depth(*datasets.two_moons(40)).values
    {'layers': 1}
    """
    x, y = checked_examples(x, y)
    x = x.astype(float)  # in which scikit-learn is most precise
    x_new, y_new = (x, y) if new is None else _checked_pair(new)
    units, settings = checks.integer("units", units, 1), _checked_settings(settings)

    @cache
    def fitted(function, layers):
        from sklearn.neural_network import MLPClassifier
        from threadpoolctl import threadpool_limits

        network = MLPClassifier([units] * layers, activation=function, **settings)
        with threadpool_limits(1):  # more threads get in each other's way at such small matrices
            return network.fit(x, y)

    def draw(figure, layers):
        columns = figure.subplots(1, 2, sharex=True, sharey=True)
        for axes, (function, name) in zip(columns, FUNCTIONS.items(), strict=True):
            network = fitted(function, layers)
            plot_decision_boundary(network, x, y, colorbar=False, ax=axes)
            accuracy = network.score(x_new, y_new)
            axes.set_title(f"{name}, {layers} x {units} units\naccuracy {accuracy:.3f}")
            axes.label_outer()
        set_suptitle(figure, title)

    controls = {"layers": slider("Hidden layers", 1, checks.integer("deepest", deepest, 1))}
    alt = "Decision boundaries of two networks of one depth: on the left ReLU, on the right tanh."
    return Interactive(draw, controls, size=(10, 5), alt=alt, frames={"layers": None})


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
    networks = [from_model(one) for one in weights]
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
