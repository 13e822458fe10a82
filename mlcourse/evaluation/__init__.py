"""From predictions to numbers: how many are right, which ones are wrong, and for what.

>>> import numpy as np
>>> predictions, y = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]), np.array([0, 1, 1])
>>> round(accuracy(predictions, y), 4), mistakes(predictions, y).tolist()
(0.6667, [2])
"""

from mlcourse.evaluation.answers import (
    accuracy,
    are_classes,
    checked,
    classes,
    mistakes,
    pair_mistakes,
    probabilities,
)
from mlcourse.evaluation.confusion import confusion_matrix
from mlcourse.evaluation.mirror import mirror_average
from mlcourse.evaluation.reliability import Calibration, calibration
from mlcourse.evaluation.report import ClassReport, class_report

__all__ = [
    "Calibration",
    "ClassReport",
    "accuracy",
    "are_classes",
    "calibration",
    "checked",
    "class_report",
    "classes",
    "confusion_matrix",
    "mirror_average",
    "mistakes",
    "pair_mistakes",
    "probabilities",
]
