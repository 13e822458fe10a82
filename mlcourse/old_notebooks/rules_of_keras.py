"""Old code with other parts of Keras: its modules, utilities and backend."""

from mlcourse.old_notebooks.matching import arguments, named, of_keras
from mlcourse.old_notebooks.moved_names import moved, of_another_root
from mlcourse.old_notebooks.moves_of_keras import (
    KERAS_BACKEND,
    KERAS_ENGINE,
    KERAS_PLOT,
    KERAS_PLOTS,
    KERAS_UTILS,
    KERAS_WRAPPERS,
)
from mlcourse.old_notebooks.optimizers_and_backend import (
    backend_function,
    data_format,
    get_value,
    set_value,
)
from mlcourse.old_notebooks.rule import Rule

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
        "of the loss; `mlcourse.inspection.saliency` has those of a class",
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
