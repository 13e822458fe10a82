"""A neural network in NumPy, to be read: `layers`, `model`, `losses`, `learner`, and the rest."""

from mlcourse.networks.explain import explain
from mlcourse.scratch.learner import AccCallback
from mlcourse.scratch.convolution import Conv2D, Flatten, MaxPool2D
from mlcourse.scratch.learner import Data, Dataloader, Sampler
from mlcourse.scratch.model import from_keras, to_keras
from mlcourse.scratch.layers import Activation, Affine, BatchNorm, Dropout, Layer, LeakyRelu
from mlcourse.scratch.layers import Relu, Sigmoid, Softmax, Tanh
from mlcourse.scratch.learner import Learner
from mlcourse.scratch.losses import BCE, MSE, CrossEntropy
from mlcourse.scratch.model import Model
from mlcourse.scratch.learner import GD, Adam, AdamW, Momentum, Nesterov, RMSprop
