"""The gradients of the loss on one batch, and how large they are in each layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
import numpy as np

from mlcourse import checks
from mlcourse.inspection.backward import caught, unchanged
from mlcourse.layer_kernels import kernels


def gradients(
    model: keras.Model,
    x: np.typing.ArrayLike | dict,
    y: np.typing.ArrayLike | dict,
    loss: str | Callable | Sequence | dict | None = None,
    *,
    training: bool = True,
) -> list[tuple[str, np.ndarray]]:
    """Returns the gradients of the mean loss on a batch, without making a step.

    They are what the optimizer would get, penalties of regularizers included. The model is left as
    it was: its weights, moving averages and random generators, its optimizer and its metrics. (On
    PyTorch, dropout draws from PyTorch's own generator, which goes on.)

    Args:
        model: a built Keras model.
        x, y: a batch: examples and targets, as `model.fit` takes them.
        loss: as `model.compile` takes it; None for the one that the model is compiled with.
        training: whether the model does what it does in a fit: it drops units, and normalizes by
            the batch's own mean. Else what it does afterwards, as in `model.evaluate`.

    Returns:
        A list of pairs, in the order of `model.trainable_variables`: the variable's path, such as
        "conv2d/kernel", and the gradient, an array of the variable's shape.

    Raises:
        ValueError: if the model is not built or has no loss, or x and y differ in length.

    Example:
        >>> for path, gradient in gradients(model, x[:128], y[:128]):  # doctest: +SKIP
        ...     print(path, gradient.shape)
        conv2d/kernel (3, 3, 3, 32)
        conv2d/bias (32,)
    """
    checks.flag("training", training)
    if not getattr(model, "trainable_variables", None) or not model.built:
        rule = "model must be built, and have weights that it learns"
        raise ValueError(f"{rule}. Got {model!r} instead.")
    weights = None
    if loss is None:
        loss, weights = _own_loss(model)
    _check_loss(loss)
    checks.equally_many(keras.tree.flatten(x), keras.tree.flatten(y))
    checks.taken(model, x)
    with unchanged(model):
        found = caught(_Same(model, training), x, y, loss, weights)
    return [(one.path, array) for one, array in zip(model.trainable_variables, found, strict=True)]


def gradient_norms(
    model: keras.Model,
    x: np.typing.ArrayLike | dict,
    y: np.typing.ArrayLike | dict,
    loss: str | Callable | Sequence | dict | None = None,
    *,
    training: bool = True,
    relative: bool = False,
) -> dict[str, float]:
    """Returns the norm of the gradient of each layer's kernels, on one batch.

    In a deep network without shortcuts or normalization it falls, or grows, from layer to layer,
    by a factor each (Glorot and Bengio, 2010).

    Args:
        model, x, y, loss, training: as in `gradients`.
        relative: divides by the norm of the kernels.

    Returns:
        A dict from layer names to norms, from the input on: of each layer whose kernels learn.
        A layer of a model within the model has that model's name before its own.

    Raises:
        ValueError: as `gradients` does.

    Example:
        >>> gradient_norms(model, x[:128], y[:128])  # doctest: +SKIP
        {'conv2d': 0.41, 'conv2d_1': 0.38, 'dense': 0.92}
    """
    checks.flag("relative", relative)
    layers, found = kernels(model), gradients(model, x, y, loss, training=training)
    ids = map(id, model.trainable_variables)
    of = {one: array for one, (_, array) in zip(ids, found, strict=True)}
    norms = {name: _norm([of[id(one)] for one in own]) for name, own in layers.items()}
    if not relative:
        return norms
    sizes = {name: _norm(map(keras.ops.convert_to_numpy, own)) for name, own in layers.items()}
    return {name: norm / sizes[name] if sizes[name] else np.nan for name, norm in norms.items()}


class _Same(keras.Model):
    """A model that does what another one does, as in a fit or as afterwards."""

    def __init__(self, model, training):
        super().__init__(name="same")
        self.inspected, self._training = model, training

    def call(self, x, training=None):
        return self.inspected(x, training=self._training)


def _own_loss(model):
    """Returns the loss that a model is compiled with, and the weights of its parts."""
    if not model.compiled or model.loss is None:
        rule = "loss must be given, as the model is compiled with none"
        raise ValueError(f"{rule}. Got {model!r} instead.")
    config = model.get_compile_config() or {}
    return model.loss, config.get("loss_weights")


def _check_loss(loss):
    """Raises unless it is a loss that Keras knows, or some of them."""
    try:
        known = [keras.losses.get(one) for one in keras.tree.flatten(loss)]
    except (TypeError, ValueError):
        known = []
    if not any(known):
        raise ValueError(f"loss must be one that Keras knows. Got {loss!r} instead.")


def _norm(arrays):
    return float(np.sqrt(sum(np.square(one, dtype=np.float64).sum() for one in arrays)))
