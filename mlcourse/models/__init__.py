"""Builders of teaching-size networks: they return Keras models that are not compiled yet.

Dense ones, `mlp`; convolutional ones for pictures, `cnn`, `cifar_cnn` and `residual`; and
`two_head`, with two answers.
"""

from mlcourse.models.cnn import cifar_cnn, cnn, residual, two_head
from mlcourse.models.mlp import mlp

__all__ = ["cifar_cnn", "cnn", "mlp", "residual", "two_head"]
