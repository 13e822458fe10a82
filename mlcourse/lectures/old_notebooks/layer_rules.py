"""Rules for old layers, models and arguments of layers."""

import ast

from mlcourse.lectures.old_notebooks.edits import Edit, Match, end, insert, remove, rename, start
from mlcourse.lectures.old_notebooks.keras_moves import (
    KERAS_CUDNN,
    KERAS_EXPERIMENTAL_LAYERS,
    KERAS_LAYER_MODULES,
    KERAS_LAYERS,
    KERAS_MERGE,
)
from mlcourse.lectures.old_notebooks.matching import (
    Rule,
    called,
    keyword,
    literal,
    match_arguments,
    match_attribute,
    match_keras_names,
    match_names,
    replace_function,
)
from mlcourse.lectures.old_notebooks.moves import match_moved

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
