"""What a run is trained with: its model and its data in plain values, and the versions of all."""

import platform
import zlib
from importlib import import_module
from importlib.metadata import version

import keras
import numpy as np

from mlcourse import __version__, files

COMPILED = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")


def environment():
    """Returns names and versions, as text."""
    backend = keras.backend.backend()
    return {
        "mlcourse": __version__,
        "keras": keras.__version__,
        backend: import_module(backend).__version__,
        "numpy": version("numpy"),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


def describe(model):
    """Returns layers, optimizer, loss and metrics of a model, without the names of its layers.

    Two models made by the same lines have the same description. The learning rate is part of it
    as long as the optimizer has made no step: after that, callbacks may have changed it.
    """
    layers = [[type(one).__name__, [list(w.shape) for w in one.weights]] for one in model.layers]
    names = {layer.name: f"layer {number}" for number, layer in enumerate(model.layers)}
    try:
        config, compiled = model.get_config(), model.get_compile_config()
        compiled = {key: compiled.get(key) for key in COMPILED}
        found = _nameless({"config": config, "compiled": compiled}, names)
        files.as_json(found)
    except Exception:  # a model of the user's own need not have a configuration
        found = {"compiled": {"optimizer": {"class_name": type(model.optimizer).__name__}}}
    optimizer = found["compiled"].get("optimizer")
    if isinstance(optimizer, dict) and int(model.optimizer.iterations.numpy()):
        optimizer.get("config", {}).pop("learning_rate", None)
    return {"parameters": model.count_params(), "layers": layers, **found}


def numbered(found):
    """Returns a description in which layers go by the order in which they are first mentioned.

    So Keras's own names of layers of models within, which differ each time, make no difference.
    """
    return _numbered(found, {})


def fingerprint(data):
    """Returns the arguments of `model.fit` as plain values: arrays by shape, type and check sum.

    What can become an array, such as a table of pandas, has its type's name besides. A dataset is
    its type's name, with its `settings` if it has such.
    """
    if isinstance(data, dict):
        return {str(key): fingerprint(value) for key, value in data.items()}
    if isinstance(data, list | tuple) and any(map(_is_array, keras.tree.flatten(data))):
        return [fingerprint(value) for value in data]
    if isinstance(data, keras.utils.PyDataset) and hasattr(data, "settings"):
        return {"dataset": type(data).__name__, **fingerprint(data.settings)}
    if keras.ops.is_tensor(data):
        data = keras.ops.convert_to_numpy(data)
    if data is None or isinstance(data, bool | int | float | str):
        return data
    kind, array = type(data).__name__, np.asarray(data) if hasattr(data, "__array__") else None
    if array is None or array.dtype == object:
        return kind
    check_sum = zlib.crc32(np.ascontiguousarray(array).data)
    said = f"{array.dtype} {array.shape} {check_sum:08x}"
    return said if isinstance(data, np.ndarray) else f"{kind}: {said}"


def _is_array(value):
    return hasattr(value, "shape")


def _nameless(value, names):
    """Returns a configuration in which layers go by their numbers, and nothing else by a name."""
    if isinstance(value, dict):
        kept = {key: one for key, one in value.items() if key not in ("name", "shared_object_id")}
        return {key: _nameless(one, names) for key, one in kept.items()}
    if isinstance(value, list | tuple):
        return [_nameless(one, names) for one in value]
    return names.get(value, value) if isinstance(value, str) else value


def _numbered(value, numbers):
    """Returns a value in which a layer that tensors come from, ["dense_1", 0, 0], is a number."""
    if isinstance(value, dict):
        return {key: _numbered(one, numbers) for key, one in value.items()}
    if not isinstance(value, list):
        return value
    if [type(one) for one in value] == [str, int, int]:
        return [numbers.setdefault(value[0], len(numbers)), *value[1:]]
    return [_numbered(one, numbers) for one in value]
