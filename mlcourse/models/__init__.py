"""Builders of teaching-size networks: they return Keras models that are not compiled yet.

Dense ones, `mlp`; convolutional ones for pictures, `cnn`, `cifar_cnn` and `residual`; and
`two_head`, with two answers.
"""

from mlcourse.models.cifar_cnn import cifar_cnn
from mlcourse.models.cnn import cnn
from mlcourse.models.mlp import mlp
from mlcourse.models.residual import residual
from mlcourse.models.two_head import two_head

__all__ = ["cifar_cnn", "cnn", "mlp", "residual", "two_head"]
