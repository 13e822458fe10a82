"""Gradients of the loss on one batch, and their norms by layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence

import keras
import numpy as np

from mlcourse._core import checks
from mlcourse._core.private_names import COMPILED_LOSS
from mlcourse.figures.model_graph.tracing import replaced
from mlcourse.inspection.backward import (
    check_batch,
    check_loss,
    check_names,
    check_targets,
    compute_gradients,
    computes_loss,
    own_loss,
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

    They are those that the optimizer would get in `model.fit`, penalties of regularizers and losses
    from `add_loss` included. The model is left as it was: its weights, moving averages and random
    generators, its optimizer and its metrics. (On PyTorch, dropout draws from PyTorch's own
    generator, whose state changes.)

    Args:
        model: a built Keras model.
        x, y: a batch: examples and targets, arrays or lists, tuples or dicts of arrays, as
            `model.fit` takes them. y is None for a model that adds its losses itself.
        loss: as `model.compile` takes it; None for the one that the model is compiled with, or that
            its own `compute_loss` returns.
        training: whether the model does what it does in a fit: it drops units, and normalizes by
            the batch's own mean. Else what it does afterwards, as in `model.evaluate`.
        loss_weights: factors of the losses of several outputs, as `model.compile` takes them; None
            for those that the model is compiled with, if `loss` is None too, else 1.
        sample_weight: factors of the losses of the examples, as `model.fit` takes them.
        class_weight: factors by class label, as `model.fit` takes them.

    Returns:
        A list of pairs, in the order of `model.trainable_variables`: the variable's path, such as
        "conv2d/kernel", and the gradient, an array of the variable's shape. The path of a variable
        of a layer within others contains their names, as in "encoder/dense/kernel".

    Raises:
        ValueError: if the model is not built or has no loss, x is not finite, the arrays differ in
            length or do not fit the inputs and outputs of the model, or y holds values for which
            the loss is not defined (see `mlcourse.models.fit_data`).

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
    check_batch(model, x, y, sample_weight, class_weight)
    is_own = loss is None
    if is_own:
        loss, compiled_weights = own_loss(model, y)
        loss_weights = compiled_weights if loss_weights is None else loss_weights
    if loss is not None:
        check_loss(loss)
        if y is None and not computes_loss(model):
            raise ValueError("y must hold the targets of the loss. Got None instead.")
    check_names(model, y=y, loss=loss, loss_weights=loss_weights, sample_weight=sample_weight)
    if y is not None and loss is not None and not (is_own and computes_loss(model)):
        check_targets(model, x, y, loss, sample_weight)
    same = _Same(model, training, is_own and computes_loss(model))
    data = {"sample_weight": sample_weight, "class_weight": class_weight}
    with unchanged(model):
        try:
            found = compute_gradients(same, x, y, loss, loss_weights, **data)
        except (IndexError, KeyError, RuntimeError, TypeError, ValueError) as error:
            if isinstance(error, RuntimeError) and type(error) is not RuntimeError:
                raise  # an error of the device; Keras says by the class itself that a call failed
            rule = "x, y, loss and the weights must have a form that model.fit takes"
            raise ValueError(f"{rule}. Got {error!r} instead.") from error
    return list(zip(_paths(model), found, strict=True))


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
    """Return the norm of the gradient of the kernels of each layer, on one batch.

    In a deep network without shortcuts or normalization it falls, or grows, from layer to layer,
    by a factor each (Glorot and Bengio, 2010).

    Args:
        model, x, y, loss, training, loss_weights, sample_weight, class_weight: as in `gradients`.
        relative: whether to divide by the norm of the kernels.

    Returns:
        A dict from layer names to norms, of each layer whose kernels learn, at any depth. A layer
        within a model, a wrapper or a custom layer has their names before its own, as in
        "encoder/dense"; one that is used twice is listed once. Kernels that the model creates
        itself have the name of the model.

    Raises:
        ValueError: as `gradients` does.

    Example:
        >>> gradient_norms(model, x[:128], y[:128])  # doctest: +SKIP
        {'conv2d': 0.41, 'conv2d_1': 0.38, 'dense': 0.92}
    """
    checks.flag("relative", relative)
    layers = kernels(model)
    found = gradients(
        model,
        x,
        y,
        loss,
        training=training,
        loss_weights=loss_weights,
        sample_weight=sample_weight,
        class_weight=class_weight,
    )
    ids = map(id, model.trainable_variables)
    of = {one: array for one, (_, array) in zip(ids, found, strict=True)}
    norms = {name: _norm([of[id(one)] for one in own]) for name, own in layers.items()}
    if not relative:
        return norms
    sizes = {name: _norm(map(keras.ops.convert_to_numpy, own)) for name, own in layers.items()}
    return {name: norm / sizes[name] if sizes[name] else np.nan for name, norm in norms.items()}


class _Same(keras.Model):
    """A model that does what another one does, as in a fit or as afterwards."""

    def __init__(self, model, training, computes_loss):
        super().__init__(name="same")
        self.inspected, self._training, self._computes_loss = model, training, computes_loss
        if getattr(model, "output_names", None):
            self.output_names = model.output_names  # by which losses and targets are found

    def call(self, x, training=None):
        return self.inspected(x, training=self._training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Return the loss, by the function of the model itself if it has one."""
        options = {"x": x, "y": y, "y_pred": y_pred, "sample_weight": sample_weight}
        if self._computes_loss:
            compute = self.inspected.compute_loss
            if "training" in inspect.signature(compute).parameters:
                options["training"] = self._training
            # its own compiled loss keeps the form of the first targets that it is given
            with replaced(self.inspected, COMPILED_LOSS, getattr(self, COMPILED_LOSS)):
                return compute(**options)
        if self.loss is None and not self.losses:
            rule = "loss must be given, as the model is compiled with none and adds none"
            raise ValueError(f"{rule}. Got {self.inspected!r} instead.")
        return super().compute_loss(**options)


def _paths(model):
    """Return the path of each variable that a model learns, with the names of all its layers."""
    layers = {id(one): name for name, layer in named_layers(model) for one in own_weights(layer)}
    return [_path(variable, layers.get(id(variable))) for variable in model.trainable_variables]


def _path(variable, name):
    if name is None or f"/{name}/" in f"/{variable.path}":
        return variable.path
    _, _, rest = f"/{variable.path}".rpartition(f"/{name.split('/')[-1]}/")
    return f"{name}/{rest}"


def _norm(arrays):
    return float(np.sqrt(sum(np.square(one, dtype=np.float64).sum() for one in arrays)))
