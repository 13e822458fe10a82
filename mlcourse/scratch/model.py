"""A model of layers in a row, and its weights to and from Keras."""

import numpy as np

from mlcourse._core import checks
from mlcourse.networks import keras_io
from mlcourse.scratch import convolution, layers


class Model:
    """A network. Models of the same layers share their parameters.

    >>> from mlcourse.scratch import Affine, Relu
    >>> model = Model([Affine("first", 784, 100), Relu("relu"), Affine("last", 100, 10)])
    >>> model(np.zeros((5, 784))).shape
    (5, 10)
    """

    def __init__(self, layers: list) -> None:
        self.layers = checks.chain(layers)
        params = [array for layer in self.layers for array in layer.params.values()]
        self.dtype = params[0].dtype if params else np.dtype("float32")

    def __call__(self, X: np.ndarray, training: bool = False) -> np.ndarray:
        """Returns the outputs for examples X, (examples, ...); dropout is for training alone."""
        x = np.asarray(X, self.dtype)
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def backward(self, grad: np.ndarray | None) -> None:
        """Leaves the gradients of all parameters in the layers, from dL/d(outputs)."""
        for layer in self.layers[::-1]:
            grad = layer.backward(grad, to_inputs=layer is not self.layers[0])


CLASSES = {"Dense": layers.Affine, "Dropout": layers.Dropout, "Activation": layers.Activation}
CLASSES |= {"BatchNormalization": layers.BatchNorm, **convolution.CLASSES}


def from_keras(model: object, dtype: str = "float32") -> Model:
    """Returns the `Model` with the layers and weights of a built Keras model, a chain of layers."""
    return Model(keras_io.read(model, CLASSES, dtype))


def to_keras(model: Model, input_shape: tuple | None = None) -> object:
    """Returns the `keras.Sequential` like a `Model`, for examples of this shape, or (n_in,)."""
    own = checks.instance("model", model, Model, "Model([Affine('last', 784, 10)])").layers
    return keras_io.write(own, CLASSES, input_shape or (own[0].n_in,), str(model.dtype))
