"""Tests of a model: its layers, its output, its units and its gradients."""

from __future__ import annotations

import math

import keras
import numpy as np

from mlcourse.diagnosis import drawing
from mlcourse.diagnosis.findings import Finding
from mlcourse.diagnosis.training_tests import cannot_overfit_a_batch
from mlcourse.inspection.activation_rules import function_name
from mlcourse.models import fit_data

AFFINE = (keras.layers.Dense, keras.layers.EinsumDense)
CONVOLUTIONS = (
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
)
WITHOUT_SLOPE_CHANGE = (
    keras.layers.AveragePooling1D,
    keras.layers.AveragePooling2D,
    keras.layers.BatchNormalization,
    keras.layers.Dropout,
    keras.layers.Flatten,
    keras.layers.GlobalAveragePooling1D,
    keras.layers.GlobalAveragePooling2D,
    keras.layers.Permute,
    keras.layers.Reshape,
)
CROSSENTROPIES = fit_data.SPARSE | fit_data.CATEGORICAL | fit_data.BINARY
SMALL_BATCH = 4


def softmax_twice(evidence):
    """Find a softmax, or a sigmoid, that is applied to probabilities again.

    Test: the output is a softmax or sigmoid, and the loss has `from_logits=True`, or the layer
    before is one too. Softmax of probabilities is nearly uniform, so gradients are small.
    """
    function = evidence.output_function
    if function is None:
        return None
    in_layers = _final_activations(evidence.steps)
    if evidence.from_logits:
        place = f"The output is a {function}, and the loss, with from_logits=True, applies another."
        advice = "model.compile(loss=...)  # without from_logits=True"
    elif in_layers > 1:
        place = f"The last layers apply {in_layers} softmax or sigmoid functions in a row."
        advice = "keras.layers.Dense(n_classes)  # then one softmax"
    else:
        return None
    return Finding("softmax twice", place, advice, "high", draw=drawing.graph(evidence.model))


def _final_activations(steps):
    """Return the number of softmax and sigmoid functions at the end of a model."""
    n_functions = 0
    for step in reversed(steps):
        name = function_name(getattr(step.layer, "activation", step.layer)).lower()
        if name in ("softmax", "sigmoid"):
            n_functions += 1
        if getattr(step.layer, "weights", ()) or name not in ("softmax", "sigmoid", "linear"):
            break
    return n_functions


def logits_without_from_logits(evidence):
    """Find a model that returns logits to a loss that expects probabilities.

    Test: the loss is a crossentropy without `from_logits=True`, and the output's last function is
    neither a softmax nor a sigmoid. The loss clips logits to [0, 1], where its gradient is 0.
    """
    if evidence.loss_name not in CROSSENTROPIES or evidence.from_logits:
        return None
    if evidence.output_function is not None or not _is_linear(evidence.steps[-1].layer):
        return None
    message = (
        f"The last layer, {evidence.steps[-1].name}, is linear, and the loss expects probabilities."
    )
    advice = (
        "model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))\n"
        '# or keras.layers.Dense(n_classes, activation="softmax")'
    )
    draw = drawing.graph(evidence.model)
    return Finding("logits without from_logits", message, advice, "high", draw=draw)


def wrong_output_layer(evidence):
    """Find an output whose units or activation do not suit the classes.

    Test: for more than two classes, one unit, or a sigmoid with a categorical or sparse loss; fewer
    units than classes; a softmax of one unit, which is always 1; an activation such as ReLU at the
    output of a classifier.
    """
    n_units = evidence.n_units
    n_classes = evidence.n_classes
    function = evidence.output_function
    is_binary = evidence.loss_name in fit_data.BINARY
    final = evidence.steps[-1].layer
    activation = function_name(getattr(final, "activation", keras.activations.linear))
    if n_units == 1 and activation == "softmax":
        problem = "softmax of one unit is always 1"
    elif n_units == 1 and n_classes > 2:
        problem = f"one unit cannot tell {n_classes} classes apart"
    elif evidence.has_more_classes:
        problem = f"there are {n_classes} classes"
    elif function == "sigmoid" and n_units > 1 and not is_binary:
        problem = f"a sigmoid does not make {n_units} probabilities with the sum 1"
    elif function is None and activation not in ("linear", "softmax", "sigmoid", "log_softmax"):
        problem = f"{activation} returns no probabilities"
    else:
        return None
    units = "1 unit" if n_units == 1 else f"{n_units} units"
    message = f"The output has {units} and the function {function or activation}: {problem}."
    advice = 'keras.layers.Dense(n_classes, activation="softmax")  # 1 unit and sigmoid for 2'
    draw = drawing.graph(evidence.model)
    return Finding("wrong output layer", message, advice, "high", draw=draw)


def frozen_weights(evidence):
    """Find layers that cannot learn, because their weights are not trainable.

    Test: no layer with a kernel is trainable, or the last is not, or the bias of one that is not
    trainable is 0 for each unit, as before any training. Layers that were trained before and frozen
    are normal in transfer learning.
    """
    layers = {
        step.name: step.layer
        for step in evidence.steps
        if isinstance(step.layer, AFFINE + CONVOLUTIONS)
    }
    frozen = [name for name, layer in layers.items() if not layer.trainable_weights]
    untrained = [name for name in frozen if _has_zero_bias(layers[name])]
    if not frozen or (not untrained and frozen[-1] != list(layers)[-1]):
        return None
    message = f"{len(frozen)} of {len(layers)} layers with kernels are frozen: {', '.join(frozen)}"
    message += f"; {len(untrained)} of them at their initial weights."
    advice = "model.trainable = True\nmodel.compile(...)  # compile again after the change"
    counts = {
        name: sum(math.prod(weight.shape) for weight in layer.trainable_weights)
        for name, layer in layers.items()
    }
    draw = drawing.bars(counts, "trainable weights")
    return Finding("frozen weights", message, advice, "high", draw=draw)


def _has_zero_bias(layer):
    """Return whether a layer has a bias, and it is 0 for each unit."""
    return layer.bias is not None and not keras.ops.convert_to_numpy(layer.bias).any()


def small_batches_for_normalization(evidence):
    """Find batch normalization with batches of 1 to 4 examples.

    Test: the model has a `BatchNormalization` layer, and the batch size is at most 4. Its means and
    variances are then too noisy (Wu and He, Group Normalization, 2018).
    """
    names = [
        step.name
        for step in evidence.steps
        if isinstance(step.layer, keras.layers.BatchNormalization) and step.layer.trainable
    ]
    if not names or evidence.batch_size > SMALL_BATCH:
        return None
    message = (
        f"{len(names)} batch normalization layers see {evidence.batch_size} examples at a time."
    )
    advice = "model.fit(x, y, batch_size=32)  # or keras.layers.GroupNormalization()"
    draw = drawing.bars({"examples per batch": evidence.batch_size, "a common size": 32})
    name = "batches too small for batch normalization"
    return Finding(name, message, advice, "high", draw=draw)


def no_activation_between_layers(evidence):
    """Find layers in a row without a nonlinear function between them.

    Test: the output of a dense or convolutional layer with linear activation reaches the next such
    layer through no nonlinear layer. Two linear layers are one linear function, so depth adds
    nothing (Goodfellow, Bengio and Courville, Deep Learning, 2016, section 6.1). High if this holds
    for all layers, medium otherwise: a linear projection can be intended.
    """
    links, linear_links = _weighted_links(evidence.steps)
    if not linear_links:
        return None
    first, second = linear_links[0]
    message = f"No activation between {first} and {second}"
    message += f" ({len(linear_links)} of {links} such pairs of layers)."
    advice = 'keras.layers.Dense(units, activation="relu")'
    confidence = "high" if len(linear_links) == links else "medium"
    draw = drawing.graph(evidence.model)
    return Finding("no activation between layers", message, advice, confidence, draw=draw)


def _weighted_links(steps):
    """Return the number of pairs of successive layers with kernels, and names of linear pairs."""
    n_links = 0
    linear = []
    before = {}
    for number, step in enumerate(steps):
        sources = [before[tensor.step] for tensor in step.inputs if tensor.step >= 0]
        states = [state for state in sources if state is not None]
        state = states[0] if len(sources) == 1 and states else None
        if isinstance(step.layer, AFFINE + CONVOLUTIONS):
            if state is not None:
                n_links += 1
                name, is_linear = state
                if is_linear:
                    linear.append((name, step.name))
            before[number] = step.name, _is_linear(step.layer)
        elif state is not None:
            name, is_linear = state
            is_linear = is_linear and _keeps_linear(step.layer)
            before[number] = name, is_linear
        else:
            before[number] = None
    return n_links, linear


def _keeps_linear(layer):
    """Return whether a layer is linear, or affine."""
    is_activation = isinstance(layer, keras.layers.Activation) and _is_linear(layer)
    return is_activation or isinstance(layer, WITHOUT_SLOPE_CHANGE)


def _is_linear(layer):
    """Return whether the activation of a layer is linear."""
    return function_name(getattr(layer, "activation", None)) == "linear"


def bottleneck(evidence):
    """Find a hidden layer with too few units for the number of classes.

    Test: the output of a hidden dense or convolutional layer has at most half as many values as
    there are classes.
    """
    sizes = {
        step.name: math.prod(step.outputs[0].shape[1:])
        for step in evidence.steps
        if isinstance(step.layer, AFFINE + CONVOLUTIONS)
    }
    narrow = [name for name in list(sizes)[:-1] if 2 * sizes[name] <= evidence.n_classes]
    if not narrow:
        return None
    name = narrow[0]
    units = "1 unit" if sizes[name] == 1 else f"{sizes[name]} units"
    message = f"Layer {name} has {units} for {evidence.n_classes} classes."
    advice = f"keras.layers.Dense({max(32, 2 * evidence.n_classes)}, ...)  # instead of {name}"
    draw = drawing.bars(sizes, "values per example", log_scale=True)
    return Finding("bottleneck", message, advice, "high", draw=draw)


MIN_DEAD = 0.6
MIN_SATURATED = 0.6
VANISHING = 1e-3
MIN_LAYERS = 3
EXPLODING = 1e3
MAX_NORM = 100.0


def dead_units(evidence):
    """Find hidden layers of which most units return 0 for every example.

    Test: at least 60% of the units of a layer are dead for 500 examples, as in
    `mlcourse.inspection.dead_units`. They receive no gradient (Lu et al., Dying ReLU, 2019). If
    they died in training, the confidence is low if the training accuracy is above that of a simple
    method, as for `underfitting`, since the other units suffice. It is low too if the model cannot
    overfit a batch: what prevents that is the cause.
    """
    report = evidence.unit_report
    fractions = _dead_fractions(report)
    if not fractions or max(fractions.values()) < MIN_DEAD:
        return None
    initial = _dead_fractions(evidence.initial_unit_report)
    died_in_training = max(initial.values(), default=0) < MIN_DEAD
    is_low = died_in_training and (evidence.beats_simple_methods or _cannot_overfit(evidence))
    name = max(fractions, key=fractions.__getitem__)
    message = f"In layer {name}, {report[name].dead} of {report[name].units} units are dead."
    advice = (
        'keras.layers.Dense(units, "leaky_relu", kernel_initializer="he_normal")\n'
        "# and a lower learning rate: a large step can push a unit below 0 for all examples"
    )
    draw = drawing.bars(fractions, "dead units", percent=True)
    return Finding("dead units", message, advice, "low" if is_low else "high", draw=draw)


def _cannot_overfit(evidence):
    """Return whether `cannot overfit a batch` is found with high confidence."""
    if not evidence.is_classification or not evidence.can_train_a_copy:
        return False
    finding = cannot_overfit_a_batch(evidence)
    return finding is not None and finding.confidence == "high"


def _dead_fractions(report):
    """Return the fraction of dead units by layer."""
    return {name: layer.dead / layer.units for name, layer in report.items()}


def saturated_units(evidence):
    """Find hidden layers whose activations are mostly at their limits.

    Test: at least 60% of the activations of a layer, of all units and 500 examples, are within
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
