"""Checks of arrays, lists, dicts, labels and the layers of a network."""

import itertools
from collections.abc import Mapping

import numpy as np

from mlcourse._core.checks.values import integer, number_within, positive

DATASET_LIBRARIES = ("keras", "tensorflow", "torch", "grain")


def is_dataset(x):
    """Return whether x is a dataset of batches that `model.fit` can iterate over in every epoch.

    This is a `keras.utils.PyDataset`, a `tf.data.Dataset`, or a data loader of PyTorch or Grain.

    >>> is_dataset(np.zeros(3)), is_dataset([1, 2])
    (False, False)
    """
    libraries = {base.__module__.split(".")[0] for base in type(x).__mro__}
    is_from_library = not libraries.isdisjoint(DATASET_LIBRARIES)
    return is_from_library and not hasattr(x, "shape") and not hasattr(x, "__next__")


def length(name, values):
    """Return the number of items of a list or an array."""
    try:
        return len(values)
    except TypeError as error:
        raise ValueError(f"{name} must be a list or an array. Got {values!r} instead.") from error


def same_length(name, values, other, others):
    """Raise ValueError unless two sequences have the same length."""
    count, other_count = length(name, values), length(other, others)
    if count != other_count:
        lengths = f"{count:,} and {other_count:,}"
        raise ValueError(f"{name} and {other} must have the same length. Got {lengths} instead.")


def texts(name, values):
    """Return a sequence of names as a list of strings; a single string is refused."""
    if isinstance(values, str | bytes | Mapping) or not hasattr(values, "__getitem__"):
        raise ValueError(f"{name} must be a list of strings. Got {values!r} instead.")
    return list(map(str, values))


def mapping(name, values, contents):
    """Return `values` as a dict if they are a nonempty mapping.

    Args:
        name: name of the argument.
        values: value of the argument.
        contents: keys and values in words, such as "names to trials".
    """
    if not isinstance(values, Mapping) or not values:
        rule = f"{name} must be a dict of {contents}, with at least one item"
        raise ValueError(f"{rule}. Got {values!r} instead.")
    return dict(values)


MAX_INCHES = 100  # of a side; a square of 100 inches has 400 MB of pixels at 100 dpi


def figsize(name, values):
    """Return (width, height), in inches, as floats if both are positive, and at most 100."""
    if isinstance(values, str | Mapping) or length(name, values) != 2:
        raise ValueError(f"{name} must be a width and a height. Got {values!r} instead.")
    width, height = (positive(name, side) for side in values)
    return number_within(name, width, 0, MAX_INCHES), number_within(name, height, 0, MAX_INCHES)


def array(name, values):
    """Return `values` as an array if they are not ragged, and none is masked."""
    _check_mask(name, values)
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be an array. Got {values!r} instead.") from error


def _check_mask(name, values):
    """Raise ValueError if values are masked, which `np.asarray` would take as they are."""
    if np.ma.is_masked(values):
        rule = f"{name} must have no masked values; fill them, or leave those examples out"
        raise ValueError(f"{rule}. Got {np.ma.count_masked(values):,} instead.")


def floats(name, values):
    """Return numbers as an array of float64, or of float32 if they are; NaN is allowed."""
    result = array(name, values)
    if result.dtype.kind not in "biuf":
        raise ValueError(f"{name} must be numbers. Got {values!r} instead.")
    return result if result.dtype == np.float32 else result.astype(float, copy=False)


def finite(name, values):
    """Return `values` as an array if it has at least one number and all are finite."""
    _check_mask(name, values)
    try:
        result = np.asarray(values)
        if result.dtype.kind in "cmM":
            raise TypeError("complex numbers have no order, and dates have a unit")
        nonfinite = np.argwhere(~np.isfinite(result))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be an array of numbers. Got {values!r} instead.") from error
    if result.ndim == 0 or not result.size:
        raise ValueError(f"{name} must have at least one example. Got {values!r} instead.")
    if len(nonfinite):
        index = tuple(nonfinite[0].tolist())
        raise ValueError(f"{name} must be finite. Got {result[index]} at {list(index)} instead.")
    return result


MAX_COORDINATE = 1e300


def coordinates(name, values):
    """Raise ValueError unless an axis can show all values: with a margin, larger ones overflow."""
    values = np.asarray(values, float)  # comparing float32 with the limit would overflow
    within(name, values, -MAX_COORDINATE, MAX_COORDINATE, ", so that an axis can show them")


def n_features(name, x, n):
    """Raise ValueError unless x has the shape (examples, n)."""
    if x.ndim != 2 or x.shape[1] != n:
        raise ValueError(f"{name} must be of shape (n, {n}). Got {x.shape} instead.")


def equal_lengths(x, y, part=""):
    """Raise ValueError unless all arrays in two lists have the same length, at least 1.

    Args:
        x: list of arrays.
        y: list of arrays.
        part: suffix of the names in the error, such as " of validation_data".
    """
    arrays = [*(x or [None]), *(y or [None])]
    shapes = [getattr(array, "shape", ()) for array in arrays]
    lengths = sorted({shape[0] if shape else 0 for shape in shapes})
    if len(lengths) > 1 or 0 in lengths:
        rule = f"x and y{part} must be arrays of the same length, at least 1"
        raise ValueError(f"{rule}. Got {lengths} instead.")


ROW_SUM_TOLERANCE = 0.01  # bfloat16 has two to three decimal places


def all_finite(name, values):
    """Raise ValueError unless all values are finite.

    The sum is finite only if all values are, and takes half the time of a check of each value. The
    sum may overflow, so each value is checked if it is not finite.

    Args:
        name: name of the argument.
        values: array of numbers.
    """
    with np.errstate(all="ignore"):
        total = values.sum(dtype=np.float32 if values.dtype == np.float16 else None)
    if not np.isfinite(total):
        _require_all(np.isfinite(values), f"{name} must be finite", values)


def within(name, values, low, high, reason=""):
    """Raise ValueError unless all values are in [low, high]; NaN is not.

    Args:
        name: name of the argument.
        values: array of numbers.
        low: lower limit.
        high: upper limit.
        reason: reason for the limits, appended to the rule.
    """
    if not (values.min() >= low and values.max() <= high):
        is_within = (values >= low) & (values <= high)
        _require_all(is_within, f"{name} must hold values from {low} to {high}{reason}", values)


def labels(name, values, n_units=None, ignore_class=None):
    """Raise ValueError unless all values are integer labels of the output's units.

    Args:
        name: name of the argument.
        values: array of integers, or of floats such as 3.0.
        n_units: number of units of the output; None if unknown.
        ignore_class: an additional label that is allowed, as in Keras's losses; or None.
    """
    highest = np.iinfo(np.int64).max if n_units is None else n_units - 1
    if not (values.min() >= 0 and values.max() <= highest):
        is_allowed = (values >= 0) & (values <= highest)
        if ignore_class is not None:
            is_allowed |= values == ignore_class
        if n_units is None:
            rule = f"{name} must hold nonnegative labels"
        else:
            units = "1 unit" if n_units == 1 else f"{n_units} units"
            rule = f"{name} must hold labels from 0 to {highest}, as the output has {units}"
        _require_all(is_allowed, rule, values)
    if values.dtype.kind == "f":
        _require_all(values == np.trunc(values), f"{name} must hold integer labels", values)


def distributions(name, values, axis):
    """Raise ValueError unless each row is one-hot or probabilities: nonnegative, with a sum of 1.

    Args:
        name: name of the argument.
        values: array of numbers.
        axis: axis of the classes.
    """
    is_half_precision = values.dtype.kind == "f" and values.dtype.itemsize < 4
    sums = values.sum(axis=axis, dtype=np.float32 if is_half_precision else None)
    sums_to_one = np.abs(sums - 1.0) <= ROW_SUM_TOLERANCE
    if not sums_to_one.all():
        rule = f"each row of {name} must sum to 1, one-hot or probabilities"
        _require_all(sums_to_one, rule, sums, "a sum of ")
    if not values.min() >= 0:
        _require_all(values >= 0, f"{name} must hold probabilities, from 0 to 1", values)


def _require_all(is_allowed, rule, values, prefix=""):
    """Raise ValueError with the rule and the first value that is not allowed, if there is one."""
    indices = np.argwhere(~is_allowed)
    if len(indices):
        index = tuple(indices[0].tolist())
        index_text = index[0] if len(index) == 1 else list(index)
        raise ValueError(f"{rule}. Got {prefix}{values[index]} at index {index_text} instead.")


def chain(layers):
    """Return layers as a list if they can be stacked.

    Args:
        layers: layers with the attributes `name`, `params`, `n_in` and `n_out`; the sizes are
            None for a layer that accepts any input.

    Raises:
        ValueError: if a layer appears twice, if names of layers with parameters or dtypes of
            parameters conflict, or if the sizes of consecutive layers do not match.
    """
    layers = list(layers) if np.iterable(layers) else [layers]
    integer("the number of layers", len(layers), 1)
    for layer in layers:
        if not isinstance(getattr(layer, "params", None), dict):
            raise ValueError(f"layers must be layers, such as Relu('relu'). Got {layer!r} instead.")
    _check_unique(layers)
    dtypes = {str(array.dtype) for layer in layers for array in layer.params.values()}
    if len(dtypes) > 1 or not dtypes <= {"float32", "float64"}:
        rule = "layers must have parameters of one dtype, float32 or float64"
        raise ValueError(f"{rule}. Got {', '.join(sorted(dtypes))} instead.")
    _check_sizes(layers)
    return layers


def _check_unique(layers):
    """Raise ValueError if a layer, or the name of a layer with state, appears twice."""
    for layer in layers:
        if sum(other is layer for other in layers) > 1:
            rule = "a layer must appear only once, as it stores values for its backward pass"
            raise ValueError(f"{rule}. Got {layer.name!r} twice.")
    names = [layer.name for layer in layers if layer.params or hasattr(layer, "rate")]
    for name in names:
        if names.count(name) > 1:
            rule = "layers with parameters or dropout must differ in name"
            raise ValueError(f"{rule}. Got {name!r} twice.")


def _check_sizes(layers):
    """Raise ValueError unless each layer has as many inputs as the layer before it has outputs."""
    sized = [layer for layer in layers if layer.n_in or hasattr(layer, "reshapes")]
    for before, after in itertools.pairwise(sized):
        if before.n_in and after.n_in and before.n_out != after.n_in:
            rule = f"layer {after.name} must have as many inputs as layer {before.name} has outputs"
            shapes = f"the shapes {before.n_in, before.n_out} and {after.n_in, after.n_out}"
            raise ValueError(f"{rule}. Got {shapes} instead.")


def targets(y, n_outputs, activation):
    """Raise ValueError unless targets suit the outputs and the output activation.

    Args:
        y: array, (n, n_outputs), or (n,) for one output. With "softmax" also integer labels, (n,).
            Values are in [0, 1] for "sigmoid" and "softmax".
        n_outputs: number of outputs.
        activation: name of the output activation.
    """
    if activation == "softmax" and y.ndim == 1:
        if not (y.dtype.kind in "iu" and y.min() >= 0 and y.max() < n_outputs):
            rule = f"y must hold integer labels from 0 to {n_outputs - 1}"
            raise ValueError(f"{rule}. Got {y.dtype} from {y.min()} to {y.max()} instead.")
        return
    if y.size != len(y) * n_outputs:
        rule = f"y must be of shape (n, {n_outputs}), as the outputs are"
        raise ValueError(f"{rule}. Got {y.shape} instead.")
    if activation in ("sigmoid", "softmax") and not (y.min() >= 0 and y.max() <= 1):
        rule = f"y must be in [0, 1], as {activation} is"
        raise ValueError(f"{rule}. Got {y.min()} to {y.max()} instead.")
    if activation == "softmax":
        sums = y.sum(axis=1)
        if not np.allclose(sums, 1, atol=1e-4):
            rule = "each row of y must sum to 1"
            raise ValueError(f"{rule}. Got {sums.min()} to {sums.max()} instead.")


def has_target(y):
    """Raise ValueError if the targets are None."""
    if y is None:
        raise ValueError("y must be a target, to compute a gradient. Got None instead.")


def input_shape(model, x, exactly=False, name="x"):
    """Raise ValueError unless examples have the input shape of a model.

    Args:
        model: a Keras model. A model with several inputs, or with no defined input, is not checked.
        x: array of examples, (n, ...); other objects are not checked.
        exactly: False accepts a missing or an additional last axis of length 1, as Keras does.
        name: name of the argument.
    """
    inputs = getattr(model, "inputs", None) or ()
    if len(inputs) != 1 or not hasattr(x, "shape"):
        return
    shaped(name, x.shape, inputs[0].shape, "the model takes it", exactly)


def shaped(name, shape, expected, reason, exactly=False):
    """Raise ValueError unless an array has the expected shape; the number of examples is free.

    Args:
        name: name of the array.
        shape: shape of the array.
        expected: expected shape, with None for any length.
        reason: origin of the expected shape, such as "the model takes it".
        exactly: False accepts a missing or an additional last axis of length 1.
    """
    if fits(shape, expected, exactly):
        return
    sizes = ", ".join("any" if size is None else str(size) for size in expected[1:])
    expected_text = f"(n, {sizes})" if sizes else "(n,)"
    raise ValueError(
        f"{name} must be of shape {expected_text}, as {reason}. Got {tuple(shape)} instead."
    )


def fits(shape, expected, exactly=False):
    """Return whether an array has the expected shape; see `shaped` for the arguments."""
    if not shape:
        return False
    example = tuple(shape[1:])
    candidates = [example]
    if not exactly:
        candidates.append((*example, 1))
        if example[-1:] == (1,):
            candidates.append(example[:-1])
    return any(_matches(candidate, tuple(expected[1:])) for candidate in candidates)


def _matches(shape, expected):
    """Return whether a shape is the expected one, in which None stands for any length."""
    return len(shape) == len(expected) and all(
        wanted in (None, size) for size, wanted in zip(shape, expected, strict=True)
    )
