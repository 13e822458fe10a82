"""Units that say nothing: those whose ReLU is 0 whatever they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from mlcourse.inspection.graph import examples, probe, steps

if TYPE_CHECKING:
    import numpy as np


def dead_units(model: keras.Model, x: np.typing.ArrayLike) -> dict[str, float]:
    """Returns the share of units of each ReLU that are 0 for every example of a batch.

    A unit of a convolution is a channel, and dead if it is 0 at every place of every picture. Its
    weights get no gradient from these examples. A unit that is dead in a few hundred examples may
    still say something of others, so take many. Looked at is what the model says after training.

    Args:
        model: a built Keras model, Sequential or Functional, of one input.
        x: examples, (n, ...).

    Returns:
        A dict from the names of layers to shares in [0, 1], from the input on: of dense layers and
        convolutions with activation "relu", and of layers that are a ReLU themselves. A layer of a
        model within the model has that model's name before its own.

    Raises:
        ValueError: if the model is of another kind or has no ReLU, or x is of another shape.

    Example:
        >>> dead_units(model, x[:1000])  # doctest: +SKIP
        {'conv2d': 0.03125, 'conv2d_1': 0.0, 'dense': 0.125}
    """
    x, known = examples(model, x), list(steps(model))
    names = list(dict.fromkeys(step.name for step in known if _is_relu(step.layer)))
    if not names:
        kinds = ", ".join(dict.fromkeys(type(step.layer).__name__ for step in known))
        raise ValueError(f"model must have a layer with ReLU. Got {kinds} instead.")

    def note(noted, name, output):
        if name in names:
            peaks = keras.ops.max(output, axis=list(range(1, len(output.shape) - 1)))
            noted[name] = keras.ops.maximum(noted.get(name, peaks), peaks)  # of a layer used twice

    peaks = probe(model, x, note)
    return {name: float((peaks[name].max(axis=0) <= 0).mean()) for name in names}


def _is_relu(layer):
    """Whether a layer ends in a ReLU, or is one; a leaky one is not."""
    function = getattr(layer, "activation", None) or layer
    name = getattr(function, "__name__", type(function).__name__).lower()
    return name in ("relu", "relu6") and not getattr(function, "negative_slope", 0)
