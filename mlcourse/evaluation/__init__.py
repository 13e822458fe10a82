"""Metrics of classifiers: accuracy, confusion matrix, class report, calibration.

All functions take `(y_true, y_pred)`, as in scikit-learn.

>>> import numpy as np
>>> y_true = np.array([0, 1, 1])
>>> y_pred = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
>>> round(accuracy(y_true, y_pred), 4), misclassified(y_true, y_pred).tolist()
(0.6667, [2])
"""

from mlcourse.evaluation.labels import classes, encode
from mlcourse.evaluation.metrics import (
    Calibration,
    ClassReport,
    accuracy,
    calibration,
    class_report,
    confusion_matrix,
    misclassified,
    misclassified_pairs,
    most_confused,
)
from mlcourse.evaluation.predictions import Predictions, checked, predict_with_flip

__all__ = [
    "Calibration",
    "ClassReport",
    "Predictions",
    "accuracy",
    "calibration",
    "checked",
    "class_report",
    "classes",
    "confusion_matrix",
    "encode",
    "misclassified",
    "misclassified_pairs",
    "most_confused",
    "predict_with_flip",
]
