"""Gradients of the loss on one batch, and their norms by layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence

import keras
import numpy as np

from mlcourse._core import checks
from mlcourse._core.private_names import COMPILED_LOSS, replaced
from mlcourse.inspection.backward import (
    check_batch,
    check_loss,
    check_names,
    check_targets,
    compiled_loss,
    compute_gradients,
    has_own_loss,
    unchanged,
)
from mlcourse.inspection.layers import kernels, named_layers, own_weights

Arrays = np.typing.ArrayLike | list | tuple | Mapping


def gradients(
    model: keras.Model,
    x: Arrays,
    y: Arrays | None = None,
    loss: str | Callable | Sequence | dict | None = None,
    *,
    training: bool = True,
    loss_weights: float | Sequence | dict | None = None,
    sample_weight: Arrays | None = None,
    class_weight: dict[int, float] | None = None,
) -> list[tuple[str, np.ndarray]]:
    """Return the gradients of the mean loss on a batch, without a step of the optimizer.

    They are those that the optimizer would receive in `model.fit`, including regularization
    penalties and losses from `add_loss`. The model stays unchanged: its weights, moving averages
    and random generators, its optimizer and its metrics. (On PyTorch, dropout draws from PyTorch's
    own generator, whose state changes.)

    Args:
        model: a built Keras model.
        x, y: a batch of examples and targets, as for `model.fit`: arrays, or lists, tuples or
            dicts of arrays. y is None for a model that adds its losses itself.
        loss: as for `model.compile`; None for the loss with which the model was compiled, or that
            of its own `compute_loss`.
        training: whether layers compute as in `model.fit`, with dropout and normalization by the
            statistics of the batch; otherwise as in `model.evaluate`.
        loss_weights: weights of the losses of several outputs, as for `model.compile`; None for
            those of the compiled model if `loss` is None too, otherwise 1.
        sample_weight: weights of the examples, as for `model.fit`.
        class_weight: a dict of weights by class label, as for `model.fit`.

    Returns:
        A list of pairs, in the order of `model.trainable_variables`: the path of the variable, such
        as "conv2d/kernel", and the gradient, an array of the variable's shape. The path of a
        variable of an inner layer contains the names of the outer ones, as in
        "encoder/dense/kernel".

    Raises:
        ValueError: if the model is not built or has no loss, x has NaN or infinity, the arrays
            differ in length or do not fit the inputs and outputs of the model, or the loss is not
            defined for y (see `mlcourse.models.fit_data`).

    Example:
        >>> for path, gradient in gradients(model, x[:128], y[:128]):  # doctest: +SKIP
        ...     print(path, gradient.shape)
        conv2d/kernel (3, 3, 3, 32)
        conv2d/bias (32,)
    """
    checks.flag("training", training)
    if not getattr(model, "trainable_variables", None) or not model.built:
        rule = "model must be built, and have trainable weights"
        raise ValueError(f"{rule}. Got {model!r} instead.")
    check_batch(model, x, y, sample_weight, class_weight)
    is_default = loss is None
    if is_default:
        loss, compiled_weights = compiled_loss(model, y)
        loss_weights = compiled_weights if loss_weights is None else loss_weights
    if loss is not None:
        check_loss(loss)
        if y is None and not has_own_loss(model):
            raise ValueError("y must be the targets of the loss. Got None instead.")
    check_names(model, y=y, loss=loss, loss_weights=loss_weights, sample_weight=sample_weight)
    if y is not None and loss is not None and not (is_default and has_own_loss(model)):
        check_targets(model, x, y, loss, sample_weight)
    wrapper = _Wrapper(model, training, is_default and has_own_loss(model))
    data = {"sample_weight": sample_weight, "class_weight": class_weight}
    with unchanged(model):
        try:
            arrays = compute_gradients(wrapper, x, y, loss, loss_weights, **data)
        except (IndexError, KeyError, RuntimeError, TypeError, ValueError) as error:
            if isinstance(error, RuntimeError) and type(error) is not RuntimeError:
                raise  # an error of the device; Keras raises the base class for a failed call
            rule = "x, y, loss and the weights must be valid arguments of model.fit"
            raise ValueError(f"{rule}. Got {error!r} instead.") from error
    return list(zip(_paths(model), arrays, strict=True))


def gradient_norms(
    model: keras.Model,
    x: Arrays,
    y: Arrays | None = None,
    loss: str | Callable | Sequence | dict | None = None,
    *,
    training: bool = True,
    relative: bool = False,
    loss_weights: float | Sequence | dict | None = None,
    sample_weight: Arrays | None = None,
    class_weight: dict[int, float] | None = None,
) -> dict[str, float]:
    """Return the gradient norm of the kernels of each layer, on one batch.

    In a deep network without skip connections or normalization, it decreases or increases by a
    factor per layer (Glorot and Bengio, 2010).

    Args:
        model, x, y, loss, training, loss_weights, sample_weight, class_weight: as for `gradients`.
        relative: whether to divide by the norm of the kernels.

    Returns:
        A dict from layer names to norms, of all layers with trainable kernels, at any depth. The
        name of a layer within a model, a wrapper or a custom layer starts with theirs, as in
        "encoder/dense". A layer that is used twice is listed once. Kernels that the model creates
        itself have the name of the model.

    Raises:
        ValueError: as for `gradients`.

    Example:
        >>> gradient_norms(model, x[:128], y[:128])  # doctest: +SKIP
        {'conv2d': 0.41, 'conv2d_1': 0.38, 'dense': 0.92}
    """
    checks.flag("relative", relative)
    layers = kernels(model)
    pairs = gradients(
        model,
        x,
        y,
        loss,
        training=training,
        loss_weights=loss_weights,
        sample_weight=sample_weight,
        class_weight=class_weight,
    )
    by_variable = {}
    for variable, (_, array) in zip(model.trainable_variables, pairs, strict=True):
        by_variable[id(variable)] = array
    norms = {}
    for name, variables in layers.items():
        norm = _norm([by_variable[id(variable)] for variable in variables])
        if relative:
            kernel_norm = _norm(map(keras.ops.convert_to_numpy, variables))
            norm = norm / kernel_norm if kernel_norm else np.nan
        norms[name] = norm
    return norms


class _Wrapper(keras.Model):
    """A model that calls another one with a fixed value of `training`."""

    def __init__(self, model, training, has_own_loss):
        super().__init__(name="wrapper")
        self.inspected = model
        self._training = training
        self._has_own_loss = has_own_loss
        if getattr(model, "output_names", None):
            self.output_names = model.output_names  # the keys of losses and targets

    def call(self, x, training=None):
        return self.inspected(x, training=self._training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Return the loss, from the model's own `compute_loss` if it has one."""
        options = {"x": x, "y": y, "y_pred": y_pred, "sample_weight": sample_weight}
        if self._has_own_loss:
            compute = self.inspected.compute_loss
            if "training" in inspect.signature(compute).parameters:
                options["training"] = self._training
            # the model's own compiled loss would store the structure of these targets
            with replaced(self.inspected, COMPILED_LOSS, getattr(self, COMPILED_LOSS)):
                return compute(**options)
        if self.loss is None and not self.losses:
            rule = "loss must be given, as the model was compiled without one and adds none"
            raise ValueError(f"{rule}. Got {self.inspected!r} instead.")
        return super().compute_loss(**options)


def _paths(model):
    """Return the path of each trainable variable, with the names of all its layers."""
    layers = {}
    for name, layer in named_layers(model):
        for weight in own_weights(layer):
            layers[id(weight)] = name
    return [_path(variable, layers.get(id(variable))) for variable in model.trainable_variables]


def _path(variable, name):
    if name is None or f"/{name}/" in f"/{variable.path}":
        return variable.path
    _, _, rest = f"/{variable.path}".rpartition(f"/{name.split('/')[-1]}/")
    return f"{name}/{rest}"


def _norm(arrays):
    return float(np.sqrt(sum(np.square(array, dtype=np.float64).sum() for array in arrays)))
