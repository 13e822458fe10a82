"""Layers of any model, at any depth, and their inputs and outputs in a call."""

import contextlib
from collections import Counter
from dataclasses import dataclass

import keras
import numpy as np

from mlcourse._core.private_names import is_keras_layer, owned_layers
from mlcourse.figures.model_graph.tracing import replaced
from mlcourse.inspection.backward import unchanged


def kernels(model):
    """Return the kernels that a model learns, as a dict from layer names to lists of variables.

    A kernel is a weight with at least two axes: the filters of a convolution, the matrix of a dense
    layer. Biases, and what batch normalization learns, have one axis. A layer without kernels, or
    one that is frozen, is left out. A layer that is used twice is listed once. The name of a layer
    within a model, a wrapper or a custom layer begins with theirs, as in "block/conv". Kernels that
    a model creates itself, in none of its layers, have the name of the model.

    Args:
        model: a built Keras model.

    Raises:
        ValueError: if there are none.
    """
    found = {}
    for name, layer in [*named_layers(model), (getattr(model, "name", "model"), model)]:
        own = [weight for weight in own_weights(layer) if len(weight.shape) > 1]
        if own:
            found[name if name not in found else f"{name} (model)"] = own
    if not found:
        rule = "model must be built, and have kernels that it learns"
        raise ValueError(f"{rule}. Got {model!r} instead.")
    return found


def own_weights(layer):
    """Return the trainable weights of a layer that are not those of a layer within it."""
    inner = {id(one) for part in parts(layer) for one in getattr(part, "trainable_weights", ())}
    return [one for one in getattr(layer, "trainable_weights", ()) if id(one) not in inner]


def named_layers(model):
    """Return all layers within a model as pairs of a name and a layer, each layer once.

    What holds other layers is listed before them. A second layer of the same name and place has a
    number after its name, as in "dense (2)". The graph of a functional model also lists its
    operations, such as an addition.
    """
    pairs, seen, names = [], {id(model)}, Counter()

    def visit(layer, prefix):
        for part in parts(layer):
            if id(part) in seen:
                continue
            seen.add(id(part))
            name = f"{prefix}{part.name}"
            names[name] += 1
            if names[name] > 1:
                name = f"{name} ({names[name]})"
            pairs.append((name, part))
            visit(part, f"{name}/")

    visit(model, "")
    return pairs


def parts(layer):
    """Return the layers that a model, a wrapper or a custom layer is made of, in their order.

    A layer of Keras's own, such as `MultiHeadAttention` or `LSTM`, counts as one layer, and so does
    any recurrent layer.
    """
    if not holds_layers(layer):
        return []
    graph = layer.operations if hasattr(type(layer), "operations") else ()  # of a functional model
    inner = owned_layers(layer) if is_keras_layer(layer) else layer.layers
    return list({id(one): one for one in [*graph, *inner]}.values())


def holds_layers(layer):
    """Return whether a layer is a model, a wrapper, or a custom layer made of layers."""
    if not is_keras_layer(layer):
        return hasattr(layer, "layers")
    classes = {one.__name__ for one in type(layer).__mro__}
    if is_of_keras(layer) or "RNN" in classes:
        return bool(classes & {"Model", "Wrapper", "Bidirectional"})
    return bool(owned_layers(layer))


def is_of_keras(layer):
    """Return whether the class of a layer is one of Keras's own."""
    return type(layer).__module__.split(".")[0] == "keras"


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
