"""Read the calls of layers and operations in a Keras model, and make its example inputs."""

from __future__ import annotations

import inspect
import math
import warnings
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from mlcourse._core import checks
from mlcourse.figures.model_graph import tracing
from mlcourse.figures.model_graph.tracing import (
    BATCH_SIZE,
    CannotTraceError,
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


def call_arguments(model, x):
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


def call_model(model, x):
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
        args, kwargs = call_arguments(model, batch)
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


ADVICE = "Layers and keras.ops can be traced; NumPy, other libraries and values of tensors cannot."


@dataclass
class Call:
    """A call of a layer. A shared layer has several calls.

    Attributes:
        layer: the layer, operation or model; None for an input.
        name: name of the layer.
        sources: input tensors, as pairs of the number of a call and the index of its output.
        shapes: shapes of the output tensors that are used, without the batch axis.
        is_output: whether the model returns an output of the call.
        notes: further descriptions, such as "not called".
        arguments: tensors and constants, {"args": ..., "kwargs": ...}.
    """

    layer: object
    name: str
    sources: tuple = ()
    shapes: tuple = ()
    is_output: bool = False
    notes: tuple = ()
    arguments: dict = field(default_factory=dict)


def read_calls(model, x=None, expand=False):
    """Return the calls of a model in topological order, and notes about untraceable calls.

    Args:
        model: a Keras model.
        x: an example batch, or its `keras.KerasTensor`; None for a built model.
        expand: number of levels of nested models to expand; True for all, False for none.

    Raises:
        ValueError: if the model is not a Keras model, if it is not built and x is None, or if it
            cannot be called on x.
    """
    depth = expand if isinstance(expand, bool) else checks.integer("expand", expand, 0)
    depth = math.inf if depth is True else int(depth)
    if not hasattr(model, "layers") or not hasattr(model, "get_config"):
        rule = "model must be a Keras model, Sequential, functional or subclassed"
        raise ValueError(f"{rule}. Got {model!r} instead.")
    specs = None if x is None else as_specs(x)
    _check_inputs(model, x)
    with without_new_nodes(model, *tracing.sublayers(model, recursive=True)):
        return _Reader(depth).read(model, specs)


def _check_inputs(model, x):
    """Build a model by a call on an example batch. Raise ValueError if it needs x and has none."""
    if x is not None and tracing.has_call(model):
        call_model(model, x)
    elif tracing.has_graph(model) or not tracing.has_call(model):
        return
    elif not model.built:
        rule = "model must be built: call it on data, or pass an example batch as x"
        raise ValueError(f"{rule}. Got a {type(model).__name__} without weights instead.")
    elif not recorded_arguments(model):
        rule = "x must be an example batch, as Keras has not recorded the shapes of all inputs"
        raise ValueError(f"{rule} of this {type(model).__name__}. Got None instead.")


class _Reader:
    """Collect the calls of a model and of its expanded nested models.

    Args:
        depth: number of levels of nested models to expand.
    """

    def __init__(self, depth):
        self._depth = depth
        self._calls = []
        self._notes = []
        self._sources = {}  # by the id of a tensor: number of a call, and index of its output
        self._traces = []  # references to all tensors, so that their ids stay valid
        self._expanded_ids = set()
        self._added_ids = set()  # of layers with a call, and of their sublayers

    def read(self, model, specs):
        """Return the calls of a model, and notes about untraceable calls.

        Args:
            model: the model.
            specs: structure of `keras.KerasTensor` for the inputs; None for the recorded ones.
        """
        outputs = self._read_model(model, specs, self._depth)
        for number, _ in outputs:
            self._calls[number].is_output = True
        constants = {id(layer) for graph in self._traces for layer, _ in graph.constants}
        for layer in self._unused(model):
            is_called = id(layer) in constants
            self._add_without_edges(layer, "called on constants" if is_called else "not called")
        used_outputs = {source for call in self._calls for source in call.sources} | set(outputs)
        for number, call in enumerate(self._calls):
            shapes = [shape for k, shape in enumerate(call.shapes) if (number, k) in used_outputs]
            call.shapes = tuple(shapes) or call.shapes
        if any("cannot be traced" in note for note in self._notes):
            self._notes.append(ADVICE)
        return self._calls, self._notes

    def _read_model(self, model, specs, depth, prefix=""):
        """Read a model and its inputs; return its outputs, as pairs (number, index).

        If its call cannot be traced, add its layers without edges.

        Args:
            model: the model.
            specs: structure of `keras.KerasTensor` for the inputs; None for the recorded ones.
            depth: number of levels of nested models to expand.
            prefix: name of the inputs; empty for the names of the trace.
        """
        self._expanded_ids.add(id(model))
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
        """Return the `Trace` of a model. Raise CannotTraceError if there is none."""
        if specs is None and tracing.has_graph(model):
            return tracing.recorded_graph(model)
        if not tracing.has_call(model):
            raise CannotTraceError(f"{tracing.described(model)} has no call")
        if specs is None:
            candidates = recorded_arguments(model)
        else:
            candidates = [call_arguments(model, specs)]
        reason = CannotTraceError(f"{tracing.described(model)} has unknown input shapes")
        for args, kwargs in candidates:
            try:
                return tracing.trace(model, args, kwargs)
            except CannotTraceError as error:
                reason = error
        raise reason

    def _read_graph(self, graph, depth):
        """Read the calls of a trace, whose inputs are known; return its outputs.

        Args:
            graph: the `Trace`.
            depth: number of levels of nested models to expand.
        """
        self._traces.append(graph)
        for node in tracing.nodes_in_order(graph):
            sources = self._sources_of(node, graph.constants)
            if type(node.operation).__name__ == "ConvertToTensor":
                outputs = sources
            elif depth and tracing.is_composite(node.operation):
                outputs = self._expand(node, sources, depth)
            else:
                outputs = self._add_node(node, sources, graph.is_recorded)
            ids = [id(tensor) for tensor in node.outputs]
            self._sources.update(zip(ids, outputs, strict=True))
        return [self._sources[id(tensor)] for tensor in graph.outputs]

    def _sources_of(self, node, constants):
        """Return the sources of a call. Add the calls of layers on constants among them."""
        layers = {id(output): layer for layer, output in constants if hasattr(output, "shape")}
        parts = tracing.flat_arguments(node)
        for part in parts:
            if id(part) in layers and id(part) not in self._sources:
                self._sources[id(part)] = (len(self._calls), 0)
                self._add(layers[id(part)], (), [tuple(part.shape)])
        return tuple(self._sources[id(part)] for part in parts if id(part) in self._sources)

    def _expand(self, node, sources, depth):
        """Read the calls within the call of a nested model; return its outputs."""
        try:
            graph = tracing.trace_node(node)
        except CannotTraceError as error:
            self._notes.append(f"{error}, so it is not unfolded.")
            return self._add_node(node, sources, is_recorded=False)
        self._expanded_ids.add(id(node.operation))
        ids = [id(tensor) for tensor in graph.inputs]
        self._sources.update(zip(ids, sources, strict=True))
        return self._read_graph(graph, depth - 1)

    def _add_node(self, node, sources, is_recorded):
        """Add the call of a node; return its outputs."""
        outputs = self._add(node.operation, sources, _shapes(node.outputs))
        parts = {"args": node.arguments.args, "kwargs": node.arguments.kwargs}
        arguments = tracing.mapped(partial(self._argument, is_recorded=is_recorded), parts)
        self._calls[outputs[0][0]].arguments = arguments
        return outputs

    def _argument(self, part, is_recorded):
        """Return an argument of a call, a tensor as in the configuration of a model.

        An array in a traced call is replaced by None, as its shape may depend on the batch size
        of the trace.
        """
        if id(part) in self._sources:
            config = {"keras_history": self._sources[id(part)], "shape": part.shape}
            return {"class_name": "__keras_tensor__", "config": config}
        is_array = bool(getattr(part, "shape", ()))
        return part if is_recorded or not is_array else None

    def _add(self, layer, sources, shapes, notes=()):
        """Add the call of a layer or operation; return its outputs."""
        number = len(self._calls)
        self._calls.append(Call(layer, layer.name, sources, tuple(shapes), notes=notes))
        self._added_ids |= {id(part) for part in (layer, *tracing.sublayers(layer, recursive=True))}
        return [(number, index) for index in range(len(shapes))]

    def _read_part(self, layer, depth):
        """Read a layer of a model whose call cannot be traced."""
        if depth and tracing.is_composite(layer):
            self._read_model(layer, None, depth - 1, layer.name)
        else:
            self._add_without_edges(layer)

    def _add_without_edges(self, layer, *notes):
        """Add a layer without edges."""
        tensors = tracing.recorded_graph(layer).outputs if tracing.has_graph(layer) else []
        self._add(layer, (), _shapes(tensors), notes)

    def _unused(self, model):
        """Return the outermost layers within a model that have no call."""
        unused = []
        for part in tracing.sublayers(model):
            inner_ids = {id(layer) for layer in tracing.sublayers(part, recursive=True)}
            inner_ids.discard(id(part))
            is_partly_used = bool(inner_ids & (self._added_ids | self._expanded_ids))
            if id(part) in self._expanded_ids or is_partly_used:
                unused += self._unused(part)
            elif id(part) not in self._added_ids:
                unused.append(part)
        return unused


def _shapes(tensors):
    """Return the shapes of tensors, without the batch axis."""
    return tuple(tuple(tensor.shape[1:]) for tensor in tensors)
