"""Update rules of optimizers, each a pair of functions (init, update)."""

import functools
import inspect
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from mlcourse._core import checks
from mlcourse.optimizers.schedules import Schedule


@dataclass(frozen=True, eq=False)
class Optimizer:
    """An update rule with its settings, as a pair of pure functions.

    `init(w)` returns the state before the first step, for weights w of any shape.
    `update(w, g, state, eta, t)` returns the weights and the state after step t, counted from 1,
    for the gradient g and the learning rate eta. Neither changes its arguments.

    Attributes:
        name: name of the update rule.
        learning_rate: a number, a `Schedule`, or an array of learning rates, one for each of many
            points that descend at once.
        init, update: the pair of functions.
        settings: the other settings by name.
        defaults: the default values of these settings.

    Example:
        >>> Optimizer("halving", 0.1, lambda w: (), lambda w, g, s, eta, t: (w / 2, s)).rates(2)
        [0.1, 0.1]
    """

    name: str
    learning_rate: float | Schedule | np.ndarray
    init: Callable
    update: Callable
    settings: dict = field(default_factory=dict)
    defaults: dict = field(default_factory=dict)

    def rates(self, steps: int) -> list:
        """Return a list of the learning rates of the first `steps` steps."""
        if isinstance(self.learning_rate, Schedule):
            return self.learning_rate(np.arange(steps)).tolist()
        return [self.learning_rate] * steps

    def __repr__(self):
        rate = getattr(self.learning_rate, "name", self.learning_rate)
        changed = [
            name for name, value in self.settings.items() if value != self.defaults.get(name)
        ]
        settings = "".join(f", {name}={self.settings[name]}" for name in changed)
        return f"{self.name}({rate}{settings})"


class Rule:
    """A function from a learning rate and settings to an `Optimizer`.

    A notebook displays its formula and its source code.

    Attributes:
        name: name of the update rule.
        formula: lines of LaTeX, without dollar signs; g is the gradient, eta the learning rate.
        pair: function from the settings to the pair (init, update).
        defaults: the settings with their default values.

    Example:
        >>> from mlcourse.optimizers import adam
        >>> adam(0.1, beta_1=0.5)
        adam(0.1, beta_1=0.5)
    """

    def __init__(self, pair: Callable, formula: Sequence[str]) -> None:
        functools.update_wrapper(self, pair)
        self.name = pair.__name__
        self.formula = formula
        self.pair = pair
        parameters = inspect.signature(pair).parameters
        self.defaults = {name: parameter.default for name, parameter in parameters.items()}
        first = inspect.Parameter("learning_rate", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        others = [
            parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for parameter in parameters.values()
        ]
        self.__signature__ = inspect.Signature([first, *others])

    def __call__(
        self, learning_rate: float | Schedule | np.ndarray, **settings: float
    ) -> Optimizer:
        """Return the `Optimizer` with this learning rate: a number, a `Schedule` or an array."""
        for name in settings:
            checks.choice(f"a setting of {self.name}", name, ["learning_rate", *self.defaults])
        settings = {**self.defaults, **settings}
        checked = {name: _CHECKS[name](name, value) for name, value in settings.items()}
        init, update = self.pair(**checked)
        return Optimizer(self.name, _rate(learning_rate), init, update, checked, self.defaults)

    @property
    def code(self) -> str:
        """The source code of the pair of functions."""
        _, _, source = inspect.getsource(self.pair).split('"""', 2)  # the code after the docstring
        return textwrap.dedent(source.replace("    return init, update\n", "")).strip() + "\n"

    def __repr__(self):
        return f"<rule {self.name}{self.__signature__}>"

    def _repr_markdown_(self):
        lines = "".join(f"$${line}$$\n\n" for line in self.formula)
        return f"**{self.name}**\n\n{lines}```python\n{self.code}```\n"


def rule(*formula: str) -> Callable[[Callable], Rule]:
    """Decorate a function from settings to the pair (init, update), and return a `Rule`."""
    return lambda pair: Rule(pair, formula)


def _rate(rate):
    if isinstance(rate, Schedule):
        return rate
    if not isinstance(rate, np.ndarray):
        return checks.positive("learning_rate", rate)
    if not (np.issubdtype(rate.dtype, np.number) and np.all(np.isfinite(rate) & (rate > 0))):
        raise ValueError(f"learning_rate must be positive. Got {rate!r} instead.")
    return rate


def _fraction(name, value):
    return checks.number(name, value, 0, 1)


_CHECKS = {
    "momentum": _fraction,
    "rho": _fraction,
    "beta_1": _fraction,
    "beta_2": _fraction,
    "epsilon": checks.positive,
    "weight_decay": lambda name, value: checks.number(name, value, 0),
    "initial_accumulator": lambda name, value: checks.number(name, value, 0),
}


_MEAN = r"m \leftarrow \beta_1 m + (1 - \beta_1) \, g"
_SQUARE = r"s \leftarrow \beta_2 s + (1 - \beta_2) \, g^2"
_UNBIASED = r"\hat{m} = m / (1 - \beta_1^t), \quad \hat{s} = s / (1 - \beta_2^t)"


@rule(r"w \leftarrow w - \eta \, g")
def sgd():
    """Gradient descent: step against the gradient."""

    def init(w):
        return ()

    def update(w, g, state, eta, t):
        return w - eta * g, state

    return init, update


@rule(r"v \leftarrow \beta v - \eta \, g", r"w \leftarrow w + v")
def momentum(momentum=0.9):
    """Momentum: accumulate past gradients, like a rolling ball with friction. Polyak, 1964."""

    def init(w):
        return np.zeros_like(w)

    def update(w, g, v, eta, t):
        v = momentum * v - eta * g
        return w + v, v

    return init, update


@rule(r"v \leftarrow \beta v - \eta \, g", r"w \leftarrow w + \beta v - \eta \, g")
def nesterov(momentum=0.9):
    """Nesterov momentum: compute the gradient at the look-ahead position.

    As in Keras and PyTorch, the weights w are the look-ahead position; the position itself is
    w - beta v. Nesterov, 1983; in this form Sutskever et al., 2013.
    """

    def init(w):
        return np.zeros_like(w)

    def update(w, g, v, eta, t):
        v = momentum * v - eta * g
        return w + momentum * v - eta * g, v

    return init, update


@rule(r"s \leftarrow s + g^2", r"w \leftarrow w - \eta \, g / \sqrt{s + \epsilon}")
def adagrad(initial_accumulator=0.1, epsilon=1e-7):
    """AdaGrad: divide by the root of the sum of squared gradients. Duchi et al., 2011."""

    def init(w):
        return np.full_like(w, initial_accumulator)

    def update(w, g, s, eta, t):
        s = s + g**2
        return w - eta * g / np.sqrt(s + epsilon), s

    return init, update


@rule(
    r"s \leftarrow \rho s + (1 - \rho) \, g^2",
    r"\Delta \leftarrow - g \sqrt{d + \epsilon} / \sqrt{s + \epsilon}",
    r"d \leftarrow \rho d + (1 - \rho) \, \Delta^2",
    r"w \leftarrow w + \eta \, \Delta",
)
def adadelta(rho=0.95, epsilon=1e-7):
    """AdaDelta: scale steps by the size of the previous steps. Zeiler, 2012."""

    def init(w):
        return np.zeros_like(w), np.zeros_like(w)

    def update(w, g, state, eta, t):
        s, d = state
        s = rho * s + (1 - rho) * g**2
        change = -g * np.sqrt(d + epsilon) / np.sqrt(s + epsilon)
        d = rho * d + (1 - rho) * change**2
        return w + eta * change, (s, d)

    return init, update


@rule(
    r"s \leftarrow \rho s + (1 - \rho) \, g^2",
    r"v \leftarrow \beta v - \eta \, g / \sqrt{s + \epsilon}",
    r"w \leftarrow w + v",
)
def rmsprop(rho=0.9, momentum=0.0, epsilon=1e-7):
    """RMSprop: divide the gradient by a moving average of its size. Hinton, 2012."""

    def init(w):
        return np.zeros_like(w), np.zeros_like(w)

    def update(w, g, state, eta, t):
        s, v = state
        s = rho * s + (1 - rho) * g**2
        v = momentum * v - eta * g / np.sqrt(s + epsilon)
        return w + v, (s, v)

    return init, update


@rule(_MEAN, _SQUARE, _UNBIASED, r"w \leftarrow w - \eta \, \hat{m} / (\sqrt{\hat{s}} + \epsilon)")
def adam(beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """Adam: RMSprop with momentum and bias correction. Kingma and Ba, 2015."""

    def init(w):
        return np.zeros_like(w), np.zeros_like(w)

    def update(w, g, state, eta, t):
        m, s = state
        m = beta_1 * m + (1 - beta_1) * g
        s = beta_2 * s + (1 - beta_2) * g**2
        m_hat, s_hat = m / (1 - beta_1**t), s / (1 - beta_2**t)
        return w - eta * m_hat / (np.sqrt(s_hat) + epsilon), (m, s)

    return init, update


@rule(
    _MEAN,
    r"u \leftarrow \max(\beta_2 u, |g|)",
    r"\hat{m} = m / (1 - \beta_1^t)",
    r"w \leftarrow w - \eta \, \hat{m} / (u + \epsilon)",
)
def adamax(beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """AdaMax: Adam with the infinity norm of past gradients. Kingma and Ba, 2015."""

    def init(w):
        return np.zeros_like(w), np.zeros_like(w)

    def update(w, g, state, eta, t):
        m, u = state
        m = beta_1 * m + (1 - beta_1) * g
        u = np.maximum(beta_2 * u, np.abs(g))
        m_hat = m / (1 - beta_1**t)
        return w - eta * m_hat / (u + epsilon), (m, u)

    return init, update


@rule(
    _MEAN,
    _SQUARE,
    r"\mu_t = \beta_1 (1 - 0.96^t / 2), \quad \Pi_t = \mu_1 \mu_2 \cdots \mu_t",
    r"\hat{m} = \mu_{t+1} m / (1 - \Pi_{t+1}) + (1 - \mu_t) \, g / (1 - \Pi_t)",
    r"w \leftarrow w - \eta \, \hat{m} / (\sqrt{s / (1 - \beta_2^t)} + \epsilon)",
)
def nadam(beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """Nadam: Adam with Nesterov momentum that increases over time. Dozat, 2016."""

    def init(w):
        return np.zeros_like(w), np.zeros_like(w), 1.0

    def update(w, g, state, eta, t):
        m, s, product = state
        t = float(t)  # Keras computes 1 - beta_2^t in float64 here
        m = beta_1 * m + (1 - beta_1) * g
        s = beta_2 * s + (1 - beta_2) * g**2
        mu, mu_next = (beta_1 * (1 - 0.96**step / 2) for step in (t, t + 1))
        product = product * mu
        m_hat = mu_next * m / (1 - product * mu_next) + (1 - mu) * g / (1 - product)
        s_hat = s / (1 - beta_2**t)
        return w - eta * m_hat / (np.sqrt(s_hat) + epsilon), (m, s, product)

    return init, update


@rule(
    _MEAN,
    _SQUARE,
    _UNBIASED,
    r"w \leftarrow w - \eta \, (\hat{m} / (\sqrt{\hat{s}} + \epsilon) + \lambda w)",
)
def adamw(weight_decay=0.004, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """AdamW: Adam with decoupled weight decay. Loshchilov and Hutter, 2019."""
    init, adam_update = adam.pair(beta_1, beta_2, epsilon)

    def update(w, g, state, eta, t):
        step, state = adam_update(w, g, state, eta, t)
        return step - eta * weight_decay * w, state

    return init, update


@rule(
    r"w \leftarrow w - \eta \, (\mathrm{sign}(\beta_1 m + (1 - \beta_1) \, g) + \lambda w)",
    r"m \leftarrow \beta_2 m + (1 - \beta_2) \, g",
)
def lion(weight_decay=0.0, beta_1=0.9, beta_2=0.99):
    """Lion: move all weights by the same step, in the sign of momentum. Chen et al., 2023."""

    def init(w):
        return np.zeros_like(w)

    def update(w, g, m, eta, t):
        direction = np.sign(beta_1 * m + (1 - beta_1) * g)
        m = beta_2 * m + (1 - beta_2) * g
        return w - eta * (direction + weight_decay * w), m

    return init, update


RULES = {
    known.name: known
    for known in (
        sgd,
        momentum,
        nesterov,
        adagrad,
        adadelta,
        rmsprop,
        adam,
        adamax,
        nadam,
        adamw,
        lion,
    )
}
"""The update rules by name."""
