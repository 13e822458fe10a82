"""Attribution maps of a class: saliency, occlusion and Grad-CAM."""

from __future__ import annotations

import itertools

import keras
import numpy as np

from mlcourse._core import checks
from mlcourse.inspection.backward import unchanged
from mlcourse.inspection.scores import BATCH_SIZE, ClassScores


def saliency(
    model: keras.Model,
    x: np.typing.ArrayLike | list | dict,
    target: np.typing.ArrayLike | None = None,
    *,
    output: str | int | None = None,
    input: str | int | None = None,
) -> np.ndarray:
    """Return the saliency map of each image for a class (Simonyan et al., 2014).

    It is the absolute gradient of the class's score with respect to each pixel, the maximum over
    the channels. The score is the logit, as in `grad_cam`.

    Args:
        model, x, target, output, input: as for `grad_cam`. The model needs no convolution.

    Returns:
        An array of at least 0, (n, height, width), or (n, steps) for signals, in units of the
        score per unit of x; `plot_saliency` plots it.

    Raises:
        ValueError: if the model is neither Sequential nor Functional, or embeds the input, or for
            an invalid target, or x of another shape.

    Example:
        >>> model = keras.Sequential([keras.Input((1, 2)), keras.layers.Flatten()])
        >>> model.add(keras.layers.Dense(2, "softmax", kernel_initializer="identity"))
        >>> saliency(model, np.zeros((1, 1, 2)), target=1).tolist()
        [[[0.0, 1.0]]]
    """
    scores = ClassScores(model, x, output, input)
    for step in scores.steps:
        if isinstance(step.layer, keras.layers.Embedding) and scores.depend_on(step.outputs[0]):
            rule = "x must be numbers with a gradient of the score"
            raise ValueError(f"{rule}. Got tokens of the embedding {step.name!r} instead.")
    values, images = scores.values(None)
    gradients = scores.gradients(None, scores.weights(values, target), images.shape[1:])
    return scores.max_over_channels(np.abs(gradients))


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

    A square patch covers one region of the image after the other. The value of a pixel is the
    decrease of the class's probability, the mean over all patches that cover the pixel. It is
    negative where the class is more probable without the pixel.

    Args:
        model, x, target, output, input: as for `grad_cam`. The model needs no convolution.
            Without a final softmax or sigmoid, its outputs are logits: of a sigmoid for one unit,
            of a softmax for several.
        size: side of the patch in pixels, or its length in steps of a signal; None for a
            quarter of the shorter side.
        stride: distance between patches in pixels or steps, at most `size`; None for half of
            `size`. The last patch ends at the edge.
        fill: value of covered pixels, in units of x. 0 is the mean of standardized images.

    Returns:
        An array of decreases in [-1, 1], (n, height, width), or (n, steps) for signals;
        `plot_occlusion` plots it.

    Raises:
        ValueError: if the model is neither Sequential nor Functional, or for an invalid target, x
            of another shape, or a patch larger than the image.

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
    before = scores.probabilities(values, weights)
    compute = scores.compiled()
    drops = np.zeros(images.shape[: scores.axes + 1])
    patches = list(_patches(sizes, size, stride))
    with unchanged(model):
        for start in range(0, len(images), BATCH_SIZE):
            part = slice(start, start + BATCH_SIZE)
            inputs = [array[part] for array in scores.x]
            for patch in patches:
                inputs[scores.input] = images[part].copy()
                inputs[scores.input][:, *patch] = fill
                after = scores.probabilities(compute(inputs), weights[part])
                drops[part, *patch] += (before[part] - after).reshape(-1, *[1] * scores.axes)
    counts = np.zeros(sizes)
    for patch in patches:
        counts[patch] += 1
    return (drops / counts).astype("float32")


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

    For the feature maps A_k of a layer and the score s of the class, the map is

        ReLU(sum over k of w_k A_k),  w_k = the mean of ds/dA_k over all pixels

    It has the size of the feature maps, and is resized to the image. The score is the logit: the
    value before the final softmax or sigmoid of the model, or the output if there is neither.
    If the output is one unit, the score of class 1 is its logit s, and that of class 0 is -s.
    The model computes as in `predict`, and stays unchanged.

    Args:
        model: a built Keras model, Sequential or Functional, with an output (n, classes).
        x: images, (n, height, width, channels) or (n, height, width), or signals, (n, steps,
            channels) or (n, steps). For several inputs a list or a dict of arrays.
        layer: name of a layer whose output is feature maps; for a layer of a model within the
            model with the name of that model, as in "base/conv5". None for the last one with
            more than one pixel.
        target: class of all images, or of each, (n,); None for the predicted class.
        output: name or index of an output, if the model has several.
        input: name or index of the input of images; None for the only one with more axes than
            channels.

    Returns:
        An array of at least 0, (n, height, width), or (n, steps) for signals, in units of the
        score; `plot_grad_cam` plots it.

    Raises:
        ValueError: if the model is neither Sequential nor Functional, for a layer that has no
            feature maps of the input or is used twice, an invalid target, or x of another shape.

    Example:
        >>> heat = grad_cam(model, x[:4])  # doctest: +SKIP
        >>> heat.shape  # doctest: +SKIP
        (4, 32, 32)
    """
    scores = ClassScores(model, x, output, input)
    tensor = _feature_map_tensor(scores, layer)
    values, maps = scores.values(tensor)
    weights = scores.weights(values, target)
    gradients = scores.gradients(tensor, weights, maps.shape[1:])
    channel_weights = gradients.mean(axis=tuple(range(1, scores.axes + 1)))
    heat = np.maximum(np.einsum("n...k,nk->n...", maps, channel_weights), 0)
    return _resize(heat, scores.images.shape[1 : scores.axes + 1])


def _feature_map_tensor(scores, name):
    """Return the tensor of a layer's feature maps, by the layer's name, None for the last one."""
    maps = {}
    for step in scores.steps:
        tensor = step.outputs[0]
        is_maps = len(step.outputs) == 1 and len(tensor.shape) == scores.axes + 2
        if is_maps and scores.depend_on(tensor):
            maps.setdefault(step.name, []).append(tensor)
    if not maps:
        kinds = ", ".join(dict.fromkeys(type(step.layer).__name__ for step in scores.steps))
        rule = "model must have a layer of maps between input and output, such as a convolution"
        raise ValueError(f"{rule}. Got {kinds} instead.")
    if name is None:
        tensors = [tensor for uses in maps.values() for tensor in uses]
        larger = [item for item in tensors if set(item.shape[1 : scores.axes + 1]) != {1}]
        return max(larger or tensors, key=lambda tensor: tensor.step)
    uses = maps[checks.choice("layer", name, list(maps))]
    if len(uses) > 1:
        raise ValueError(f"layer must be used once in the model. Got {name!r}, used more often.")
    return uses[0]


def _resize(heat, sizes):
    """Return maps resized to the images or signals."""
    planes = heat.reshape(*heat.shape[:2], -1, 1)
    height, width = (*sizes, 1)[:2]
    resized = keras.ops.image.resize(planes, (height, width), data_format="channels_last")
    return np.array(keras.ops.convert_to_numpy(resized)).reshape(len(heat), *sizes)
