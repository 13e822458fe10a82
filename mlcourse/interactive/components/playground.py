"""A playground that trains in the page: a dense network on points of the plane."""

from typing import Any

import numpy as np
import traitlets

from mlcourse import activations, scratch
from mlcourse._core import checks
from mlcourse.figures.evaluation.boundary import plot_decision_boundary
from mlcourse.history import History
from mlcourse.interactive.bundle import bundle
from mlcourse.interactive.components.component import Component, join_parameters, split_parameters
from mlcourse.interactive.components.playground_settings import (
    HIDDEN_ACTIVATIONS,
    MAX_LAYERS,
    MAX_UNITS,
    check_settings,
)
from mlcourse.interactive.components.seeded import (
    POINTS,
    compute_features,
    initial_parameters,
    make_points,
    split,
)
from mlcourse.networks import from_model
from mlcourse.networks.network import Layer, Network

OUTPUTS = {0: "linear", 2: "sigmoid", 3: "softmax"}


class Playground(Component):
    """A small dense network that trains in the page, without a kernel.

    Each unit shows the heat map of its output. Points, features, layers, activation, loss,
    optimizer and regularization are set in the page, or here. What was trained in the page is here
    after a pause, a single step, a reset or a change.

    Args:
        model: network to start from, anything that `mlcourse.networks.from_model` takes; see
            `load_model`.
        settings: by name; see `settings`.

    Attributes:
        settings: dict with `points`, one of "moons", "circles", "spirals", "xor", "blobs",
            "three_spirals", "plane", "sine", "own", or a pair (X, y) to set one's own; `n_samples`;
            `noise`, standard deviation; `test_fraction`; `seed`; `own_points`, rows
            [x1, x2, class]; `features`, names among "x1", "x2", "x1_squared", "x2_squared",
            "product", "sin_x1", "sin_x2"; `hidden`, units of each hidden layer; `activation`;
            `initializer`; `loss`, "crossentropy" or "mean_squared_error"; `optimizer`, one of
            `mlcourse.optimizers.RULES`; `learning_rate`; `batch_size`; `l1` and `l2`, factors of
            the sum of the weights' absolute values and squares; `dropout`; `speed`, "batch",
            "epoch", "ten_epochs" or "maximum" in each frame.
        epoch: number of epochs trained so far.

    Raises:
        ValueError: for an unknown setting, or a value that is not allowed.

    Example:
        >>> playground = Playground(points="spirals", hidden=[8, 8])
        >>> playground.network.sizes
        [2, 8, 8, 1]
        >>> (X, y), (X_test, y_test) = playground.points
        >>> X.shape, X_test.shape
        ((150, 2), (150, 2))
    """

    _esm = bundle("playground_widget")
    _name = "playground"
    _still = "A playground that trains a neural network in the page. It needs JavaScript."
    _figsize = (5, 4.5)
    start = traitlets.CBytes(b"").tag(sync=True)  # first weights, float64; empty: from the seed
    weights = traitlets.CBytes(b"").tag(sync=True)  # trained so far; CBytes takes a memoryview
    columns = traitlets.Dict().tag(sync=True)  # the history
    epoch = traitlets.Int(0).tag(sync=True)

    def __init__(self, model: object = None, **settings: Any) -> None:
        super().__init__(settings=check_settings(settings))
        if model is not None:
            self.load_model(model)

    def set(self, **settings: Any) -> None:
        """Change some settings; the network starts over.

        Raises:
            ValueError: for an unknown setting, or a value that is not allowed.
        """
        self._restart(check_settings(settings, self.settings), b"")

    def load_model(self, model: object) -> None:
        """Start from a network with its weights.

        Args:
            model: anything that `mlcourse.networks.from_model` takes, for example a Keras model:
                dense layers with as many inputs as there are features, at most 6 hidden layers of
                at most 32 units with one activation, and the output that the points need.

        Raises:
            ValueError: if the model is anything else.

        >>> playground = Playground(points="plane")
        >>> playground.load_model([np.ones((2, 1)), np.zeros(1)])
        >>> playground.settings["hidden"], playground.network.run([1.0, 2.0]).a[-1]
        ([], array([3.]))
        """
        network = from_model(model)
        self._check_ends(network)
        hidden = network.sizes[1:-1]
        if len(hidden) > MAX_LAYERS or max(hidden, default=0) > MAX_UNITS:
            rule = f"a model must have at most {MAX_LAYERS} hidden layers of {MAX_UNITS} units"
            raise ValueError(f"{rule}. Got {hidden} instead.")
        changes = {"hidden": hidden}
        if hidden:
            changes["activation"] = _hidden_activation(network)
        settings = check_settings(changes, self.settings)
        self._restart(settings, join_parameters(network).tobytes())

    def _check_ends(self, network):
        """Raise unless a network has the inputs and outputs that the settings need."""
        features = self.settings["features"]
        if network.preprocessing or network.sizes[0] != len(features):
            rule = f"a model must take the {len(features)} features {', '.join(features)}"
            got = network.preprocessing_label or f"{network.sizes[0]} inputs"
            raise ValueError(f"{rule}. Got {got} instead.")
        output = OUTPUTS[self.n_classes]
        if (network.output, network.sizes[-1]) != (output, self.n_outputs):
            rule = f"a model must end in {self.n_outputs} x {output} for these points"
            raise ValueError(f"{rule}. Got {network.sizes[-1]} x {network.output} instead.")

    def _restart(self, settings, start):
        with self.hold_sync():
            self.epoch = 0
            self.columns = {}
            self.weights = b""
            self.start = start
            self.settings = settings
            self.restarts += 1

    @property
    def n_classes(self) -> int:
        """The number of classes of the points; 0 in regression."""
        if self.settings["points"] == "own":
            return max(2, 1 + max(row[2] for row in self.settings["own_points"]))
        return POINTS[self.settings["points"]][0]

    @property
    def n_outputs(self) -> int:
        """The number of the network's outputs."""
        return 3 if self.n_classes == 3 else 1

    @property
    def points(self) -> tuple:
        """Training and test points, ((X, y), (X_test, y_test)), X of shape (n, 2), float32."""
        settings = self.settings
        if settings["points"] == "own":
            table = np.array(settings["own_points"])
            X, y = table[:, :2].astype("float32"), table[:, 2].astype("int64")  # noqa: N806
        else:
            names = ("points", "n_samples", "noise", "seed")
            X, y = make_points(*(settings[name] for name in names))  # noqa: N806
        parts = split(len(X), settings["test_fraction"], settings["seed"])
        return tuple((X[indices], y[indices]) for indices in parts)

    def features(self, X: np.typing.ArrayLike) -> np.ndarray:  # noqa: N803
        """Return the inputs of the network for points X, (n, 2), as an array (n, features).

        >>> Playground(features=["x1", "product"]).features([[2.0, 3.0]])
        array([[2., 6.]])
        """
        X = checks.floats("X", X)  # noqa: N806
        checks.n_features("X", X, 2)
        return compute_features(self.settings["features"], X)

    @property
    def network(self) -> Network:
        """The network with its weights, in float64, as a `mlcourse.networks.Network`."""
        names = [self.settings["activation"]] * len(self.settings["hidden"])
        names.append(OUTPUTS[self.n_classes])
        layers = []
        for (kernel, bias), name in zip(self._arrays(), names, strict=True):
            function = activations.find(name)
            layers.append(Layer(kernel, bias, (function,)))
        return Network(tuple(layers))

    def _arrays(self):
        """Return the weights and the bias of each layer."""
        settings = self.settings
        sizes = [len(settings["features"]), *settings["hidden"], self.n_outputs]
        saved = self.weights or self.start
        if saved:
            parameters = np.frombuffer(saved, "<f8")
        else:
            parameters = initial_parameters(sizes, settings["initializer"], settings["seed"])
        return split_parameters(parameters, sizes)

    def model(self) -> object:
        """Return the network as a `keras.Sequential`, with its weights, not compiled.

        It takes `features(X)`, and holds dropout layers if `dropout` is above 0.
        """
        dropout = self.settings["dropout"]
        layers = []
        for number, layer in enumerate(self.network.layers, 1):
            affine = scratch.Affine(f"dense_{number}", *layer.weights.shape)
            affine.params["w"] = layer.weights.astype("float32")
            affine.params["b"] = layer.bias.astype("float32")
            layers += [affine, scratch.Activation(f"activation_{number}", layer.functions[0])]
            if dropout and number < len(self.network.layers):
                layers.append(scratch.Dropout(f"dropout_{number}", dropout))
        return scratch.to_keras(scratch.Model(layers))

    def predict(self, X: np.typing.ArrayLike) -> np.ndarray:  # noqa: N803
        """Return the outputs for points X, (n, 2): probabilities, or values in regression.

        >>> Playground(points="plane", initializer="zeros").predict([[1.0, 2.0]])
        array([[0.]])
        """
        a = self.features(X)
        for layer in self.network.layers:
            a = layer.forward(a)[-1]
        return a

    @property
    def history(self) -> History:
        """Losses and accuracies by epoch: loss, val_loss, accuracy, val_accuracy."""
        history = History()
        names = [name for name in self.columns if name != "epoch"]
        for i, epoch in enumerate(self.columns.get("epoch", [])):
            values = {name: self.columns[name][i] for name in names}
            if epoch:
                history.add(epoch, {k: v for k, v in values.items() if v is not None})
        return history

    def _attributes(self) -> dict[str, Any]:
        weights = np.frombuffer(self.start, "<f8").tolist() if self.start else None
        return {**super()._attributes(), "weights": weights}

    def _description(self):
        kind = self.settings["points"].replace("_", " ")
        sizes = "-".join(map(str, self.network.sizes))
        return f"Points ({kind}) and the output of a {sizes} network after epoch {self.epoch}."

    def _plot(self, figure):
        """Plot the points and the network's output."""
        ax = figure.subplots()
        X, y = (np.concatenate(parts) for parts in zip(*self.points, strict=True))  # noqa: N806
        if self.n_classes:
            plot_decision_boundary(self.predict, X, y, ax=ax)
        else:
            points = ax.scatter(*X.T, c=y, vmin=-1, vmax=1, edgecolors="black")
            figure.colorbar(points, label="target")


def _hidden_activation(network):
    """Return the name of the activation that all hidden layers of a network have."""
    names = {_activation_name(layer.functions) for layer in network.layers[:-1]}
    name = names.pop() if len(names) == 1 else " and ".join(sorted(names))
    if name not in HIDDEN_ACTIVATIONS:
        rule = (
            f"hidden layers must have the same activation, one of {', '.join(HIDDEN_ACTIVATIONS)}"
        )
        raise ValueError(f"{rule}. Got {name} instead.")
    return name


def _activation_name(functions):
    """Return the name of a layer's only nonlinear function, or a description of several."""
    functions = [one for one in functions if getattr(one, "name", "a scaling") != "linear"]
    names = [getattr(function, "name", "a scaling") for function in functions]
    if not names:
        return "linear"
    if len(names) > 1:
        return " after ".join(names[::-1])
    if names == ["leaky_relu"]:
        slope = -float(functions[0].function(np.float64(-1)))
        if not np.isclose(slope, activations.LEAKY_SLOPE):
            return f"leaky_relu with slope {slope:g}"
    return names[0]


def playground(
    model: object = None, *, layers: int | None = None, units: int | None = None, **settings: Any
) -> Playground:
    """Return a `Playground`.

    Args:
        model: network to start from, as for `Playground`.
        layers: number of hidden layers, at most 6. Default: 2 if `units` is given.
        units: units of each hidden layer, at most 32. Default: 8 if `layers` is given.
        settings: by name, as for `Playground`; `hidden` instead of `layers` and `units` gives each
            layer its own number of units.

    Raises:
        ValueError: for an unknown setting, or a value that is not allowed.

    Example:
        >>> playground(layers=3, noise=0.3).network.sizes
        [2, 8, 8, 8, 1]
    """
    if layers is not None or units is not None:
        if "hidden" in settings:
            rule = "hidden must not be given with layers or units"
            raise ValueError(f"{rule}. Got {settings['hidden']!r} instead.")
        n_layers = 2 if layers is None else checks.integer("layers", layers, 0, MAX_LAYERS)
        n_units = 8 if units is None else checks.integer("units", units, 1, MAX_UNITS)
        settings["hidden"] = [n_units] * n_layers
    return Playground(model, **settings)
