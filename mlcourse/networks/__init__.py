"""Dense networks as NumPy arrays: conversion, forward and backward pass, explanations.

`from_model` converts a Keras or scikit-learn model, or weight matrices, to a `Network`. `explain`
prints the forward and the backward pass of one example; `chain_rule` returns the factors of the
gradient of one weight. `keras_io` converts other libraries' layers from and to Keras. `convolution`
has convolution and pooling layers.
"""

from mlcourse.networks import keras_io
from mlcourse.networks.backpropagation import Explanation, Factor, chain_rule, explain
from mlcourse.networks.from_model import from_model
from mlcourse.networks.network import ForwardPass, Layer, Network, Preprocessing, Scaling

__all__ = [
    "Explanation",
    "Factor",
    "ForwardPass",
    "Layer",
    "Network",
    "Preprocessing",
    "Scaling",
    "chain_rule",
    "explain",
    "from_model",
    "keras_io",
]
