"""What a run was trained with: a network in words, and the versions of what trained it."""

import platform
from importlib.metadata import version

import keras

from mlcourse import __version__


def environment():
    """Returns names and versions, as text."""
    backend = keras.backend.backend()
    return {
        "mlcourse": __version__,
        "keras": keras.__version__,
        backend: version(backend),
        "numpy": version("numpy"),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


def describe(model):
    """Returns what two models have in common if one can take over the other's weights."""
    layers = [[type(one).__name__, [list(w.shape) for w in one.weights]] for one in model.layers]
    optimizer, parameters = type(model.optimizer).__name__, model.count_params()
    return {"layers": layers, "optimizer": optimizer, "parameters": parameters}
