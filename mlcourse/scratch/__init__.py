"""A neural network in NumPy, written to be read: `layers`, `convolution`, `learner`."""

from mlcourse.networks.backpropagation import explain
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
    Model,
    Momentum,
    Nesterov,
    RMSprop,
    Sampler,
    from_keras,
    to_keras,
)
