"""Trace a call of a subclassed model as a graph of its layers."""

from __future__ import annotations

import functools
import inspect
import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from mlcourse._core.private_names import is_keras_layer, node_lists, node_of, owned_layers

MISSING = object()


@contextmanager
def without_new_nodes(*layers):
    """Remove the nodes that calls within a with statement add to layers."""
    before = [(nodes, len(nodes)) for layer in layers for nodes in node_lists(layer)]
    try:
        yield
    finally:
        for nodes, length in before:
            del nodes[length:]


@contextmanager
def recorded_calls(layers):
    """Record the outputs of layers that are not called on symbolic tensors, as pairs."""
    pairs = []

    def recorder(layer):
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
    """Let layers ignore `add_loss`, which takes no symbols, within a with statement."""
    with ExitStack() as stack:
        for layer in layers:
            stack.enter_context(replaced(layer, "add_loss", lambda _loss: None))
        yield


@contextmanager
def replaced(owner, attribute, value):
    """Give an object, not its class, another attribute within a with statement.

    It is set past Keras, which would track it as a part of a layer.
    """
    before = vars(owner).get(attribute, MISSING)
    object.__setattr__(owner, attribute, value)
    try:
        yield
    finally:
        if before is MISSING:
            object.__delattr__(owner, attribute)
        else:
            object.__setattr__(owner, attribute, before)


BATCH = 2  # examples in a traced batch, if their number is not given


class CannotTraceError(Exception):
    """Raised where symbolic tensors cannot pass through a call; says why."""


@dataclass(frozen=True)
class Trace:
    """The symbolic tensors at both ends of a graph.

    Attributes:
        names: of the inputs.
        inputs, outputs: lists of tensors.
        constants: pairs of a layer and its output where the layer was not called on symbolic
            tensors, but on constants, such as the positions of tokens.
        is_recorded: whether Keras has recorded the graph when the model was made.
    """

    names: list
    inputs: list
    outputs: list
    constants: list = field(default_factory=list)
    is_recorded: bool = False


def sublayers(layer, recursive=False):
    """Return the layers that a layer or model owns, except for input layers."""
    parts = owned_layers(layer, recursive) if is_keras_layer(layer) else []
    return [part for part in parts if type(part).__name__ != "InputLayer"]


def defines_call(layer):
    """Return whether the class of a layer has a call of its own, not one of Keras."""
    module = getattr(getattr(type(layer), "call", None), "__module__", None) or ""
    return module.split(".")[0] != "keras"


def has_call(layer):
    """Return whether a layer can be called; a model with only a `train_step` cannot."""
    return defines_call(layer) or type(layer).call.__qualname__ not in ("Layer.call", "Model.call")


def has_graph(layer):
    """Return whether Keras has recorded the graph of a model, which is Sequential or functional."""
    return not defines_call(layer) and bool(recorded_inputs(layer))


def is_composite(layer):
    """Return whether a layer is a model, or has a call of its own with other layers inside."""
    return hasattr(layer, "layers") or (defines_call(layer) and bool(sublayers(layer)))


def recorded_inputs(layer):
    """Return the inputs that Keras has recorded for a model; none for another one."""
    try:
        return list(getattr(layer, "inputs", None) or [])
    except ValueError:  # of a Sequential model that is not built
        return []


def recorded_graph(model):
    """Return the `Trace` of a Sequential or functional model, as Keras has recorded it."""
    tensors = list(model.inputs), list(model.outputs)
    return Trace(_recorded_names(model), *tensors, is_recorded=True)


def _recorded_names(model):
    """Return the names of the inputs that Keras has recorded for a model."""
    return [node_of(tensor).operation.name for tensor in recorded_inputs(model)]


def trace(layer, args, kwargs):
    """Return the `Trace` of a call of a layer or model on symbolic tensors.

    Args:
        layer: the layer or model.
        args, kwargs: arguments, or structures of arguments. The inputs of the trace are copies of
            the symbolic tensors in them, in the order of `keras.tree.flatten((args, kwargs))`.

    Raises:
        CannotTraceError: if symbolic tensors cannot pass through the call.
    """
    import keras

    dtypes = iter([tensor.dtype for tensor in recorded_inputs(layer)])
    args, kwargs = keras.tree.map_structure(lambda part: _copied(part, dtypes), (args, kwargs))
    parts = keras.tree.flatten_with_path((args, kwargs))
    inputs = {path: part for path, part in parts if is_symbolic(part)}
    parameters = list(inspect.signature(layer.call).parameters)
    kwargs = {"training": False} | kwargs
    if "training" not in parameters:  # Keras hands it on to the layers inside
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
    except Exception as error:  # any error of the user's own code
        reason = f"The call of {described(layer)} cannot be traced ({type(error).__name__})"
        raise CannotTraceError(reason) from error
    outputs = [part for part in keras.tree.flatten(outputs) if is_symbolic(part)]
    if not outputs:
        raise CannotTraceError(f"The call of {described(layer)} returns no symbolic tensor")
    names = _recorded_names(layer) or _names(list(inputs), parameters)
    return Trace(names, list(inputs.values()), outputs, constants)


def trace_node(node):
    """Return the `Trace` of a call that Keras has recorded as a node.

    Raises:
        CannotTraceError: if symbolic tensors cannot pass through the call to all of its outputs.
    """
    traced = trace(node.operation, node.arguments.args, node.arguments.kwargs)
    if len(traced.outputs) != len(node.outputs):
        raise CannotTraceError(f"The call of {described(node.operation)} returns constants")
    return traced


def flat_arguments(node):
    """Return the arguments of a node, symbolic tensors or anything else, as a flat list."""
    import keras

    return keras.tree.flatten((node.arguments.args, node.arguments.kwargs))


def mapped(function, parts):
    """Return a structure of arguments with a function applied to each of them."""
    import keras

    return keras.tree.map_structure(function, parts)


def _copied(part, dtypes):
    """Return a symbolic tensor without history and with a batch size; others as they are."""
    import keras

    if not is_symbolic(part):
        return part
    batch, *sides = part.shape
    return keras.KerasTensor((batch or BATCH, *sides), next(dtypes, part.dtype))


def _names(paths, parameters):
    """Return the names of inputs by their paths in (args, kwargs)."""
    named = []
    for kind, place, *inner in paths:
        is_positional = kind == 0 and place < len(parameters)
        named.append((parameters[place] if is_positional else place, *inner))
    is_one_argument = len({name[0] for name in named}) == 1
    return [".".join(map(str, is_one_argument * name[1:] or name)) for name in named]


def described(layer):
    """Return the class and the name of a layer."""
    return f"{type(layer).__name__} {layer.name!r}"


def is_symbolic(part):
    """Return whether something is a `keras.KerasTensor`."""
    import keras

    return isinstance(part, keras.KerasTensor)


def nodes_in_order(graph):
    """Return the nodes between the inputs and the outputs of a `Trace`, each behind its sources."""
    ends = {id(tensor) for tensor in graph.inputs}
    ranks = {}  # by the id of a node: the longest way from an input
    nodes, entered = [], set()
    waiting = [(tensor, False) for tensor in reversed(graph.outputs)]
    while waiting:
        tensor, is_ready = waiting.pop()
        if id(tensor) in ends:
            continue
        node = node_of(tensor)
        sources = [source for source in node.input_tensors if id(source) not in ends]
        if is_ready:
            ranks[id(node)] = 1 + max((ranks[id(node_of(one))] for one in sources), default=0)
            nodes.append(node)
        elif id(node) not in entered:
            entered.add(id(node))
            waiting += [(tensor, True), *((source, False) for source in reversed(sources))]
    return sorted(nodes, key=lambda node: ranks[id(node)])
