"""Rules for old optimizers, utilities and the backend of Keras."""

import ast

from mlcourse.lectures.old_notebooks.edits import (
    Edit,
    Found,
    end,
    insert,
    remove,
    rename,
    replace,
    start,
)
from mlcourse.lectures.old_notebooks.keras_moves import (
    KERAS_BACKEND,
    KERAS_ENGINE,
    KERAS_PLOT,
    KERAS_PLOTS,
    KERAS_UTILS,
    KERAS_WRAPPERS,
)
from mlcourse.lectures.old_notebooks.matching import (
    Rule,
    arguments,
    called,
    first_argument,
    function,
    keyword,
    last_name,
    literal,
    method_of_model,
    named,
    of_keras,
)
from mlcourse.lectures.old_notebooks.moves import moved, of_another_root

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


STILL_IN_BACKEND = (
    *("backend", "clear_session", "epsilon", "floatx", "get_uid", "image_data_format"),
    *("is_float_dtype", "is_int_dtype", "is_keras_tensor", "result_type", "set_epsilon"),
    *("set_floatx", "set_image_data_format", "standardize_dtype"),
)
SPECIAL = (
    *("function", "get_session", "get_value", "gradients", "learning_phase"),
    *("set_image_dim_ordering", "set_learning_phase", "set_session", "set_value"),
    *("tensorflow_backend",),
)

RULES = (
    Rule("from keras.wrappers.scikit_learn import KerasClassifier", moved(KERAS_WRAPPERS)),
    Rule("from keras.utils import np_utils", moved(KERAS_UTILS), "`keras.utils.to_categorical`"),
    Rule(
        "from keras.utils.vis_utils import plot_model",
        moved(KERAS_PLOTS, KERAS_PLOT),
        "or `mlcourse.plot_model_graph(model)`",
    ),
    Rule(
        "keras.utils.to_categorical(y, nb_classes=3)",
        arguments(["to_categorical"], {"nb_classes": "num_classes"}),
    ),
    Rule(
        "keras.utils.layer_utils.print_summary(model)",
        of_keras("utils.layer_utils", "utils.print_summary"),
        new="model.summary()",
    ),
    Rule("from keras.engine.topology import Layer", moved(KERAS_ENGINE)),
    Rule(
        "from tensorflow.python.keras.layers import Dense",
        of_another_root("tensorflow.python.keras", "tensorflow.contrib.keras"),
        "imported, but refused by models of Keras 3",
    ),
    Rule(
        "tfa.optimizers.CyclicalLearningRate(0.001, 0.006, 2000, lambda n: 1)",
        named("tensorflow_addons.optimizers.CyclicalLearningRate"),
        "a callback of `fit`; the optimizer gets a number as its learning rate",
        "mlcourse.CyclicLR(0.001, 0.006, step_size=2000)",
    ),
    Rule(
        "import tensorflow_addons as tfa",
        named("tensorflow_addons", kept=["tensorflow_addons.optimizers.CyclicalLearningRate"]),
        "Keras has its optimizers, layers and metrics",
        "keras.optimizers.AdamW(0.001, weight_decay=0.0001)",
    ),
    # the backend
    Rule("keras.backend.get_value(model.optimizer.learning_rate)", get_value),
    Rule("keras.backend.set_value(model.optimizer.learning_rate, 0.1)", set_value),
    Rule("keras.backend.function(model.inputs, model.outputs)", backend_function),
    Rule(
        "keras.backend.learning_phase()",
        of_keras("backend.learning_phase", "backend.set_learning_phase"),
        new="model(x, training=True)",
    ),
    Rule(
        "keras.backend.gradients(model.outputs, model.inputs)",
        named("keras.backend.gradients"),
        "of the loss; `mlcourse.inspection.attribution` has those of a class",
        "mlcourse.inspection.gradients(model, x, y)",
    ),
    Rule('keras.backend.set_image_dim_ordering("th")', data_format),
    Rule(
        "keras.backend.get_session()",
        of_keras("backend.get_session", "backend.set_session", "backend.tensorflow_backend"),
        "Keras 3 has no sessions; this sets the growth of the GPU's memory",
        "mlcourse.devices.configure()",
    ),
    Rule("keras.backend.square(x)", moved(KERAS_BACKEND)),
    Rule(
        "keras.backend.foldl(max, x)",
        named(
            "keras.backend",
            kept=[
                "keras.backend",
                *(f"keras.backend.{name}" for name in (*STILL_IN_BACKEND, *SPECIAL)),
                *(name.rstrip(".") for name in KERAS_BACKEND),
            ],
        ),
        "`keras.ops` has NumPy's functions",
        "from keras import ops",
    ),
    Rule(
        "from tensorflow import keras",
        of_another_root("tensorflow.keras"),
        "works with TensorFlow alone, not with JAX or PyTorch",
        status="note",
    ),
)
