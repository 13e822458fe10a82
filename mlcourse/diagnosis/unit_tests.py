"""Tests of units and gradients, and of the loss before training."""

from __future__ import annotations

import math

import numpy as np

from mlcourse.diagnosis import drawing
from mlcourse.diagnosis.findings import Finding

MIN_DEAD = 0.6
MIN_SATURATED = 0.6
VANISHING = 1e-3
MIN_LAYERS = 3
EXPLODING = 1e3
MAX_NORM = 100.0


def dead_units(evidence):
    """Find hidden layers of which most units return 0 for every example.

    Test: at least 60 % of the units of a layer are dead for 500 examples, as in
    `mlcourse.inspection.dead_units`. They receive no gradient (Lu et al., Dying ReLU, 2019). If
    they died in training, and the training accuracy is above that of a simple method all the same,
    as for `underfitting`, the confidence is low: the other units suffice.
    """
    report = evidence.unit_report
    fractions = _dead_fractions(report)
    if not fractions or max(fractions.values()) < MIN_DEAD:
        return None
    initial = _dead_fractions(evidence.initial_unit_report)
    is_harmless = max(initial.values(), default=0) < MIN_DEAD and evidence.beats_simple_methods
    name = max(fractions, key=fractions.__getitem__)
    message = f"In layer {name}, {report[name].dead} of {report[name].units} units are dead."
    advice = (
        'keras.layers.Dense(units, "leaky_relu", kernel_initializer="he_normal")\n'
        "# and a lower learning rate: a large step can push a unit below 0 for all examples"
    )
    draw = drawing.bars(fractions, "dead units", percent=True)
    return Finding("dead units", message, advice, "low" if is_harmless else "high", draw=draw)


def _dead_fractions(report):
    """Return the fraction of dead units by layer."""
    return {name: layer.dead / layer.units for name, layer in report.items()}


def saturated_units(evidence):
    """Find hidden layers whose activations are mostly at their limits.

    Test: at least 60 % of the activations of a layer, of all units and 500 examples, are within
    0.01 of a limit of tanh or sigmoid, where the slope is close to 0 (Glorot and Bengio, 2010).
    """
    fractions = evidence.saturated_fractions
    if not fractions or max(fractions.values()) < MIN_SATURATED:
        return None
    name = max(fractions, key=fractions.__getitem__)
    message = f"In layer {name}, {fractions[name]:.0%} of the activations are at a limit."
    advice = (
        'keras.layers.Dense(units, "tanh", kernel_initializer="glorot_uniform")\n'
        "# smaller weights, scaled inputs, or relu"
    )
    draw = drawing.bars(fractions, "activations at a limit", percent=True)
    return Finding("saturated units", message, advice, "high", draw=draw)


def vanishing_gradients(evidence):
    """Find first layers that receive almost no gradient.

    Test: in a network of at least 3 layers, with its initial weights, the gradient norm of the
    first kernel is below a thousandth of that of the last (Hochreiter, 1991; Glorot and Bengio,
    2010).
    """
    norms = evidence.gradient_norms
    first, *_, last = list(norms.values()) if len(norms) > 1 else [1.0, 1.0]
    if len(norms) < MIN_LAYERS or not 0 <= first < VANISHING * last:
        return None
    names = list(norms)
    message = (
        f"The gradient norm is {first:.2g} in the first layer, {names[0]}, and {last:.2g} in the "
        f"last, {names[-1]}."
    )
    advice = (
        'keras.layers.Dense(units, "relu", kernel_initializer="he_normal")\n'
        "# and keras.layers.BatchNormalization() or skip connections between deep layers"
    )
    draw = drawing.bars(norms, "gradient norm", log_scale=True)
    return Finding("vanishing gradients", message, advice, "high", draw=draw)


def exploding_gradients(evidence):
    """Find gradients that are very large, or grow toward the first layers.

    Test: with the initial weights, a gradient norm is not finite; or that of the output layer is
    above 100, as the signal has grown toward it; or that of the first layer is more than 1,000
    times that of the last hidden layer (Pascanu, Mikolov and Bengio, 2013). An output layer with
    large weights multiplies the gradients of all hidden layers; that is a large initial loss.
    """
    norms = evidence.gradient_norms
    values = np.array(list(norms.values()))
    is_finite = bool(np.isfinite(values).all())
    grows = len(values) > 1 and values[0] > EXPLODING * values[-2]
    if is_finite and values[-1] <= MAX_NORM and not grows:
        return None
    message = f"The gradient norms go from {values.min():.2g} to {values.max():.2g}."
    advice = (
        'keras.layers.Dense(units, "relu", kernel_initializer="he_normal")\n'
        "# or keras.optimizers.Adam(clipnorm=1.0)"
    )
    draw = drawing.bars(norms, "gradient norm", log_scale=True) if is_finite else None
    return Finding("exploding gradients", message, advice, "high", draw=draw)


def initial_loss(evidence):
    """Find a loss before training that is far above that of equal probabilities, ln K.

    Test: with the initial weights, or new ones from the same initializers after a fit, the loss is
    above 4 ln K and above ln K + 3, for K classes (Karpathy, A Recipe for Training Neural Networks,
    2019). The model is then confident and wrong, and unlearns that first.
    """
    expected = math.log(max(2, evidence.n_units))
    loss = evidence.experiment.initial_loss
    if math.isfinite(loss) and loss <= max(4 * expected, expected + 3):
        return None
    message = (
        f"The loss of untrained weights is {loss:.3g}; equal probabilities give {expected:.3g}."
    )
    advice = (
        'keras.layers.Dense(n_classes, "softmax", kernel_initializer="glorot_uniform")\n'
        "# smaller initial weights, and scaled inputs"
    )
    values = {"untrained": loss, "equal probabilities": expected}
    draw = drawing.bars(values, "loss") if math.isfinite(loss) else None
    return Finding("initial loss", message, advice, "high", draw=draw)
