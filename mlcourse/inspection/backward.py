"""Check a batch and its loss, and compute gradients on any backend."""

import contextlib

import keras
import numpy as np

from mlcourse._core import checks
from mlcourse._core.private_names import compiled_loss_weights, variable_index
from mlcourse.models import fit_data


def check_inputs(model, x, exactly=False):
    """Return x as arrays, after checking that it fits the model.

    Args:
        model: a built Keras model of any kind.
        x: an array, (n, ...), or a list, a tuple or a dict of arrays, as for `model.fit`.
        exactly: whether to require a last axis of 1, which Keras adds or drops by itself.

    Raises:
        ValueError: if the model is not built, or x does not fit it, is empty, or has NaN or
            infinity.
    """
    require_built(model)
    tensors = list(getattr(model, "inputs", None) or [])
    x = _arrays(x, tensors)
    if isinstance(x, dict):
        tensors = _by_name(model, x, tensors)
    flat = keras.tree.flatten(x)
    if tensors and len(tensors) != len(flat):
        rule = f"x must have {len(tensors)} arrays, one for each input of the model"
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

    Args and errors are those of `check_inputs`.
    """
    x = check_inputs(model, x, exactly=True)
    if isinstance(x, dict):
        names = model.input if isinstance(model.input, dict) else input_names(model)
        return [x[name] for name in names]
    return list(x) if isinstance(x, list | tuple) else [x]


def require_built(model):
    """Raise ValueError unless a model is a built Keras model."""
    if not isinstance(model, keras.Model) or not model.built:
        rule = "model must be a Keras model that is built: start it with keras.Input, or call it"
        raise ValueError(f"{rule} on a batch. Got {model!r} instead.")


def _arrays(x, tensors):
    """Return x as an array, or as a list, a tuple or a dict of arrays."""
    if isinstance(x, dict):
        return {name: checks.array(f"x[{name!r}]", value) for name, value in x.items()}
    if isinstance(x, list | tuple) and _is_multiple(x, tensors):
        parts = [checks.array(f"array {number} of x", part) for number, part in enumerate(x, 1)]
        return parts[0] if len(parts) == len(tensors) == 1 else type(x)(parts)
    return checks.array("x", x)


def _is_multiple(x, tensors):
    """Return whether a list has one array for each input, not the examples of a single input."""
    if len(tensors) > 1:
        return True
    if tensors:
        return len(x) == 1 and np.ndim(x[0]) == len(tensors[0].shape)
    return bool(x) and all(hasattr(part, "shape") and len(part.shape) > 0 for part in x)


def _by_name(model, x, tensors):
    """Return a model's inputs in the order of a dict of arrays, and remove other keys from it."""
    if not tensors:
        return []
    names = model.input
    if not isinstance(names, dict):
        names = {tensor.name: tensor for tensor in tensors}
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
    """Return the names of a model's outputs: the keys of a dict, or the names of layers."""
    output = getattr(model, "output", None)
    if isinstance(output, dict):
        return sorted(output)
    return list(getattr(model, "output_names", ["output"]))


def find_index(argument, value, names, allowed):
    """Return the index of an input or output.

    Args:
        argument: name of the argument, "input" or "output".
        value: name or index of an input or output; None for the only allowed one.
        names: names of all inputs or outputs.
        allowed: the allowed indices.
    """
    if value is None and len(allowed) == 1:
        return allowed[0]
    index = value
    if isinstance(value, str) and names.count(value) == 1:
        index = names.index(value)
    if type(index) is not int or index not in allowed:
        options = ", ".join(f"{names[i]!r} ({i})" for i in allowed)
        raise ValueError(f"{argument} must be one of {options}. Got {value!r} instead.")
    return index


def compiled_loss(model, y):
    """Return the loss with which a model was compiled, and its loss weights."""
    if type(model).train_step is not keras.Model.train_step:
        rule = "loss must be given, as the model has its own train_step"
        raise ValueError(f"{rule}. Got {model!r} instead.")
    if model.compiled and model.loss is not None:
        return model.loss, compiled_loss_weights(model)
    if y is not None and not has_own_loss(model):
        rule = "loss must be given, as the model was compiled without one"
        raise ValueError(f"{rule}. Got {model!r} instead.")
    return None, None


def has_own_loss(model):
    """Return whether a model overrides `compute_loss`."""
    return type(model).compute_loss is not keras.Model.compute_loss


def check_batch(model, x, y, sample_weight, class_weight):
    """Raise ValueError unless the arrays are of one length, and x fits the model."""
    if checks.is_dataset(x) or hasattr(x, "__next__"):
        rule = "x must be the arrays of one batch, such as next(iter(dataset))[0]"
        raise ValueError(f"{rule}. Got {x!r} instead.")
    if sample_weight is not None and class_weight is not None:
        raise ValueError("only one of sample_weight and class_weight may be given. Got both.")
    if class_weight is not None:
        checks.mapping("class_weight", class_weight, "class labels to factors")
    check_inputs(model, x)
    arrays = keras.tree.flatten(x)
    others = []
    for value in (y, sample_weight):
        if value is not None:
            others += keras.tree.flatten(value) or [()]
    others = [array for array in others if array is not None]
    checks.equal_lengths(arrays, others or arrays)


def check_names(model, **arguments):
    """Raise ValueError if a dict has a key that is not an output of the model."""
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
    """Raise ValueError unless each output has targets for which its loss is defined.

    Args:
        model: a built Keras model.
        x, y, loss, sample_weight: as for `gradients`.
    """
    names = getattr(model, "output_names", None) or []
    n_targets = len(y) if isinstance(y, list | tuple | dict) else 1
    losses = loss.values() if isinstance(loss, dict) else loss
    if isinstance(losses, str) or callable(losses):
        losses = names
    n_losses = sum(item is not None for item in losses)
    if len(names) > 1 and n_targets not in (n_losses, len(names)):
        rule = f"y must have an array for each output, {', '.join(names)}"
        raise ValueError(f"{rule}. Got {n_targets} instead.")
    fit_data.check(model, x, y, sample_weight, loss=loss)


def check_loss(loss):
    """Raise ValueError unless a loss is one of Keras, or a structure of them."""
    try:
        losses = [keras.losses.get(item) for item in keras.tree.flatten(loss)]
    except (TypeError, ValueError):
        losses = []
    if not any(losses):
        raise ValueError(f"loss must be a loss of Keras. Got {loss!r} instead.")


class GradientRecorder(keras.optimizers.Optimizer):
    """An optimizer that records the gradients, and changes no weight.

    Args:
        variables: the variables of the gradients.

    Attributes:
        gradients: for each variable one with its gradient in the last step.
    """

    def __init__(self, variables):
        super().__init__(learning_rate=0.0, name="gradient_recorder")
        self.build(variables)
        self.gradients = self.add_optimizer_variables(variables, "gradient")

    def update_step(self, gradient, variable, learning_rate):
        """Record the gradient."""
        # converts the sparse gradients of an embedding to a dense tensor
        gradient = keras.ops.convert_to_tensor(gradient)
        self.gradients[variable_index(self, variable)].assign(gradient)


def compute_gradients(model, x, y, loss=None, weights=None, **data):
    """Return the gradients of a loss with respect to the trainable variables, as arrays.

    They are those of one step of `fit` on the whole batch.

    Args:
        model: a built Keras model, which is compiled again.
        x, y: a batch.
        loss: as for `compile`; None if the model adds its losses itself.
        weights: loss weights, if there are several losses.
        data: `sample_weight` or `class_weight`, as for `fit`.
    """
    recorder = GradientRecorder(model.trainable_variables)
    # eager: one step is not worth a compilation; unscaled: half precision would add a factor
    options = {"run_eagerly": True, "jit_compile": False, "auto_scale_loss": False}
    model.compile(recorder, loss, weights, **options)
    batch_size = len(keras.tree.flatten(x)[0])
    model.fit(x, y, batch_size, epochs=1, verbose=0, shuffle=False, **data)
    return [np.array(keras.ops.convert_to_numpy(value)) for value in recorder.gradients]


@contextlib.contextmanager
def unchanged(model):
    """Restore all variables of a model after a `with` block."""
    variables = [*model.variables, *getattr(model, "metrics_variables", [])]
    before = [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]
    try:
        yield
    finally:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
