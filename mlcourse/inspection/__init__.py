"""Inspection of trained Keras models, which stay unchanged.

- Learning: `gradients`, `gradient_norms`, `loss_landscape`.
- Layers: `dead_units`, `feature_maps`, `filters`.
- Predictions: `grad_cam`, `saliency`, `occlusion`.

All functions work on each backend of Keras. They find layers within models, wrappers and custom
layers at any depth; the last three need Sequential or functional models.
"""

from mlcourse.inspection.attribution import grad_cam, occlusion, saliency
from mlcourse.inspection.dead_units import LayerUnits, UnitReport, dead_units
from mlcourse.inspection.feature_maps import feature_maps, filters
from mlcourse.inspection.gradients import gradient_norms, gradients
from mlcourse.inspection.loss_landscape import LossLandscape, loss_landscape

__all__ = [
    "LayerUnits",
    "LossLandscape",
    "UnitReport",
    "dead_units",
    "feature_maps",
    "filters",
    "grad_cam",
    "gradient_norms",
    "gradients",
    "loss_landscape",
    "occlusion",
    "saliency",
]
