from types import SimpleNamespace

import numpy as np
import pytest

from mlcourse.inspection.layers import kernels, named_layers


def layer(name, *shapes):
    return SimpleNamespace(name=name, trainable_weights=[np.zeros(shape) for shape in shapes])


def model(*layers, name="model"):
    return SimpleNamespace(name=name, layers=list(layers))


def test_kernels_are_the_weights_with_several_axes():
    conv, two = layer("conv", (3, 3, 1, 2), (2,)), layer("recurrent", (4, 8), (2, 8), (8,))
    network = model(conv, layer("scaled", (2,), (2,)), two, layer("relu"))
    found = kernels(network)
    assert {name: [one.shape for one in own] for name, own in found.items()} == {
        "conv": [(3, 3, 1, 2)],
        "recurrent": [(4, 8), (2, 8)],
    }
    assert found["conv"][0] is conv.trainable_weights[0]


def test_layers_of_models_within_the_model_have_all_names():
    inner = model(layer("dense", (2, 2)), name="inner")
    network = model(layer("dense", (2, 2)), model(inner, layer("last", (2, 1)), name="outer"))
    assert list(kernels(network)) == ["dense", "outer/inner/dense", "outer/last"]
    leaves = [name for name, one in named_layers(network) if not hasattr(one, "layers")]
    assert leaves == list(kernels(network))


def test_a_model_without_kernels_is_refused():
    with pytest.raises(ValueError, match=r"must be built, and have trainable kernels\. Got"):
        kernels(model(layer("scaled", (2,))))
