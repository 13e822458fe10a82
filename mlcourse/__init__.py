"""Lectures on neural networks, and the pictures and helpers they are made of.

Importing this package is cheap: a name's module is imported when the name is
first used (PEP 562), so neither Keras nor pyplot is loaded before it is needed.

>>> import mlcourse
>>> "TrainingPlot" in dir(mlcourse)
True
"""

from importlib import import_module

__version__ = "0.1.0"

_MODULES = (
    "activations",
    "adapters",
    "callbacks",
    "chain_rule",
    "datasets",
    "devices",
    "doctor",
    "figures",
    "initializers",
    "lectures",
    "losses",
    "models",
    "networks",
    "optimizers",
    "schedules",
    "surfaces",
    "training",
)
_NAMES = {
    "TrainingPlot": "callbacks",
    "activation": "activations",
    "activation_derivative": "activations",
    "descend": "optimizers",
    "draw_neural_net": "figures",
    "plot_activation": "figures",
    "plot_backpropagation": "figures",
    "plot_decision_boundary": "figures",
    "plot_probabilities": "figures",
    "plot_samples": "figures",
    "plot_signal_propagation": "figures",
    "plot_tensor_shapes": "figures",
    "setup_notebook": "lectures",
}

__all__ = sorted([*_MODULES, *_NAMES])


def __getattr__(name):
    if name in _MODULES:
        return import_module(f"mlcourse.{name}")
    if name in _NAMES:
        return getattr(import_module(f"mlcourse.{_NAMES[name]}"), name)
    raise AttributeError(f"module 'mlcourse' has no attribute {name!r}. It has: {__all__}.")


def __dir__():
    return sorted([*globals(), *__all__])
