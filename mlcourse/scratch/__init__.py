"""A neural network in NumPy, written to be read: `layers`, `convolution`, `model`, `learner`."""

from mlcourse.networks.explain import explain
from mlcourse.scratch.convolution import Conv2D, Flatten, MaxPool2D
from mlcourse.scratch.layers import (
    BCE,
    MSE,
    Activation,
    Affine,
    BatchNorm,
    CrossEntropy,
    Dropout,
    Layer,
    LeakyRelu,
    Relu,
    Sigmoid,
    Softmax,
    Tanh,
)
from mlcourse.scratch.learner import (
    GD,
    AccCallback,
    Adam,
    AdamW,
    Data,
    Dataloader,
    Learner,
    Momentum,
    Nesterov,
    RMSprop,
    Sampler,
)
from mlcourse.scratch.model import Model, from_keras, to_keras
