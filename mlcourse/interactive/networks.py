"""Interactive figures of networks and decision boundaries."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from mlcourse._core import checks
from mlcourse.figures._shared.titles import set_suptitle, set_title
from mlcourse.figures.evaluation.boundary import plot_decision_boundary
from mlcourse.figures.evaluation.boundary_response import checked_examples
from mlcourse.figures.networks.neural_net import draw_neural_net
from mlcourse.interactive.controls import slider
from mlcourse.interactive.live import Interactive
from mlcourse.networks.from_model import from_model

FUNCTIONS = {"relu": "ReLU", "tanh": "tanh"}  # names in titles, by scikit-learn's name
SETTINGS = {
    "solver": "lbfgs",
    "alpha": 0.01,
    "max_iter": 5000,
    "max_fun": 100_000,
    "random_state": 1,
}


def _checked_pair(validation_data):
    """Return examples and labels as arrays."""
    if not isinstance(validation_data, list | tuple) or len(validation_data) != 2:
        rule = "validation_data must be a pair (X, y)"
        raise ValueError(f"{rule}. Got {validation_data!r} instead.")
    return checked_examples(*validation_data)


def _checked_settings(settings):
    """Return the settings of `MLPClassifier`, with our defaults."""
    from sklearn.neural_network import MLPClassifier

    reserved = "hidden_layer_sizes", "activation"
    names = [name for name in MLPClassifier().get_params() if name not in reserved]
    for name in settings:
        checks.choice("each of settings", name, names)
    return {**SETTINGS, **settings}


def boundary_by_depth(
    X: ArrayLike,  # noqa: N803
    y: ArrayLike,
    *,
    validation_data: tuple[ArrayLike, ArrayLike] | None = None,
    max_layers: int = 4,
    units: int = 10,
    title: str = "",
    **settings: object,
) -> Interactive:
    """Show the decision boundaries of two networks, ReLU and tanh, by number of hidden layers.

    The networks are fitted when they are first shown, and then cached.

    Args:
        X: training examples, (n, 2).
        y: labels, (n,).
        validation_data: examples and labels, (X, y), for the accuracy in the titles. Default: the
            training examples.
        max_layers: maximum number of hidden layers.
        units: units per hidden layer.
        title: title of the figure.
        settings: other arguments of scikit-learn's `MLPClassifier`. The default solver is L-BFGS.

    Returns:
        An `Interactive`.

    Raises:
        ValueError: if X is not of shape (n, 2), or lengths differ.

    >>> from mlcourse import datasets
    >>> boundary_by_depth(*datasets.two_moons(40)).values
    {'layers': 1}
    """
    X, y = checked_examples(X, y)  # noqa: N806
    X = X.astype(float)  # noqa: N806  # scikit-learn computes in this dtype
    x_val, y_val = (X, y) if validation_data is None else _checked_pair(validation_data)
    if (y.dtype.kind == "U") != (y_val.dtype.kind == "U"):
        rule = "y and the labels of validation_data must all hold numbers, or all names"
        raise ValueError(f"{rule}. Got one of each instead.")
    units = checks.integer("units", units, 1)
    settings = _checked_settings(settings)

    @cache
    def fit(function, layers):
        from sklearn.neural_network import MLPClassifier
        from threadpoolctl import threadpool_limits

        network = MLPClassifier([units] * layers, activation=function, **settings)
        with threadpool_limits(1):  # more threads are slower for such small matrices
            return network.fit(X, y)

    def draw(figure, layers):
        axes = figure.subplots(1, 2, sharex=True, sharey=True)
        for ax, (function, name) in zip(axes, FUNCTIONS.items(), strict=True):
            network = fit(function, layers)
            plot_decision_boundary(network, X, y, colorbar=False, ax=ax)
            accuracy = network.score(x_val, y_val)
            ax.set_title(f"{name}, {layers} x {units} units\naccuracy {accuracy:.3f}")
            ax.label_outer()
        set_suptitle(figure, title)

    max_layers = checks.integer("max_layers", max_layers, 1)
    return Interactive(
        draw,
        {"layers": slider("Hidden layers", 1, max_layers)},
        figsize=(10, 5),
        alt="Decision boundaries of two networks of the same depth: ReLU (left) and tanh (right).",
        prerender={"layers": None},
    )


def weight_updates(weights: Sequence, *, title: str = "") -> Interactive:
    """Show a network diagram whose colors are the weights, with a slider for the iteration.

    Args:
        weights: networks by iteration, as in `draw_neural_net`: lists of weight matrices, (inputs,
            units), each optionally followed by its bias.
        title: title of the figure.

    Returns:
        An `Interactive`.

    Raises:
        ValueError: if there is no iteration.

    Example:
        >>> updates = [[np.full((2, 1), weight)] for weight in (0.5, -0.1)]
        >>> weight_updates(updates).controls["iteration"].max
        1
    """
    checks.integer("the number of iterations in weights", checks.length("weights", weights), 1)
    networks = [from_model(arrays) for arrays in weights]
    limit = max(_max_abs(layer) for network in networks for layer in network.layers)

    def draw(figure, iteration):
        ax = figure.add_axes((0, 0, 1, 0.9))
        draw_neural_net(ax, networks[iteration], limit=limit or None)
        set_title(ax, f"{title} · update {iteration}".lstrip(" ·"))

    controls = {"iteration": slider("Update", 0, len(networks) - 1)}
    return Interactive(
        draw,
        controls,
        figsize=(8, 5),
        alt="A network; the color of an edge is its weight after the updates.",
        layout="none",
        prerender=dict.fromkeys(controls),
    )


def _max_abs(layer):
    """Return the maximum absolute value of a layer's weights and biases."""
    bias = 0 if layer.bias is None else np.abs(layer.bias).max()
    return max(np.abs(layer.weights).max(), bias)
