"""Grad-CAM: the places of a picture that speak for a class."""

from __future__ import annotations

import keras
import numpy as np

from mlcourse import checks
from mlcourse.inspection.backward import caught
from mlcourse.inspection.feature_maps import map_step
from mlcourse.inspection.graph import as_input, examples, probe, steps, walk


def grad_cam(
    model: keras.Model,
    x: np.typing.ArrayLike,
    layer: str | None = None,
    target: np.typing.ArrayLike | None = None,
) -> np.ndarray:
    """Returns where a layer sees what speaks for a class (Selvaraju et al., 2017, Grad-CAM).

    Of a layer's maps A_k and the class's score s, before the softmax, the map is

        ReLU(sum over k of w_k A_k),  w_k = the mean of ds/dA_k over all places

    It is as coarse as the layer's maps are, and resized to the picture. The model does what it does
    after training, and is left as it was. The layer may be any, one beside a shortcut too.

    Args:
        model: a built Keras model, Sequential or Functional, of one input and one output, (n,
            classes). If it ends in a dense layer with softmax, or in a softmax, the score is what
            goes into the softmax, else the output.
        x: pictures, (n, height, width, channels) or (n, height, width), as the model takes them.
        layer: the name of a layer whose output is maps; None for the last one with more than one
            place.
        target: a class for all pictures, or one for each, (n,); None for the one with the highest
            score.

    Returns:
        An array (n, height, width) of at least 0, in units of the score; `plot_grad_cam` draws it.

    Raises:
        ValueError: if the model is of another kind, a layer makes no maps or is used twice, there
            is no such class, or x is of another shape.

    Example:
        >>> heat = grad_cam(model, x[:4])  # doctest: +SKIP
        >>> heat.shape  # doctest: +SKIP
        (4, 32, 32)
    """
    x, known = examples(model, x), list(steps(model))
    checks.integer("the number of the model's outputs", len(model.outputs), 1, 1)
    name, last = _layer(known, layer), known[-1]
    score = _before_softmax(last.layer)

    def instead(step, layer):
        return score if step == last.name else layer

    def note(noted, step, output):
        if step in (name, last.name):
            noted[step] = output

    found = probe(model, x, note, instead)
    maps, chosen = found[name], _one_hot(found[last.name], target)
    shifted = _Shifted(model, name, maps.shape, instead)
    (slopes,) = caught(shifted, x, chosen, _Sum())
    heat = np.maximum(np.einsum("nhwk,nk->nhw", maps, slopes.mean(axis=(1, 2))), 0)
    resized = keras.ops.image.resize(heat[..., None], x.shape[1:3], data_format="channels_last")
    return np.array(keras.ops.convert_to_numpy(resized))[..., 0]


class _Shifted(keras.Model):
    """What a model says if a shift, 0 to begin with, is added to a layer's output.

    The score's gradient by the shift is the one by that output.
    """

    def __init__(self, model, name, shape, instead):
        super().__init__(name="shifted")
        self.shift = self.add_weight(shape=shape, initializer="zeros", name="shift")

        def shifting(step, layer):
            if step != name:
                return instead(step, layer)
            return lambda *args, **options: self._moved(layer(*args, **options))

        # in a function, Keras does not find the model: so the shift is all that is learnt
        self._run = lambda x: walk(model, as_input(model, x), shifting)

    def _moved(self, maps):
        return maps + keras.ops.cast(self.shift, maps.dtype)  # which may be in half precision

    def call(self, x):  # without `training`, so that layers do what they do after it
        return self._run(x)


class _Sum(keras.losses.Loss):
    """The sum of the chosen outputs."""

    def __init__(self):
        super().__init__(reduction="sum")

    def call(self, y_true, y_pred):
        return keras.ops.sum(y_true * y_pred, axis=-1)


def _layer(known, name):
    """Returns the name of the layer to look at."""
    with_places = [
        step.name
        for step in known[:-1]
        if len(step.outputs[0].shape) == 4 and tuple(step.outputs[0].shape[1:3]) != (1, 1)
    ]
    name = with_places[-1] if name is None and with_places else name
    step = map_step(known[:-1], name)
    if [one.name for one in known].count(step.name) > 1:
        raise ValueError(f"layer must be used once in the model. Got {name!r}, used more often.")
    return step.name


def _before_softmax(layer):
    """Returns what gives the scores in place of a model's last layer."""
    is_softmax = getattr(layer, "activation", None) is keras.activations.softmax
    if isinstance(layer, keras.layers.Dense) and is_softmax:
        return lambda x, **_: _dense(layer, x)
    if type(layer).__name__ == "Softmax" or (
        isinstance(layer, keras.layers.Activation) and is_softmax
    ):
        return lambda x, **_: x
    return layer


def _dense(layer, x):
    sums = keras.ops.matmul(x, layer.kernel)
    return sums if layer.bias is None else sums + layer.bias


def _one_hot(scores, target):
    """Returns (n, classes) with a 1 for the class to look at."""
    if scores.ndim != 2:
        raise ValueError(f"model must give (n, classes). Got an output of {scores.shape} instead.")
    count, classes = scores.shape
    if target is None:
        target = scores.argmax(axis=1)
    wanted = np.full(count, target) if np.ndim(target) == 0 else np.asarray(target)
    checks.same_length("target", wanted, "x", scores)
    for one in wanted.tolist():
        checks.integer("target", one, 0, classes - 1)
    return np.eye(classes, dtype=np.float32)[wanted]
