"""Activation functions, and what becomes of a signal on its way through many layers of them."""

from dataclasses import replace

from mlcourse import activations, checks, initializers
from mlcourse.activations import ACTIVATIONS
from mlcourse.figures.activations import plot_activation, plot_signal_propagation
from mlcourse.interactive.controls import menu, rate_slider, slider, switch
from mlcourse.interactive.live import Interactive

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
        signal = initializers.signal_propagation(depth, WIDTH, activation, rule, examples=100)
        deviation = rule.deviation(WIDTH, WIDTH)
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
    return replace(rule, deviation=lambda *fans: scale * rule.deviation(*fans))
