"""Check the inputs, targets and weights of a fit against the compiled model."""

import keras
import numpy as np

from mlcourse._core import checks


def named(name, arrays):
    """Returns the arrays in a structure, each with its name, such as `x['image']`."""
    if arrays is None:
        return []
    leaves = keras.tree.flatten_with_path(arrays)
    return [(name + "".join(f"[{key!r}]" for key in path), leaf) for path, leaf in leaves]


def numbers(values):
    """Returns an array as NumPy's; None for text, and for what is no dense array."""
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
    """Returns an array as NumPy's; None for what is no dense array, such as a dataset."""
    shape = getattr(values, "shape", None)
    if not shape:
        return None
    try:
        array = np.asarray(values)
    except (TypeError, RuntimeError):  # a tensor that lies on another device
        array = keras.ops.convert_to_numpy(values)
    return array if array.shape == tuple(shape) else None  # else it is a sparse matrix


def by_output(model, x, y, name, loss):
    """Yields (name, targets, shape, loss) for each output that has targets and a loss.

    The shape is that of the output, with None for an unknown length, or None if nothing is known.
    An output with several losses comes once for each of them. What does not fit together is left
    out: Keras refuses it.

    Args:
        model: a Keras model.
        x, y: examples and targets, as `model.fit` takes them.
        name: of y.
        loss: as `compile` takes it.
    """
    outputs = _outputs(model, x)
    losses = _losses(loss, list(outputs))
    targets = _targets(y, list(outputs), losses, name)
    for shape, loss, (label, array) in zip(outputs.values(), losses, targets, strict=False):
        for one in keras.tree.flatten(loss):
            if array is not None and one is not None:
                yield label, array, shape, one


def _outputs(model, x):
    """Returns a dict of the outputs' keys to their shapes, in Keras's order.

    Keys are those of a dict of outputs, or the names of layers, or else indices.
    """
    structure = _structure(model, x)
    paths = keras.tree.flatten_with_path(structure)
    if isinstance(structure, dict):
        keys = [path[0] for path, _ in paths]
    else:
        keys = getattr(model, "output_names", range(len(paths)))
    shapes = [getattr(tensor, "shape", None) for _, tensor in paths]
    return dict(zip(keys, shapes, strict=False))


def _structure(model, x):
    """Returns the symbolic outputs as the model gives them; None if they cannot be known."""
    if hasattr(model, "output_names"):  # a functional model
        return model.output
    if getattr(model, "outputs", None):
        return model.outputs[0]
    try:
        return model.compute_output_spec(keras.tree.map_structure(_symbolic, x))
    except Exception:  # whatever a layer of the user's own raises: Keras will meet it too
        return None


def _symbolic(array):
    dtype = keras.backend.standardize_dtype(array.dtype)
    return keras.KerasTensor((None, *array.shape[1:]), dtype)


def _losses(loss, keys):
    """Returns what `compile` says for each output: a loss, a list of them, or None."""
    if isinstance(loss, dict):
        if len(keys) == len(loss) == 1:
            return list(loss.values())
        return [loss.get(key) for key in keys]
    if isinstance(loss, list | tuple) and len(loss) == len(keys):
        return list(loss)
    return [loss] * len(keys)


def _targets(y, keys, losses, name):
    """Returns for each output the name of its targets and the targets, None if there are none."""
    if isinstance(y, dict):
        return [(f"{name}[{key!r}]", y.get(key)) for key in keys]
    if not isinstance(y, list | tuple):
        return [(name, y)] if len(keys) == 1 else []
    parts = iter([(f"{name}[{index}]", part) for index, part in enumerate(y)])
    with_loss = [loss is not None for loss in losses]
    if len(y) == len(keys):
        return list(parts)
    if len(y) == sum(with_loss):  # outputs without a loss need no targets
        return [next(parts) if needed else (name, None) for needed in with_loss]
    return []


SPARSE = {"sparsecategoricalcrossentropy", "categoricalgeneralizedcrossentropy"}
CATEGORICAL = {"categoricalcrossentropy", "categoricalfocalcrossentropy"}
BINARY = {"binarycrossentropy", "binaryfocalcrossentropy"}
OF_ANY_VALUE = {
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
KNOWN = SPARSE | CATEGORICAL | BINARY | OF_ANY_VALUE


def check_targets(name, targets, shape, loss):
    """Raises unless targets suit a loss, if it is Keras's own.

    Args:
        name: of the targets.
        targets: an array.
        shape: of the output; None if unknown.
        loss: as `compile` takes it, for one output.
    """
    loss = _resolved(loss, targets, shape)
    kind = _kind(loss)
    if kind not in KNOWN:
        return
    array = numbers(targets)
    if array is None:
        _refuse_text(name, targets)
        return
    if kind in SPARSE:
        units = _units(name, array.shape, shape)
        checks.labels(name, array, units, getattr(loss, "ignore_class", None))
        return
    if shape is not None:
        checks.shaped(name, array.shape, shape, "the output")
    if kind in CATEGORICAL:
        checks.distributions(name, array, getattr(loss, "axis", -1))
    elif kind in BINARY:
        checks.within(name, array, 0, 1, ", as its loss is a binary crossentropy")
    elif array.dtype.kind == "f":
        checks.all_finite(name, array)


def _resolved(loss, targets, shape):
    """Returns Keras's loss, an object or a function; None for a name that it does not know."""
    if isinstance(loss, str) and loss.lower() in ("crossentropy", "ce"):
        loss = _crossentropy(tuple(getattr(targets, "shape", ())), shape)
    try:
        return keras.losses.get(loss)
    except (TypeError, ValueError):
        return None


def _crossentropy(targets, output):
    """Returns the name of the crossentropy that Keras takes for targets and output, by shape."""
    if not targets or not output:
        return None
    if output[-1] == 1:
        return "binary_crossentropy"
    sparse = len(targets) < len(output) or targets[-1] == 1
    return "sparse_categorical_crossentropy" if sparse else "categorical_crossentropy"


def _kind(loss):
    """Returns a loss's name in small letters; "" for one that is not Keras's own."""
    if getattr(loss, "__module__", "").split(".")[0] != "keras":
        return ""
    name = getattr(loss, "__name__", type(loss).__name__)
    return name.replace("_", "").lower()


def _units(name, labels, output):
    """Returns how many units an output has for each label; None if unknown.

    Args:
        name: of the labels.
        labels: their shape.
        output: its shape, or None. Its units lie along the axis that labels lack, mostly the last.
    """
    if output is None:
        return None
    for axis in reversed(range(1, len(output))):
        if checks.fits(labels, (*output[:axis], *output[axis + 1 :])):
            return output[axis]
    checks.shaped(name, labels, output[:-1], "the output without its units")
    return None


def _refuse_text(name, targets):
    array = as_numpy(targets)
    if array is not None and array.dtype.kind in "OUS":
        value = str(array.flat[0])
        raise ValueError(f"{name} must hold numbers. Got {value!r} at index 0 instead.")


__all__ = ["check", "check_fit"]


pass


def check_fit(model, data):
    """Raises unless what `model.fit` is given suits the model, as far as it is arrays.

    Args:
        model: a compiled Keras model.
        data: the arguments of `model.fit`.
    """
    x, y = data.get("x"), data.get("y")
    if hasattr(x, "settings"):  # a `datasets.AugmentedDataset`
        x, y = (x.settings[name] for name in ("x", "y"))
    check(model, x, y, data.get("sample_weight"))
    validation = data.get("validation_data")
    if isinstance(validation, tuple | list) and 2 <= len(validation) <= 3:
        part = " of validation_data"
        if validation[1] is not None:
            checks.equal_lengths(*map(keras.tree.flatten, validation[:2]), part)
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
    checks.input_shape(model, x, name=f"x{part}")
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
