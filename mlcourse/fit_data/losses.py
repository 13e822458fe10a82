"""The rules of Keras's own losses for their targets."""

import keras

from mlcourse import checks
from mlcourse.fit_data.arrays import as_numpy, numbers

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
