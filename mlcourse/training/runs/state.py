"""The state of a fit that resuming needs: settings, random generators, callbacks."""

import inspect
import platform
import zlib
from importlib import import_module
from importlib.metadata import version

import keras
import numpy as np

from mlcourse import __version__
from mlcourse._core import files
from mlcourse._core.private_names import CALLBACK_ATTRIBUTES

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
    if isinstance(data, list | tuple) and any(map(_has_shape, keras.tree.flatten(data))):
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


def _has_shape(value):
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


def random_state(model):
    """Returns the states of a model's random generators, such as those of dropout, as arrays."""
    return {f"random/{i}": np.array(one.numpy()) for i, one in enumerate(_generators(model))}


def restore_random_state(model, arrays):
    """Gives the generators the states in a dict that `random_state` made."""
    for i, variable in enumerate(_generators(model)):
        variable.assign(arrays[f"random/{i}"])


def _generators(model):
    weights = {id(variable) for variable in model.weights}
    return [variable for variable in model.variables if id(variable) not in weights]


class CallbackStates:
    """What callbacks have learned since the fit began: what JSON can hold, arrays, lists of arrays.

    Attributes that are arguments of the callback's own are not among them: it has them anyway. So
    early stopping goes on waiting where it was, and has the best weights to bring back. A
    callback with a method `resume` is left out: it is given the log of the fit instead.

    Args:
        callbacks: their list, right after `on_train_begin`.
    """

    def __init__(self, callbacks):
        known, self._callbacks = {}, {}
        for callback in callbacks:
            if not hasattr(callback, "resume"):
                kind = type(callback).__name__
                known[kind] = known.get(kind, 0) + 1
                self._callbacks[f"{kind}/{known[kind]}"] = callback
        self._begun = {key: _plain(callback) for key, callback in self._callbacks.items()}

    def now(self):
        """Returns what has changed: by callback a dict of attributes, and arrays by their place."""
        plain, arrays = {}, {}
        for key, callback in self._callbacks.items():
            begun = self._begun[key]
            found = _plain(callback)
            plain[key] = {name: value for name, value in found.items() if begun.get(name) != value}
            for name, value in _own(callback).items():
                if _is_array(value):
                    arrays[f"{key}/{name}"] = value
                elif isinstance(value, list) and all(map(_is_array, value)):
                    arrays |= {f"{key}/{name}/{i}": array for i, array in enumerate(value)}
        return plain, arrays

    def restore(self, plain, arrays):
        """Gives the callbacks what `now` had found; one that is new has nothing to find."""
        for key, callback in self._callbacks.items():
            vars(callback).update(plain.get(key, {}))
            for place, array in arrays.items():
                if place.startswith(f"{key}/"):
                    name, _, number = place.removeprefix(f"{key}/").partition("/")
                    if not number:
                        setattr(callback, name, array)
                        continue
                    if number == "0":
                        setattr(callback, name, [])
                    getattr(callback, name).append(array)


def _own(callback):
    """Returns the attributes that are neither Keras's nor arguments."""
    given = (*CALLBACK_ATTRIBUTES, *inspect.signature(type(callback).__init__).parameters)
    return {name: value for name, value in vars(callback).items() if name not in given}


def _plain(callback):
    """Returns the attributes that JSON can hold, as it would give them back."""
    found = {name: value for name, value in _own(callback).items() if _is_plain(value)}
    return files.json_roundtrip(found)


def _is_plain(value):
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(one) for key, one in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str | np.number)


def _is_array(value):
    return isinstance(value, np.ndarray) and value.dtype != object
