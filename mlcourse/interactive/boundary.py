"""ReLU against tanh: what networks of any depth make of the same points."""

from functools import cache

from numpy.typing import ArrayLike

from mlcourse import checks
from mlcourse.figures.boundary import plot_decision_boundary
from mlcourse.figures.boundary_grid import checked_examples
from mlcourse.figures.titles import set_suptitle
from mlcourse.interactive.controls import slider
from mlcourse.interactive.live import Interactive

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
    >>> boundary_by_depth(*datasets.two_moons(20)).values
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
            plot_decision_boundary(network, x, y, axes, colorbar=False)
            accuracy = network.score(x_new, y_new)
            axes.set_title(f"{name}, {layers} x {units} units\naccuracy {accuracy:.3f}")
            axes.label_outer()
        set_suptitle(figure, title)

    controls = {"layers": slider("Hidden layers", 1, checks.integer("deepest", deepest, 1))}
    alt = "Decision boundaries of two networks of one depth: on the left ReLU, on the right tanh."
    return Interactive(draw, controls, size=(10, 5), alt=alt, frames={"layers": None})
