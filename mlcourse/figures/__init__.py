"""Pictures: arrays and plain objects in, Axes or a Figure out. They never show, clear or configure.

Networks: `draw_neural_net`, `plot_backpropagation`, `plot_explanation`, `plot_tensor_shapes`,
`plot_model_graph`.
Functions and signals: `plot_activation`, `plot_signal_propagation`. Classifiers:
`plot_decision_boundary`, `plot_probability_sheet`, `plot_probabilities`, `plot_digit_answers`,
`plot_neighbours`.
Optimizers: `plot_optimizers`, `plot_descent_loss`, `plot_optimizer_comparison`, `plot_surface`,
`plot_nesterov`, `plot_gradient_noise`, `plot_rates_against_starts`, `plot_basins`,
`animate_descent`. Learning rates: `plot_schedules`, `plot_learning_rate_finder`.
Data: `plot_samples`, `plot_class_balance`, `plot_augmented`. Answers: `plot_answers`,
`plot_mistakes`, `plot_wrong_pairs`, `plot_confusion_matrix`, `plot_calibration`, `dashboard`.
Inside a network: `plot_filters`, `plot_feature_maps`, `plot_grad_cam`, `plot_saliency`,
`plot_occlusion`, `plot_layer_values`, `plot_update_ratios`.
Curves of fits: `plot_history`, `plot_batch_losses`, `HistoryDisplay`.
Searches and experiments: `plot_parallel_coordinates`, `plot_trial_scores`, `plot_best_so_far`,
`plot_experiments`.
Files: `save_figure`, `save_animation`.
"""

from mlcourse.figures.activations import plot_activation, plot_signal_propagation
from mlcourse.figures.animation import animate_descent, save_animation
from mlcourse.figures.answers import plot_answers
from mlcourse.figures.augmented import plot_augmented
from mlcourse.figures.backpropagation import plot_backpropagation
from mlcourse.figures.batch_losses import plot_batch_losses
from mlcourse.figures.best_so_far import plot_best_so_far
from mlcourse.figures.boundary import plot_decision_boundary
from mlcourse.figures.calibration import plot_calibration
from mlcourse.figures.class_balance import plot_class_balance
from mlcourse.figures.confusion import plot_confusion_matrix
from mlcourse.figures.dashboard import dashboard
from mlcourse.figures.descent import (
    DescentDisplay,
    plot_descent_loss,
    plot_optimizer_comparison,
    plot_optimizers,
)
from mlcourse.figures.digit_answers import plot_digit_answers
from mlcourse.figures.experiments import plot_experiments
from mlcourse.figures.explanation import plot_explanation
from mlcourse.figures.feature_maps import plot_feature_maps
from mlcourse.figures.filters import plot_filters
from mlcourse.figures.grad_cam import plot_grad_cam
from mlcourse.figures.histories import plot_history
from mlcourse.figures.history import HistoryDisplay
from mlcourse.figures.layer_bars import plot_layer_values
from mlcourse.figures.mistakes import plot_mistakes, plot_wrong_pairs
from mlcourse.figures.model_graph import plot_model_graph
from mlcourse.figures.momentum import plot_nesterov
from mlcourse.figures.neighbours import plot_neighbours
from mlcourse.figures.network_display import NeuralNetDisplay
from mlcourse.figures.neural_net import draw_neural_net
from mlcourse.figures.noise import plot_gradient_noise
from mlcourse.figures.occlusion import plot_occlusion
from mlcourse.figures.parallel_coordinates import plot_parallel_coordinates
from mlcourse.figures.probability_sheet import plot_probability_sheet
from mlcourse.figures.rate_sweep import plot_learning_rate_finder
from mlcourse.figures.saliency import plot_saliency
from mlcourse.figures.samples import plot_probabilities, plot_samples
from mlcourse.figures.saving import save_figure
from mlcourse.figures.schedules import plot_schedules
from mlcourse.figures.style import STYLE
from mlcourse.figures.surface_3d import plot_surface
from mlcourse.figures.sweeps import plot_basins, plot_rates_against_starts
from mlcourse.figures.tensor_shapes import plot_tensor_shapes
from mlcourse.figures.trial_scores import plot_trial_scores
from mlcourse.figures.update_ratios import plot_update_ratios

__all__ = [
    "STYLE",
    "DescentDisplay",
    "HistoryDisplay",
    "NeuralNetDisplay",
    "animate_descent",
    "dashboard",
    "draw_neural_net",
    "plot_activation",
    "plot_answers",
    "plot_augmented",
    "plot_backpropagation",
    "plot_basins",
    "plot_batch_losses",
    "plot_best_so_far",
    "plot_calibration",
    "plot_class_balance",
    "plot_confusion_matrix",
    "plot_decision_boundary",
    "plot_descent_loss",
    "plot_digit_answers",
    "plot_experiments",
    "plot_explanation",
    "plot_feature_maps",
    "plot_filters",
    "plot_grad_cam",
    "plot_gradient_noise",
    "plot_history",
    "plot_layer_values",
    "plot_learning_rate_finder",
    "plot_mistakes",
    "plot_model_graph",
    "plot_neighbours",
    "plot_nesterov",
    "plot_occlusion",
    "plot_optimizer_comparison",
    "plot_optimizers",
    "plot_parallel_coordinates",
    "plot_probabilities",
    "plot_probability_sheet",
    "plot_rates_against_starts",
    "plot_saliency",
    "plot_samples",
    "plot_schedules",
    "plot_signal_propagation",
    "plot_surface",
    "plot_tensor_shapes",
    "plot_trial_scores",
    "plot_update_ratios",
    "plot_wrong_pairs",
    "save_animation",
    "save_figure",
]
