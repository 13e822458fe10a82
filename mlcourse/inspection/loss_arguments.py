"""Checks of a batch and of its loss, before gradients are computed."""

import keras
import numpy as np

from mlcourse import checks
from mlcourse.private_names import compiled_loss_weights


def own_loss(model, y):
    """Return the loss that a model is compiled with, and the weights of its parts."""
    if type(model).train_step is not keras.Model.train_step:
        rule = "loss must be given, as the model has its own train_step"
        raise ValueError(f"{rule}. Got {model!r} instead.")
    if model.compiled and model.loss is not None:
        return model.loss, compiled_loss_weights(model)
    if y is not None and not computes_loss(model):
        rule = "loss must be given, as the model is compiled with none"
        raise ValueError(f"{rule}. Got {model!r} instead.")
    return None, None


def computes_loss(model):
    """Return whether a model has its own function for the loss."""
    return type(model).compute_loss is not keras.Model.compute_loss


def check_batch(model, x, y, sample_weight, class_weight):
    """Raise ValueError unless the arrays are of one length, and x fits the model."""
    if checks.is_dataset(x) or hasattr(x, "__next__"):
        rule = "x must hold the arrays of one batch, such as next(iter(dataset))[0]"
        raise ValueError(f"{rule}. Got {x!r} instead.")
    if sample_weight is not None and class_weight is not None:
        raise ValueError("only one of sample_weight and class_weight may be given. Got both.")
    if class_weight is not None:
        checks.mapping("class_weight", class_weight, "class labels to factors")
    arrays = keras.tree.flatten(x)
    given = [keras.tree.flatten(one) or [()] for one in (y, sample_weight) if one is not None]
    checks.equally_many(
        arrays, [one for each in given for one in each if one is not None] or arrays
    )
    checks.taken(model, x)
    for array in arrays:
        if np.asarray(array).dtype.kind in "biuf":
            checks.finite("x", array)


def check_names(model, **arguments):
    """Raise ValueError if a dict has a key that is no output of the model."""
    if not getattr(model, "output_names", None):
        return
    names = set(model.output_names)
    if isinstance(model.output, dict):
        names |= set(model.output)
    for argument, value in arguments.items():
        for name in value if isinstance(value, dict) else ():
            if name not in names:
                rule = f"the keys of {argument} must be outputs, {', '.join(sorted(names))}"
                raise ValueError(f"{rule}. Got {name!r} instead.")


def check_loss(loss):
    """Raise ValueError unless it is a loss that Keras knows, or several of them."""
    try:
        known = [keras.losses.get(one) for one in keras.tree.flatten(loss)]
    except (TypeError, ValueError):
        known = []
    if not any(known):
        raise ValueError(f"loss must be one that Keras knows. Got {loss!r} instead.")
