"""The calls of layers and operations that a Keras model consists of."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial

from mlcourse._core import checks
from mlcourse.figures.model_graph import examples, tracing
from mlcourse.figures.model_graph.tracing import CannotTraceError, without_new_nodes

ADVICE = "Layers and keras.ops can be traced; NumPy, other libraries and values of tensors cannot."


@dataclass
class Call:
    """One call of a layer; a shared layer is called more than once.

    Attributes:
        layer: the layer, operation or model; None for an input.
        name: of the layer.
        sources: the tensors that it takes: pairs of a call's number and the index of its output.
        shapes: of the tensors that it computes and that are used, without the batch.
        is_output: whether the model returns one of them.
        words: further words on the call.
        arguments: tensors, and the constants beside them: {"args": ..., "kwargs": ...}.
    """

    layer: object
    name: str
    sources: tuple = ()
    shapes: tuple = ()
    is_output: bool = False
    words: tuple = ()
    arguments: dict = field(default_factory=dict)


def read_calls(model, x=None, expand=False):
    """Return the calls of a model, each behind its sources, and notes on what could not be traced.

    Args:
        model: a Keras model.
        x: an example batch, or its `keras.KerasTensor`; None for a built model.
        expand: how many levels of models within the model are unfolded; True for all.

    Raises:
        ValueError: if the model is no Keras model, has no layers, or is not built and x is None;
            if it cannot be called on x.
    """
    depth = expand if isinstance(expand, bool) else checks.integer("expand", expand, 0)
    depth = math.inf if depth is True else int(depth)
    if not hasattr(model, "layers") or not hasattr(model, "get_config"):
        rule = "model must be a Keras model, Sequential, functional or subclassed"
        raise ValueError(f"{rule}. Got {model!r} instead.")
    specs = None if x is None else examples.as_specs(x)
    _check_inputs(model, x)
    with without_new_nodes(model, *tracing.sublayers(model, recursive=True)):
        return _Reader(depth).read(model, specs)


def _check_inputs(model, x):
    """Call a model on an example batch, which builds it; raise ValueError if it needs one."""
    if x is not None and tracing.has_call(model):
        examples.call(model, x)
    elif tracing.has_graph(model) or not tracing.has_call(model):
        return
    elif not model.built:
        rule = "model must be built before its graph is drawn: call it on data, or pass an example"
        rule += " batch as x"
        raise ValueError(f"{rule}. Got a {type(model).__name__} without weights instead.")
    elif not examples.recorded_arguments(model):
        rule = "x must be an example batch, for Keras has not recorded the shapes of all inputs"
        raise ValueError(f"{rule} of this {type(model).__name__}. Got None instead.")


class _Reader:
    """Collects the calls of a model, and of the models within it that are unfolded."""

    def __init__(self, depth):
        self._depth = depth
        self._calls = []
        self._notes = []
        self._sources = {}  # by the id of a tensor: the number of a call, and the index in it
        self._traces = []  # keeps the tensors alive whose ids are in use
        self._unfolded = set()  # ids of layers
        self._in_blocks = set()  # ids of layers, and of those inside them

    def read(self, model, specs):
        """Return the calls and notes of a model."""
        outputs = self._read_model(model, specs, self._depth)
        for number, _ in outputs:
            self._calls[number].is_output = True
        constants = {id(layer) for graph in self._traces for layer, _ in graph.constants}
        for layer in self._unused(model):
            is_called = id(layer) in constants
            self._add_alone(layer, "called on constants" if is_called else "not called")
        used = {source for call in self._calls for source in call.sources} | set(outputs)
        for number, call in enumerate(self._calls):
            shapes = [shape for k, shape in enumerate(call.shapes) if (number, k) in used]
            call.shapes = tuple(shapes) or call.shapes
        if any("cannot be traced" in note for note in self._notes):
            self._notes.append(ADVICE)
        return self._calls, self._notes

    def _read_model(self, model, specs, depth, prefix=""):
        """Read a model from its inputs on; return its outputs, by number and index.

        Where its call cannot be traced, its layers follow each other without arrows.
        """
        self._unfolded.add(id(model))
        try:
            graph = self._trace(model, specs)
        except CannotTraceError as error:
            self._notes.append(f"{error}, so its layers have no arrows.")
            for layer in self._unused(model):
                self._read_part(layer, depth)
            return []
        for name, tensor in zip(graph.names, graph.inputs, strict=True):
            self._sources[id(tensor)] = (len(self._calls), 0)
            self._calls.append(Call(None, prefix or name, (), _shapes([tensor])))
        return self._read_graph(graph, depth)

    def _trace(self, model, specs):
        """Return the `Trace` of a whole model."""
        if specs is None and tracing.has_graph(model):
            return tracing.recorded_graph(model)
        if not tracing.has_call(model):
            raise CannotTraceError(f"{tracing.described(model)} has no call")
        given = None if specs is None else [examples.arguments(model, specs)]
        reason = CannotTraceError(f"{tracing.described(model)} has unknown input shapes")
        for args, kwargs in given or examples.recorded_arguments(model):
            try:
                return tracing.trace(model, args, kwargs)
            except CannotTraceError as error:
                reason = error
        raise reason

    def _read_graph(self, graph, depth):
        """Read the calls between inputs whose sources are known and outputs; return the latter."""
        self._traces.append(graph)
        for node in tracing.nodes_in_order(graph):
            sources = self._sources_of(node, graph.constants)
            if type(node.operation).__name__ == "ConvertToTensor":
                outputs = sources
            elif depth and tracing.is_composite(node.operation):
                outputs = self._unfold(node, sources, depth)
            else:
                outputs = self._add_node(node, sources, graph.is_recorded)
            ids = [id(tensor) for tensor in node.outputs]
            self._sources.update(zip(ids, outputs, strict=True))
        return [self._sources[id(tensor)] for tensor in graph.outputs]

    def _sources_of(self, node, constants):
        """Return the sources of a call; add the calls of layers on constants among them."""
        layers = {id(output): layer for layer, output in constants if hasattr(output, "shape")}
        parts = tracing.flat_arguments(node)
        for part in parts:
            if id(part) in layers and id(part) not in self._sources:
                self._sources[id(part)] = (len(self._calls), 0)
                self._add(layers[id(part)], (), [tuple(part.shape)])
        return tuple(self._sources[id(part)] for part in parts if id(part) in self._sources)

    def _unfold(self, node, sources, depth):
        """Read the calls within the call of a model; return its outputs."""
        try:
            graph = tracing.trace_node(node)
        except CannotTraceError as error:
            self._notes.append(f"{error}, so it is not unfolded.")
            return self._add_node(node, sources, is_recorded=False)
        self._unfolded.add(id(node.operation))
        ids = [id(tensor) for tensor in graph.inputs]
        self._sources.update(zip(ids, sources, strict=True))
        return self._read_graph(graph, depth - 1)

    def _add_node(self, node, sources, is_recorded):
        """Add the call that a node records; return its outputs."""
        outputs = self._add(node.operation, sources, _shapes(node.outputs))
        parts = {"args": node.arguments.args, "kwargs": node.arguments.kwargs}
        arguments = tracing.mapped(partial(self._argument, is_recorded=is_recorded), parts)
        self._calls[outputs[0][0]].arguments = arguments
        return outputs

    def _argument(self, part, is_recorded):
        """Return an argument of a call, a tensor in the form of a model's configuration.

        None stands for an array in a traced call: its size may be that of the traced batch.
        """
        if id(part) in self._sources:
            config = {"keras_history": self._sources[id(part)], "shape": part.shape}
            return {"class_name": "__keras_tensor__", "config": config}
        is_array = bool(getattr(part, "shape", ()))
        return part if is_recorded or not is_array else None

    def _add(self, layer, sources, shapes, words=()):
        """Add the call of a layer or operation; return its outputs."""
        number = len(self._calls)
        self._calls.append(Call(layer, layer.name, sources, tuple(shapes), words=words))
        self._in_blocks |= {id(part) for part in (layer, *tracing.sublayers(layer, recursive=True))}
        return [(number, index) for index in range(len(shapes))]

    def _read_part(self, layer, depth):
        """Read a layer of a model whose call cannot be traced."""
        if depth and tracing.is_composite(layer):
            self._read_model(layer, None, depth - 1, layer.name)
        else:
            self._add_alone(layer)

    def _add_alone(self, layer, *words):
        """Add a layer without arrows."""
        tensors = tracing.recorded_graph(layer).outputs if tracing.has_graph(layer) else []
        self._add(layer, (), _shapes(tensors), words)

    def _unused(self, model):
        """Return the largest layers within a model that are in no block."""
        unused = []
        for part in tracing.sublayers(model):
            inner = {id(layer) for layer in tracing.sublayers(part, recursive=True)}
            if id(part) in self._unfolded or (inner - {id(part)}) & (
                self._in_blocks | self._unfolded
            ):
                unused += self._unused(part)
            elif id(part) not in self._in_blocks:
                unused.append(part)
        return unused


def _shapes(tensors):
    """Return the shapes of tensors without the batch."""
    return tuple(tuple(tensor.shape[1:]) for tensor in tensors)
