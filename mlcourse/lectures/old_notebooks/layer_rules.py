"""Rules for old layers and models, and for old arguments of layers."""

import ast

from mlcourse.lectures.old_notebooks.matching import (
    Edit,
    Match,
    Rule,
    called,
    end,
    insert,
    keyword,
    literal,
    match_arguments,
    match_attribute,
    match_keras_names,
    match_names,
    remove,
    rename,
    rename_with_values,
    replace_function,
    start,
)
from mlcourse.lectures.old_notebooks.moves import (
    KERAS_CUDNN,
    KERAS_EXPERIMENTAL_LAYERS,
    KERAS_LAYER_MODULES,
    KERAS_LAYERS,
    KERAS_MERGE,
    match_moved,
)

MERGES = {
    "sum": "add",
    "add": "add",
    "concat": "concatenate",
    "concatenate": "concatenate",
    "mul": "multiply",
    "multiply": "multiply",
    "ave": "average",
    "average": "average",
    "max": "maximum",
    "maximum": "maximum",
    "dot": "dot",
}


def match_kernel_numbers(*names, strict):
    """Match convolutions with a number for each kernel dimension: (filters, rows, columns).

    Args:
        names: names of the layers.
        strict: whether the numbers always are the kernel size; else only if they are equal and
            greater than 1.
    """

    def match(node, code):
        if called(node, code) not in names or len(node.args) < 3:
            return None
        sides = node.args[1:4] if called(node, code).endswith("3D") else node.args[1:3]
        texts = [code.text.of(side) for side in sides]
        if any(isinstance(side, ast.Tuple | ast.List | ast.Starred) for side in sides):
            return None
        if not strict and not (texts[0] == texts[1] and texts[0].isdigit() and texts[0] != "1"):
            return None
        edit = Edit(start(sides[0]), end(sides[-1]), f"({', '.join(texts)})")
        return Match(node, (edit,))

    return match


def match_kernel_sides(node, code):
    """Match `nb_row` and `nb_col`, the kernel size as two keyword arguments."""
    rows, columns = keyword(node, "nb_row"), keyword(node, "nb_col")
    if not called(node, code) or not (rows and columns):
        return None
    sides = [code.text.of(rows.value), code.text.of(columns.value)]
    kernel = Edit(start(rows), end(rows), f"kernel_size=({', '.join(sides)})")
    return Match(rows, (kernel, remove(node, columns)))


def match_threshold(node, code):
    """Match `ThresholdedReLU` with its threshold."""
    if called(node, code) != "ThresholdedReLU":
        return None
    theta = keyword(node, "theta")
    if theta:
        return Match(node, (rename(theta, "threshold"),))
    return Match(node, (insert(start(node.args[0]), "threshold="),)) if node.args else None


def match_merge(node, code):
    """Match `merge` of layers, with its mode."""
    mode = keyword(node, "mode")
    if called(node, code) not in ("merge", "Merge") or not node.args:
        return None
    name = MERGES.get(literal(mode.value) if mode else "sum")
    if name is None:
        return None
    edits = [
        replace_function(node, f"keras.layers.{name}"),
        *([remove(node, mode)] if mode else []),
    ]
    axis = keyword(node, "concat_axis", "dot_axes")
    return Match(
        node,
        (*edits, *([rename(axis, "axis" if name == "concatenate" else "axes")] if axis else [])),
    )


FLIP = "keras.Sequential([keras.layers.RandomFlip(), keras.layers.Rescaling(1 / 255)])"

RULES = (
    Rule("from keras.layers.core import Dense", match_moved(KERAS_LAYER_MODULES)),
    Rule(
        "from keras.layers.experimental import preprocessing",
        match_moved(KERAS_EXPERIMENTAL_LAYERS),
        "`keras.layers.Rescaling`, `keras.layers.RandomFlip` and the others",
    ),
    Rule(
        "keras.layers.CuDNNLSTM(8)",
        match_moved(KERAS_CUDNN),
        "it uses cuDNN on a GPU",
    ),
    Rule("keras.layers.Deconvolution2D(8, (3, 3))", match_moved(KERAS_LAYERS)),
    Rule("from keras.layers import merge", match_moved(KERAS_MERGE)),
    Rule(
        'keras.layers.merge([a, b], mode="concat")',
        match_merge,
        "for outputs of layers in a functional model, not in a Sequential one",
    ),
    Rule(
        "keras.layers.ThresholdedReLU(0.5)",
        match_threshold,
    ),
    Rule(
        "keras.layers.LocallyConnected2D(8, (3, 3))",
        match_keras_names("layers.LocallyConnected1D", "layers.LocallyConnected2D"),
        "the closest layer; it shares its weights between all positions",
        "keras.layers.Conv2D(8, (3, 3))",
    ),
    Rule(
        "from keras.preprocessing.image import ImageDataGenerator",
        match_names(
            "keras.preprocessing.image.ImageDataGenerator",
            "keras_preprocessing.image.ImageDataGenerator",
        ),
        "as the first layers of the model; `fit` itself splits arrays into batches",
        FLIP,
    ),
    Rule(
        "from tensorflow.keras.preprocessing.image import ImageDataGenerator",
        match_names("tensorflow.keras.preprocessing.image.ImageDataGenerator"),
        "deprecated; works only with TensorFlow",
        FLIP,
        "note",
    ),
    Rule(
        "from keras.preprocessing.text import Tokenizer",
        match_names("keras.preprocessing.text", "keras_preprocessing.text"),
        new="keras.layers.TextVectorization(max_tokens=1000)",
    ),
    Rule(
        "from keras.preprocessing.sequence import TimeseriesGenerator",
        match_names("keras.preprocessing.sequence.TimeseriesGenerator"),
        new="from keras.utils import timeseries_dataset_from_array",
    ),
    # models
    Rule(
        "keras.Model(input=model.inputs, output=model.outputs)",
        match_arguments(["Model"], {"input": "inputs", "output": "outputs"}),
    ),
    Rule(
        "keras.utils.multi_gpu_model(model, gpus=2)",
        match_keras_names("utils.multi_gpu_model", "utils.training_utils"),
        "build, compile and train the model in this context",
        "mlcourse.training.distribute()",
    ),
    Rule(
        "model.layers[0].input_shape",
        match_attribute("input_shape", "layers", "layer", "get_layer", new_name="input.shape"),
    ),
    Rule(
        "model.layers[0].output_shape",
        match_attribute("output_shape", "layers", "layer", "get_layer", new_name="output.shape"),
    ),
    Rule(
        "model.layers[0].W",
        match_attribute("W", "layers", "layer", "get_layer", new_name="kernel"),
    ),
)


WITH_UNITS = "Dense", "LSTM", "GRU", "SimpleRNN"
RECURRENT = "LSTM", "GRU", "SimpleRNN", "ConvLSTM2D"
DROPOUT = (
    *("Dropout", "GaussianDropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"),
    "AlphaDropout",
)
ORDERS = {"th": "channels_first", "tf": "channels_last"}

ARGUMENT_RULES = (
    Rule(
        "keras.layers.Convolution2D(32, 3, 3)",
        match_kernel_numbers("Convolution2D", "Convolution3D", strict=True),
        "otherwise the last number is the strides",
    ),
    Rule(
        "keras.layers.Conv2D(32, 3, 3)",
        match_kernel_numbers("Conv2D", "Conv3D", strict=False),
        "if written for Keras 1; in Keras 3 the last number is the strides",
        status="note",
    ),
    Rule("keras.layers.Convolution2D(32, nb_row=3, nb_col=3)", match_kernel_sides),
    Rule(
        "keras.layers.Conv1D(nb_filter=32, filter_length=3)",
        match_arguments(None, {"nb_filter": "filters", "filter_length": "kernel_size"}),
    ),
    Rule(
        'keras.layers.Conv2D(32, 3, border_mode="same")',
        match_arguments(None, {"border_mode": "padding"}),
    ),
    Rule(
        "keras.layers.Conv2D(32, 3, subsample=2)",
        match_arguments(None, {"subsample": "strides", "subsample_length": "strides"}),
    ),
    Rule(
        "keras.layers.Conv2D(32, 3, atrous_rate=2)",
        match_arguments(None, {"atrous_rate": "dilation_rate"}),
    ),
    Rule(
        'keras.layers.MaxPooling2D(2, dim_ordering="tf")',
        match_arguments(None, {"dim_ordering": rename_with_values("data_format", ORDERS)}),
    ),
    Rule(
        "keras.layers.MaxPooling1D(pool_length=2)",
        match_arguments(None, {"pool_length": "pool_size", "stride": "strides"}),
    ),
    Rule("keras.layers.Dense(output_dim=10)", match_arguments(WITH_UNITS, {"output_dim": "units"})),
    Rule(
        'keras.layers.Dense(10, init="uniform")',
        match_arguments(None, {"init": "kernel_initializer"}),
    ),
    Rule(
        "keras.layers.Dense(10, W_regularizer=keras.regularizers.L2(0.01))",
        match_arguments(
            None,
            {
                "W_regularizer": "kernel_regularizer",
                "U_regularizer": "recurrent_regularizer",
                "b_regularizer": "bias_regularizer",
                "W_constraint": "kernel_constraint",
                "U_constraint": "recurrent_constraint",
                "b_constraint": "bias_constraint",
            },
        ),
    ),
    Rule("keras.layers.Dense(10, bias=False)", match_arguments(None, {"bias": "use_bias"})),
    Rule(
        'keras.layers.LSTM(8, inner_activation="sigmoid")',
        match_arguments(
            RECURRENT,
            {
                "inner_activation": "recurrent_activation",
                "inner_init": "recurrent_initializer",
                "dropout_W": "dropout",
                "dropout_U": "recurrent_dropout",
                "forget_bias_init": None,
                "consume_less": None,
                "time_major": None,
            },
        ),
    ),
    Rule(
        "keras.layers.LSTM(8, batch_input_shape=(1, 2, 3))",
        match_arguments(None, {"batch_input_shape": None}),
        "and `keras.Input(batch_shape=...)` as the first layer",
    ),
    Rule(
        "keras.layers.BatchNormalization(mode=0)",
        match_arguments(
            ["BatchNormalization"],
            {
                "mode": None,
                "fused": None,
                "beta_init": "beta_initializer",
                "gamma_init": "gamma_initializer",
            },
        ),
    ),
    Rule("keras.layers.Dropout(p=0.5)", match_arguments(DROPOUT, {"p": "rate"})),
    Rule(
        "keras.layers.GaussianNoise(sigma=0.1)",
        match_arguments(["GaussianNoise"], {"sigma": "stddev"}),
    ),
    Rule(
        "keras.layers.LeakyReLU(alpha=0.1)",
        match_arguments(["LeakyReLU"], {"alpha": "negative_slope"}),
        "Keras 3 accepts both, with a warning",
        status="note",
    ),
    Rule(
        "keras.layers.Embedding(100, 8, input_length=5)",
        match_arguments(["Embedding"], {"input_length": None}),
        "Keras 3 ignores it, with a warning",
        status="note",
    ),
)
