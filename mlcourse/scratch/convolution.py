"""Convolution, max pooling and flattening of images, (examples, height, width, channels).

>>> from mlcourse import scratch
>>> layers = [Conv2D("edges", 1, 8), scratch.LeakyRelu("leaky"), MaxPool2D("pool")]
>>> layers += [Flatten("flat"), scratch.BatchNorm("norm", 1352), scratch.Affine("last", 1352, 10)]
>>> scratch.Model(layers)(np.ones((2, 28, 28, 1))).shape
(2, 10)
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mlcourse._core import checks
from mlcourse.initializers import initial_weights
from mlcourse.scratch.layers import Layer


class Flatten(Layer):
    """Reshape each example to a vector.

    Example:
        >>> Flatten("flat").forward(np.ones((2, 28, 28, 1))).shape
        (2, 784)
    """

    reshapes = True

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, grad: np.ndarray, to_inputs: bool = True) -> np.ndarray | None:
        return grad.reshape(self.shape)


class Conv2D(Layer):
    """2D convolution with square filters, and a bias.

    With "valid" padding the output has size - 1 rows and columns fewer than the input. With "same"
    padding zeros are added at the edges, and the output has the input's height and width.

    Example:
        >>> Conv2D("edges", 1, 8, padding="same").forward(np.ones((2, 28, 28, 1))).shape
        (2, 28, 28, 8)
    """

    reshapes = True

    def __init__(
        self,
        name: str,
        channels: int,
        filters: int,
        size: int = 3,
        padding: str = "valid",
        *,
        seed: int = 0,
        dtype: str = "float32",
    ) -> None:
        super().__init__(name, seed=seed)
        self.filters = filters
        self.size = checks.integer("size", size, 1)
        self.padding = checks.choice("padding", padding, ("valid", "same"))
        channels = checks.integer("channels", channels, 1)
        w = initial_weights(size * size * channels, filters, "he_normal", self.rng)
        w = w.reshape(size, size, channels, filters)
        self.params = {"w": w.astype(dtype), "b": np.zeros(filters, dtype)}

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        channels = self.params["w"].shape[2]
        if x.ndim != 4 or x.shape[3] != channels:
            rule = f"layer {self.name} must have inputs (examples, height, width, {channels})"
            raise ValueError(f"{rule}. Got shape {x.shape} instead.")
        self.windows = self._windows(x, *self._padding_widths())
        z = np.tensordot(self.windows, self.params["w"], ((4, 5, 3), (0, 1, 2)))
        return z + self.params["b"]

    def backward(self, grad: np.ndarray, to_inputs: bool = True) -> np.ndarray | None:
        axes = (0, 1, 2)  # examples, height, width
        w = np.tensordot(self.windows, grad, (axes, axes)).transpose(1, 2, 0, 3)
        self.grads = {"w": w, "b": grad.sum(axis=axes)}
        if not to_inputs:
            return None
        flipped = self.params["w"][::-1, ::-1]  # the gradient is a convolution with flipped filters
        before, after = self._padding_widths()
        windows = self._windows(grad, self.size - 1 - before, self.size - 1 - after)
        return np.tensordot(windows, flipped, ((4, 5, 3), (0, 1, 3)))

    def _padding_widths(self):
        """Return the number of zeros before and after the rows and columns of an image."""
        total = self.size - 1 if self.padding == "same" else 0
        return total // 2, total - total // 2

    def _windows(self, x, before, after):
        """Return all filter windows, (examples, height, width, channels, size, size)."""
        x = np.pad(x, ((0, 0), (before, after), (before, after), (0, 0)))
        return sliding_window_view(x, (self.size, self.size), axis=(1, 2))


class MaxPool2D(Layer):
    """Max pooling over blocks of size x size pixels; incomplete blocks at the edge are dropped.

    Example:
        >>> MaxPool2D("pool").forward(np.ones((2, 28, 28, 8))).shape
        (2, 14, 14, 8)
    """

    reshapes = True

    def __init__(self, name: str, size: int = 2) -> None:
        super().__init__(name)
        self.size = checks.integer("size", size, 1)

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        self.shape = x.shape
        n, height, width, channels = x.shape
        height //= self.size
        width //= self.size
        x = x[:, : height * self.size, : width * self.size]
        x = x.reshape(n, height, self.size, width, self.size, channels).transpose(0, 1, 3, 5, 2, 4)
        x = x.reshape(n, height, width, channels, self.size**2)
        self.largest = x.argmax(axis=-1)[..., None]
        return np.take_along_axis(x, self.largest, -1)[..., 0]

    def backward(self, grad: np.ndarray, to_inputs: bool = True) -> np.ndarray | None:
        n, height, width, channels = grad.shape
        blocks = np.zeros((*grad.shape, self.size**2), grad.dtype)
        np.put_along_axis(blocks, self.largest, grad[..., None], -1)
        blocks = blocks.reshape(n, height, width, channels, self.size, self.size)
        x = np.zeros(self.shape, grad.dtype)
        inside = x[:, : height * self.size, : width * self.size]
        inside[:] = blocks.transpose(0, 1, 4, 2, 5, 3).reshape(inside.shape)
        return x


CLASSES = {"Flatten": Flatten, "Conv2D": Conv2D, "MaxPooling2D": MaxPool2D}
"""The classes by the names of the corresponding Keras classes."""
