"""Figures of classifiers: confusion matrix, calibration, decision boundary and dashboard."""
