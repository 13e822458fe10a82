"""Loss functions and their gradients."""

import numpy as np
from scipy.special import expit, logit

from mlcourse._core import checks

EPSILON = 1e-7  # probabilities are clipped to [EPSILON, 1 - EPSILON], as in Keras


class Loss:
    """The mean or the sum of a loss over all examples.

    Cross-entropies are computed from logits z, before the sigmoid or softmax: this avoids log(0),
    and a probability that rounds to 1 still has a gradient.

    Attributes:
        output: the output activation that the loss includes.
        inverse: the inverse of this activation, or None for "linear".
    """

    output = "linear"
    inverse = None

    def __init__(self, reduction: str = "mean") -> None:
        self.reduction = checks.choice("reduction", reduction, ("mean", "sum"))

    def __call__(self, a: np.ndarray, y: np.ndarray) -> float:
        """Return the loss of outputs a, (examples, outputs): probabilities, not logits."""
        z = self.inverse(np.clip(a, EPSILON, 1 - EPSILON)) if self.inverse else 1.0 * a
        return self.value_and_gradient(z, y)[0]

    def value_and_gradient(self, z: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the loss and dL/dz of logits z, (examples, outputs).

        The targets y are of the shape of z, or (examples,).
        """
        losses, gradients = self.per_example(z, self.targets(z, y))
        divisor = len(z) if self.reduction == "mean" else 1
        return float(losses.sum()) / divisor, gradients / divisor

    def targets(self, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return y in the shape of z; integer labels become one-hot."""
        if self.output == "softmax" and np.ndim(y) == 1:
            return np.eye(z.shape[1], dtype=z.dtype)[y]
        return np.reshape(y, z.shape).astype(z.dtype, copy=False)


class MSE(Loss):
    """Mean squared error: the mean of (a - y)^2 over the outputs."""

    def per_example(self, a: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return ((a - y) ** 2).mean(axis=1), 2 * (a - y) / a.shape[1]


class BCE(Loss):
    """Binary cross-entropy: -y ln p - (1 - y) ln(1 - p), where p = sigmoid(z)."""

    output = "sigmoid"
    inverse = logit

    def per_example(self, z: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (np.logaddexp(0, z) - y * z).mean(axis=1), (expit(z) - y) / z.shape[1]


class CrossEntropy(Loss):
    """Cross-entropy: -ln p of the true class, where p = softmax(z)."""

    output = "softmax"
    inverse = np.log

    def per_example(self, z: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        z = z - z.max(axis=1, keepdims=True)  # cancels, and prevents overflow
        exponentials = np.exp(z)
        total = exponentials.sum(axis=1, keepdims=True)
        return np.log(total[:, 0]) - (y * z).sum(axis=1), exponentials / total - y
