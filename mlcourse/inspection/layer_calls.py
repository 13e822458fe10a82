"""What the layers of any model are given and return, seen while it computes its predictions.

A subclassed model has no graph. But each layer has a function `call`, so one that also notes what
goes in and comes out takes its place for the time of a prediction. This sees a layer at any depth,
on each backend. What the model computes between its layers, in a `call` of its own, is not seen.
"""

import contextlib
from collections import Counter
from dataclasses import dataclass

import keras
import numpy as np

from mlcourse.inspection.backward import unchanged
from mlcourse.model_graph.temporary import replaced

BATCH = 32  # examples


@dataclass(frozen=True)
class Call:
    """One use of a layer, or of a function of it, on a batch.

    Attributes:
        name: of the layer; from the second use of a layer on, followed by the number of the use.
        layer_name: of the layer.
        layer: the layer, or the operation.
        inputs, outputs: lists of tensors.
    """

    name: str
    layer_name: str
    layer: object
    inputs: list
    outputs: list


def observe(model, x, watched, note):
    """Compute predictions, as after training, and pass each call of a function to `note`.

    The model is left as it was.

    Args:
        model: a built Keras model of any kind.
        x: examples, as `checked_inputs` returns them.
        watched: triples of a layer's name, the layer, and the name of its function: "call", or
            "activation".
        note: a function of a `Call`.
    """
    uses: Counter = Counter()

    def noting(name, layer, function):
        def run(*args, **options):
            outputs = function(*args, **options)
            uses[name] += 1
            label = name if uses[name] == 1 else f"{name}, use {uses[name]}"
            note(Call(label, name, layer, _tensors((args, options)), _tensors(outputs)))
            return outputs

        return run

    with unchanged(model), contextlib.ExitStack() as stack:
        for name, layer, attribute in watched:
            if attribute == "call" and getattr(layer, "quantization_mode", None) is not None:
                attribute = "quantized_call"
            function = noting(name, layer, getattr(layer, attribute))
            stack.enter_context(replaced(layer, attribute, function))
        for start in range(0, len(keras.tree.flatten(x)[0]), BATCH):
            uses.clear()
            _predict(model, rows(x, start, start + BATCH))


def _predict(model, x):
    try:
        model(x, training=False)
    except (IndexError, KeyError, TypeError) as error:
        raise ValueError(f"x must be what the model takes. Got {error!r} instead.") from error


def rows(x, start, end):
    """Return the examples from `start` up to `end`."""
    return keras.tree.map_structure(lambda array: array[start:end], x)


def as_array(tensor):
    """Return a tensor as an array, in float32 if it is in half precision.

    None stands for a tensor without values, inside a function that the backend compiles.
    """
    try:
        array = np.asarray(keras.ops.convert_to_numpy(tensor))
    except (AttributeError, NotImplementedError, TypeError):
        return None
    is_half = array.dtype.itemsize < 4 and array.dtype.kind not in "biu"
    return array.astype(np.float32) if is_half else array


def _tensors(structure):
    return [one for one in keras.tree.flatten(structure) if hasattr(one, "shape")]
