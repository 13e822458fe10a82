"""Rules for old layers, models and arguments of layers."""

import ast

from mlcourse.lectures.old_notebooks.edits import Edit, Found, end, insert, remove, rename, start
from mlcourse.lectures.old_notebooks.keras_moves import (
    KERAS_CUDNN,
    KERAS_EXPERIMENTAL_LAYERS,
    KERAS_LAYER_MODULES,
    KERAS_LAYERS,
    KERAS_MERGE,
)
from mlcourse.lectures.old_notebooks.matching import (
    Rule,
    arguments,
    attribute,
    called,
    function,
    keyword,
    literal,
    named,
    of_keras,
)
from mlcourse.lectures.old_notebooks.moves import moved

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


def kernel_of_numbers(*names, certain):
    """Find a convolution with a number for each side of its kernel: (filters, rows, columns).

    Args:
        names: of the layers.
        certain: whether three numbers always mean that; else only equal ones, more than 1.
    """

    def finds(node, code):
        if called(node, code) not in names or len(node.args) < 3:
            return None
        sides = node.args[1:4] if called(node, code).endswith("3D") else node.args[1:3]
        texts = [code.text.of(side) for side in sides]
        if any(isinstance(side, ast.Tuple | ast.List | ast.Starred) for side in sides):
            return None
        if not certain and not (texts[0] == texts[1] and texts[0].isdigit() and texts[0] != "1"):
            return None
        edit = Edit(start(sides[0]), end(sides[-1]), f"({', '.join(texts)})")
        return Found(node, (edit,))

    return finds


def kernel_by_sides(node, code):
    """Find the sides of a kernel as two keyword arguments."""
    rows, columns = keyword(node, "nb_row"), keyword(node, "nb_col")
    if not called(node, code) or not (rows and columns):
        return None
    sides = [code.text.of(rows.value), code.text.of(columns.value)]
    kernel = Edit(start(rows), end(rows), f"kernel_size=({', '.join(sides)})")
    return Found(rows, (kernel, remove(node, columns)))


def threshold(node, code):
    """Find a `ThresholdedReLU` with its threshold."""
    if called(node, code) != "ThresholdedReLU":
        return None
    theta = keyword(node, "theta")
    if theta:
        return Found(node, (rename(theta, "threshold"),))
    return Found(node, (insert(start(node.args[0]), "threshold="),)) if node.args else None


def merging(node, code):
    """Find a merge of layers by the name of its mode."""
    mode = keyword(node, "mode")
    if called(node, code) not in ("merge", "Merge") or not node.args:
        return None
    name = MERGES.get(literal(mode.value) if mode else "sum")
    if name is None:
        return None
    edits = [function(node, f"keras.layers.{name}"), *([remove(node, mode)] if mode else [])]
    axis = keyword(node, "concat_axis", "dot_axes")
    return Found(
        node,
        (*edits, *([rename(axis, "axis" if name == "concatenate" else "axes")] if axis else [])),
    )


FLIP = "keras.Sequential([keras.layers.RandomFlip(), keras.layers.Rescaling(1 / 255)])"

RULES = (
    Rule("from keras.layers.core import Dense", moved(KERAS_LAYER_MODULES)),
    Rule(
        "from keras.layers.experimental import preprocessing",
        moved(KERAS_EXPERIMENTAL_LAYERS),
        "`keras.layers.Rescaling`, `keras.layers.RandomFlip` and the others",
    ),
    Rule(
        "keras.layers.CuDNNLSTM(8)",
        moved(KERAS_CUDNN),
        "which takes cuDNN's kernel itself on a GPU",
    ),
    Rule("keras.layers.Deconvolution2D(8, (3, 3))", moved(KERAS_LAYERS)),
    Rule("from keras.layers import merge", moved(KERAS_MERGE)),
    Rule(
        'keras.layers.merge([a, b], mode="concat")',
        merging,
        "of outputs of layers; in a model of the functional API, not in a Sequential one",
    ),
    Rule(
        "keras.layers.ThresholdedReLU(0.5)",
        threshold,
    ),
    Rule(
        "keras.layers.LocallyConnected2D(8, (3, 3))",
        of_keras("layers.LocallyConnected1D", "layers.LocallyConnected2D"),
        "the nearest layer; its weights are the same at all places",
        "keras.layers.Conv2D(8, (3, 3))",
    ),
    Rule(
        "from keras.preprocessing.image import ImageDataGenerator",
        named(
            "keras.preprocessing.image.ImageDataGenerator",
            "keras_preprocessing.image.ImageDataGenerator",
        ),
        "the first layers of the model; from arrays, `fit` makes batches itself",
        FLIP,
    ),
    Rule(
        "from tensorflow.keras.preprocessing.image import ImageDataGenerator",
        named("tensorflow.keras.preprocessing.image.ImageDataGenerator"),
        "deprecated; it works with TensorFlow alone",
        FLIP,
        "note",
    ),
    Rule(
        "from keras.preprocessing.text import Tokenizer",
        named("keras.preprocessing.text", "keras_preprocessing.text"),
        new="keras.layers.TextVectorization(max_tokens=1000)",
    ),
    Rule(
        "from keras.preprocessing.sequence import TimeseriesGenerator",
        named("keras.preprocessing.sequence.TimeseriesGenerator"),
        new="from keras.utils import timeseries_dataset_from_array",
    ),
    # models
    Rule(
        "keras.Model(input=model.inputs, output=model.outputs)",
        arguments(["Model"], {"input": "inputs", "output": "outputs"}),
    ),
    Rule(
        "keras.utils.multi_gpu_model(model, gpus=2)",
        of_keras("utils.multi_gpu_model", "utils.training_utils"),
        "the model is made, compiled and trained within it",
        "mlcourse.training.distribute()",
    ),
    Rule(
        "model.layers[0].input_shape",
        attribute("input_shape", "layers", "layer", "get_layer", becomes="input.shape"),
    ),
    Rule(
        "model.layers[0].output_shape",
        attribute("output_shape", "layers", "layer", "get_layer", becomes="output.shape"),
    ),
    Rule(
        "model.layers[0].W",
        attribute("W", "layers", "layer", "get_layer", becomes="kernel"),
    ),
)
