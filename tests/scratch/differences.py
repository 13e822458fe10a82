"""Gradients by central differences, beside those that are computed."""

import numpy as np


def differences(function, array, weights, step=1e-6):
    """dL/d(array) for L = the sum of weights times function(); its numbers are moved in place."""
    gradient = np.zeros_like(array)
    for place in np.ndindex(array.shape):
        kept, sides = array[place], []
        for sign in (1, -1):
            array[place] = kept + sign * step
            sides.append(np.array(function()))  # a copy, of a view too
        array[place] = kept
        gradient[place] = ((sides[0] - sides[1]) * weights).sum() / (2 * step)
    return gradient


def assert_same_gradient(computed, expected):
    """The largest difference is below a millionth of the largest number."""
    assert computed.shape == expected.shape
    largest = max(np.abs(expected).max(initial=0), 1e-3)
    assert np.abs(computed - expected).max(initial=0) < 1e-6 * largest


def check_layer(layer, x, training=False):
    """Compares what a layer's `backward` says, of its inputs and all parameters, in float64."""
    seed = layer.rng.bit_generator.state

    def forward():
        layer.rng.bit_generator.state = seed  # so that dropout drops the same inputs
        return layer.forward(x, training)

    weights = np.random.default_rng(0).normal(size=forward().shape)
    to_inputs = layer.backward(weights)
    computed = [to_inputs, *(layer.grads[name].copy() for name in layer.params)]
    for array, gradient in zip([x, *layer.params.values()], computed, strict=True):
        assert_same_gradient(gradient, differences(forward, array, weights))
