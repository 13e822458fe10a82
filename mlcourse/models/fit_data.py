"""Checks of the inputs, targets and weights of a fit against the compiled model."""

import keras
import numpy as np

from mlcourse._core import checks


def named(name, arrays):
    """Return (name, array) pairs of the arrays in a structure, with names such as `x['image']`."""
    if arrays is None:
        return []
    leaves = keras.tree.flatten_with_path(arrays)
    return [(name + "".join(f"[{key!r}]" for key in path), leaf) for path, leaf in leaves]


def numbers(values):
    """Return an array of numbers as a NumPy array; None for strings and for other objects."""
    array = as_numpy(values)
    if array is None:
        return None
    if array.dtype.kind == "O" or array.dtype.name == "bfloat16":
        try:
            return array.astype(np.float32)
        except (TypeError, ValueError):
            return None
    return array if array.dtype.kind in "biuf" else None


def as_numpy(values):
    """Return a dense array as a NumPy array; None for other objects, such as datasets."""
    shape = getattr(values, "shape", None)
    if not shape:
        return None
    try:
        array = np.asarray(values)
    except (TypeError, RuntimeError):  # a tensor on another device
        array = keras.ops.convert_to_numpy(values)
    is_sparse = array.shape != tuple(shape)
    return None if is_sparse else array


def by_output(model, x, y, name, loss):
    """Yield (name, targets, shape, loss) for each output with targets and a loss.

    The shape is that of the output, with None for an unknown length, or None if it is unknown. An
    output with several losses is yielded once per loss. Targets whose structure does not match the
    outputs are skipped, because Keras refuses them.

    Args:
        model: a Keras model.
        x: examples, as in `model.fit`.
        y: targets, as in `model.fit`.
        name: name of y.
        loss: loss, as in `compile`.
    """
    shapes = _output_shapes(model, x)
    losses = _losses_by_output(loss, list(shapes))
    targets = _targets_by_output(y, list(shapes), losses, name)
    for shape, output_losses, (target_name, array) in zip(
        shapes.values(), losses, targets, strict=False
    ):
        for output_loss in keras.tree.flatten(output_losses):
            if array is not None and output_loss is not None:
                yield target_name, array, shape, output_loss


def _output_shapes(model, x):
    """Return a dict of the outputs' keys to their shapes, in Keras's order.

    The keys are those of a dict of outputs, the names of the output layers, or else indices.
    """
    structure = _symbolic_outputs(model, x)
    paths = keras.tree.flatten_with_path(structure)
    if isinstance(structure, dict):
        keys = [path[0] for path, _ in paths]
    else:
        keys = getattr(model, "output_names", range(len(paths)))
    shapes = [getattr(tensor, "shape", None) for _, tensor in paths]
    return dict(zip(keys, shapes, strict=False))


def _symbolic_outputs(model, x):
    """Return the symbolic outputs of a model in their structure; None if they are unknown."""
    if hasattr(model, "output_names"):  # a functional model
        return model.output
    if getattr(model, "outputs", None):
        return model.outputs[0]
    try:
        return model.compute_output_spec(keras.tree.map_structure(_symbolic, x))
    except Exception:  # a custom layer may raise anything; Keras will report it
        return None


def _symbolic(array):
    """Return a symbolic tensor with the shape and the dtype of an array of examples."""
    dtype = keras.backend.standardize_dtype(array.dtype)
    return keras.KerasTensor((None, *array.shape[1:]), dtype)


def _losses_by_output(loss, keys):
    """Return a list with the loss of each output: a loss, a list of losses, or None."""
    if isinstance(loss, dict):
        if len(keys) == len(loss) == 1:
            return list(loss.values())
        return [loss.get(key) for key in keys]
    if isinstance(loss, list | tuple) and len(loss) == len(keys):
        return list(loss)
    return [loss] * len(keys)


def _targets_by_output(y, keys, losses, name):
    """Return a list with (name, targets) of each output; targets are None if there are none."""
    if isinstance(y, dict):
        return [(f"{name}[{key!r}]", y.get(key)) for key in keys]
    if not isinstance(y, list | tuple):
        return [(name, y)] if len(keys) == 1 else []
    targets = [(f"{name}[{index}]", array) for index, array in enumerate(y)]
    if len(targets) == len(keys):
        return targets
    needs_targets = [loss is not None for loss in losses]
    if len(targets) == sum(needs_targets):
        remaining = iter(targets)
        return [next(remaining) if needed else (name, None) for needed in needs_targets]
    return []


SPARSE = {"sparsecategoricalcrossentropy", "categoricalgeneralizedcrossentropy"}
CATEGORICAL = {"categoricalcrossentropy", "categoricalfocalcrossentropy"}
BINARY = {"binarycrossentropy", "binaryfocalcrossentropy"}
REGRESSION = {
    "meansquarederror",
    "meanabsoluteerror",
    "meanabsolutepercentageerror",
    "meansquaredlogarithmicerror",
    "cosinesimilarity",
    "huber",
    "logcosh",
    "hinge",
    "squaredhinge",
    "categoricalhinge",
    "kldivergence",
    "poisson",
}
CHECKED_LOSSES = SPARSE | CATEGORICAL | BINARY | REGRESSION


def check_targets(name, targets, shape, loss):
    """Raise ValueError unless targets suit a loss; only Keras's own losses are checked.

    Args:
        name: name of the targets.
        targets: array of targets.
        shape: shape of the output; None if unknown.
        loss: loss of the output, as in `compile`.
    """
    loss = resolve(loss, targets, shape)
    loss_name = keras_name(loss)
    if loss_name not in CHECKED_LOSSES:
        return
    if hasattr(targets, "toarray"):
        rule = f"{name} must be a dense array: use {name}.toarray()"
        raise ValueError(f"{rule}. Got {type(targets).__name__} instead.")
    array = numbers(targets)
    if array is None:
        _refuse_text(name, targets)
    _refuse_objects(name, targets)
    if array is None:
        return
    if loss_name in SPARSE:
        n_units = _n_units(name, array.shape, shape)
        checks.labels(name, array, n_units, getattr(loss, "ignore_class", None))
        return
    if shape is not None:
        checks.shaped(name, array.shape, shape, "the output")
    if loss_name in CATEGORICAL:
        checks.distributions(name, array, getattr(loss, "axis", -1))
    elif loss_name in BINARY:
        checks.within(name, array, 0, 1, ", as its loss is a binary crossentropy")
    elif array.dtype.kind == "f":
        checks.all_finite(name, array)


def resolve(loss, targets, shape):
    """Return a loss as Keras's object or function; None for an unknown name."""
    if isinstance(loss, str) and loss.lower() in ("crossentropy", "ce"):
        loss = _crossentropy_name(tuple(getattr(targets, "shape", ())), shape)
    try:
        return keras.losses.get(loss)
    except (TypeError, ValueError):
        return None


def _crossentropy_name(target_shape, output_shape):
    """Return the name of the crossentropy that Keras selects for "crossentropy" by the shapes."""
    if not target_shape or not output_shape:
        return None
    if output_shape[-1] == 1:
        return "binary_crossentropy"
    is_sparse = len(target_shape) < len(output_shape) or target_shape[-1] == 1
    return "sparse_categorical_crossentropy" if is_sparse else "categorical_crossentropy"


def keras_name(loss):
    """Return the name of a Keras loss in lower case without underscores; "" for other losses."""
    if getattr(loss, "__module__", "").split(".")[0] != "keras":
        return ""
    name = getattr(loss, "__name__", type(loss).__name__)
    return name.replace("_", "").lower()


def _n_units(name, label_shape, output_shape):
    """Return the number of an output's units per label; None if unknown.

    The axis of the units is the one that the labels do not have, usually the last.

    Args:
        name: name of the labels.
        label_shape: shape of the labels.
        output_shape: shape of the output, or None.
    """
    if output_shape is None:
        return None
    for axis in reversed(range(1, len(output_shape))):
        if checks.fits(label_shape, (*output_shape[:axis], *output_shape[axis + 1 :])):
            return output_shape[axis]
    checks.shaped(name, label_shape, output_shape[:-1], "the output without its units")
    return None


def _refuse_text(name, targets):
    """Raise ValueError if targets are strings."""
    array = as_numpy(targets)
    if array is not None and array.dtype.kind in "OUS":
        value = str(array.flat[0])
        raise ValueError(f"{name} must hold numbers. Got {value!r} at index 0 instead.")


def _refuse_objects(name, values):
    """Raise ValueError if an array is of objects or dates, which Keras cannot convert."""
    dtype = getattr(values, "dtype", None)
    if getattr(dtype, "kind", "f") in "OmM":
        rule = f"{name} must be an array of numbers: use {name}.astype('float32')"
        raise ValueError(f"{rule}. Got an array of dtype {dtype} instead.")


def refuse_text_input(name, values, model):
    """Raise ValueError if an array or tensor is of strings and the inputs of a model are not."""
    dtype = getattr(values, "dtype", None)
    is_text = "string" in str(dtype) or getattr(dtype, "kind", "f") in "US"
    input_types = {tensor.dtype for tensor in getattr(model, "inputs", None) or ()}
    if is_text and input_types and "string" not in input_types:
        rule = f"{name} must be numbers, as the model takes {', '.join(input_types)}"
        raise ValueError(f"{rule}. Got text instead.")


def check_fit(model, data):
    """Raise ValueError unless the arrays passed to `model.fit` suit the model.

    Args:
        model: a compiled Keras model.
        data: dict of the arguments of `model.fit`.
    """
    x = data.get("x")
    y = data.get("y")
    if hasattr(x, "settings"):  # a `datasets.AugmentedDataset`
        y = x.settings["y"]
        x = x.settings["x"]
    check(model, x, y, data.get("sample_weight"))
    validation = data.get("validation_data")
    if isinstance(validation, tuple | list) and 2 <= len(validation) <= 3:
        part = " of validation_data"
        if validation[1] is not None:
            checks.equal_lengths(*map(keras.tree.flatten, validation[:2]), part)
        check(model, *validation, part=part)


def check(model, x, y=None, sample_weight=None, *, loss=None, part=""):
    """Raise ValueError unless inputs, targets and sample weights suit a compiled model.

    Inputs must have the model's input shape. Inputs and sample weights must be finite. Targets must
    have the shape of their output, and values for which its loss is defined: integer labels for
    sparse losses, rows that sum to 1 for categorical losses, values in [0, 1] for binary losses,
    finite values for others.

    Only arrays, and targets of Keras's own losses, are checked; not targets of a model with a
    custom `train_step` or `compute_loss`. Custom layers may handle NaN in the inputs, so a model
    with custom layers refuses NaN only if its output is not finite.

    Args:
        model: a compiled Keras model.
        x: examples: an array, (n, ...), or a list or dict of arrays for a model with several
            inputs.
        y: targets of the same form, or None.
        sample_weight: weights of the same form, or None.
        loss: loss, as in `compile`; None for the compiled loss.
        part: suffix of the names in errors, such as " of validation_data".

    Raises:
        ValueError: for the first invalid value, with its index.
    """
    checks.input_shape(model, x, name=f"x{part}")
    for name, inputs in named(f"x{part}", x):
        refuse_text_input(name, inputs, model)
        try:
            _check_finite(name, inputs)
        except ValueError:
            if not _handles_nan(model, x, inputs):
                raise
    for name, weights in named(f"sample_weight{part}", sample_weight):
        _check_finite(name, weights)
    if loss is None and _uses_compiled_loss(model):
        loss = model.loss
    if y is not None and loss is not None:
        for name, targets, shape, output_loss in by_output(model, x, y, f"y{part}", loss):
            check_targets(name, targets, shape, output_loss)


def _check_finite(name, values):
    """Raise ValueError if an array is not of numbers, or if floats are not finite."""
    _refuse_objects(name, values)
    array = numbers(values)
    if array is not None and array.dtype.kind == "f" and array.size:
        checks.all_finite(name, array)


def _uses_compiled_loss(model):
    """Return whether a model trains with its compiled loss, not with a custom step."""
    names = "train_step", "compute_loss"
    return all(getattr(type(model), name) is getattr(keras.Model, name) for name in names)


def _handles_nan(model, x, inputs):
    """Return whether custom layers make the output finite for the first example with NaN."""
    if all(map(_is_keras_layer, _parts(model))):
        return False
    row = np.argwhere(~np.isfinite(numbers(inputs)))[0][0]
    example = keras.tree.map_structure(lambda array: array[row : row + 1], x)
    outputs = keras.tree.flatten(model(example))
    return all(np.isfinite(keras.ops.convert_to_numpy(output)).all() for output in outputs)


def _parts(model):
    """Yield a model and all layers and operations in it."""
    yield model
    for part in getattr(model, "operations", None) or getattr(model, "layers", ()):
        yield from _parts(part)


def _is_keras_layer(part):
    """Return whether a part of a model is a built-in layer of Keras, and no `Lambda` layer."""
    is_from_keras = part.__module__.split(".")[0] == "keras" and isinstance(part, keras.Layer)
    return is_from_keras and not isinstance(part, keras.layers.Lambda)
