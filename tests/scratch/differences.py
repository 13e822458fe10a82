"""Comparison of gradients with central differences."""

import numpy as np


def differences(function, array, weights, step=1e-6):
    """Return dL/d(array) for L = sum(weights * function()); the array is changed in place."""
    gradient = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        original = array[index]
        array[index] = original + step
        above = np.array(function())  # a copy, as the function may return a view
        array[index] = original - step
        below = np.array(function())
        array[index] = original
        gradient[index] = ((above - below) * weights).sum() / (2 * step)
    return gradient


def assert_same_gradient(computed, expected):
    """Assert that the largest difference is below 1e-6 of the largest value."""
    assert computed.shape == expected.shape
    largest = max(np.abs(expected).max(initial=0), 1e-3)
    assert np.abs(computed - expected).max(initial=0) < 1e-6 * largest


def check_layer(layer, x, training=False):
    """Assert that a layer's gradients by its inputs and parameters are the central differences."""
    seed = layer.rng.bit_generator.state

    def forward():
        layer.rng.bit_generator.state = seed  # dropout uses the same mask
        return layer.forward(x, training)

    weights = np.random.default_rng(0).normal(size=forward().shape)
    to_inputs = layer.backward(weights)
    computed = [to_inputs, *(layer.grads[name].copy() for name in layer.params)]
    for array, gradient in zip([x, *layer.params.values()], computed, strict=True):
        assert_same_gradient(gradient, differences(forward, array, weights))
