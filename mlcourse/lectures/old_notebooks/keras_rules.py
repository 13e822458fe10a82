"""Rules for old optimizers, utilities and the backend of Keras."""

import ast

from mlcourse.lectures.old_notebooks.matching import (
    Edit,
    Match,
    Rule,
    called,
    end,
    first_argument,
    insert,
    keyword,
    literal,
    match_arguments,
    match_keras_names,
    match_names,
    method_of_model,
    remove,
    rename,
    replace,
    replace_function,
    start,
)
from mlcourse.lectures.old_notebooks.moves import (
    KERAS_BACKEND,
    KERAS_ENGINE,
    KERAS_PLOT,
    KERAS_PLOTS,
    KERAS_UTILS,
    KERAS_WRAPPERS,
    match_import_of,
    match_moved,
)
from mlcourse.lectures.old_notebooks.notebook_code import last_name

DEFAULT_RATES = {"SGD": 0.01}  # 0.001 for the others


def match_decay(optimizers):
    """Match optimizers with the argument `decay`."""

    def match(node, code):
        kwarg = keyword(node, "decay")
        name = called(node, code)
        if kwarg is None or name not in optimizers:
            return None
        factor = literal(kwarg.value)
        if factor == 0:
            return Match(kwarg, (remove(node, kwarg),))
        rate = keyword(node, "lr", "learning_rate")
        rate = rate.value if rate else node.args[0] if node.args else None
        call = "keras.optimizers.schedules.InverseTimeDecay("
        after = f", 1, {code.text.of(kwarg.value)})"
        if rate is None:
            text = f"learning_rate={call}{DEFAULT_RATES.get(name, 0.001)}{after}"
            return Match(kwarg, (replace(kwarg, text),))
        edits = insert(start(rate), call), insert(end(rate), after), remove(node, kwarg)
        return Match(kwarg, edits)

    return match


def match_get_value(node, code):
    """Match `backend.get_value`."""
    if not _is_of_backend(node, code, "get_value") or not node.args:
        return None
    is_rate = last_name(node.args[0]) in ("lr", "learning_rate")
    name = "float" if is_rate else "keras.ops.convert_to_numpy"
    return Match(node, (replace_function(node, name),))


def match_set_value(node, code):
    """Match `backend.set_value`."""
    if not _is_of_backend(node, code, "set_value") or len(node.args) != 2:
        return None
    variable, value = node.args
    is_rate = last_name(variable) in ("lr", "learning_rate")
    before = Edit(start(node), start(variable), "")
    between = Edit(end(variable), start(value), " = " if is_rate else ".assign(")
    return Match(node, (before, between, Edit(end(value), end(node), "" if is_rate else ")")))


def match_backend_function(node, code):
    """Match `backend.function`, which returns a function from inputs to outputs."""
    if not _is_of_backend(node, code, "function") or len(node.args) < 2:
        return None
    inputs = node.args[0]
    edits = [replace_function(node, "keras.Model")]
    parts = inputs.elts if isinstance(inputs, ast.List | ast.Tuple) else []
    remaining = [code.text.of(part) for part in parts if last_name(part) != "learning_phase"]
    if len(remaining) < len(parts):
        edits.append(replace(inputs, f"[{', '.join(remaining)}]"))
    return Match(node, tuple(edits))


def match_dim_ordering(node, code):
    """Match `backend.set_image_dim_ordering`, with "th" or "tf"."""
    if not _is_of_backend(node, code, "set_image_dim_ordering") or not node.args:
        return None
    data_format = {"th": "channels_first", "tf": "channels_last"}.get(literal(node.args[0]))
    if data_format is None:
        return None
    return Match(node, (replace(node, f'keras.config.set_image_data_format("{data_format}")'),))


def _is_hdf5_load(node, code):
    """Return whether a node calls `load_model` with an HDF5 file, and without `compile`."""
    path = first_argument(node, "filepath") if called(node, code) == "load_model" else None
    text = code.value(path) if path is not None else None
    is_h5 = isinstance(text, str) and text.endswith((".h5", ".hdf5"))
    return is_h5 and keyword(node, "compile") is None


def match_short_losses(*losses, is_compiled):
    """Match `load_model` with an HDF5 file, whose model may have a loss with a short name.

    Args:
        losses: short names of losses, with which Keras 3 cannot load the file.
        is_compiled: whether the notebook compiles a model with one of them.
    """

    def match(node, code):
        if not _is_hdf5_load(node, code) or bool(code.losses & set(losses)) != is_compiled:
            return None
        last = max(map(end, [*node.args, *node.keywords]))
        return Match(node, (insert(last, ", compile=False"),))

    return match


def match_reset_states(node, code):
    """Match `reset_states` of a model or a metric."""
    if method_of_model(node, code) != "reset_states":
        return None
    if not code.may_be_model(node.func.value, strict=True):
        return Match(node, (rename(node.func, "reset_state"),))
    owner = code.text.of(node.func.value)
    layers = f'[layer.reset_state() for layer in {owner}.layers if hasattr(layer, "reset_state")]'
    return Match(node, (replace(node, layers),))


def _is_of_backend(node, code, name):
    """Return whether a node calls this function of the backend."""
    full_name = code.full_name(node.func) if isinstance(node, ast.Call) else None
    return full_name in (f"keras.backend.{name}", f"tensorflow.keras.backend.{name}")


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
    Rule("from keras.wrappers.scikit_learn import KerasClassifier", match_moved(KERAS_WRAPPERS)),
    Rule(
        "from keras.utils import np_utils", match_moved(KERAS_UTILS), "`keras.utils.to_categorical`"
    ),
    Rule(
        "from keras.utils.vis_utils import plot_model",
        match_moved(KERAS_PLOTS, KERAS_PLOT),
        "or `mlcourse.plot_model_graph(model)`",
    ),
    Rule(
        "keras.utils.to_categorical(y, nb_classes=3)",
        match_arguments(["to_categorical"], {"nb_classes": "num_classes"}),
    ),
    Rule(
        "keras.utils.layer_utils.print_summary(model)",
        match_keras_names("utils.layer_utils", "utils.print_summary"),
        new="model.summary()",
    ),
    Rule("from keras.engine.topology import Layer", match_moved(KERAS_ENGINE)),
    Rule(
        "from tensorflow.python.keras.layers import Dense",
        match_import_of("tensorflow.python.keras", "tensorflow.contrib.keras"),
        "can be imported, but models of Keras 3 reject it",
    ),
    Rule(
        "tfa.optimizers.CyclicalLearningRate(0.001, 0.006, 2000, lambda n: 1)",
        match_names("tensorflow_addons.optimizers.CyclicalLearningRate"),
        "a callback of `fit`; the optimizer's learning rate must be a number",
        "mlcourse.CyclicLR(0.001, 0.006, step_size=2000)",
    ),
    Rule(
        "import tensorflow_addons as tfa",
        match_names(
            "tensorflow_addons", except_for=["tensorflow_addons.optimizers.CyclicalLearningRate"]
        ),
        "Keras has its optimizers, layers and metrics",
        "keras.optimizers.AdamW(0.001, weight_decay=0.0001)",
    ),
    # the backend
    Rule("keras.backend.get_value(model.optimizer.learning_rate)", match_get_value),
    Rule("keras.backend.set_value(model.optimizer.learning_rate, 0.1)", match_set_value),
    Rule("keras.backend.function(model.inputs, model.outputs)", match_backend_function),
    Rule(
        "keras.backend.learning_phase()",
        match_keras_names("backend.learning_phase", "backend.set_learning_phase"),
        new="model(x, training=True)",
    ),
    Rule(
        "keras.backend.gradients(model.outputs, model.inputs)",
        match_names("keras.backend.gradients"),
        "gradients of the loss; for those of a class, see `mlcourse.inspection.attribution`",
        "mlcourse.inspection.gradients(model, x, y)",
    ),
    Rule('keras.backend.set_image_dim_ordering("th")', match_dim_ordering),
    Rule(
        "keras.backend.get_session()",
        match_keras_names(
            "backend.get_session", "backend.set_session", "backend.tensorflow_backend"
        ),
        "Keras 3 has no sessions; this enables memory growth on GPUs",
        "mlcourse.devices.configure()",
    ),
    Rule("keras.backend.square(x)", match_moved(KERAS_BACKEND)),
    Rule(
        "keras.backend.foldl(max, x)",
        match_names(
            "keras.backend",
            except_for=[
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
        match_import_of("tensorflow.keras"),
        "works only with TensorFlow, not with JAX or PyTorch",
        status="note",
    ),
)
