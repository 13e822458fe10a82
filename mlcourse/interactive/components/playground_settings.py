"""Settings of the live playground: defaults, limits and checks.

`js/settings.js` has the same table; a test compares both.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from mlcourse._core import checks
from mlcourse.activations import ACTIVATIONS
from mlcourse.initializers import INITIALIZERS
from mlcourse.interactive.components.seeded import FEATURES, POINTS
from mlcourse.optimizers.rules import RULES

DEFAULTS: dict[str, Any] = {
    "points": "moons",
    "n_samples": 300,
    "noise": 0.2,
    "test_fraction": 0.5,
    "seed": 0,
    "own_points": [],
    "features": ["x1", "x2"],
    "hidden": [8, 4],
    "activation": "relu",
    "initializer": "glorot_uniform",
    "loss": "crossentropy",
    "optimizer": "adam",
    "learning_rate": 0.03,
    "batch_size": 10,
    "l1": 0,
    "l2": 0,
    "dropout": 0,
    "speed": "epoch",
}
HIDDEN_ACTIVATIONS = [name for name in ACTIVATIONS if name not in ("softmax", "linear")] + [
    "linear"
]
CHOICES = {
    "points": [*POINTS, "own"],
    "features": list(FEATURES),
    "activation": HIDDEN_ACTIVATIONS,
    "initializer": list(INITIALIZERS),
    "loss": ["crossentropy", "mean_squared_error"],
    "optimizer": list(RULES),
    "speed": ["batch", "epoch", "ten_epochs", "maximum"],
}
LIMITS = {
    "n_samples": (10, 1000),
    "noise": (0, 1),
    "test_fraction": (0, 0.8),
    "seed": (0, 9999),
    "learning_rate": (1e-5, 10),
    "batch_size": (1, 1000),
    "l1": (0, 1),
    "l2": (0, 1),
    "dropout": (0, 0.9),
}
WHOLE = ("n_samples", "seed", "batch_size")
MAX_LAYERS = 6
MAX_UNITS = 32
MAX_OWN_POINTS = 500
MAX_COORDINATE = 1000


def check_settings(changes: Mapping[str, Any], settings: Mapping[str, Any] = DEFAULTS) -> dict:
    """Return settings with some of them changed.

    Args:
        changes: values by name; `points` may also be a pair (X, y) of one's own, with X, (n, 2),
            and y, (n,), classes 0, 1 and 2.
        settings: valid settings to start from.

    Raises:
        ValueError: for an unknown name, or a value that is not allowed.

    >>> check_settings({"hidden": [8, 8]})["hidden"]
    [8, 8]
    """
    changed = dict(settings)
    for name, value in changes.items():
        checks.choice("a setting", name, DEFAULTS)
        if name in LIMITS:
            changed[name] = _check_number(name, value)
        elif name == "features":
            changed[name] = _check_features(value)
        elif name == "hidden":
            changed[name] = _check_hidden(value)
        elif name == "own_points":
            changed[name] = _check_rows(value)
        elif name == "points" and not isinstance(value, str):
            changed["own_points"] = _check_pair(value)
            changed[name] = "own"
        else:
            changed[name] = checks.choice(name, value, CHOICES[name])
    if changed["points"] == "own" and len(changed["own_points"]) < 2:
        rule = "points of one's own must be at least 2"
        raise ValueError(f"{rule}. Got {len(changed['own_points'])} instead.")
    return changed


def _check_number(name, value):
    low, high = LIMITS[name]
    if name in WHOLE:
        return checks.integer(name, value, low, high)
    return checks.number_within(name, value, low, high)


def _check_features(value):
    names = checks.texts("features", value)
    for name in names:
        checks.choice("each of features", name, FEATURES)
    if not names:
        raise ValueError("features must have at least one name. Got none instead.")
    return [name for name in FEATURES if name in names]


def _check_hidden(value):
    if not isinstance(value, list | tuple) or len(value) > MAX_LAYERS:
        rule = f"hidden must be a list of at most {MAX_LAYERS} numbers of units"
        raise ValueError(f"{rule}. Got {value!r} instead.")
    return [checks.integer("each of hidden", units, 1, MAX_UNITS) for units in value]


def _check_pair(value):
    if not isinstance(value, list | tuple) or len(value) != 2:
        names = ", ".join(CHOICES["points"])
        rule = f"points must be one of {names}, or a pair (X, y)"
        raise ValueError(f"{rule}. Got {value!r} instead.")
    X, y = checks.finite("X", value[0]), checks.finite("y", value[1])  # noqa: N806
    checks.n_features("X", X, 2)
    checks.same_length("X", X, "y", y)
    return _check_rows(
        [[*map(float, row), label] for row, label in zip(X, np.ravel(y), strict=True)]
    )


def _check_rows(value):
    rule = f"own_points must be a list of at most {MAX_OWN_POINTS} rows [x1, x2, class]"
    table = checks.finite("own_points", value if len(value) else np.empty((0, 3)))
    if table.ndim != 2 or table.shape[1] != 3 or len(table) > MAX_OWN_POINTS:
        raise ValueError(f"{rule}. Got an array of shape {table.shape} instead.")
    if not np.isin(table[:, 2], (0, 1, 2)).all():
        got = np.unique(table[:, 2]).tolist()
        raise ValueError(f"classes must be 0, 1 or 2. Got {got} instead.")
    if np.abs(table[:, :2]).max(initial=0) > MAX_COORDINATE:
        got = f"{np.abs(table[:, :2]).max():g}"
        raise ValueError(f"coordinates must be at most {MAX_COORDINATE}. Got {got} instead.")
    places = table[:, :2].astype("float32").astype(float)
    return [[x1, x2, int(label)] for (x1, x2), label in zip(places, table[:, 2], strict=True)]
