"""The checks of inputs, targets and sample weights together, by the arguments of `model.fit`."""

import keras
import numpy as np

from mlcourse import checks
from mlcourse.fit_data.arrays import named, numbers
from mlcourse.fit_data.losses import check_targets
from mlcourse.fit_data.outputs import by_output


def check_fit(model, data):
    """Raises unless what `model.fit` is given suits the model, as far as it is arrays.

    Args:
        model: a compiled Keras model.
        data: the arguments of `model.fit`.
    """
    x, y = data.get("x"), data.get("y")
    if hasattr(x, "settings"):  # the batches of `datasets.augment`
        x, y = (x.settings[name] for name in ("x", "y"))
    check(model, x, y, data.get("sample_weight"))
    validation = data.get("validation_data")
    if isinstance(validation, tuple | list) and 2 <= len(validation) <= 3:
        part = " of validation_data"
        if validation[1] is not None:
            checks.equally_many(*map(keras.tree.flatten, validation[:2]), part)
        check(model, *validation, part=part)


def check(model, x, y=None, sample_weight=None, *, loss=None, part=""):
    """Raises unless inputs, targets and sample weights suit a compiled model and its losses.

    Inputs must have the model's shape. They and sample weights must be finite. Targets must have
    the shape of their output, and the values for which its loss is defined: integer labels of the
    output's units for sparse losses, rows that sum to 1 for categorical ones, values from 0 to 1
    for binary ones, finite values for the others.

    That is known of Keras's own losses. Targets of other losses are not checked, nor those of a
    model with its own `train_step` or `compute_loss`, nor what is no array. A model with layers of
    the user's own may handle NaN in its inputs: it is refused only if its output is not finite.

    Args:
        model: a compiled Keras model.
        x: examples: an array (n, ...), or a list or dict of arrays for a model of several inputs.
        y: targets, likewise; or None.
        sample_weight: weights, likewise; or None.
        loss: as `compile` takes it; None for the loss that the model is compiled with.
        part: of the data, the end of each name in errors, such as " of validation_data".

    Raises:
        ValueError: for the first value that is not allowed, with its index.
    """
    checks.taken(model, x, name=f"x{part}")
    for name, inputs in named(f"x{part}", x):
        try:
            _check_finite(name, inputs)
        except ValueError:
            if not _handles_nan(model, x, inputs):
                raise
    for name, weights in named(f"sample_weight{part}", sample_weight):
        _check_finite(name, weights)
    if loss is None and _has_keras_s_loss(model):
        loss = model.loss
    if y is not None and loss is not None:
        for name, targets, shape, one in by_output(model, x, y, f"y{part}", loss):
            check_targets(name, targets, shape, one)


def _check_finite(name, values):
    array = numbers(values)
    if array is not None and array.dtype.kind == "f" and array.size:
        checks.all_finite(name, array)


def _has_keras_s_loss(model):
    """Whether the loss of a step is that of `compile`, of targets and outputs."""
    names = "train_step", "compute_loss"
    return all(getattr(type(model), name) is getattr(keras.Model, name) for name in names)


def _handles_nan(model, x, inputs):
    """Whether layers of the user's own make the output of such an example finite nevertheless."""
    if all(map(_is_keras_s, _parts(model))):
        return False
    row = np.argwhere(~np.isfinite(numbers(inputs)))[0][0]
    example = keras.tree.map_structure(lambda array: array[row : row + 1], x)
    outputs = keras.tree.flatten(model(example))
    return all(np.isfinite(keras.ops.convert_to_numpy(output)).all() for output in outputs)


def _parts(model):
    """Yields a model and all layers and operations in it."""
    yield model
    for part in getattr(model, "operations", None) or getattr(model, "layers", ()):
        yield from _parts(part)


def _is_keras_s(part):
    """Whether a part of a model is a layer of Keras's own that runs no function of the user's."""
    own = part.__module__.split(".")[0] == "keras" and isinstance(part, keras.Layer)
    return own and not isinstance(part, keras.layers.Lambda)
