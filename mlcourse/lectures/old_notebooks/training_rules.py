"""Rules for old code that trains, evaluates and saves models."""

import ast

from mlcourse.lectures.old_notebooks.keras_rules import (
    match_decay,
    match_reset_states,
    match_short_losses,
)
from mlcourse.lectures.old_notebooks.matching import (
    Edit,
    Match,
    Rule,
    called,
    end,
    examples_to_batches,
    first_argument,
    insert,
    keyword,
    literal,
    match_arguments,
    match_attribute,
    match_method,
    method_of_model,
    rename,
    replace,
)
from mlcourse.lectures.old_notebooks.moves import (
    KERAS_FUNCTIONS,
    KERAS_OPTIMIZER_MODULES,
    KERAS_OPTIMIZERS,
    match_moved,
)
from mlcourse.lectures.old_notebooks.notebook_code import last_name

WEIGHTS = ".weights.h5"
EXTENSIONS = ".weights.h5", ".h5", ".hdf5", ".ckpt", ".keras", ".tf", "/"
ACCURACY = {
    "acc": "accuracy",
    "val_acc": "val_accuracy",
    "categorical_acc": "categorical_accuracy",
}


def match_path(extensions, new_extension, *, methods=(), callables=(), weights_only=None):
    """Match calls whose first argument is a path without one of the file extensions.

    Args:
        extensions: a tuple of extensions.
        new_extension: extension to write instead.
        methods: names of methods of models.
        callables: names of classes or functions of Keras.
        weights_only: value that `save_weights_only` must have. Default: any.
    """

    def match(node, code):
        if (
            method_of_model(node, code, strict=True) not in methods
            and called(node, code) not in callables
        ):
            return None
        flag = keyword(node, "save_weights_only")
        if weights_only is not None and bool(flag and literal(flag.value)) != weights_only:
            return None
        path = first_argument(node, "filepath", "path")
        is_old = _lacks(path, extensions, code)
        return _with_extension(node, path, new_extension, code) if is_old else None

    return match


def match_save_model(node, code):
    """Match `save_model` with a folder."""
    path = node.args[1] if called(node, code) == "save_model" and len(node.args) > 1 else None
    is_old = _lacks(path, (".keras", ".h5", ".hdf5"), code)
    return _with_extension(node, path, ".keras", code) if is_old else None


def match_load_weights(node, code):
    """Match `load_weights` of a path that `save_weights` of the notebook no longer writes."""
    if method_of_model(node, code) != "load_weights":
        return None
    path = first_argument(node, "filepath")
    is_old = code.value(path) in code.weight_paths or _lacks(path, (".h5", ".hdf5", ".keras"), code)
    return (
        _with_extension(node, path, WEIGHTS, code)
        if is_old and _lacks(path, (WEIGHTS,), code)
        else None
    )


def match_accuracy_key(node, code):
    """Match old names of the accuracy in a history, a monitor or a path.

    Notebooks that compile a model with `metrics=["acc"]` have no match: the name is right there.
    """
    if "acc" in code.metrics:
        return None
    if isinstance(node, ast.Subscript):
        return _match_key(node, node.slice, node.value)
    if isinstance(node, ast.Call) and last_name(node.func) == "get" and node.args:
        return _match_key(node, node.args[0], node.func.value)
    monitor = keyword(node, "monitor")
    edits = _new_key(monitor.value) if monitor else ()
    if called(node, code) == "ModelCheckpoint" and node.args:
        path = literal(node.args[0])
        old = next((key for key in ("val_acc", "acc") if f"{{{key}" in str(path)), None)
        if old and f"{{{old}uracy" not in path:
            new = code.text.of(node.args[0]).replace(f"{{{old}", f"{{{ACCURACY[old]}")
            edits = *edits, replace(node.args[0], new)
    return Match(edits and (monitor or node), edits) if edits else None


def _match_key(node, key, owner):
    """Match an old name of the accuracy as the key of a history or logs."""
    name = last_name(owner) or ""
    is_result = any(part in name.lower() for part in ("hist", "log"))
    edits = _new_key(key) if is_result else ()
    return Match(node, edits) if edits else None


def _new_key(node):
    """Return the edits that replace an old name of the accuracy."""
    new = ACCURACY.get(literal(node)) if isinstance(literal(node), str) else None
    return (replace(node, f'"{new}"'),) if new else ()


def _lacks(path, extensions, code):
    """Return whether a node is a path without one of the extensions."""
    text = code.value(path) if path is not None else None
    return isinstance(text, str) and not text.endswith(extensions)


def _with_extension(call, path, extension, code):
    """Return the match of a call whose path gets another extension."""
    text = code.value(path)
    stem = text
    for old in EXTENSIONS:
        stem = stem.removesuffix(old)
    if isinstance(path, ast.Name):
        return Match(call, new=f'{path.id} = "{stem}{extension}"')
    quote = code.text.of(path)[-1]
    after = end(path)
    count = len((text[len(stem) :] + quote).encode())
    return Match(call, (Edit((after[0], after[1] - count), after, extension + quote),))


OPTIMIZERS = (
    *("SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl"),
    *("sgd", "adam", "rmsprop", "adagrad", "adadelta", "adamax", "nadam"),
)
FITTING = (
    *("fit", "evaluate", "predict"),
    *("fit_generator", "evaluate_generator", "predict_generator"),
)
SHORT_LOSSES = "mse", "mae", "mape", "msle", "kld", "bce", "MSE", "MAE"
SAVED = ".keras", ".h5", ".hdf5"


def _epochs_to_batches(kwarg, _code):
    """Yield the edits from `period`, in epochs, to `save_freq`, in batches."""
    yield rename(kwarg, "save_freq")
    yield insert(end(kwarg.value), " * steps")


def match_fit_arguments(replacements):
    """Match keyword arguments of the methods that train, evaluate and predict."""
    return match_arguments((), replacements, methods=FITTING)


RULES = (
    # optimizers
    Rule("keras.optimizers.SGD(lr=0.1)", match_arguments(OPTIMIZERS, {"lr": "learning_rate"})),
    Rule(
        "keras.optimizers.SGD(0.1, decay=0.01)",
        match_decay(OPTIMIZERS),
        "Keras 3 ignores it, with a warning",
    ),
    Rule(
        "keras.optimizers.Nadam(0.1, schedule_decay=0.004)",
        match_arguments(["Nadam"], {"schedule_decay": None}),
    ),
    Rule("keras.optimizers.legacy.SGD(0.1)", match_moved(KERAS_OPTIMIZER_MODULES)),
    Rule("keras.optimizers.adam(0.1)", match_moved(KERAS_OPTIMIZERS)),
    Rule(
        "model.optimizer.lr",
        match_attribute("lr", "optimizer", "opt", new_name="learning_rate"),
        "Keras 3 ignores what is assigned to `lr`",
    ),
    Rule("model.optimizer.weights", match_attribute("weights", "optimizer", new_name="variables")),
    # training
    Rule("model.fit_generator(batches)", match_method("fit_generator", new_name="fit")),
    Rule(
        "model.evaluate_generator(batches)", match_method("evaluate_generator", new_name="evaluate")
    ),
    Rule("model.predict_generator(batches)", match_method("predict_generator", new_name="predict")),
    Rule(
        "model.predict_classes(x)",
        match_method("predict_classes", new_name="predict", ending=".argmax(axis=1)"),
        "for a single sigmoid output, `(model.predict(x) > 0.5).astype(int)`",
    ),
    Rule(
        "model.predict_proba(x)",
        match_method("predict_proba", strict=True, new_name="predict"),
    ),
    Rule("model.fit(x, y, nb_epoch=2)", match_fit_arguments({"nb_epoch": "epochs"})),
    Rule(
        "model.fit(batches, samples_per_epoch=8)",
        match_fit_arguments(
            {
                "samples_per_epoch": examples_to_batches("steps_per_epoch"),
                "nb_val_samples": examples_to_batches("validation_steps"),
                "val_samples": examples_to_batches("steps"),
            }
        ),
        "counted in batches",
    ),
    Rule(
        "model.fit(x, y, workers=4)",
        match_fit_arguments(
            dict.fromkeys(
                [
                    *("workers", "use_multiprocessing", "max_queue_size"),
                    *("max_q_size", "pickle_safe", "nb_worker"),
                ]
            )
        ),
        "arguments of a `keras.utils.PyDataset`",
    ),
    Rule(
        "model.fit(x, y, show_accuracy=True)",
        match_fit_arguments({"show_accuracy": None}),
        'and `metrics=["accuracy"]` in `compile`',
    ),
    Rule(
        'model.compile("sgd", "mse", class_mode="binary")',
        match_arguments(
            (),
            dict.fromkeys(
                [
                    *("class_mode", "sample_weight_mode", "target_tensors", "theano_mode"),
                    *("experimental_run_tf_function", "options", "run_metadata"),
                ]
            ),
            methods=["compile"],
        ),
    ),
    Rule(
        'model.fit(x, y).history["acc"]',
        match_accuracy_key,
        'unless compiled with `metrics=["acc"]`',
    ),
    Rule("model.reset_states()", match_reset_states),
    # files
    Rule('model.save_weights("x.h5")', match_path((WEIGHTS,), WEIGHTS, methods=["save_weights"])),
    Rule('model.load_weights("x")', match_load_weights, "the path that `save_weights` wrote"),
    Rule('model.save("model")', match_path(SAVED, ".keras", methods=["save"])),
    Rule('keras.models.save_model(model, "model")', match_save_model),
    Rule(
        'model.save_weights("x.weights.h5", save_format="h5")',
        match_arguments((), {"save_format": None}, methods=["save", "save_weights"]),
        "the file extension selects the format",
    ),
    Rule(
        'keras.models.load_model("model")',
        match_path(SAVED, ".keras", callables=["load_model"]),
        "only `keras.layers.TFSMLayer` loads a folder",
    ),
    Rule(
        'model.compile("sgd", "mse"); model.save("x.h5"); keras.models.load_model("x.h5")',
        match_short_losses(*SHORT_LOSSES, is_compiled=True),
        'and compile it again; or save it as "x.keras"',
    ),
    Rule(
        'keras.models.load_model("old.h5")',
        match_short_losses(*SHORT_LOSSES, is_compiled=False),
        'if it was compiled with the loss "mse", "mae" or another short name',
        status="note",
    ),
    Rule(
        'keras.callbacks.ModelCheckpoint("model.keras", period=5)',
        match_arguments(["ModelCheckpoint"], {"period": _epochs_to_batches}),
        "counted in batches, `steps` per epoch",
    ),
    Rule(
        'keras.callbacks.ModelCheckpoint("x.h5", save_weights_only=True)',
        match_path((WEIGHTS,), WEIGHTS, callables=["ModelCheckpoint"], weights_only=True),
    ),
    Rule(
        'keras.callbacks.ModelCheckpoint("model.hdf5")',
        match_path((".keras", ".h5"), ".keras", callables=["ModelCheckpoint"], weights_only=False),
    ),
    Rule(
        'keras.callbacks.TensorBoard("logs", write_grads=True)',
        match_arguments(
            ["TensorBoard"],
            dict.fromkeys(
                [
                    *("write_grads", "batch_size", "embeddings_layer_names"),
                    "embeddings_data",
                ]
            ),
        ),
    ),
    Rule("model.to_yaml()", match_method("to_yaml", new_name="to_json")),
    Rule("keras.constraints.maxnorm(3)", match_moved(KERAS_FUNCTIONS)),
)
