"""The same network here and in Keras, with the same weights."""

from mlcourse import keras_layers
from mlcourse.scratch import convolution, layers
from mlcourse.scratch.model import Model

CLASSES = {
    "Dense": layers.Affine,
    "Dropout": layers.Dropout,
    "BatchNormalization": layers.BatchNorm,
    "Activation": layers.Activation,
    **convolution.CLASSES,
}


def from_keras(model, dtype="float32"):
    """Returns the `Model` with the layers and weights of a built Keras model, a chain of layers."""
    return Model(keras_layers.read(model, CLASSES, dtype))


def to_keras(model, input_shape=None):
    """Returns the `keras.Sequential` like a `Model`, for examples of this shape, or (n_in,)."""
    shape = input_shape or (model.layers[0].n_in,)
    return keras_layers.write(model.layers, CLASSES, shape, str(model.dtype))
