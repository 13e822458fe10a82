"""Layers and losses, each with its backward pass."""

import numpy as np
from scipy.special import expit, logit

from mlcourse import activations
from mlcourse._core import checks
from mlcourse.initializers import initial_weights


class Layer:
    """Base class of layers.

    `forward` returns the outputs and stores what `backward` needs. `backward` takes `grad`,
    dL/d(outputs), stores dL/d(params) in `grads`, and returns dL/d(inputs).

    Attributes:
        params: dict of names to trainable arrays.
        state: dict of names to arrays that training updates without gradients.
        n_in, n_out: number of input and output features; None if the layer accepts any number.
        rng: random generator, seeded with the seed and the layer's name.
    """

    def __init__(self, name: str, n_in=None, n_out=None, seed=0) -> None:
        self.name, self.n_in, self.n_out = name, n_in, n_out
        self.params, self.state, self.grads = {}, {}, {}
        self.rng = np.random.default_rng([checks.integer("seed", seed, 0), *str(name).encode()])


class Affine(Layer):
    """Dense layer: z = x w + b, from (examples, n_in) to (examples, n_out).

    w is initialized by an initializer of `mlcourse.initializers`, b with zeros. dtype is "float32"
    or "float64".
    """

    def __init__(
        self, name: str, n_in: int, n_out: int, *, initializer="he_normal", seed=0, dtype="float32"
    ) -> None:
        super().__init__(name, n_in, n_out, seed)
        w = initial_weights(n_in, n_out, initializer, self.rng)
        self.params = {"w": w.astype(dtype), "b": np.zeros(n_out, dtype)}

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        checks.n_features(f"the input of layer {self.name}", x, self.n_in)
        self.x = x
        return x @ self.params["w"] + self.params["b"]

    def backward(self, grad: np.ndarray, to_inputs: bool = True) -> np.ndarray | None:
        self.grads = {"w": self.x.T @ grad, "b": grad.sum(axis=0)}
        return grad @ self.params["w"].T if to_inputs else None


class Activation(Layer):
    """Activation: a = f(z) with a function of `mlcourse.activations`, by default its class's."""

    def __init__(self, name: str, activation: activations.Activation | None = None) -> None:
        super().__init__(name)
        function = activation or activations.find(type(self).__name__.lower())
        self.activation = checks.instance(
            "activation", function, activations.Activation, "find('elu')"
        )

    def forward(self, z: np.ndarray, training: bool = False) -> np.ndarray:
        self.z = z
        return self.activation.function(z)

    def backward(self, grad: np.ndarray, to_inputs: bool = True) -> np.ndarray | None:
        return self.activation.backward(self.z, grad)


class Sigmoid(Activation):
    """Sigmoid: a = 1 / (1 + exp(-z)), from 0 to 1."""


class Tanh(Activation):
    """Hyperbolic tangent: a = tanh(z), from -1 to 1."""


class Relu(Activation):
    """Rectified linear unit: a = max(0, z)."""


class Softmax(Activation):
    """Softmax: a_k = exp(z_k) / sum of exp(z); positive, with sum 1."""


class LeakyRelu(Activation):
    """Leaky ReLU: a = max(slope z, z). Maas et al., 2013."""

    def __init__(self, name: str, slope: float = activations.LEAKY_SLOPE) -> None:
        super().__init__(name, activations.leaky_relu(slope))


class Dropout(Layer):
    """Dropout: in training, a random fraction `rate` of inputs is set to 0, the rest is scaled up.

    Srivastava et al., 2014.
    """

    def __init__(self, name: str, rate: float, seed: int = 0) -> None:
        super().__init__(name, seed=seed)
        self.rate = checks.number("rate", rate, 0, below=1)

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        mask = self.rng.random(x.shape, x.dtype) >= self.rate if training else 1
        self.scale = mask / x.dtype.type(1 - self.rate * training)
        return x * self.scale

    def backward(self, grad: np.ndarray, to_inputs: bool = True) -> np.ndarray | None:
        return grad * self.scale


class BatchNorm(Layer):
    """Batch normalization: gamma (x - mean) / std + beta. Ioffe and Szegedy, 2015.

    In training, mean and std are those of the batch, else moving averages.
    """

    def __init__(self, name: str, n: int, momentum=0.99, epsilon=1e-3, dtype="float32") -> None:
        super().__init__(name, checks.integer("n", n, 1), n)
        self.momentum = checks.number("momentum", momentum, 0, below=1)
        self.epsilon = checks.positive("epsilon", epsilon)
        self.params = {"gamma": np.ones(n, dtype), "beta": np.zeros(n, dtype)}
        self.state = {"moving_mean": np.zeros(n, dtype), "moving_variance": np.ones(n, dtype)}

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        checks.n_features(f"the input of layer {self.name}", x, self.n_in)
        self.training = training
        mean = self.state["moving_mean"]
        variance = self.state["moving_variance"]
        if training:
            batch_mean = x.mean(axis=0)
            batch_variance = x.var(axis=0)
            self.state["moving_mean"] = self._moving_average(mean, batch_mean)
            self.state["moving_variance"] = self._moving_average(variance, batch_variance)
            mean = batch_mean
            variance = batch_variance
        self.std = np.sqrt(variance + self.epsilon)
        self.normalized = (x - mean) / self.std
        return self.params["gamma"] * self.normalized + self.params["beta"]

    def _moving_average(self, old, new):
        return self.momentum * old + (1 - self.momentum) * new

    def backward(self, grad: np.ndarray, to_inputs: bool = True) -> np.ndarray | None:
        self.grads = {"gamma": (grad * self.normalized).sum(axis=0), "beta": grad.sum(axis=0)}
        if self.training:  # the batch's mean and std depend on the inputs too
            grad = grad - (self.grads["beta"] + self.normalized * self.grads["gamma"]) / len(grad)
        return self.params["gamma"] * grad / self.std


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
