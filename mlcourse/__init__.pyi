"""Declare the names of `mlcourse` for editors and type checkers."""

from mlcourse import (
    activations as activations,
    callbacks as callbacks,
    datasets as datasets,
    devices as devices,
    diagnosis as diagnosis,
    evaluation as evaluation,
    figures as figures,
    history as history,
    initializers as initializers,
    inspection as inspection,
    interactive as interactive,
    lectures as lectures,
    losses as losses,
    models as models,
    networks as networks,
    optimizers as optimizers,
    preprocessing as preprocessing,
    scratch as scratch,
    training as training,
    tuning as tuning,
)
from mlcourse.activations import (
    activation as activation,
    activation_derivative as activation_derivative,
)
from mlcourse.callbacks import (
    CyclicLR as CyclicLR,
    OneCycle as OneCycle,
    TrainingPlot as TrainingPlot,
    UpdateRatios as UpdateRatios,
    find_learning_rate as find_learning_rate,
)
from mlcourse.diagnosis import (
    diagnose as diagnose,
)
from mlcourse.networks import (
    explain as explain,
)
from mlcourse.figures import (
    dashboard as dashboard,
    draw_neural_net as draw_neural_net,
    plot_activation as plot_activation,
    plot_predictions as plot_predictions,
    plot_backpropagation as plot_backpropagation,
    plot_basins as plot_basins,
    plot_optimization_history as plot_optimization_history,
    plot_calibration as plot_calibration,
    plot_confusion_matrix as plot_confusion_matrix,
    plot_decision_boundary as plot_decision_boundary,
    plot_explanation as plot_explanation,
    plot_feature_maps as plot_feature_maps,
    plot_filters as plot_filters,
    plot_history as plot_history,
    plot_learning_rate_finder as plot_learning_rate_finder,
    plot_misclassified as plot_misclassified,
    plot_model_graph as plot_model_graph,
    plot_nesterov as plot_nesterov,
    plot_optimizer_comparison as plot_optimizer_comparison,
    plot_optimizers as plot_optimizers,
    plot_parallel_coordinates as plot_parallel_coordinates,
    plot_probability_surface as plot_probability_surface,
    plot_samples as plot_samples,
    plot_schedules as plot_schedules,
    plot_signal_propagation as plot_signal_propagation,
    plot_surface as plot_surface,
    plot_update_ratios as plot_update_ratios,
)
from mlcourse.lectures import (
    setup_notebook as setup_notebook,
)
from mlcourse.optimizers import (
    descend as descend,
    opt_names as opt_names,
)
from mlcourse.tuning import (
    KerasClassifier as KerasClassifier,
)

__version__: str
