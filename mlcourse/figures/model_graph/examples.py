"""Example inputs of a Keras model: given by the user, or of the shapes that it was built with."""

import inspect
import warnings

import numpy as np

from mlcourse.figures.model_graph.tracing import (
    BATCH,
    is_symbolic,
    recorded_inputs,
    sublayers,
    without_losses,
    without_new_nodes,
)

RULE = "x must be an example batch: an array with a batch axis, a keras.KerasTensor, or a structure"


def as_specs(x):
    """Return a structure of `keras.KerasTensor` for an example batch.

    Args:
        x: a structure of arrays with a batch axis, or of `keras.KerasTensor`.

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


def _spec(part):
    import keras

    shape, dtype = tuple(part.shape), keras.backend.standardize_dtype(part.dtype)
    if not shape:
        raise ValueError
    return keras.KerasTensor(shape, keras.config.floatx() if dtype == "float64" else dtype)


def arguments(model, x):
    """Return the arguments, positional and by name, with which a model is called on a batch.

    A tuple, a list or a dict is spread over the arguments of a call that requires several.
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
    """Return the arguments of the shapes that a model was built with: of floats, then of integers.

    Keras records the first argument only, unless the model has a `build` of its own. Without the
    others there are none.
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
    return [(args, kwargs) for args, kwargs in candidates if _are_enough(model, args, kwargs)]


def _are_enough(model, args, kwargs):
    """Return whether a model can be called with so many arguments."""
    try:
        inspect.signature(model.call).bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def call(model, x):
    """Call a model on symbolic tensors, or on the batch itself where that fails; this builds it.

    Args:
        model: a Keras model.
        x: a structure of arrays with a batch axis, or of `keras.KerasTensor`.

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
        except Exception as error:  # any error of the user's own code
            reason = error
    shapes = keras.tree.map_structure(lambda spec: spec.shape, specs)
    rule = f"x must be a batch that the model can be called on. Got shape {shapes} instead"
    raise ValueError(f"{rule}; the call raises {type(reason).__name__}: {reason}") from reason


def _array(part):
    """Return zeros for a symbolic tensor; an array as it is."""
    if not is_symbolic(part):
        return part
    return np.zeros([side or BATCH for side in part.shape], part.dtype)
