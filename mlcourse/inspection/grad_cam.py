"""Grad-CAM: the places of an image that raise the score of a class."""

from __future__ import annotations

import keras
import numpy as np

from mlcourse import checks
from mlcourse.inspection.scores import ClassScores


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
