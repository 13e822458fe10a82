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
    "evaluation",
    "experiments",
    "explanations",
    "figures",
    "histories",
    "initializers",
    "inspection",
    "interactive",
    "keras_layers",
    "lectures",
    "losses",
    "model_graph",
    "models",
    "networks",
    "optimizers",
    "pictures",
    "rate_sweep",
    "runs",
    "scratch",
    "schedules",
    "surfaces",
    "tables",
    "training",
    "trials",
    "tuning",
)
_NAMES = {
    "CyclicLR": "callbacks",
    "KerasClassifier": "tuning",
    "LearningRateFinder": "callbacks",
    "OneCycle": "callbacks",
    "ScheduledRate": "callbacks",
    "TrainingPlot": "callbacks",
    "UpdateRatios": "callbacks",
    "activation": "activations",
    "activation_derivative": "activations",
    "animate_descent": "figures",
    "dashboard": "figures",
    "descend": "optimizers",
    "draw_neural_net": "figures",
    "explain": "explanations",
    "find_learning_rate": "callbacks",
    "opt_names": "optimizers",
    "plot_activation": "figures",
    "plot_answers": "figures",
    "plot_augmented": "figures",
    "plot_backpropagation": "figures",
    "plot_basins": "figures",
    "plot_batch_losses": "figures",
    "plot_best_so_far": "figures",
    "plot_calibration": "figures",
    "plot_class_balance": "figures",
    "plot_confusion_matrix": "figures",
    "plot_decision_boundary": "figures",
    "plot_descent_loss": "figures",
    "plot_digit_answers": "figures",
    "plot_experiments": "figures",
    "plot_explanation": "figures",
    "plot_feature_maps": "figures",
    "plot_filters": "figures",
    "plot_grad_cam": "figures",
    "plot_gradient_noise": "figures",
    "plot_history": "figures",
    "plot_layer_values": "figures",
    "plot_learning_rate_finder": "figures",
    "plot_mistakes": "figures",
    "plot_model_graph": "figures",
    "plot_neighbours": "figures",
    "plot_nesterov": "figures",
    "plot_occlusion": "figures",
    "plot_optimizer_comparison": "figures",
    "plot_optimizers": "figures",
    "plot_parallel_coordinates": "figures",
    "plot_probabilities": "figures",
    "plot_probability_sheet": "figures",
    "plot_rates_against_starts": "figures",
    "plot_saliency": "figures",
    "plot_samples": "figures",
    "plot_schedules": "figures",
    "plot_signal_propagation": "figures",
    "plot_surface": "figures",
    "plot_tensor_shapes": "figures",
    "plot_trial_scores": "figures",
    "plot_update_ratios": "figures",
    "plot_wrong_pairs": "figures",
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
