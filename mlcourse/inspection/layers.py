"""Find the layers of a model at any depth, and observe their calls."""

import contextlib
from collections import Counter
from dataclasses import dataclass

import keras
import numpy as np

from mlcourse._core.private_names import is_keras_layer, owned_layers, replaced
from mlcourse.inspection.backward import unchanged


def kernels(model):
    """Return the trainable kernels of a model, a dict from layer names to lists of variables.

    A kernel is a weight with at least two axes: the filters of a convolution, the matrix of a dense
    layer. Biases and the weights of batch normalization have one axis. Layers without kernels and
    frozen layers are omitted. A layer that is used twice is listed once. The name of a layer
    within a model, a wrapper or a custom layer starts with theirs, as in "block/conv". Kernels that
    a model creates itself, outside its layers, have the name of the model.

    Args:
        model: a built Keras model.

    Raises:
        ValueError: if there are none.
    """
    result = {}
    for name, layer in [*named_layers(model), (getattr(model, "name", "model"), model)]:
        own = [weight for weight in own_weights(layer) if len(weight.shape) > 1]
        if own:
            result[f"{name} (model)" if name in result else name] = own
    if not result:
        rule = "model must be built, and have trainable kernels"
        raise ValueError(f"{rule}. Got {model!r} instead.")
    return result


def own_weights(layer):
    """Return the trainable weights of a layer, without those of its inner layers."""
    inner = set()
    for part in parts(layer):
        inner.update(map(id, getattr(part, "trainable_weights", ())))
    weights = getattr(layer, "trainable_weights", ())
    return [weight for weight in weights if id(weight) not in inner]


def named_layers(model):
    """Return all layers of a model as pairs of a name and a layer, each layer once.

    An outer layer comes before its inner layers. A second layer of the same name has a
    number after it, as in "dense (2)". For a functional model, operations such as an addition are
    included.
    """
    pairs = []
    seen = {id(model)}
    names = Counter()

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
    """Return the inner layers of a model, a wrapper or a custom layer, in order.

    Keras's own composite layers, such as `MultiHeadAttention` or `LSTM`, count as one layer, and so
    does any recurrent layer.
    """
    if not has_inner_layers(layer):
        return []
    graph = layer.operations if hasattr(type(layer), "operations") else ()  # of a functional model
    inner = owned_layers(layer) if is_keras_layer(layer) else layer.layers
    return list({id(part): part for part in [*graph, *inner]}.values())


def has_inner_layers(layer):
    """Return whether a layer is a model, a wrapper, or a custom layer with inner layers."""
    if not is_keras_layer(layer):
        return hasattr(layer, "layers")
    classes = {base.__name__ for base in type(layer).__mro__}
    if is_from_keras(layer) or "RNN" in classes:
        return bool(classes & {"Model", "Wrapper", "Bidirectional"})
    return bool(owned_layers(layer))


def is_from_keras(layer):
    """Return whether the class of a layer is one of Keras's own."""
    return type(layer).__module__.split(".")[0] == "keras"


BATCH_SIZE = 32


@dataclass(frozen=True)
class Call:
    """One call of a layer, or of its activation function, with a batch.

    Attributes:
        name: name of the layer, with the number of the use from the second use on.
        layer_name: name of the layer.
        layer: the layer, or the operation.
        inputs, outputs: lists of tensors.
    """

    name: str
    layer_name: str
    layer: object
    inputs: list
    outputs: list


def observe(model, x, methods, on_call):
    """Compute predictions as in `predict`, and call a function for each call of some methods.

    The model stays unchanged.

    Args:
        model: a built Keras model of any kind.
        x: examples, as `check_inputs` returns them.
        methods: triples of a layer's name, the layer, and the name of its method: "call" or
            "activation".
        on_call: a function of a `Call`.
    """
    uses: Counter = Counter()

    def observed(name, layer, function):
        def run(*args, **options):
            outputs = function(*args, **options)
            uses[name] += 1
            label = name if uses[name] == 1 else f"{name}, use {uses[name]}"
            on_call(Call(label, name, layer, _tensors((args, options)), _tensors(outputs)))
            return outputs

        return run

    with unchanged(model), contextlib.ExitStack() as stack:
        for name, layer, attribute in methods:
            if attribute == "call" and getattr(layer, "quantization_mode", None) is not None:
                attribute = "quantized_call"
            function = observed(name, layer, getattr(layer, attribute))
            stack.enter_context(replaced(layer, attribute, function))
        for start in range(0, len(keras.tree.flatten(x)[0]), BATCH_SIZE):
            uses.clear()
            _predict(model, rows(x, start, start + BATCH_SIZE))


def _predict(model, x):
    try:
        model(x, training=False)
    except (IndexError, KeyError, TypeError) as error:
        raise ValueError(f"x must fit the model. Got {error!r} instead.") from error


def rows(x, start, end):
    """Return the examples from `start` to `end`, exclusive."""
    return keras.tree.map_structure(lambda array: array[start:end], x)


def as_array(tensor):
    """Return a tensor as an array, in float32 if it is in half precision.

    The result is None for a tensor without values, inside a compiled function.
    """
    try:
        array = np.asarray(keras.ops.convert_to_numpy(tensor))
    except (AttributeError, NotImplementedError, TypeError):
        return None
    is_half = array.dtype.itemsize < 4 and array.dtype.kind not in "biu"
    return array.astype(np.float32) if is_half else array


def _tensors(structure):
    return [item for item in keras.tree.flatten(structure) if hasattr(item, "shape")]
