"""A dense network as plain arrays: from any model, explained, and by the chain rule.

`from_model` makes a `Network` of a Keras or scikit-learn model, or of weight matrices. `explain`
follows one example through it; `chain_rule` has the factors of the gradient of one weight.
"""

from mlcourse.networks import chain_rule, keras_io
from mlcourse.networks.explain import Explanation, explain
from mlcourse.networks.from_model import from_model
from mlcourse.networks.network import ForwardPass, Layer, Network, Preprocessing, Scaling

__all__ = [
    "Explanation",
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
