"""The same network here and in Keras, with the same weights."""

from mlcourse import checks, keras_layers
from mlcourse.scratch import convolution, layers
from mlcourse.scratch.model import Model

CLASSES = {"Dense": layers.Affine, "Dropout": layers.Dropout, "Activation": layers.Activation}
CLASSES |= {"BatchNormalization": layers.BatchNorm, **convolution.CLASSES}


def from_keras(model: object, dtype: str = "float32") -> Model:
    """Returns the `Model` with the layers and weights of a built Keras model, a chain of layers."""
    return Model(keras_layers.read(model, CLASSES, dtype))


def to_keras(model: Model, input_shape: tuple | None = None) -> object:
    """Returns the `keras.Sequential` like a `Model`, for examples of this shape, or (n_in,)."""
    own = checks.kind("model", model, Model, "Model([Affine('last', 784, 10)])").layers
    return keras_layers.write(own, CLASSES, input_shape or (own[0].n_in,), str(model.dtype))
