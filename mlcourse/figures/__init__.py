"""Pictures: arrays and plain objects in, Axes or a Figure out. They never show, clear or configure.

Networks: `draw_neural_net`, `plot_backpropagation`, `plot_tensor_shapes`. Functions and signals:
`plot_activation`, `plot_signal_propagation`. Classifiers: `plot_decision_boundary`,
`plot_probabilities`. Data: `plot_samples`. A fit's curves: `HistoryDisplay`.
Files: `save_figure`.
"""

from mlcourse.figures.activations import plot_activation, plot_signal_propagation
from mlcourse.figures.backpropagation import plot_backpropagation
from mlcourse.figures.boundary import plot_decision_boundary
from mlcourse.figures.history import HistoryDisplay
from mlcourse.figures.network_display import NeuralNetDisplay
from mlcourse.figures.neural_net import draw_neural_net
from mlcourse.figures.samples import plot_probabilities, plot_samples
from mlcourse.figures.saving import save_figure
from mlcourse.figures.style import STYLE
from mlcourse.figures.tensor_shapes import plot_tensor_shapes

__all__ = [
    "STYLE",
    "HistoryDisplay",
    "NeuralNetDisplay",
    "draw_neural_net",
    "plot_activation",
    "plot_backpropagation",
    "plot_decision_boundary",
    "plot_probabilities",
    "plot_samples",
    "plot_signal_propagation",
    "plot_tensor_shapes",
    "save_figure",
]
