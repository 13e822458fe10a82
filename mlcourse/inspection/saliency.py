"""Saliency: the pixels whose small changes change the score of a class most."""

from __future__ import annotations

import keras
import numpy as np

from mlcourse.inspection.scores import ClassScores


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
