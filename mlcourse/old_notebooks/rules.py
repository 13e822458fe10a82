"""Old code and what to write instead: the one home of these rules.

The page docs/old-notebooks.md has a row for each; `mlcourse doctor NOTEBOOK` finds them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mlcourse.old_notebooks.matching import (
    accuracy_key,
    attribute,
    imported,
    keyword,
    method,
    method_keyword,
    named,
    never,
    of_keras,
    path_without,
)


@dataclass(frozen=True)
class Rule:
    """Code that old notebooks have.

    Attributes:
        old: an example of it.
        new: what to write instead.
        finds: a function of a syntax node and the `Names` of a notebook; it returns the node that
            is such code, or None.
        note: what else to know.
        status: "problem", or "note" if it still works under conditions that the note says.
    """

    old: str
    new: str
    finds: Callable
    note: str = ""
    status: str = "problem"


FLIP = "keras.Sequential([keras.layers.RandomFlip(), keras.layers.Rescaling(1 / 255)])"
OPTIMIZERS = "SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl"
FITTING = "fit", "evaluate", "predict"
MODULES = (
    *("core", "convolutional", "normalization", "advanced_activations", "embeddings", "recurrent"),
    *("pooling", "merge", "noise", "local", "wrappers"),
)
BACKEND = (
    *("backend", "clear_session", "epsilon", "floatx", "get_uid", "image_data_format"),
    *("is_float_dtype", "is_int_dtype", "is_keras_tensor", "result_type", "set_epsilon"),
    *("set_floatx", "set_image_data_format", "standardize_dtype"),
)
SESSIONS = "Session", "InteractiveSession", "placeholder", "ConfigProto", "GPUOptions"

PRINT = Rule('print "done"', 'print("done")', never, "Python 2")
UNREADABLE = Rule("", "code that Python 3 can read", never)

RULES = (
    PRINT,
    # importing
    Rule(
        "from keras.wrappers.scikit_learn import KerasClassifier",
        "from mlcourse.tuning import KerasClassifier",
        of_keras("wrappers.scikit_learn"),
    ),
    Rule(
        "from keras.utils import np_utils",
        "from keras.utils import to_categorical",
        of_keras("utils.np_utils"),
    ),
    Rule(
        "from keras.utils.vis_utils import plot_model",
        "from keras.utils import plot_model",
        of_keras("utils.vis_utils"),
        "or `mlcourse.plot_model_graph(model)`",
    ),
    Rule(
        "from keras.layers.core import Dense",
        "from keras.layers import Dense",
        of_keras(*(f"layers.{module}" for module in MODULES)),
    ),
    Rule(
        "from keras.layers.experimental import preprocessing",
        "from keras import layers",
        of_keras("layers.experimental"),
        "`layers.Rescaling`, `layers.RandomFlip` and the others",
    ),
    Rule(
        "from keras.engine.topology import Layer",
        "from keras.layers import Layer",
        of_keras("engine"),
    ),
    Rule(
        "from tensorflow.python.keras.layers import Dense",
        "from keras.layers import Dense",
        named("tensorflow.python.keras"),
        "imported, but refused by models of Keras 3",
    ),
    Rule(
        "tfa.optimizers.CyclicalLearningRate(0.001, 0.006, 2000, lambda n: 1)",
        "mlcourse.CyclicLR(0.001, 0.006, step_size=2000)",
        named("tensorflow_addons.optimizers.CyclicalLearningRate"),
        "a callback of `fit`; the optimizer gets a number as its learning rate",
    ),
    Rule(
        "import tensorflow_addons as tfa",
        "keras.optimizers.AdamW(0.001, weight_decay=0.0001)",
        named("tensorflow_addons"),
        "Keras has its optimizers, layers and metrics",
    ),
    # data
    Rule(
        "from keras.preprocessing.image import ImageDataGenerator",
        FLIP,
        named("keras.preprocessing.image.ImageDataGenerator"),
        "the first layers of the model; from arrays, `fit` makes batches itself",
    ),
    Rule(
        "from tensorflow.keras.preprocessing.image import ImageDataGenerator",
        FLIP,
        named("tensorflow.keras.preprocessing.image.ImageDataGenerator"),
        "deprecated; it works with TensorFlow alone",
        "note",
    ),
    Rule(
        "from keras.preprocessing.text import Tokenizer",
        "keras.layers.TextVectorization(max_tokens=1000)",
        named("keras.preprocessing.text"),
    ),
    # layers and models
    Rule(
        'keras.layers.Conv2D(32, 3, border_mode="same")',
        'keras.layers.Conv2D(32, 3, padding="same")',
        keyword(None, "border_mode"),
    ),
    Rule(
        "keras.layers.Conv2D(32, 3, subsample=2)",
        "keras.layers.Conv2D(32, 3, strides=2)",
        keyword(None, "subsample"),
    ),
    Rule(
        'keras.layers.MaxPooling2D(2, dim_ordering="tf")',
        'keras.layers.MaxPooling2D(2, data_format="channels_last")',
        keyword(None, "dim_ordering"),
    ),
    Rule(
        "keras.layers.Dense(output_dim=10)",
        "keras.layers.Dense(units=10)",
        keyword(["Dense"], "output_dim"),
    ),
    Rule(
        'keras.layers.Dense(10, init="uniform")',
        'keras.layers.Dense(10, kernel_initializer="random_uniform")',
        keyword(["Dense", "Conv2D"], "init"),
    ),
    Rule(
        "keras.layers.Dense(10, W_regularizer=keras.regularizers.l2(0.01))",
        "keras.layers.Dense(10, kernel_regularizer=keras.regularizers.L2(0.01))",
        keyword(None, "W_regularizer"),
    ),
    Rule("keras.layers.Dropout(p=0.5)", "keras.layers.Dropout(0.5)", keyword(["Dropout"], "p")),
    Rule(
        "keras.Model(input=model.inputs, output=model.outputs)",
        "keras.Model(inputs=model.inputs, outputs=model.outputs)",
        keyword(["Model"], "input", "output"),
    ),
    Rule(
        "model.layers[0].output_shape",
        "model.layers[0].output.shape",
        attribute("output_shape", "layers", "layer", "get_layer"),
    ),
    # optimizers
    Rule("keras.optimizers.SGD(lr=0.1)", "keras.optimizers.SGD(0.1)", keyword(OPTIMIZERS, "lr")),
    Rule(
        "keras.optimizers.SGD(0.1, decay=0.01)",
        "keras.optimizers.SGD(keras.optimizers.schedules.InverseTimeDecay(0.1, 1, 0.01))",
        keyword(OPTIMIZERS, "decay"),
        "Keras 3 ignores it, with a warning",
    ),
    Rule(
        "keras.optimizers.legacy.SGD(0.1)",
        "keras.optimizers.SGD(0.1)",
        of_keras("optimizers.legacy"),
    ),
    Rule(
        "keras.backend.get_value(model.optimizer.learning_rate)",
        "float(model.optimizer.learning_rate)",
        named("keras.backend.get_value"),
    ),
    Rule(
        "keras.backend.set_value(model.optimizer.learning_rate, 0.1)",
        "model.optimizer.learning_rate = 0.1",
        of_keras("backend.set_value"),
    ),
    Rule("model.optimizer.lr", "model.optimizer.learning_rate", attribute("lr", "optimizer")),
    Rule(
        "keras.backend.function(model.inputs, model.outputs)",
        "keras.Model(model.inputs, model.outputs)",
        of_keras("backend.function"),
    ),
    Rule(
        "keras.backend.learning_phase()",
        "model(x, training=True)",
        of_keras("backend.learning_phase", "backend.set_learning_phase"),
    ),
    Rule(
        "keras.backend.square(x)",
        "keras.ops.square(x)",
        named(
            "keras.backend", kept=["keras.backend", *(f"keras.backend.{name}" for name in BACKEND)]
        ),
        "`keras.ops` has NumPy's functions",
    ),
    # training
    Rule(
        "model.fit_generator(batches)",
        "model.fit(batches)",
        method("fit_generator"),
    ),
    Rule(
        "model.evaluate_generator(batches)",
        "model.evaluate(batches)",
        method("evaluate_generator"),
    ),
    Rule(
        "model.predict_generator(batches)",
        "model.predict(batches)",
        method("predict_generator"),
    ),
    Rule(
        "model.predict_classes(x)",
        "model.predict(x).argmax(axis=1)",
        method("predict_classes"),
        "of one output with a sigmoid, `(model.predict(x) > 0.5).astype(int)`",
    ),
    Rule("model.predict_proba(x)", "model.predict(x)", method("predict_proba", certain=True)),
    Rule(
        "model.fit(x, y, nb_epoch=2)",
        "model.fit(x, y, epochs=2)",
        method_keyword(FITTING, "nb_epoch"),
    ),
    Rule(
        "model.fit(x, y, workers=4)",
        "model.fit(x, y)",
        method_keyword(FITTING, "workers", "use_multiprocessing", "max_queue_size"),
        "arguments of a `keras.utils.PyDataset`",
    ),
    Rule(
        'model.fit(x, y).history["acc"]',
        'model.fit(x, y).history["accuracy"]',
        accuracy_key("acc", "val_acc"),
        'and "val_accuracy" for "val_acc", unless compiled with `metrics=["acc"]`',
    ),
    # files
    Rule(
        'model.save_weights("x.h5")',
        'model.save_weights("x.weights.h5")',
        path_without((".weights.h5",), methods=["save_weights"]),
    ),
    Rule(
        'model.save("model")',
        'model.save("model.keras")',
        path_without((".keras", ".h5", ".hdf5"), methods=["save"]),
    ),
    Rule(
        'keras.models.load_model("model")',
        'keras.models.load_model("model.keras")',
        path_without((".keras", ".h5", ".hdf5"), callables=["load_model"]),
        "a folder is read by `keras.layers.TFSMLayer` alone",
    ),
    Rule(
        'keras.callbacks.ModelCheckpoint("model.keras", period=5)',
        'keras.callbacks.ModelCheckpoint("model.keras", save_freq=5 * steps)',
        keyword(["ModelCheckpoint"], "period"),
        "counts batches, `steps` to an epoch",
    ),
    Rule(
        'keras.callbacks.ModelCheckpoint("x.h5", save_weights_only=True)',
        'keras.callbacks.ModelCheckpoint("x.weights.h5", save_weights_only=True)',
        path_without((".weights.h5",), callables=["ModelCheckpoint"], weights_only=True),
    ),
    Rule(
        'keras.callbacks.ModelCheckpoint("model.hdf5")',
        'keras.callbacks.ModelCheckpoint("model.keras")',
        path_without((".keras", ".h5"), callables=["ModelCheckpoint"]),
    ),
    # TensorFlow
    Rule(
        "tf.set_random_seed(0)",
        "keras.utils.set_random_seed(0)",
        named("tensorflow.set_random_seed", "tensorflow.random.set_random_seed"),
    ),
    Rule(
        "tf.Session()",
        "mlcourse.devices.configure()",
        named("tensorflow.contrib", *(f"tensorflow.{name}" for name in SESSIONS)),
        "Keras 3 has no sessions; this sets the growth of the GPU's memory",
    ),
    Rule(
        "from tensorflow import keras",
        "import keras",
        imported("tensorflow.keras"),
        "works with TensorFlow alone, not with JAX or PyTorch",
        "note",
    ),
)
