"""Losses: the number that training makes small, and its gradient."""

import numpy as np
from scipy.special import expit, logit

from mlcourse._core import checks

SURE = 1e-7  # what a probability keeps away from 0 and 1, as in Keras


class Loss:
    """How far outputs are from their targets: the mean, or the sum, of all examples.

    A cross-entropy is computed from the logits z, what comes before the sigmoid or softmax: so no
    logarithm meets a 0, and a probability that rounds to 1 still has a gradient.
    """

    output, inverse = "none", None  # the function that the loss has inside, and the way back

    def __init__(self, reduction: str = "mean") -> None:
        self.reduction = checks.choice("reduction", reduction, ("mean", "sum"))

    def __call__(self, a: np.ndarray, y: np.ndarray) -> float:
        """Returns the loss of outputs a, (examples, outputs): of probabilities, not logits."""
        z = self.inverse(np.clip(a, SURE, 1 - SURE)) if self.inverse else 1.0 * a
        return self.value_and_gradient(z, y)[0]

    def value_and_gradient(self, z: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        """Returns the loss and dL/dz, from z, (examples, outputs), and y, of that shape or (n,)."""
        losses, slopes = self.of_each(z, self.targets(z, y))
        count = len(z) if self.reduction == "mean" else 1
        return float(losses.sum()) / count, slopes / count

    def targets(self, z: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Returns y in the shape of z; numbers of classes become ones among zeros."""
        if self.output == "softmax" and np.ndim(y) == 1:
            return np.eye(z.shape[1], dtype=z.dtype)[y]
        return np.reshape(y, z.shape).astype(z.dtype, copy=False)


class MSE(Loss):
    """Mean squared error: (a - y)^2, the mean of the outputs."""

    def of_each(self, a: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return ((a - y) ** 2).mean(axis=1), 2 * (a - y) / a.shape[1]


class BCE(Loss):
    """Binary cross-entropy: -y ln p - (1 - y) ln(1 - p), where p = sigmoid(z)."""

    output, inverse = "sigmoid", logit

    def of_each(self, z: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (np.logaddexp(0, z) - y * z).mean(axis=1), (expit(z) - y) / z.shape[1]


class CrossEntropy(Loss):
    """Cross-entropy: -ln p of the true class, where p = softmax(z)."""

    output, inverse = "softmax", np.log

    def of_each(self, z: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        z = z - z.max(axis=1, keepdims=True)  # cancels, and keeps exp finite
        powers = np.exp(z)
        total = powers.sum(axis=1, keepdims=True)
        return np.log(total[:, 0]) - (y * z).sum(axis=1), powers / total - y
