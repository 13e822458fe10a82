"""What an optimizer is: a pair of functions, and how the rules of this package make one."""

import functools
import inspect
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from mlcourse import checks
from mlcourse.schedules import Schedule


@dataclass(frozen=True, eq=False)
class Optimizer:
    """An update rule with its settings: a pair of functions without state of their own.

    `init(w)` returns the state before the first step, for weights w of any shape.
    `update(w, g, state, eta, t)` returns the weights and the state after step t, counted from 1,
    from the gradient g and the learning rate eta. Neither changes an array that it is given.

    Attributes:
        name: that of the rule.
        learning_rate: a number, a `Schedule`, or an array of rates to try at once, one for each
            of the points that descend.
        init, update: see above.
        settings: the rule's other settings by name.
        defaults: what those are unless one says otherwise.

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
        """Returns the learning rate of each of so many steps, as a list."""
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
    """A family of optimizers: called with a learning rate, and settings by name, it makes one.

    In a notebook a rule shows its formula, and the code that implements it.

    Attributes:
        name: of the rule.
        formula: lines of LaTeX, without dollars; g is the gradient, eta the learning rate.
        pair: the function from the settings to the pair (init, update).
        defaults: the settings with their default values.

    Example:
        >>> from mlcourse.optimizers import adam
        >>> adam(0.1, beta_1=0.5)
        adam(0.1, beta_1=0.5)
    """

    def __init__(self, pair: Callable, formula: Sequence[str]) -> None:
        functools.update_wrapper(self, pair)
        self.name, self.formula, self.pair = pair.__name__, formula, pair
        parameters = inspect.signature(pair).parameters
        self.defaults = {name: parameter.default for name, parameter in parameters.items()}
        first = inspect.Parameter("learning_rate", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        others = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters.values()]
        self.__signature__ = inspect.Signature([first, *others])

    def __call__(
        self, learning_rate: float | Schedule | np.ndarray, **settings: float
    ) -> Optimizer:
        """Returns the `Optimizer` with this learning rate, a number, a `Schedule` or an array."""
        for name in settings:
            checks.choice(f"a setting of {self.name}", name, ["learning_rate", *self.defaults])
        settings = {**self.defaults, **settings}
        checked = {name: _CHECKS[name](name, value) for name, value in settings.items()}
        init, update = self.pair(**checked)
        return Optimizer(self.name, _rate(learning_rate), init, update, checked, self.defaults)

    @property
    def code(self) -> str:
        """The source of the rule's pair of functions."""
        _, _, source = inspect.getsource(self.pair).split('"""', 2)  # what follows the docstring
        return textwrap.dedent(source.replace("    return init, update\n", "")).strip() + "\n"

    def __repr__(self):
        return f"<rule {self.name}{self.__signature__}>"

    def _repr_markdown_(self):
        lines = "".join(f"$${line}$$\n\n" for line in self.formula)
        return f"**{self.name}**\n\n{lines}```python\n{self.code}```\n"


def rule(*formula: str) -> Callable[[Callable], Rule]:
    """Makes a `Rule` of a function from settings to the pair (init, update)."""
    return lambda pair: Rule(pair, formula)


def _rate(rate):
    if isinstance(rate, Schedule):
        return rate
    if not isinstance(rate, np.ndarray):
        return checks.positive("learning_rate", rate)
    if not (np.issubdtype(rate.dtype, np.number) and np.all(np.isfinite(rate) & (rate > 0))):
        raise ValueError(f"learning_rate must be positive. Got {rate!r} instead.")
    return rate


def _share(name, value):
    return checks.number(name, value, 0, 1)


_CHECKS = {
    "momentum": _share,
    "rho": _share,
    "beta_1": _share,
    "beta_2": _share,
    "epsilon": checks.positive,
    "weight_decay": lambda name, value: checks.number(name, value, 0),
    "initial_accumulator": lambda name, value: checks.number(name, value, 0),
}
