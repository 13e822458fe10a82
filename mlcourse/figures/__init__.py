"""Figures of data, networks, training and evaluation.

Functions take arrays and plain objects and return the Axes, or the Figure if they fill several
Axes. Options are keyword arguments, with `title`, and `ax` or `fig`, last. They never call `show`
and never change rcParams.

Networks: `draw_neural_net`, `plot_backpropagation`, `plot_explanation`, `plot_tensor_shapes`,
`plot_model_graph`, `plot_activation`, `plot_signal_propagation`, `plot_layer_bars`.
Classifiers: `plot_decision_boundary`, `plot_probability_surface`, `plot_probabilities`,
`plot_digit_prediction`, `plot_neighbors`.
Evaluation: `plot_predictions`, `plot_misclassified`, `plot_misclassified_pairs`,
`plot_confusion_matrix`, `plot_calibration`, `dashboard`.
Data: `plot_samples`, `plot_class_balance`, `plot_augmented`.
Inspection: `plot_filters`, `plot_feature_maps`, `plot_convolution`, `plot_filter_maps`,
`plot_grad_cam`, `plot_saliency`, `plot_occlusion`.
Training: `plot_history`, `plot_batch_losses`, `plot_update_ratios`, `HistoryDisplay`,
`animate_training`, `plot_schedules`, `plot_learning_rate_finder`.
Optimizers: `plot_optimizers`, `plot_descent_loss`, `plot_optimizer_comparison`, `plot_surface`,
`plot_nesterov`, `plot_gradient_noise`, `plot_convergence_map`, `plot_basins`,
`plot_loss_landscape`, `animate_descent`.
Tuning: `plot_parallel_coordinates`, `plot_slice`, `plot_optimization_history`, `plot_ablation`.
Files: `save_figure`, `save_animation`.
"""

from mlcourse.figures import model_graph
from mlcourse.figures._shared.animation import save_animation
from mlcourse.figures._shared.saving import save_figure
from mlcourse.figures._shared.style import DARK_STYLE, LIGHT_STYLE, STYLE
from mlcourse.figures.evaluation.boundary import plot_decision_boundary
from mlcourse.figures.evaluation.calibration import plot_calibration
from mlcourse.figures.evaluation.class_balance import plot_class_balance
from mlcourse.figures.evaluation.confusion import plot_confusion_matrix
from mlcourse.figures.evaluation.dashboard import dashboard
from mlcourse.figures.evaluation.neighbors import plot_digit_prediction, plot_neighbors
from mlcourse.figures.evaluation.probability_surface import plot_probability_surface
from mlcourse.figures.evaluation.training_animation import animate_training
from mlcourse.figures.images.convolution import plot_convolution, plot_filter_maps
from mlcourse.figures.images.feature_maps import plot_feature_maps, plot_filters
from mlcourse.figures.images.heat_maps import plot_grad_cam, plot_occlusion, plot_saliency
from mlcourse.figures.images.predictions import (
    plot_misclassified,
    plot_misclassified_pairs,
    plot_predictions,
)
from mlcourse.figures.images.samples import plot_augmented, plot_probabilities, plot_samples
from mlcourse.figures.model_graph.plot import plot_model_graph
from mlcourse.figures.networks.activations import plot_activation, plot_signal_propagation
from mlcourse.figures.networks.backpropagation import plot_backpropagation, plot_explanation
from mlcourse.figures.networks.display import NeuralNetDisplay
from mlcourse.figures.networks.layers import plot_layer_bars, plot_tensor_shapes
from mlcourse.figures.networks.neural_net import draw_neural_net
from mlcourse.figures.optimizers.animation import animate_descent, plot_surface
from mlcourse.figures.optimizers.descent import (
    DescentDisplay,
    plot_descent_loss,
    plot_optimizer_comparison,
    plot_optimizers,
)
from mlcourse.figures.optimizers.loss_landscape import plot_loss_landscape
from mlcourse.figures.optimizers.momentum import plot_gradient_noise, plot_nesterov
from mlcourse.figures.optimizers.sweeps import plot_basins, plot_convergence_map
from mlcourse.figures.training.history import HistoryDisplay, plot_history
from mlcourse.figures.training.learning_rate import plot_learning_rate_finder, plot_schedules
from mlcourse.figures.training.updates import plot_batch_losses, plot_update_ratios
from mlcourse.figures.tuning.ablation import plot_ablation
from mlcourse.figures.tuning.parallel_coordinates import plot_parallel_coordinates
from mlcourse.figures.tuning.trials import plot_optimization_history, plot_slice

__all__ = [
    "DARK_STYLE",
    "LIGHT_STYLE",
    "STYLE",
    "DescentDisplay",
    "HistoryDisplay",
    "NeuralNetDisplay",
    "animate_descent",
    "animate_training",
    "dashboard",
    "draw_neural_net",
    "model_graph",
    "plot_ablation",
    "plot_activation",
    "plot_augmented",
    "plot_backpropagation",
    "plot_basins",
    "plot_batch_losses",
    "plot_calibration",
    "plot_class_balance",
    "plot_confusion_matrix",
    "plot_convergence_map",
    "plot_convolution",
    "plot_decision_boundary",
    "plot_descent_loss",
    "plot_digit_prediction",
    "plot_explanation",
    "plot_feature_maps",
    "plot_filter_maps",
    "plot_filters",
    "plot_grad_cam",
    "plot_gradient_noise",
    "plot_history",
    "plot_layer_bars",
    "plot_learning_rate_finder",
    "plot_loss_landscape",
    "plot_misclassified",
    "plot_misclassified_pairs",
    "plot_model_graph",
    "plot_neighbors",
    "plot_nesterov",
    "plot_occlusion",
    "plot_optimization_history",
    "plot_optimizer_comparison",
    "plot_optimizers",
    "plot_parallel_coordinates",
    "plot_predictions",
    "plot_probabilities",
    "plot_probability_surface",
    "plot_saliency",
    "plot_samples",
    "plot_schedules",
    "plot_signal_propagation",
    "plot_slice",
    "plot_surface",
    "plot_tensor_shapes",
    "plot_update_ratios",
    "save_animation",
    "save_figure",
]
