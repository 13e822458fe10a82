"""Keras callbacks, one class a file."""

from mlcourse.callbacks.training_plot import TrainingPlot

__all__ = ["TrainingPlot"]
