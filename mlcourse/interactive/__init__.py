"""Pictures with controls, for a notebook: each a draw function of `figures` and a few widgets."""

from mlcourse.interactive.digits import draw_digit
from mlcourse.interactive.images import embedding, mistakes_by_class
from mlcourse.interactive.live import Interactive
from mlcourse.interactive.networks import (
    activation_functions,
    boundary_by_depth,
    initialization,
    network_size,
    weight_updates,
)
from mlcourse.interactive.optimizers import compare_optimizers, schedules
from mlcourse.interactive.overfitting import Playground, playground

__all__ = [
    "Interactive",
    "Playground",
    "activation_functions",
    "boundary_by_depth",
    "compare_optimizers",
    "draw_digit",
    "embedding",
    "initialization",
    "mistakes_by_class",
    "network_size",
    "playground",
    "schedules",
    "weight_updates",
]
