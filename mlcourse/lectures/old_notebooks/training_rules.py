"""Rules for old code that trains, evaluates and saves models."""

import ast

from mlcourse.lectures.old_notebooks.edits import Edit, Found, end, insert, rename, replace
from mlcourse.lectures.old_notebooks.keras_moves import (
    KERAS_FUNCTIONS,
    KERAS_OPTIMIZER_MODULES,
    KERAS_OPTIMIZERS,
)
from mlcourse.lectures.old_notebooks.keras_rules import decay, models_of_short_losses, reset_states
from mlcourse.lectures.old_notebooks.matching import (
    Rule,
    arguments,
    attribute,
    called,
    first_argument,
    in_batches,
    keyword,
    last_name,
    literal,
    method,
    method_of_model,
)
from mlcourse.lectures.old_notebooks.moves import moved

WEIGHTS = ".weights.h5"
ENDINGS = ".weights.h5", ".h5", ".hdf5", ".ckpt", ".keras", ".tf", "/"
ACCURACY = {
    "acc": "accuracy",
    "val_acc": "val_accuracy",
    "categorical_acc": "categorical_accuracy",
}


def path_without(endings, becomes, *, methods=(), callables=(), weights_only=None):
    """Find calls with the path of a file, the first argument, that ends otherwise.

    Args:
        endings: a tuple of texts.
        becomes: the ending of today.
        methods: of models.
        callables: classes or functions of Keras.
        weights_only: whether the call must have `save_weights_only=True`; None if either will do.
    """

    def finds(node, code):
        if (
            method_of_model(node, code, certain=True) not in methods
            and called(node, code) not in callables
        ):
            return None
        flag = keyword(node, "save_weights_only")
        if weights_only is not None and bool(flag and literal(flag.value)) != weights_only:
            return None
        path = first_argument(node, "filepath", "path")
        return _with_ending(node, path, becomes, code) if _lacks(path, endings, code) else None

    return finds


def saved_model(node, code):
    """Find `save_model` with a folder."""
    path = node.args[1] if called(node, code) == "save_model" and len(node.args) > 1 else None
    is_old = _lacks(path, (".keras", ".h5", ".hdf5"), code)
    return _with_ending(node, path, ".keras", code) if is_old else None


def weights_saved_here(node, code):
    """Find `load_weights` of a path that `save_weights` of the notebook may no longer have."""
    if method_of_model(node, code) != "load_weights":
        return None
    path = first_argument(node, "filepath")
    is_old = code.value(path) in code.weight_paths or _lacks(path, (".h5", ".hdf5", ".keras"), code)
    return (
        _with_ending(node, path, WEIGHTS, code)
        if is_old and _lacks(path, (WEIGHTS,), code)
        else None
    )


def accuracy_key(node, code):
    """Find old names of the accuracy in a history, a monitor or a path, unless a metric's name."""
    if "acc" in code.metrics:
        return None
    if isinstance(node, ast.Subscript):
        return _renamed(node, node.slice, node.value)
    if isinstance(node, ast.Call) and last_name(node.func) == "get" and node.args:
        return _renamed(node, node.args[0], node.func.value)
    monitor = keyword(node, "monitor")
    edits = _new_key(monitor.value) if monitor else ()
    if called(node, code) == "ModelCheckpoint" and node.args:
        path = literal(node.args[0])
        old = next((key for key in ("val_acc", "acc") if f"{{{key}" in str(path)), None)
        if old and f"{{{old}uracy" not in path:
            new = code.text.of(node.args[0]).replace(f"{{{old}", f"{{{ACCURACY[old]}")
            edits = *edits, replace(node.args[0], new)
    return Found(edits and (monitor or node), edits) if edits else None


def _renamed(node, key, owner):
    name = last_name(owner) or ""
    is_result = any(part in name.lower() for part in ("hist", "log"))
    edits = _new_key(key) if is_result else ()
    return Found(node, edits) if edits else None


def _new_key(node):
    new = ACCURACY.get(literal(node)) if isinstance(literal(node), str) else None
    return (replace(node, f'"{new}"'),) if new else ()


def _lacks(path, endings, code):
    text = code.value(path) if path is not None else None
    return isinstance(text, str) and not text.endswith(endings)


def _with_ending(call, path, ending, code):
    text = code.value(path)
    kept = text
    for old in ENDINGS:
        kept = kept.removesuffix(old)
    if isinstance(path, ast.Name):
        return Found(call, new=f'{path.id} = "{kept}{ending}"')
    quote = code.text.of(path)[-1]
    behind = end(path)
    count = len((text[len(kept) :] + quote).encode())
    return Found(call, (Edit((behind[0], behind[1] - count), behind, ending + quote),))


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


def _in_steps(word, _code):
    yield rename(word, "save_freq")
    yield insert(end(word.value), " * steps")


def fitting(becomes):
    """Find keyword arguments of the methods that train, evaluate and predict."""
    return arguments((), becomes, methods=FITTING)


RULES = (
    # optimizers
    Rule("keras.optimizers.SGD(lr=0.1)", arguments(OPTIMIZERS, {"lr": "learning_rate"})),
    Rule(
        "keras.optimizers.SGD(0.1, decay=0.01)",
        decay(OPTIMIZERS),
        "Keras 3 ignores it, with a warning",
    ),
    Rule(
        "keras.optimizers.Nadam(0.1, schedule_decay=0.004)",
        arguments(["Nadam"], {"schedule_decay": None}),
    ),
    Rule("keras.optimizers.legacy.SGD(0.1)", moved(KERAS_OPTIMIZER_MODULES)),
    Rule("keras.optimizers.adam(0.1)", moved(KERAS_OPTIMIZERS)),
    Rule(
        "model.optimizer.lr",
        attribute("lr", "optimizer", "opt", becomes="learning_rate"),
        "Keras 3 ignores what is assigned to `lr`",
    ),
    Rule("model.optimizer.weights", attribute("weights", "optimizer", becomes="variables")),
    # training
    Rule("model.fit_generator(batches)", method("fit_generator", becomes="fit")),
    Rule("model.evaluate_generator(batches)", method("evaluate_generator", becomes="evaluate")),
    Rule("model.predict_generator(batches)", method("predict_generator", becomes="predict")),
    Rule(
        "model.predict_classes(x)",
        method("predict_classes", becomes="predict", ending=".argmax(axis=1)"),
        "of one output with a sigmoid, `(model.predict(x) > 0.5).astype(int)`",
    ),
    Rule(
        "model.predict_proba(x)",
        method("predict_proba", certain=True, becomes="predict"),
    ),
    Rule("model.fit(x, y, nb_epoch=2)", fitting({"nb_epoch": "epochs"})),
    Rule(
        "model.fit(batches, samples_per_epoch=8)",
        fitting(
            {
                "samples_per_epoch": in_batches("steps_per_epoch"),
                "nb_val_samples": in_batches("validation_steps"),
                "val_samples": in_batches("steps"),
            }
        ),
        "numbers of batches",
    ),
    Rule(
        "model.fit(x, y, workers=4)",
        fitting(
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
        fitting({"show_accuracy": None}),
        'and `metrics=["accuracy"]` in `compile`',
    ),
    Rule(
        'model.compile("sgd", "mse", class_mode="binary")',
        arguments(
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
        accuracy_key,
        'unless compiled with `metrics=["acc"]`',
    ),
    Rule("model.reset_states()", reset_states),
    # files
    Rule('model.save_weights("x.h5")', path_without((WEIGHTS,), WEIGHTS, methods=["save_weights"])),
    Rule('model.load_weights("x")', weights_saved_here, "the path that `save_weights` wrote"),
    Rule('model.save("model")', path_without(SAVED, ".keras", methods=["save"])),
    Rule('keras.models.save_model(model, "model")', saved_model),
    Rule(
        'model.save_weights("x.weights.h5", save_format="h5")',
        arguments((), {"save_format": None}, methods=["save", "save_weights"]),
        "the ending of the path says it",
    ),
    Rule(
        'keras.models.load_model("model")',
        path_without(SAVED, ".keras", callables=["load_model"]),
        "a folder is read by `keras.layers.TFSMLayer` alone",
    ),
    Rule(
        'model.compile("sgd", "mse"); model.save("x.h5"); keras.models.load_model("x.h5")',
        models_of_short_losses(*SHORT_LOSSES, found=True),
        'and compile it again; or save it as "x.keras"',
    ),
    Rule(
        'keras.models.load_model("old.h5")',
        models_of_short_losses(*SHORT_LOSSES, found=False),
        'if it was compiled with the loss "mse", "mae" or another short name',
        status="note",
    ),
    Rule(
        'keras.callbacks.ModelCheckpoint("model.keras", period=5)',
        arguments(["ModelCheckpoint"], {"period": _in_steps}),
        "counts batches, `steps` to an epoch",
    ),
    Rule(
        'keras.callbacks.ModelCheckpoint("x.h5", save_weights_only=True)',
        path_without((WEIGHTS,), WEIGHTS, callables=["ModelCheckpoint"], weights_only=True),
    ),
    Rule(
        'keras.callbacks.ModelCheckpoint("model.hdf5")',
        path_without(
            (".keras", ".h5"), ".keras", callables=["ModelCheckpoint"], weights_only=False
        ),
    ),
    Rule(
        'keras.callbacks.TensorBoard("logs", write_grads=True)',
        arguments(
            ["TensorBoard"],
            dict.fromkeys(
                [
                    *("write_grads", "batch_size", "embeddings_layer_names"),
                    "embeddings_data",
                ]
            ),
        ),
    ),
    Rule("model.to_yaml()", method("to_yaml", becomes="to_json")),
    Rule("keras.constraints.maxnorm(3)", moved(KERAS_FUNCTIONS)),
)
