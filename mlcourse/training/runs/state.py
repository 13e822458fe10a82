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

BACKENDS = ("tensorflow", "jax", "torch")
COMPILE_KEYS = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")


def environment(model):
    """Return the versions of the libraries, of Python and of the platform, as text.

    "code" has a checksum of each class of the model that is not part of Keras.
    """
    backend = keras.backend.backend()
    return {
        "mlcourse": __version__,
        "keras": keras.__version__,
        backend: import_module(backend).__version__,
        "numpy": version("numpy"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "code": {kind.__name__: _checksum(kind) for kind in _own_classes(model)},
    }


def changes(current, saved):
    """Return the differences between two environments that can change the numbers of a fit.

    Args:
        current, saved: results of `environment`; a saved one may lack items.

    Returns:
        A list of text, such as "keras 3.15.1 instead of 3.14.0".
    """
    names = ("keras", *BACKENDS)
    found = [
        f"{name} {current.get(name, 'not used')} instead of {saved.get(name, 'not used')}"
        for name in names
        if "keras" in saved and current.get(name) != saved.get(name)
    ]
    if current["python"] == saved.get("python"):  # each version has its own byte code
        saved_code = saved.get("code", {})
        found += [
            f"changed code of {name}"
            for name, checksum in current["code"].items()
            if saved_code.get(name, checksum) != checksum
        ]
    return found


def _own_classes(model):
    """Return the classes of a model, its layers, optimizer and loss that are not Keras's."""
    parts = [model, model.optimizer, getattr(model, "loss", None), *_all_layers(model)]
    classes = dict.fromkeys(base for part in parts for base in type(part).__mro__)
    libraries = ("keras", "builtins", *BACKENDS)
    return [kind for kind in classes if kind.__module__.split(".")[0] not in libraries]


def _all_layers(model):
    """Yield the layers of a model, and those of inner models."""
    for layer in getattr(model, "layers", ()):
        yield layer
        yield from _all_layers(layer)


def _checksum(kind):
    """Return a checksum of the code of a class's functions, as text."""
    functions = [inspect.unwrap(value) for value in vars(kind).values() if callable(value)]
    codes = [function.__code__ for function in functions if inspect.isfunction(function)]
    return f"{zlib.crc32(repr([_content(code) for code in codes]).encode()):08x}"


def _content(value):
    """Return byte code with its names and constants, or a constant, as text without addresses."""
    if inspect.iscode(value):
        return [value.co_code, value.co_names, *map(_content, value.co_consts)]
    return sorted(map(repr, value)) if isinstance(value, frozenset) else repr(value)


def describe(model):
    """Return the layers, optimizer, loss and metrics of a model, without the layers' names.

    Two models from the same code have the same description. The learning rate is part of it until
    the optimizer's first step: after that, callbacks may have changed it.
    """
    layers = []
    for layer in model.layers:
        layers.append([type(layer).__name__, [list(w.shape) for w in layer.weights]])
    names = {layer.name: f"layer {number}" for number, layer in enumerate(model.layers)}
    try:
        compiled = model.get_compile_config()
        compiled = {key: compiled.get(key) for key in COMPILE_KEYS}
        configs = _without_names({"config": model.get_config(), "compiled": compiled}, names)
        files.as_json(configs)
    except Exception:  # a custom model may have no configuration
        configs = {"compiled": {"optimizer": {"class_name": type(model.optimizer).__name__}}}
    optimizer = configs["compiled"].get("optimizer")
    if isinstance(optimizer, dict) and int(model.optimizer.iterations.numpy()):
        optimizer.get("config", {}).pop("learning_rate", None)
    return {"parameters": model.count_params(), "layers": layers, **configs}


def number_layers(description):
    """Return a description in which numbers replace layers' names, in the order of first use.

    So two descriptions are equal although Keras names the layers of inner models differently.
    """
    return _number_layers(description, {})


def fingerprint(data):
    """Return the arguments of `model.fit` as plain values: arrays by shape, dtype and checksum.

    The fingerprint of another type that can become an array, such as a pandas table, also has the
    name of the type. That of a dataset is the name of its type, with its `settings` if any.
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
    type_name = type(data).__name__
    array = np.asarray(data) if hasattr(data, "__array__") else None
    if array is None or array.dtype == object:
        return type_name
    checksum = zlib.crc32(np.ascontiguousarray(array).data)
    text = f"{array.dtype} {array.shape} {checksum:08x}"
    return text if isinstance(data, np.ndarray) else f"{type_name}: {text}"


def _has_shape(value):
    return hasattr(value, "shape")


def _without_names(value, names):
    """Return a configuration with numbers in place of layers' names, and without other names.

    Args:
        value: a configuration, or a part of it.
        names: a dict of layers' names to their replacements.
    """
    if isinstance(value, dict):
        return {
            key: _without_names(item, names)
            for key, item in value.items()
            if key not in ("name", "shared_object_id")
        }
    if isinstance(value, list | tuple):
        return [_without_names(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def _number_layers(value, numbers):
    """Return a value in which references to layers, such as ["dense_1", 0, 0], have numbers."""
    if isinstance(value, dict):
        return {key: _number_layers(item, numbers) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    if [type(item) for item in value] == [str, int, int]:
        return [numbers.setdefault(value[0], len(numbers)), *value[1:]]
    return [_number_layers(item, numbers) for item in value]


def random_state(model):
    """Return the states of a model's random generators, such as those of dropout, as arrays."""
    variables = _generator_variables(model)
    return {f"random/{i}": np.array(variable.numpy()) for i, variable in enumerate(variables)}


def restore_random_state(model, arrays):
    """Restore the states of a model's random generators from the dict of `random_state`.

    A state of another backend, with another shape, is left out.
    """
    for i, variable in enumerate(_generator_variables(model)):
        state = arrays.get(f"random/{i}")
        if state is not None and state.shape == tuple(variable.shape):
            variable.assign(state)


def _generator_variables(model):
    weights = {id(variable) for variable in model.weights}
    return [variable for variable in model.variables if id(variable) not in weights]


class CallbackStates:
    """The attributes that callbacks have changed during a fit: JSON values, and arrays.

    Arguments of a callback's constructor are not included. So early stopping resumes with its
    count of epochs and its best weights. A callback with a method `load_history` is left out: it
    receives the history of the fit instead.

    Args:
        callbacks: a list of callbacks, right after `on_train_begin`.
    """

    def __init__(self, callbacks):
        counts = {}
        self._callbacks = {}
        for callback in callbacks:
            if not hasattr(callback, "load_history"):
                name = type(callback).__name__
                counts[name] = counts.get(name, 0) + 1
                self._callbacks[f"{name}/{counts[name]}"] = callback
        self._initial = {key: _plain(callback) for key, callback in self._callbacks.items()}

    def collect(self):
        """Return the changes: a dict of attributes for each callback, and a dict of arrays."""
        changed = {}
        arrays = {}
        for key, callback in self._callbacks.items():
            initial = self._initial[key]
            changed[key] = {
                name: value
                for name, value in _plain(callback).items()
                if initial.get(name) != value
            }
            for name, value in _own_attributes(callback).items():
                if _is_array(value):
                    arrays[f"{key}/{name}"] = value
                elif isinstance(value, list) and all(map(_is_array, value)):
                    arrays |= {f"{key}/{name}/{i}": array for i, array in enumerate(value)}
        return changed, arrays

    def restore(self, changed, arrays):
        """Restore the callbacks from the result of `collect`; new callbacks stay as they are."""
        for key, callback in self._callbacks.items():
            vars(callback).update(changed.get(key, {}))
            for path, array in arrays.items():
                if path.startswith(f"{key}/"):
                    _restore_array(callback, path.removeprefix(f"{key}/"), array)


def _restore_array(callback, path, array):
    """Set the attribute "name", or append to the list "name/index"."""
    name, _, index = path.partition("/")
    if not index:
        setattr(callback, name, array)
        return
    if index == "0":
        setattr(callback, name, [])
    getattr(callback, name).append(array)


def _own_attributes(callback):
    """Return the attributes that are neither Keras's nor arguments of the constructor."""
    arguments = inspect.signature(type(callback).__init__).parameters
    excluded = (*CALLBACK_ATTRIBUTES, *arguments)
    return {name: value for name, value in vars(callback).items() if name not in excluded}


def _plain(callback):
    """Return the attributes that JSON can hold, as JSON returns them."""
    attributes = _own_attributes(callback).items()
    return files.json_roundtrip({name: value for name, value in attributes if _is_plain(value)})


def _is_plain(value):
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str | np.number)


def _is_array(value):
    return isinstance(value, np.ndarray) and value.dtype != object
