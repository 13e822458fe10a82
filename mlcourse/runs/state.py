"""What a fit that goes on has to find again, beside the weights: random states, callbacks."""

import inspect

import numpy as np

from mlcourse import files
from mlcourse.private_names import CALLBACK_ATTRIBUTES


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
    return files.plain(found)


def _is_plain(value):
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(one) for key, one in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str | np.number)


def _is_array(value):
    return isinstance(value, np.ndarray) and value.dtype != object
