"""A batch and its loss, checked, and the gradients that a backend computes of it."""

import contextlib

import keras
import numpy as np

from mlcourse._core import checks
from mlcourse._core.private_names import compiled_loss_weights, variable_index
from mlcourse.models import fit_data


def checked_inputs(model, x, exactly=False):
    """Return x with numbers as arrays, if it holds examples that the model takes.

    Args:
        model: a built Keras model of any kind.
        x: an array, (n, ...), or a list, a tuple or a dict of arrays, as `model.fit` takes them.
        exactly: whether a last axis of 1 must be there, which Keras adds or drops by itself.

    Raises:
        ValueError: if the model is not built, or x does not fit it, is empty or not finite.
    """
    require_built(model)
    tensors = list(getattr(model, "inputs", None) or [])
    x = _arrays(x, tensors)
    if isinstance(x, dict):
        tensors = _by_name(model, x, tensors)
    flat = keras.tree.flatten(x)
    if tensors and len(tensors) != len(flat):
        rule = f"x must hold {len(tensors)} arrays, one for each input of the model"
        raise ValueError(f"{rule}. Got {len(flat)} instead.")
    for number, array in enumerate(flat):
        name = "x" if len(flat) == 1 else f"array {number + 1} of x"
        if tensors:
            checks.shaped(name, array.shape, tensors[number].shape, "the model takes it", exactly)
        if not tensors or tensors[number].dtype != "string":
            checks.finite(name, array)
    lengths = sorted({len(array) for array in flat})
    if len(lengths) != 1 or lengths[0] == 0:
        rule = "the arrays of x must have the same length, at least 1"
        raise ValueError(f"{rule}. Got {lengths} instead.")
    return x


def input_arrays(model, x):
    """Return the inputs of a functional model as a list of arrays, in the order of `model.inputs`.

    Args, Raises: as in `checked_inputs`.
    """
    x = checked_inputs(model, x, exactly=True)
    if isinstance(x, dict):
        names = model.input if isinstance(model.input, dict) else input_names(model)
        return [x[name] for name in names]
    return list(x) if isinstance(x, list | tuple) else [x]


def require_built(model):
    """Raise ValueError unless this is a Keras model that has its weights."""
    if not isinstance(model, keras.Model) or not model.built:
        rule = "model must be a Keras model that is built: begin it with keras.Input, or call it"
        raise ValueError(f"{rule} on a batch. Got {model!r} instead.")


def _arrays(x, tensors):
    """Return x as an array, or as a list, a tuple or a dict of arrays."""
    if isinstance(x, dict):
        return {name: checks.array(f"x[{name!r}]", one) for name, one in x.items()}
    if isinstance(x, list | tuple) and _holds_several(x, tensors):
        parts = [checks.array(f"array {number} of x", one) for number, one in enumerate(x, 1)]
        return parts[0] if len(parts) == len(tensors) == 1 else type(x)(parts)
    return checks.array("x", x)


def _holds_several(x, tensors):
    """Return whether a list or tuple holds an array for each input, not the examples of one."""
    if len(tensors) > 1:
        return True
    if tensors:
        return len(x) == 1 and np.ndim(x[0]) == len(tensors[0].shape)
    return bool(x) and all(hasattr(one, "shape") and len(one.shape) > 0 for one in x)


def _by_name(model, x, tensors):
    """Return the inputs of a model in the order of a dict of arrays; drop what is not an input."""
    if not tensors:
        return []
    names = model.input if isinstance(model.input, dict) else {one.name: one for one in tensors}
    missing = [name for name in names if name not in x]
    if missing:
        rule = f"x must have an array for each input, {', '.join(names)}"
        raise ValueError(f"{rule}. Got {', '.join(map(str, x)) or 'no array'} instead.")
    for name in set(x) - set(names):
        del x[name]
    return [names[name] for name in sorted(x)]  # the order in which Keras flattens a dict


def input_names(model):
    """Return the names of a model's inputs."""
    return [tensor.name for tensor in model.inputs]


def output_names(model):
    """Return the names of a model's outputs: the keys of a dict, else the names of layers."""
    output = getattr(model, "output", None)
    if isinstance(output, dict):
        return sorted(output)
    return list(getattr(model, "output_names", ["output"]))


def chosen(argument, value, names, allowed):
    """Return the number of an input or output.

    Args:
        argument: the name of the argument, "input" or "output".
        value: the name of an input or output, or its number; None for the only one that is allowed.
        names: the names of all inputs or outputs.
        allowed: the numbers that may be chosen.
    """
    if value is None and len(allowed) == 1:
        return allowed[0]
    if isinstance(value, str) and names.count(value) == 1:
        number = names.index(value)
    else:
        number = value
    if type(number) is not int or number not in allowed:
        options = ", ".join(f"{names[one]!r} ({one})" for one in allowed)
        raise ValueError(f"{argument} must be one of {options}. Got {value!r} instead.")
    return number


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
    checks.equal_lengths(
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


class GradientRecorder(keras.optimizers.Optimizer):
    """An optimizer that keeps each gradient, and changes no weight.

    Args:
        variables: whose gradients are to be caught.

    Attributes:
        gradients: a variable for each, with its gradient of the last step.
    """

    def __init__(self, variables):
        super().__init__(learning_rate=0.0, name="catcher")
        self.build(variables)
        self.gradients = self.add_optimizer_variables(variables, "gradient")

    def update_step(self, gradient, variable, learning_rate):
        """Keeps the gradient."""
        # those of an embedding come as a list of rows, which this adds up
        gradient = keras.ops.convert_to_tensor(gradient)
        self.gradients[variable_index(self, variable)].assign(gradient)


def compute_gradients(model, x, y, loss=None, weights=None, **data):
    """Return the gradients of a loss by the variables that a model learns, as arrays.

    It is one step of `fit` on the whole batch, so it takes all that `fit` takes.

    Args:
        model: a built Keras model that may be compiled anew.
        x, y: a batch.
        loss: as `compile` takes it; None if the model adds its losses itself.
        weights: of the losses, where there are several.
        data: `sample_weight` or `class_weight`, as `fit` takes them.
    """
    catcher = GradientRecorder(model.trainable_variables)
    # one step is not worth compiling; and no factor for half precision is to come between
    how = {"run_eagerly": True, "jit_compile": False, "auto_scale_loss": False}
    model.compile(catcher, loss, weights, **how)
    batch_size = len(keras.tree.flatten(x)[0])
    model.fit(x, y, batch_size, epochs=1, verbose=0, shuffle=False, **data)
    return [np.array(keras.ops.convert_to_numpy(one)) for one in catcher.gradients]


@contextlib.contextmanager
def unchanged(model):
    """Gives all variables of a model, when it ends, the values that they had before."""
    variables = [*model.variables, *getattr(model, "metrics_variables", [])]
    before = [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]
    try:
        yield
    finally:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
