"""A look inside a trained network, which is left as it was.

How it learns: `gradients`, `gradient_norms`. What its layers compute: `dead_units`, `feature_maps`,
`filters`. Why it predicts a class: `grad_cam`, `saliency`, `occlusion`. All of it works on each
backend of Keras. Layers within models, wrappers and custom layers are found at any depth, but for
the last three, which take Sequential and functional models.
"""

from mlcourse.inspection.attribution import grad_cam, occlusion, saliency
from mlcourse.inspection.dead_units import LayerUnits, UnitReport, dead_units
from mlcourse.inspection.feature_maps import feature_maps, filters
from mlcourse.inspection.gradients import gradient_norms, gradients

__all__ = [
    "LayerUnits",
    "UnitReport",
    "dead_units",
    "feature_maps",
    "filters",
    "grad_cam",
    "gradient_norms",
    "gradients",
    "occlusion",
    "saliency",
]
