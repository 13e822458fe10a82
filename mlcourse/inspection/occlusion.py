"""Occlusion: the places of an image without which a class is less probable."""

from __future__ import annotations

import itertools

import keras
import numpy as np

from mlcourse import checks
from mlcourse.inspection.backward import unchanged
from mlcourse.inspection.scores import BATCH, ClassScores


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
