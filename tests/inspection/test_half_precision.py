"""Inspection of a model in half precision, compared with the same model in float32."""

import numpy as np
import pytest

from mlcourse import inspection, models
from mlcourse.figures import plot_feature_maps, plot_grad_cam, plot_layer_bars

SHAPE = (16, 16, 3)


@pytest.fixture(scope="module")
def pair():
    """Return the same residual network in both precisions, a batch, and its targets."""
    rng = np.random.default_rng(3)  # no map is a small difference of large values
    single = models.residual(SHAPE, widths=(4, 8, 8), classes=3)
    half = models.residual(SHAPE, widths=(4, 8, 8), classes=3, dtype="mixed_bfloat16")
    for kernel in single.trainable_weights:
        if len(kernel.shape) > 1:  # He et al. (2015), the same numbers on each backend
            fan_in = np.prod(kernel.shape[:-1])
            kernel.assign(rng.normal(0, np.sqrt(2 / fan_in), kernel.shape))
    half.set_weights(single.get_weights())
    for model in (single, half):
        model.compile("sgd", "sparse_categorical_crossentropy")
    return single, half, rng.normal(size=(6, *SHAPE)).astype("float32"), np.arange(6) % 3


def close(ours, theirs):
    """Return whether arrays are equal up to rounding; near a tie the maximum may move."""
    ours, theirs = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    error = np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)
    return ours.shape == theirs.shape and error <= 0.1


@pytest.mark.parametrize("layer", [None, "stem_conv", "add1"])
def test_grad_cam(pair, layer):
    single, half, x, y = pair
    heat = inspection.grad_cam(half, x, layer, target=y)
    assert heat.dtype == np.float32
    assert close(heat, inspection.grad_cam(single, x, layer, target=y))
    plot_grad_cam(np.clip(x, 0, 1), heat, captions=list("abcdef"))


def test_feature_maps(pair):
    single, half, x, _ = pair
    maps = inspection.feature_maps(half, x[:1])
    for name, theirs in inspection.feature_maps(single, x[:1]).items():
        assert close(maps[name], theirs), name
    plot_feature_maps(np.clip(x[0], 0, 1), {name: found[0] for name, found in maps.items()})


def test_norms_of_gradients(pair):
    single, half, x, y = pair
    norms = inspection.gradient_norms(half, x, y)
    theirs = inspection.gradient_norms(single, x, y)
    assert list(norms) == list(theirs)
    assert close(list(norms.values()), list(theirs.values()))
    plot_layer_bars(norms, label="norm", log_scale=True)


def test_dead_units_and_filters(pair):
    single, half, x, _ = pair
    assert inspection.dead_units(half, x) == inspection.dead_units(single, x)
    np.testing.assert_array_equal(inspection.filters(half), inspection.filters(single))
