"""A model as a chain of layers, and its conversion from and to Keras."""

import numpy as np

from mlcourse._core import checks
from mlcourse.networks import keras_io
from mlcourse.scratch import convolution, layers


class Model:
    """A chain of layers. Models that contain the same layer objects share their parameters.

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
        """Return the outputs for examples X, (n, ...); dropout is active only in training."""
        x = np.asarray(X, self.dtype)
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def backward(self, grad: np.ndarray | None) -> None:
        """Compute all gradients from dL/d(outputs), and store them in the layers' `grads`."""
        for layer in self.layers[::-1]:
            grad = layer.backward(grad, to_inputs=layer is not self.layers[0])


CLASSES = {"Dense": layers.Affine, "Dropout": layers.Dropout, "Activation": layers.Activation}
CLASSES |= {"BatchNormalization": layers.BatchNorm, **convolution.CLASSES}
"""The classes of `mlcourse.scratch` by the names of the corresponding Keras classes."""


def from_keras(model: object, dtype: str = "float32") -> Model:
    """Convert a built Keras model, a chain of layers, to a `Model` with the same weights."""
    return Model(keras_io.read(model, CLASSES, dtype))


def to_keras(model: Model, input_shape: tuple | None = None) -> object:
    """Convert a `Model` to a `keras.Sequential` with the same weights.

    input_shape is the shape of an example, by default (n_in,) of the first layer.
    """
    checks.instance("model", model, Model, "Model([Affine('last', 784, 10)])")
    input_shape = input_shape or (model.layers[0].n_in,)
    return keras_io.write(model.layers, CLASSES, input_shape, str(model.dtype))
