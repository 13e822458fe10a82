"""Layers: each takes examples forward, and the gradient of the loss back."""

import numpy as np

from mlcourse import activations
from mlcourse._core import checks
from mlcourse.initializers import initial_weights


class Layer:
    """A step of a network: `forward` returns its outputs and keeps what the way back needs.

    `backward` returns dL/d(inputs) from `grad`, dL/d(outputs), and keeps dL/d(params) in `grads`.

    Attributes:
        params, state: arrays by name: what is trained, and what training changes on the side.
        n_in, n_out: numbers of an example before and after the layer; None if it takes any.
        rng: its random numbers; layers of one seed differ by their names.
    """

    def __init__(self, name: str, n_in=None, n_out=None, seed=0) -> None:
        self.name, self.n_in, self.n_out = name, n_in, n_out
        self.params, self.state, self.grads = {}, {}, {}
        self.rng = np.random.default_rng([checks.integer("seed", seed, 0), *str(name).encode()])


class Affine(Layer):
    """Weighted sums and a bias: z = x w + b, from (examples, n_in) to (examples, n_out).

    w starts by a rule of `mlcourse.initializers`, b at 0; dtype is "float32" or "float64".
    """

    def __init__(
        self, name: str, n_in: int, n_out: int, *, initializer="he_normal", seed=0, dtype="float32"
    ) -> None:
        super().__init__(name, n_in, n_out, seed)
        w = initial_weights(n_in, n_out, initializer, self.rng)
        self.params = {"w": w.astype(dtype), "b": np.zeros(n_out, dtype)}

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        checks.n_features(f"what layer {self.name} takes", x, self.n_in)
        self.x = x
        return x @ self.params["w"] + self.params["b"]

    def backward(self, grad: np.ndarray, to_inputs: bool = True) -> np.ndarray | None:
        self.grads = {"w": self.x.T @ grad, "b": grad.sum(axis=0)}
        return grad @ self.params["w"].T if to_inputs else None


class Activation(Layer):
    """A function of `mlcourse.activations`: a = f(z), by default the one with the class's name."""

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
    """a = 1 / (1 + exp(-z)), from 0 to 1."""


class Tanh(Activation):
    """a = tanh(z), from -1 to 1."""


class Relu(Activation):
    """a = max(0, z)."""


class Softmax(Activation):
    """a_k = exp(z_k) / sum of exp(z): positive, with the sum 1."""


class LeakyRelu(Activation):
    """a = max(slope z, z). Maas et al., 2013."""

    def __init__(self, name: str, slope: float = activations.LEAKY_SLOPE) -> None:
        super().__init__(name, activations.leaky_relu(slope))


class Dropout(Layer):
    """In training a share `rate` of inputs is 0, the rest grows. Srivastava et al., 2014."""

    def __init__(self, name: str, rate: float, seed: int = 0) -> None:
        super().__init__(name, seed=seed)
        self.rate = checks.number("rate", rate, 0, below=1)

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        kept = self.rng.random(x.shape, x.dtype) >= self.rate if training else 1
        self.scale = kept / x.dtype.type(1 - self.rate * training)
        return x * self.scale

    def backward(self, grad: np.ndarray, to_inputs: bool = True) -> np.ndarray | None:
        return grad * self.scale


class BatchNorm(Layer):
    """gamma (x - mean) / deviation + beta; in training of the batch. Ioffe and Szegedy, 2015."""

    def __init__(self, name: str, n: int, momentum=0.99, epsilon=1e-3, dtype="float32") -> None:
        super().__init__(name, checks.integer("n", n, 1), n)
        self.momentum = checks.number("momentum", momentum, 0, below=1)
        self.epsilon = checks.positive("epsilon", epsilon)
        self.params = {"gamma": np.ones(n, dtype), "beta": np.zeros(n, dtype)}
        self.state = {"moving_mean": np.zeros(n, dtype), "moving_variance": np.ones(n, dtype)}

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        checks.n_features(f"what layer {self.name} takes", x, self.n_in)
        self.training, (mean, variance), keep = training, self.state.values(), self.momentum
        if training:
            mean, variance = x.mean(axis=0), x.var(axis=0)
            for (name, old), new in zip(self.state.items(), (mean, variance), strict=True):
                self.state[name] = keep * old + (1 - keep) * new
        self.deviation = np.sqrt(variance + self.epsilon)
        self.normal = (x - mean) / self.deviation
        return self.params["gamma"] * self.normal + self.params["beta"]

    def backward(self, grad: np.ndarray, to_inputs: bool = True) -> np.ndarray | None:
        self.grads = {"gamma": (grad * self.normal).sum(axis=0), "beta": grad.sum(axis=0)}
        if self.training:  # mean and deviation depend on the inputs too
            grad = grad - (self.grads["beta"] + self.normal * self.grads["gamma"]) / len(grad)
        return self.params["gamma"] * grad / self.deviation
