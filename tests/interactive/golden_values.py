"""The expected values of the live components' arithmetic, computed by the package's Python.

Run `python -m tests.interactive.golden_values` after a change of the arithmetic to write the files
in `golden` again.
"""

import inspect
import itertools
import json
from pathlib import Path

import numpy as np

from mlcourse import activations, scratch
from mlcourse.initializers import INITIALIZERS
from mlcourse.interactive.components import playground_settings, seeded
from mlcourse.interactive.components.convolution import Convolution
from mlcourse.interactive.components.schedules import FUNCTIONS, LIMITS, Schedules
from mlcourse.networks.convolution import WindowLayer
from mlcourse.networks.network import Scaling
from mlcourse.optimizers.rules import RULES
from mlcourse.optimizers.schedules import CYCLES
from mlcourse.scratch.layers import Layer

FOLDER = Path(__file__).with_name("golden")
Z = [-40.0, -9.0, -5.5, -2.0, -0.7, -1e-3, 0.0, 1e-3, 0.4, 1.0, 3.0, 4.9, 6.0, 40.0]
OUTPUTS = {0: "linear", 2: "sigmoid", 3: "softmax"}
SMALL = {"n_samples": 40, "test_fraction": 0.3, "hidden": [3, 2], "activation": "tanh"}
BASE = {**playground_settings.DEFAULTS, **SMALL}
EPOCHS = 36
RATES = {"sgd": 0.1, "adadelta": 1.0, "lion": 0.003}
CASES = [
    *({"activation": name} for name in playground_settings.HIDDEN_ACTIVATIONS),
    *({"optimizer": name, "learning_rate": RATES.get(name, 0.01)} for name in RULES),
    *({"points": name} for name in seeded.POINTS),
    {"loss": "mean_squared_error"},
    {"loss": "mean_squared_error", "points": "blobs"},
    {"l1": 0.01, "l2": 0.003},
    {"l2": 0.003},
    {"dropout": 0.25, "batch_size": 7},
    {"features": list(seeded.FEATURES), "initializer": "he_normal", "seed": 5},
    {"hidden": []},
]
LONG = [  # without L1: its gradient jumps at 0, where a last bit decides the sign of a weight
    number
    for number, case in enumerate(CASES)
    if case.get("activation") in ("tanh", "relu", "sigmoid")
    or ("l1" not in case and case.keys() & {"optimizer", "loss", "l2", "dropout"})
]


class Mask(Layer):
    """A dropout layer whose masks come from the seeded generator."""

    def __init__(self, name, rate, uniform):
        super().__init__(name)
        self.rate, self.uniform = rate, uniform

    def forward(self, x, training=False):
        self.scale = 1.0
        if training and self.rate:
            draws = np.array([self.uniform() for _ in range(x.size)]).reshape(x.shape)
            self.scale = np.where(draws < self.rate, 0.0, 1 / (1 - self.rate))
        return x * self.scale

    def backward(self, grad, to_inputs=True):
        return grad * self.scale


def make_layers(settings, sizes):
    """Return the layers before the output function, in float64, with the seeded weights."""
    uniform = seeded.generator(settings["seed"], "dropout")
    params = seeded.initial_parameters(sizes, settings["initializer"], settings["seed"])
    name = settings["activation"]
    layers = []
    for number, (inputs, units) in enumerate(itertools.pairwise(sizes)):
        affine = scratch.Affine(f"dense {number}", inputs, units, dtype="float64")
        kernel, bias, params = np.split(params, [inputs * units, (inputs + 1) * units])
        affine.params = {"w": kernel.reshape(inputs, units), "b": bias}
        layers.append(affine)
        if number < len(sizes) - 2:
            layers.append(scratch.Activation(f"activation {number}", activations.find(name)))
            layers.append(Mask(f"dropout {number}", settings["dropout"], uniform))
    return layers


def train(settings, epochs):
    """Return parameters and losses after some epochs, as the page trains."""
    n_classes = seeded.POINTS[settings["points"]][0]
    names = ("points", "n_samples", "noise", "seed")
    points, y = seeded.make_points(*(settings[name] for name in names))
    inputs = seeded.compute_features(settings["features"], points.astype(float))
    targets = np.eye(3)[y] if n_classes == 3 else y[:, None].astype(float)
    parts = seeded.split(len(points), settings["test_fraction"], settings["seed"])
    sizes = [inputs.shape[1], *settings["hidden"], targets.shape[1]]
    layers = make_layers(settings, sizes)
    squared = settings["loss"] == "mean_squared_error" or not n_classes
    loss = scratch.MSE() if squared else {2: scratch.BCE, 3: scratch.CrossEntropy}[n_classes]()
    if squared:
        layers.append(scratch.Activation("output", activations.find(OUTPUTS[n_classes])))
    fit(settings, epochs, scratch.Model(layers), loss, inputs[parts[0]], targets[parts[0]])
    model = scratch.Model(layers)
    affines = [layer for layer in layers if layer.params]
    arrays = [np.ravel(layer.params[name]) for layer in affines for name in ("w", "b")]
    losses = [loss.value_and_gradient(model(inputs[part]), targets[part])[0] for part in parts]
    return np.concatenate(arrays).tolist(), losses


def fit(settings, epochs, model, loss, inputs, targets):
    """Train a model in batches, in the seeded order."""
    rule = RULES[settings["optimizer"]](settings["learning_rate"])
    order_of = seeded.generator(settings["seed"], "order")
    affines = [layer for layer in model.layers if layer.params]
    states = {(layer, name): rule.init(layer.params[name]) for layer in affines for name in "wb"}
    step = 0
    for _ in range(epochs):
        order = seeded.permutation(len(inputs), order_of)
        for begin in range(0, len(order), settings["batch_size"]):
            batch = order[begin : begin + settings["batch_size"]]
            z = model(inputs[batch], training=True)
            model.backward(loss.value_and_gradient(z, targets[batch])[1])
            step += 1
            for (layer, name), state in states.items():
                w, g = layer.params[name], layer.grads[name]
                if name == "w":
                    g = g + settings["l1"] * np.sign(w) + 2 * settings["l2"] * w
                layer.params[name], states[layer, name] = rule.update(
                    w, g, state, settings["learning_rate"], step
                )


def activation_values():
    z = np.array(Z)
    da = np.linspace(-1, 2, len(Z))
    values = {"z": Z, "da": da.tolist(), "functions": {}}
    for name in playground_settings.HIDDEN_ACTIVATIONS:
        function = activations.find(name)
        values["functions"][name] = [
            function.function(z).tolist(),
            function.backward(z, da).tolist(),
        ]
    rows = np.array([[1.0, 2.0, -3.0], [30.0, -30.0, 0.0]])
    grads = np.array([[1.0, 0.0, -1.0], [0.5, 0.2, 0.0]])
    softmax = activations.find("softmax")
    values["softmax"] = {
        "z": rows.ravel().tolist(),
        "da": grads.ravel().tolist(),
        "a": softmax.function(rows).ravel().tolist(),
        "dz": softmax.backward(rows, grads).ravel().tolist(),
    }
    return values


def loss_values():
    z = np.array([[0.3, -2.0, 1.0], [4.0, 30.0, -30.0]])
    y = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    losses = {
        "binary_crossentropy": scratch.BCE(),
        "categorical_crossentropy": scratch.CrossEntropy(),
        "mean_squared_error": scratch.MSE(),
    }
    values = {"z": z.ravel().tolist(), "y": y.ravel().tolist(), "losses": {}}
    for name, loss in losses.items():
        value, gradient = loss.value_and_gradient(z, y)
        values["losses"][name] = [value, gradient.ravel().tolist()]
    return values


def rule_values():
    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(20, 3)).round(3)
    values = {"w": [1.0, -0.5, 0.0], "gradients": gradients.tolist(), "rate": 0.05, "rules": {}}
    for name, rule in RULES.items():
        optimizer = rule(0.05)
        w = np.array(values["w"])
        state = optimizer.init(w)
        path = []
        for step, gradient in enumerate(gradients, 1):
            w, state = optimizer.update(w, gradient, state, 0.05, step)
            path.append(w.tolist())
        defaults = {key: float(value) for key, value in rule.defaults.items()}
        values["rules"][name] = {"defaults": defaults, "path": [path[0], path[9], path[19]]}
    return values


def shortest(array):
    """Return float32 or whole numbers with no more digits than float32 has."""
    return [float(str(number)) for number in array.ravel()]


def random_values():
    uniform = seeded.generator(12, "points")
    return {
        "uniform": [uniform() for _ in range(5)],
        "permutation": seeded.permutation(9, seeded.generator(3, "order")).tolist(),
        "initializers": {
            name: seeded.initial_parameters([2, 3, 1], name, 7).tolist() for name in INITIALIZERS
        },
        "points": {
            kind: [shortest(part) for part in seeded.make_points(kind, 60, 0.2, 3)]
            for kind in seeded.POINTS
        },
        "split": [part.tolist() for part in seeded.split(20, 0.3, 4)],
    }


WINDOWS = [
    {"kind": "convolution", "size": (3, 3)},
    {"kind": "convolution", "size": (3, 2), "strides": (2, 3), "padding": "same"},
    {"kind": "convolution", "size": (2, 3), "padding": "same", "dilation": (3, 2)},
    {"kind": "convolution", "size": (1, 1), "strides": (4, 4), "padding": "same"},
    {"kind": "max", "size": (2, 2), "strides": (2, 2)},
    {"kind": "max", "size": (3, 3), "strides": (2, 2), "padding": "same"},
    {"kind": "average", "size": (3, 2), "strides": (1, 2), "padding": "same"},
    {"kind": "average", "size": (2, 2), "strides": (1, 1)},
]


def window_values():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(7, 6, 2)).round(3)
    bias = np.array([0.5, -1.0])
    scaling = Scaling(np.array([2.0, -0.5]), np.array([0.1, 0.2]), 4)
    cases = []
    for options in WINDOWS:
        kernel = None
        if options["kind"] == "convolution":
            kernel = rng.normal(size=(*options["size"], 2, 2)).round(3)
        functions = (scaling, activations.find("tanh"))
        layer = WindowLayer("", **options, kernel=kernel, bias=bias, functions=functions)
        made = Convolution([layer], x)
        numbers = np.frombuffer(made.numbers).tolist()
        maps = made.feature_maps
        cases.append(
            {
                "settings": made.settings,
                "numbers": numbers,
                "size": list(maps.shape[:2]),
                "sums": layer.sums(x).ravel().tolist(),
                "map": maps.ravel().tolist(),
            }
        )
    return {"cases": cases}


def schedule_values():
    """Return learning rates of each schedule, by default and with each parameter at its limits."""
    steps = [0, 1, 7, 14, 15, 30, 44, 45, 77, 99]
    changes = [{"mode": mode, "schedule": "cyclical"} for mode in CYCLES]
    for name, function in FUNCTIONS.items():
        numbers = LIMITS.keys() & inspect.signature(function).parameters.keys()
        changes.append({"schedule": name})
        for number in sorted(numbers):
            changes += [{"schedule": name, number: value} for value in LIMITS[number][:2]]
    changes += [{"schedule": "cyclical", "mode": "exp_range", "gamma": 0.9}]
    cases = []
    for settings in changes:
        shown = Schedules()
        shown.set(**settings)
        cases.append({"changes": settings, "rates": shown.schedule(steps).tolist()})
    return {
        "schedules": list(FUNCTIONS),
        "modes": list(CYCLES),
        "limits": {name: list(limits) for name, limits in LIMITS.items()},
        "steps": steps,
        "cases": cases,
    }


def settings_values():
    choices = {name: list(values) for name, values in playground_settings.CHOICES.items()}
    limits = {
        name: [*limit, name in playground_settings.WHOLE]
        for name, limit in playground_settings.LIMITS.items()
    }
    names = ("MAX_LAYERS", "MAX_UNITS", "MAX_OWN_POINTS")
    return {
        "defaults": playground_settings.DEFAULTS,
        "choices": choices,
        "limits": limits,
        **{name: getattr(playground_settings, name) for name in names},
    }


def training_values():
    """Return parameters and losses after 108 steps, and after 1080 steps in some cases."""
    runs = []
    for number, case in enumerate(CASES):
        lengths = (EPOCHS, 10 * EPOCHS) if number in LONG else (EPOCHS,)
        for epochs in lengths:
            params, losses = train({**BASE, **case}, epochs)
            runs.append({"changes": case, "epochs": epochs, "params": params, "losses": losses})
    return {"settings": BASE, "runs": runs}


FILES = {
    "activations": activation_values,
    "losses": loss_values,
    "rules": rule_values,
    "random": random_values,
    "schedules": schedule_values,
    "settings": settings_values,
    "training": training_values,
    "windows": window_values,
}


def write():
    FOLDER.mkdir(exist_ok=True)
    for name, function in FILES.items():
        path = FOLDER / f"{name}.json"
        path.write_text(json.dumps(function(), separators=(",", ":")) + "\n", "utf-8")
        print(path, path.stat().st_size)


if __name__ == "__main__":
    write()
