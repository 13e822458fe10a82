"""Interactive figures: figures of `figures` with controls, and live components in the page."""

from mlcourse.interactive.components.activation_functions import (
    ActivationFunctions,
    activation_functions,
)
from mlcourse.interactive.components.backpropagation import Backpropagation, backpropagation
from mlcourse.interactive.components.convolution import (
    Convolution,
    convolution,
    explain_convolution,
)
from mlcourse.interactive.components.descent import Descent, compare_optimizers
from mlcourse.interactive.components.initialization import Initialization, initialization
from mlcourse.interactive.components.network_size import NetworkSize, network_size
from mlcourse.interactive.components.playground import Playground, playground
from mlcourse.interactive.components.schedules import Schedules, schedules
from mlcourse.interactive.digits import draw_digit
from mlcourse.interactive.images import confusion_cells, embedding, misclassified_by_class
from mlcourse.interactive.live import Interactive
from mlcourse.interactive.networks import (
    boundary_by_depth,
    weight_updates,
)

__all__ = [
    "ActivationFunctions",
    "Backpropagation",
    "Convolution",
    "Descent",
    "Initialization",
    "Interactive",
    "NetworkSize",
    "Playground",
    "Schedules",
    "activation_functions",
    "backpropagation",
    "boundary_by_depth",
    "compare_optimizers",
    "confusion_cells",
    "convolution",
    "draw_digit",
    "embedding",
    "explain_convolution",
    "initialization",
    "misclassified_by_class",
    "network_size",
    "playground",
    "schedules",
    "weight_updates",
]
