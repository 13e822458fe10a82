"""Checks of a batch and of its loss, before gradients are computed."""

import keras

from mlcourse import checks, fit_data
from mlcourse.inspection.inputs import checked_inputs
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
    checked_inputs(model, x)
    arrays = keras.tree.flatten(x)
    given = [keras.tree.flatten(one) or [()] for one in (y, sample_weight) if one is not None]
    checks.equally_many(
        arrays, [one for each in given for one in each if one is not None] or arrays
    )


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


def check_targets(model, x, y, loss, sample_weight):
    """Raise ValueError unless there are targets for each output, and its loss is defined for them.

    Args:
        model: a built Keras model.
        x, y, loss, sample_weight: as `gradients` takes them.
    """
    names = getattr(model, "output_names", None) or []
    count = len(y) if isinstance(y, list | tuple | dict) else 1
    losses = loss.values() if isinstance(loss, dict) else loss
    if isinstance(losses, str) or callable(losses):
        losses = names
    needed = sum(one is not None for one in losses)
    if len(names) > 1 and count not in (needed, len(names)):
        rule = f"y must hold an array for each output, {', '.join(names)}"
        raise ValueError(f"{rule}. Got {count} instead.")
    fit_data.check(model, x, y, sample_weight, loss=loss)


def check_loss(loss):
    """Raise ValueError unless it is a loss that Keras knows, or several of them."""
    try:
        known = [keras.losses.get(one) for one in keras.tree.flatten(loss)]
    except (TypeError, ValueError):
        known = []
    if not any(known):
        raise ValueError(f"loss must be one that Keras knows. Got {loss!r} instead.")
