"""Saliency, occlusion and Grad-CAM: what in the input a class depends on."""

from __future__ import annotations

import itertools

import keras
import numpy as np

from mlcourse._core import checks
from mlcourse.inspection.backward import unchanged
from mlcourse.inspection.scores import BATCH, ClassScores


def saliency(
    model: keras.Model,
    x: np.typing.ArrayLike | list | dict,
    target: np.typing.ArrayLike | None = None,
    *,
    output: str | int | None = None,
    input: str | int | None = None,
) -> np.ndarray:
    """Return the saliency map of each image for a class (Simonyan et al., 2014).

    It is the absolute gradient of the class's score with respect to each pixel, of which it takes
    the largest over the channels. The score is the logit, as in `grad_cam`.

    Args:
        model, x, target, output, input: as in `grad_cam`. The input needs no convolutions behind
            it.

    Returns:
        An array of at least 0, (n, height, width), or (n, steps) for signals, in units of the
        score per unit of x; `plot_saliency` draws it.

    Raises:
        ValueError: if the model is of another kind, or has an embedding of the input, there is no
            such class, or x is of another shape.

    Example:
        >>> model = keras.Sequential([keras.Input((1, 2)), keras.layers.Flatten()])
        >>> model.add(keras.layers.Dense(2, "softmax", kernel_initializer="identity"))
        >>> saliency(model, np.zeros((1, 1, 2)), target=1).tolist()
        [[[0.0, 1.0]]]
    """
    scores = ClassScores(model, x, output, input)
    for step in scores.steps:
        if isinstance(step.layer, keras.layers.Embedding) and scores.leads(step.outputs[0]):
            rule = "x must be numbers of which the score has a gradient"
            raise ValueError(f"{rule}. Got tokens of the embedding {step.name!r} instead.")
    values, images = scores.values(None)
    slopes = scores.gradients(None, scores.weights(values, target), images.shape[1:])
    return scores.without_channels(np.abs(slopes))


def occlusion(
    model: keras.Model,
    x: np.typing.ArrayLike | list | dict,
    target: np.typing.ArrayLike | None = None,
    size: int | None = None,
    stride: int | None = None,
    *,
    fill: float = 0.0,
    output: str | int | None = None,
    input: str | int | None = None,
) -> np.ndarray:
    """Return the occlusion map of each image for a class (Zeiler and Fergus, 2014).

    A square patch covers one place of the image after the other. The value of a pixel is the drop
    of the probability of the class, the mean over all patches that cover the pixel. It is negative
    where the class is more probable without the place.

    Args:
        model, x, target, output, input: as in `grad_cam`. The input needs no convolutions behind
            it. Without a softmax or sigmoid at the end of the model, its outputs are taken for
            logits: one unit for the logit of a sigmoid, several for those of a softmax.
        size: the side of the patch in pixels, or its length in steps of a signal; None for a
            quarter of the shorter side.
        stride: pixels or steps from one patch to the next, at most `size`; None for half of it.
            The last patch ends at the edge.
        fill: the value of covered pixels, in units of x. 0 is the mean of standardized images.

    Returns:
        An array of drops in [-1, 1], (n, height, width), or (n, steps) for signals;
        `plot_occlusion` draws it.

    Raises:
        ValueError: if the model is of another kind, there is no such class, x is of another shape,
            or the patch is larger than the image.

    Example:
        >>> model = keras.Sequential([keras.Input((1, 2)), keras.layers.Flatten()])
        >>> model.add(keras.layers.Dense(1, "sigmoid", kernel_initializer="ones"))
        >>> print(occlusion(model, [[[0.0, 2.0]]], size=1).round(2))  # sigmoid(2) - sigmoid(0)
        [[[0.   0.38]]]
    """
    scores = ClassScores(model, x, output, input)
    sizes = scores.images.shape[1 : scores.axes + 1]
    size = max(1, min(sizes) // 4) if size is None else checks.integer("size", size, 1, min(sizes))
    stride = max(1, size // 2) if stride is None else checks.integer("stride", stride, 1, size)
    fill = checks.number("fill", fill)
    values, images = scores.values(None)
    weights = scores.weights(values, target)
    before, compute = scores.probabilities(values, weights), scores.compiled()
    drops, patches = np.zeros(images.shape[: scores.axes + 1]), list(_patches(sizes, size, stride))
    with unchanged(model):
        for start in range(0, len(images), BATCH):
            part = slice(start, start + BATCH)
            inputs = [one[part] for one in scores.x]
            for patch in patches:
                inputs[scores.input] = images[part].copy()
                inputs[scores.input][:, *patch] = fill
                after = scores.probabilities(compute(inputs), weights[part])
                drops[part, *patch] += (before[part] - after).reshape(-1, *[1] * scores.axes)
    covers = np.zeros(sizes)
    for patch in patches:
        covers[patch] += 1
    return (drops / covers).astype("float32")


def _patches(sizes, size, stride):
    """Yield the slices of each patch; the last ones end at the edge."""
    starts = [sorted({*range(0, length - size + 1, stride), length - size}) for length in sizes]
    for corner in itertools.product(*starts):
        yield tuple(slice(start, start + size) for start in corner)


def grad_cam(
    model: keras.Model,
    x: np.typing.ArrayLike | list | dict,
    layer: str | None = None,
    target: np.typing.ArrayLike | None = None,
    *,
    output: str | int | None = None,
    input: str | int | None = None,
) -> np.ndarray:
    """Return the Grad-CAM map of each image for a class (Selvaraju et al., 2017).

    For the maps A_k of a layer and the score s of the class, the map is

        ReLU(sum over k of w_k A_k),  w_k = the mean of ds/dA_k over all places

    It has the size of the layer's maps, and is resized to the image. The score is the logit: the
    value before the softmax or sigmoid at the end of the model, or the output if there is neither.
    If the output is one unit, the score of class 1 is its logit s, and that of class 0 is -s.
    The model computes as in `predict`, and is left unchanged.

    Args:
        model: a built Keras model, Sequential or Functional, with an output (n, classes).
        x: images, (n, height, width, channels) or (n, height, width), or signals, (n, steps,
            channels) or (n, steps), as the model takes them. For several inputs a list or a dict.
        layer: the name of a layer whose output is maps; a layer of a model within the model has
            the name of that model before its own, as in "base/conv5". None for the last one with
            more than one place.
        target: a class for all images, or one for each, (n,); None for the predicted class.
        output: the name or number of an output, if the model has several.
        input: the name or number of the input of images; None for the only one that has axes
            beside its channels.

    Returns:
        An array of at least 0, (n, height, width), or (n, steps) for signals, in units of the
        score; `plot_grad_cam` draws it.

    Raises:
        ValueError: if the model is of another kind, a layer makes no maps of the input, or is used
            twice, there is no such class, or x is of another shape.

    Example:
        >>> heat = grad_cam(model, x[:4])  # doctest: +SKIP
        >>> heat.shape  # doctest: +SKIP
        (4, 32, 32)
    """
    scores = ClassScores(model, x, output, input)
    tensor = _maps_of(scores, layer)
    values, maps = scores.values(tensor)
    weights = scores.weights(values, target)
    slopes = scores.gradients(tensor, weights, maps.shape[1:])
    channel_weights = slopes.mean(axis=tuple(range(1, scores.axes + 1)))
    heat = np.maximum(np.einsum("n...k,nk->n...", maps, channel_weights), 0)
    return _resized(heat, scores.images.shape[1 : scores.axes + 1])


def _maps_of(scores, name):
    """Return the tensor of maps that a layer gives."""
    maps = {}
    for step in scores.steps:
        tensor = step.outputs[0]
        is_maps = len(step.outputs) == 1 and len(tensor.shape) == scores.axes + 2
        if is_maps and scores.leads(tensor):
            maps.setdefault(step.name, []).append(tensor)
    if not maps:
        kinds = ", ".join(dict.fromkeys(type(step.layer).__name__ for step in scores.steps))
        rule = "model must have a layer of maps between input and output, such as a convolution"
        raise ValueError(f"{rule}. Got {kinds} instead.")
    if name is None:
        tensors = [tensor for uses in maps.values() for tensor in uses]
        several = [one for one in tensors if set(one.shape[1 : scores.axes + 1]) != {1}]
        return max(several or tensors, key=lambda tensor: tensor.step)
    uses = maps[checks.choice("layer", name, list(maps))]
    if len(uses) > 1:
        raise ValueError(f"layer must be used once in the model. Got {name!r}, used more often.")
    return uses[0]


def _resized(heat, sizes):
    """Return maps in the size of the images or signals."""
    planes = heat.reshape(*heat.shape[:2], -1, 1)
    height, width = (*sizes, 1)[:2]
    resized = keras.ops.image.resize(planes, (height, width), data_format="channels_last")
    return np.array(keras.ops.convert_to_numpy(resized)).reshape(len(heat), *sizes)
