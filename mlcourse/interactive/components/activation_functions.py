"""Activation functions in the page: a curve, its derivative, and the values at a point."""

from mlcourse import activations
from mlcourse._core import checks
from mlcourse.figures.networks.activations import Z_LIMIT, plot_activation
from mlcourse.interactive.bundle import bundle
from mlcourse.interactive.components.component import SettingsComponent


class ActivationFunctions(SettingsComponent):
    """An activation function and its derivative, with the values at a point, in the page.

    Args:
        function, derivative: as in `activation_functions`.

    Attributes:
        settings: dict with `function`, one of `mlcourse.activations.ACTIVATIONS`; `derivative`,
            whether it is plotted; and `z`, from -5 to 5 in steps of 0.1, the point whose values
            are shown.

    Raises:
        ValueError: for an unknown function. The message lists the functions.

    Example:
        >>> shown = ActivationFunctions("relu")
        >>> shown.set(z=-2, derivative=False)
        >>> shown.settings
        {'function': 'relu', 'derivative': False, 'z': -2.0}
    """

    _esm = bundle("activation_functions_widget")
    _name = "activation-functions"
    _still = "Activation functions, which are computed in the page. It needs JavaScript."
    _figsize = (6, 4)

    def __init__(self, function: str = "sigmoid", derivative: bool = True) -> None:
        super().__init__(settings=self._checked({"function": function, "derivative": derivative}))

    @staticmethod
    def _checked(settings):
        z = checks.number_within("z", settings.get("z", 1.0), -Z_LIMIT, Z_LIMIT)
        return {
            "function": activations.find(settings["function"]).name,
            "derivative": checks.flag("derivative", settings["derivative"]),
            "z": round(z, 1),
        }

    def _plot(self, figure):
        derivative = self.settings["derivative"]
        plot_activation(self.settings["function"], figure.subplots(), derivative=derivative)

    def _description(self):
        derivative = " and its derivative" if self.settings["derivative"] else ""
        return f"The curve of {self.settings['function']}{derivative}."


def activation_functions(function: str = "sigmoid", derivative: bool = True) -> ActivationFunctions:
    """Show an activation function, with a menu, its derivative, and the values at a point.

    Args:
        function: initial function.
        derivative: whether to plot the derivative initially.

    Returns:
        An `ActivationFunctions`.

    Raises:
        ValueError: for an unknown function. The message lists the functions.

    Example:
        >>> activation_functions("gelu").settings
        {'function': 'gelu', 'derivative': True, 'z': 1.0}
    """
    return ActivationFunctions(function, derivative)
