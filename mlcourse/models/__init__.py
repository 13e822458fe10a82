"""Functions that build teaching-size Keras models, which are not compiled yet.

`mlp` builds dense networks; `cnn`, `cifar_cnn` and `residual` build convolutional networks for
images; `two_head` builds a network with two outputs. `inject` puts a fault, which is not
named, into a copy of a compiled model. `imagenet_weights` returns a file of weights that others
have trained.
"""

from mlcourse.models.cnn import cifar_cnn, cnn, residual, two_head
from mlcourse.models.injection import inject
from mlcourse.models.mlp import mlp
from mlcourse.models.pretrained import imagenet_weights

__all__ = ["cifar_cnn", "cnn", "imagenet_weights", "inject", "mlp", "residual", "two_head"]
