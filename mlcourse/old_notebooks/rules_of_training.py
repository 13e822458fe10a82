"""Old code that trains, evaluates and saves models of Keras."""

from mlcourse.old_notebooks.edits import end, insert, rename
from mlcourse.old_notebooks.matching import arguments, attribute, in_batches, method
from mlcourse.old_notebooks.moved_names import moved
from mlcourse.old_notebooks.moves_of_keras import (
    KERAS_FUNCTIONS,
    KERAS_OPTIMIZER_MODULES,
    KERAS_OPTIMIZERS,
)
from mlcourse.old_notebooks.optimizers_and_backend import (
    decay,
    models_of_short_losses,
    reset_states,
)
from mlcourse.old_notebooks.paths import (
    WEIGHTS,
    accuracy_key,
    path_without,
    saved_model,
    weights_saved_here,
)
from mlcourse.old_notebooks.rule import Rule

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
