"""Builders of teaching-size networks: they return Keras models that are not compiled yet.

Dense ones, `mlp`; convolutional ones for pictures, `cnn`; and `two_head`, with two answers.
"""

from mlcourse.models.cnn import cnn
from mlcourse.models.mlp import mlp
from mlcourse.models.two_head import two_head

__all__ = ["cnn", "mlp", "two_head"]
