"""Lectures on neural networks with Keras 3, and the figures and helpers that they use.

`import mlcourse` is fast: a module is imported when one of its names is first used (PEP 562), so
Keras and pyplot are not loaded before they are needed. TensorFlow's start-up messages are hidden if
mlcourse is imported first, unless `TF_CPP_MIN_LOG_LEVEL` is set.

>>> import mlcourse
>>> "TrainingPlot" in dir(mlcourse)
True
"""

from importlib import import_module

from mlcourse._core import quiet_import

__version__ = "0.1.0"

_MODULES = (
    "activations",
    "callbacks",
    "datasets",
    "devices",
    "diagnosis",
    "evaluation",
    "figures",
    "history",
    "initializers",
    "inspection",
    "interactive",
    "lectures",
    "losses",
    "models",
    "networks",
    "optimizers",
    "preprocessing",
    "scratch",
    "training",
    "tuning",
)

_NAMES_BY_MODULE = {
    "activations": "activation activation_derivative",
    "callbacks": """
        CyclicLR OneCycle TrainingPlot UpdateRatios find_learning_rate
    """,
    "diagnosis": "diagnose",
    "figures": """
        dashboard draw_neural_net plot_activation plot_backpropagation plot_basins
        plot_calibration plot_confusion_matrix plot_decision_boundary plot_explanation
        plot_feature_maps plot_filters plot_history plot_learning_rate_finder
        plot_misclassified plot_model_graph plot_nesterov plot_optimization_history
        plot_optimizer_comparison plot_optimizers plot_parallel_coordinates plot_predictions
        plot_probability_surface plot_samples plot_schedules plot_signal_propagation
        plot_surface plot_update_ratios
    """,
    "lectures": "setup_notebook",
    "networks": "explain",
    "optimizers": "descend opt_names",
    "tuning": "KerasClassifier",
}
_MODULE_BY_NAME = {
    name: module for module, names in _NAMES_BY_MODULE.items() for name in names.split()
}

__all__ = sorted([*_MODULES, *_MODULE_BY_NAME])

quiet_import.install()


def __getattr__(name):
    if name in _MODULES:
        return import_module(f"mlcourse.{name}")
    if name in _MODULE_BY_NAME:
        return getattr(import_module(f"mlcourse.{_MODULE_BY_NAME[name]}"), name)
    raise AttributeError(f"module 'mlcourse' has no attribute {name!r}. It has: {__all__}.")


def __dir__():
    return sorted([*globals(), *__all__])
