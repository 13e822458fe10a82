"""Trace the call of a subclassed model as a graph of its layers."""

from __future__ import annotations

import functools
import inspect
import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from mlcourse._core.private_names import (
    is_keras_layer,
    node_lists,
    node_of,
    owned_layers,
    replaced,
)


@contextmanager
def without_new_nodes(*layers):
    """Remove the nodes that calls in the context add to layers."""
    lengths = [(nodes, len(nodes)) for layer in layers for nodes in node_lists(layer)]
    try:
        yield
    finally:
        for nodes, length in lengths:
            del nodes[length:]


@contextmanager
def recorded_calls(layers):
    """Record the outputs of layers that are called on constants in the context.

    The value of the context is a list of pairs (layer, output).
    """
    pairs = []

    def recorder(layer):
        """Return a function that calls a layer and records its output."""
        call = layer.call

        @functools.wraps(call)
        def record(*args, **kwargs):
            output = call(*args, **kwargs)
            pairs.append((layer, output))
            return output

        return record

    with ExitStack() as stack:
        for layer in layers:
            stack.enter_context(replaced(layer, "call", recorder(layer)))
        yield pairs


@contextmanager
def without_losses(layers):
    """Ignore calls of `add_loss` in the context, as it accepts no symbolic tensors."""
    with ExitStack() as stack:
        for layer in layers:
            stack.enter_context(replaced(layer, "add_loss", lambda _loss: None))
        yield


BATCH_SIZE = 2  # of a traced batch of unknown size


class CannotTraceError(Exception):
    """A call cannot be traced on symbolic tensors. The message has the reason."""


@dataclass(frozen=True)
class Trace:
    """The symbolic inputs and outputs of a graph.

    Attributes:
        names: names of the inputs.
        inputs, outputs: lists of symbolic tensors.
        constants: pairs (layer, output) of calls on constants, for example on token positions.
        is_recorded: whether Keras recorded the graph when the model was created.
    """

    names: list
    inputs: list
    outputs: list
    constants: list = field(default_factory=list)
    is_recorded: bool = False


def sublayers(layer, recursive=False):
    """Return the layers within a layer or model, except input layers.

    Args:
        layer: the layer or model.
        recursive: whether to include the layers within these layers.
    """
    parts = owned_layers(layer, recursive) if is_keras_layer(layer) else []
    return [part for part in parts if type(part).__name__ != "InputLayer"]


def defines_call(layer):
    """Return whether the class of a layer, or a base class outside Keras, defines `call`."""
    module = getattr(getattr(type(layer), "call", None), "__module__", None) or ""
    return module.split(".")[0] != "keras"


def has_call(layer):
    """Return whether a layer can be called; a model with only a `train_step` cannot."""
    return defines_call(layer) or type(layer).call.__qualname__ not in ("Layer.call", "Model.call")


def has_graph(layer):
    """Return whether a model is Sequential or functional, with a graph recorded by Keras."""
    return not defines_call(layer) and bool(recorded_inputs(layer))


def is_composite(layer):
    """Return whether a layer is a model, or defines `call` and has sublayers."""
    return hasattr(layer, "layers") or (defines_call(layer) and bool(sublayers(layer)))


def recorded_inputs(layer):
    """Return the recorded inputs of a Sequential or functional model; an empty list for others."""
    try:
        return list(getattr(layer, "inputs", None) or [])
    except ValueError:  # a Sequential model that is not built
        return []


def recorded_graph(model):
    """Return the recorded `Trace` of a Sequential or functional model."""
    names = _recorded_names(model)
    return Trace(names, list(model.inputs), list(model.outputs), is_recorded=True)


def _recorded_names(model):
    """Return the names of the recorded inputs of a model."""
    return [node_of(tensor).operation.name for tensor in recorded_inputs(model)]


def trace(layer, args, kwargs):
    """Return the `Trace` of a call of a layer or model on symbolic tensors.

    Args:
        layer: the layer or model.
        args, kwargs: arguments of the call. The inputs of the trace are copies of the symbolic
            tensors in them, in the order of `keras.tree.flatten((args, kwargs))`.

    Raises:
        CannotTraceError: if the call raises an error on symbolic tensors, or returns none.
    """
    import keras

    dtypes = iter([tensor.dtype for tensor in recorded_inputs(layer)])
    args, kwargs = keras.tree.map_structure(lambda part: _copied(part, dtypes), (args, kwargs))
    parts = keras.tree.flatten_with_path((args, kwargs))
    inputs = {path: part for path, part in parts if is_symbolic(part)}
    parameters = list(inspect.signature(layer.call).parameters)
    kwargs = {"training": False} | kwargs
    if "training" not in parameters:  # Keras passes it to the sublayers
        del kwargs["training"]
    inner = sublayers(layer, recursive=True)
    try:
        with (
            keras.StatelessScope(),
            warnings.catch_warnings(action="ignore"),
            without_losses([layer, *inner]),
            recorded_calls(inner) as constants,
        ):
            outputs = layer.call(*args, **kwargs)
    except Exception as error:  # the user's code may raise any error
        reason = f"The call of {described(layer)} cannot be traced ({type(error).__name__})"
        raise CannotTraceError(reason) from error
    outputs = [part for part in keras.tree.flatten(outputs) if is_symbolic(part)]
    if not outputs:
        raise CannotTraceError(f"The call of {described(layer)} returns no symbolic tensor")
    names = _recorded_names(layer) or _names(list(inputs), parameters)
    return Trace(names, list(inputs.values()), outputs, constants)


def trace_node(node):
    """Return the `Trace` of the call of a recorded node.

    Raises:
        CannotTraceError: if the call raises an error on symbolic tensors, or returns constants.
    """
    traced = trace(node.operation, node.arguments.args, node.arguments.kwargs)
    if len(traced.outputs) != len(node.outputs):
        raise CannotTraceError(f"The call of {described(node.operation)} returns constants")
    return traced


def flat_arguments(node):
    """Return all arguments of a node as a flat list."""
    import keras

    return keras.tree.flatten((node.arguments.args, node.arguments.kwargs))


def mapped(function, parts):
    """Return a structure of arguments with a function applied to each argument."""
    import keras

    return keras.tree.map_structure(function, parts)


def _copied(part, dtypes):
    """Return a copy of a symbolic tensor without history; return other arguments unchanged.

    Args:
        part: the argument.
        dtypes: iterator of the dtypes of the copies. An exhausted iterator keeps the dtype.
    """
    import keras

    if not is_symbolic(part):
        return part
    batch, *sides = part.shape
    return keras.KerasTensor((batch or BATCH_SIZE, *sides), next(dtypes, part.dtype))


def _names(paths, parameters):
    """Return the names of inputs.

    Args:
        paths: paths of the inputs in (args, kwargs).
        parameters: names of the parameters of the call.
    """
    named_paths = []
    for kind, key, *inner in paths:
        is_positional = kind == 0 and key < len(parameters)
        named_paths.append((parameters[key] if is_positional else key, *inner))
    has_one_argument = len({path[0] for path in named_paths}) == 1
    names = []
    for path in named_paths:
        if has_one_argument and len(path) > 1:
            path = path[1:]
        names.append(".".join(map(str, path)))
    return names


def described(layer):
    """Return the class and the name of a layer, for messages."""
    return f"{type(layer).__name__} {layer.name!r}"


def is_symbolic(part):
    """Return whether an argument is a `keras.KerasTensor`."""
    import keras

    return isinstance(part, keras.KerasTensor)


def nodes_in_order(graph):
    """Return the nodes between the inputs and the outputs of a `Trace`, in topological order.

    They are sorted by the length of the longest path from an input.
    """
    input_ids = {id(tensor) for tensor in graph.inputs}
    path_lengths = {}  # by the id of a node
    nodes = []
    visited = set()
    stack = [(tensor, False) for tensor in reversed(graph.outputs)]
    while stack:
        tensor, are_sources_done = stack.pop()
        if id(tensor) in input_ids:
            continue
        node = node_of(tensor)
        sources = [source for source in node.input_tensors if id(source) not in input_ids]
        if are_sources_done:
            source_lengths = [path_lengths[id(node_of(source))] for source in sources]
            path_lengths[id(node)] = 1 + max(source_lengths, default=0)
            nodes.append(node)
        elif id(node) not in visited:
            visited.add(id(node))
            stack.append((tensor, True))
            stack += [(source, False) for source in reversed(sources)]
    return sorted(nodes, key=lambda node: path_lengths[id(node)])
