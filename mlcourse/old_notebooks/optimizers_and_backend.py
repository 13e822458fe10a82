"""Find old optimizers, files of models, and calls of the backend, by their arguments."""

import ast

from mlcourse.old_notebooks.edits import Edit, Found, end, insert, remove, rename, replace, start
from mlcourse.old_notebooks.matching import (
    called,
    first_argument,
    function,
    keyword,
    literal,
    method_of_model,
)
from mlcourse.old_notebooks.names import last_name

RATES = {"SGD": 0.01}  # default learning rates; of the others 0.001


def decay(optimizers):
    """Find an optimizer with a `decay` of its learning rate."""

    def finds(node, code):
        word = keyword(node, "decay")
        name = called(node, code)
        if word is None or name not in optimizers:
            return None
        factor = literal(word.value)
        if factor == 0:
            return Found(word, (remove(node, word),))
        rate = keyword(node, "lr", "learning_rate")
        rate = rate.value if rate else node.args[0] if node.args else None
        call = "keras.optimizers.schedules.InverseTimeDecay("
        behind = f", 1, {code.text.of(word.value)})"
        if rate is None:
            text = f"learning_rate={call}{RATES.get(name, 0.001)}{behind}"
            return Found(word, (replace(word, text),))
        edits = insert(start(rate), call), insert(end(rate), behind), remove(node, word)
        return Found(word, edits)

    return finds


def get_value(node, code):
    """Find `get_value` of the backend."""
    if not _is_of_backend(node, code, "get_value") or not node.args:
        return None
    is_rate = last_name(node.args[0]) in ("lr", "learning_rate")
    name = "float" if is_rate else "keras.ops.convert_to_numpy"
    return Found(node, (function(node, name),))


def set_value(node, code):
    """Find `set_value` of the backend."""
    if not _is_of_backend(node, code, "set_value") or len(node.args) != 2:
        return None
    variable, value = node.args
    is_rate = last_name(variable) in ("lr", "learning_rate")
    before = Edit(start(node), start(variable), "")
    between = Edit(end(variable), start(value), " = " if is_rate else ".assign(")
    return Found(node, (before, between, Edit(end(value), end(node), "" if is_rate else ")")))


def backend_function(node, code):
    """Find `backend.function`, which computes outputs from inputs."""
    if not _is_of_backend(node, code, "function") or len(node.args) < 2:
        return None
    inputs = node.args[0]
    edits = [function(node, "keras.Model")]
    parts = inputs.elts if isinstance(inputs, ast.List | ast.Tuple) else []
    kept = [code.text.of(one) for one in parts if last_name(one) != "learning_phase"]
    if len(kept) < len(parts):
        edits.append(replace(inputs, f"[{', '.join(kept)}]"))
    return Found(node, tuple(edits))


def data_format(node, code):
    """Find the order of the dimensions of images as Theano and TensorFlow had it."""
    if not _is_of_backend(node, code, "set_image_dim_ordering") or not node.args:
        return None
    place = {"th": "channels_first", "tf": "channels_last"}.get(literal(node.args[0]))
    new = f'keras.config.set_image_data_format("{place}")' if place else ""
    return Found(node, (replace(node, new),)) if new else None


def weights_of_h5(node, code):
    """Find `load_model` of a file in HDF5, of a model with a loss that it does not read."""
    path = first_argument(node, "filepath") if called(node, code) == "load_model" else None
    text = code.value(path) if path is not None else None
    is_h5 = isinstance(text, str) and text.endswith((".h5", ".hdf5"))
    return None if not is_h5 or keyword(node, "compile") else node


def models_of_short_losses(*losses, found):
    """Find `load_model` of a file in HDF5, without `compile=False`.

    Args:
        losses: short names of losses, which such a file cannot be read with.
        found: whether the notebook compiles a model with one of them.
    """

    def finds(node, code):
        if not weights_of_h5(node, code) or bool(code.losses & set(losses)) != found:
            return None
        place = Edit(_behind_arguments(node), _behind_arguments(node), ", compile=False")
        return Found(node, (place,))

    return finds


def reset_states(node, code):
    """Find `reset_states`, of a model or of a metric."""
    if method_of_model(node, code) != "reset_states":
        return None
    if not code.may_be_model(node.func.value, certain=True):
        return Found(node, (rename(node.func, "reset_state"),))
    owner = code.text.of(node.func.value)
    layers = f'[layer.reset_state() for layer in {owner}.layers if hasattr(layer, "reset_state")]'
    return Found(node, (replace(node, layers),))


def _behind_arguments(call):
    return max(map(end, [*call.args, *call.keywords]))


def _is_of_backend(node, code, name):
    full = code.full(node.func) if isinstance(node, ast.Call) else None
    return full in (f"keras.backend.{name}", f"tensorflow.keras.backend.{name}")
