"""Make example inputs of a Keras model, from a batch or from the recorded input shapes."""

import inspect
import warnings

import numpy as np

from mlcourse.figures.model_graph.tracing import (
    BATCH_SIZE,
    is_symbolic,
    recorded_inputs,
    sublayers,
    without_losses,
    without_new_nodes,
)

RULE = "x must be an example batch: an array with a batch axis, a keras.KerasTensor, or a structure"


def as_specs(x):
    """Return a structure of `keras.KerasTensor` with the shapes and dtypes of an example batch.

    Args:
        x: an array with a batch axis, a `keras.KerasTensor`, or a structure of them.

    Raises:
        ValueError: if x is anything else.
    """
    import keras

    try:
        specs = keras.tree.map_structure(_spec, x)
    except (AttributeError, TypeError, ValueError):
        specs = None
    if not keras.tree.flatten(specs) or specs is None:
        raise ValueError(f"{RULE} of them. Got {x!r} instead.")
    return specs


def _spec(array):
    """Return a `keras.KerasTensor` with the shape and dtype of an array."""
    import keras

    shape = tuple(array.shape)
    dtype = keras.backend.standardize_dtype(array.dtype)
    if not shape:
        raise ValueError("an example batch must have a batch axis. Got a scalar instead.")
    return keras.KerasTensor(shape, keras.config.floatx() if dtype == "float64" else dtype)


def arguments(model, x):
    """Return the positional and keyword arguments of a call of a model on a batch.

    If the call requires several arguments, a tuple, list or dict is unpacked.
    """
    required = [
        parameter.name
        for parameter in inspect.signature(model.call).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        and parameter.name != "training"
    ]
    if len(required) > 1 and isinstance(x, tuple | list) and len(x) == len(required):
        return tuple(x), {}
    if len(required) > 1 and isinstance(x, dict) and set(required) <= set(x):
        return (), dict(x)
    return (x,), {}


def recorded_arguments(model):
    """Return candidate arguments with the shapes that a model was built with.

    The candidates have floats, then integers, as Keras does not record dtypes. It records the
    first argument only, unless the model defines `build`; if the call requires others, there are
    no candidates.

    Returns:
        A list of pairs (args, kwargs) of `keras.KerasTensor`.
    """
    import keras

    candidates = []
    if recorded_inputs(model):
        candidates.append(((model.inputs[0] if len(model.inputs) == 1 else model.input,), {}))
    config = model.get_build_config() or {}
    for dtype in (keras.config.floatx(), "int32"):
        specs = keras.tree.map_shape_structure(
            lambda shape, dtype=dtype: keras.KerasTensor(shape, dtype),
            config.get("shapes_dict") or config.get("input_shape") or {},
        )
        if "input_shape" in config:
            candidates.append(((specs,), {}))
        elif specs:
            candidates.append(((), {name.removesuffix("_shape"): specs[name] for name in specs}))
    return [(args, kwargs) for args, kwargs in candidates if _match_call(model, args, kwargs)]


def _match_call(model, args, kwargs):
    """Return whether arguments match the signature of a model's call."""
    try:
        inspect.signature(model.call).bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def call(model, x):
    """Build a model by a call on symbolic tensors, or on the batch itself if that fails.

    Args:
        model: a Keras model.
        x: an array with a batch axis, a `keras.KerasTensor`, or a structure of them.

    Raises:
        ValueError: if the model cannot be called on x.
    """
    import keras

    specs = as_specs(x)
    for batch in (specs, keras.tree.map_structure(_array, x)):
        args, kwargs = arguments(model, batch)
        try:
            with (
                without_new_nodes(model),
                without_losses([model, *sublayers(model, recursive=True)]),
                warnings.catch_warnings(action="ignore"),
            ):
                model(*args, **kwargs)
            return
        except Exception as error:  # the user's code may raise any error
            reason = error
    shapes = keras.tree.map_structure(lambda spec: spec.shape, specs)
    rule = f"x must be a batch that the model can be called on. Got shape {shapes} instead"
    raise ValueError(f"{rule}; the call raises {type(reason).__name__}: {reason}") from reason


def _array(part):
    """Return an array unchanged, and zeros for a symbolic tensor."""
    if not is_symbolic(part):
        return part
    return np.zeros([side or BATCH_SIZE for side in part.shape], part.dtype)
