"""Old code that makes layers and models."""

from mlcourse.old_notebooks.layers import (
    merging,
    threshold,
)
from mlcourse.old_notebooks.matching import arguments, attribute, named, of_keras
from mlcourse.old_notebooks.moved_names import moved
from mlcourse.old_notebooks.moves_of_keras import (
    KERAS_CUDNN,
    KERAS_EXPERIMENTAL_LAYERS,
    KERAS_LAYER_MODULES,
    KERAS_LAYERS,
    KERAS_MERGE,
)
from mlcourse.old_notebooks.rule import Rule

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
