"""The steps of a model from its inputs to its outputs, including those of inner models.

The name of a layer of an inner model starts with that of the model, as in "block/conv".
"""

from dataclasses import dataclass

import keras

from mlcourse._core.private_names import nodes_in_order


@dataclass(frozen=True)
class LinkedStep:
    """One use of a layer, or of another operation such as an addition.

    Attributes:
        name: name of the layer, after those of its outer models.
        layer: the layer, or the operation.
        inputs, outputs: lists of `Tensor`.
        arguments: the arguments of the call, as Keras records them.
    """

    name: str
    layer: object
    inputs: list
    outputs: list
    arguments: object

    def apply(self, values):
        """Return a list of outputs for a list of input values."""
        return keras.tree.flatten(InferenceLayer(self._call)(list(values), training=False))

    def _call(self, values):
        symbols = map(id, self.arguments.keras_tensors)
        args, options = self.arguments.fill_in(dict(zip(symbols, values, strict=True)))
        return self.layer(*args, **_for_inference(options))


def _for_inference(options):
    """Return the arguments of a recorded call, with `training=False` if Keras recorded it."""
    return options | {"training": False} if "training" in options else options


class InferenceLayer(keras.layers.Layer):
    """A function of tensors in which layers compute as in `predict`.

    It must be called with `training=False`. Without it, a layer whose `training` is True by
    default, such as one that augments images, would compute as in `fit`.
    """

    def __init__(self, function):
        super().__init__(autocast=False)
        self._function = function

    def call(self, x, training=False):  # noqa: D102
        return self._function(x)


def run_with_hooks(model, inputs, replace, prefix=""):
    """Compute the outputs of a model, with a replacement for each layer.

    Args:
        model: a built Keras model, Sequential or Functional.
        inputs: a tensor, or a structure of tensors if the model has several inputs.
        replace: a function of a step's name and its layer that returns the function of tensors to
            call: the layer itself, or a replacement.
        prefix: prefix of the steps' names.

    Returns:
        The outputs, a tensor or a structure of tensors.
    """

    def replacement(layer):
        name = f"{prefix}{layer.name}"
        if _has_graph(layer):
            return lambda inner, **_: run_with_hooks(layer, inner, replace, f"{name}/")
        function = replace(name, layer)
        return lambda *args, **options: function(*args, **_for_inference(options))

    graph = _graph(model)
    values = dict(zip(map(id, graph.inputs), keras.tree.flatten(inputs), strict=True))
    for node in nodes_in_order(graph):
        if not node.is_input:
            args, options = node.arguments.fill_in(values)
            outputs = keras.tree.flatten(replacement(node.operation)(*args, **options))
            values.update(zip(map(id, node.outputs), outputs, strict=True))
    outputs = [values[id(tensor)] for tensor in graph.outputs]
    return keras.tree.pack_sequence_as(graph.output, outputs)


@dataclass(frozen=True)
class Tensor:
    """A tensor between the steps of a model, and its dependencies.

    Attributes:
        shape: shape, with the batch first.
        step: index of the step that computes it; -1 for an input of the model.
        index: index among the outputs of that step, or among the inputs of the model.
        inputs: indices of the model's inputs on which it depends.
        steps: indices of the steps on which it depends.
    """

    shape: tuple
    step: int
    index: int
    inputs: frozenset
    steps: frozenset = frozenset()


def linked_steps(model):
    """Return the steps of a model, each a `LinkedStep`, and the model's outputs, each a `Tensor`.

    The steps are in the order of `run_with_hooks`. Tensors are linked into and out of inner
    models.

    Raises:
        ValueError: if the model is not built, or neither Sequential nor Functional.
    """
    steps = []
    inputs = [
        Tensor(tuple(tensor.shape), -1, number, frozenset({number}))
        for number, tensor in enumerate(_graph(model).inputs)
    ]
    return steps, _link(model, inputs, steps, "")


def _link(model, inputs, steps, prefix):
    """Append the steps of a model to a list, and return the model's outputs."""
    graph = _graph(model)
    tensors = dict(zip(map(id, graph.inputs), inputs, strict=True))
    for node in nodes_in_order(graph):
        if node.is_input:
            continue
        layer = node.operation
        name = f"{prefix}{layer.name}"
        sources = [tensors[id(tensor)] for tensor in node.arguments.keras_tensors]
        if _has_graph(layer):
            outputs = _link(layer, sources[: len(layer.inputs)], steps, f"{name}/")
        else:
            outputs = _output_tensors(sources, node.outputs, len(steps))
            steps.append(LinkedStep(name, layer, sources, outputs, node.arguments))
        tensors.update(zip(map(id, node.outputs), outputs, strict=True))
    return [tensors[id(tensor)] for tensor in graph.outputs]


def _output_tensors(sources, outputs, step):
    """Return the output tensors of a step, with their dependencies."""
    inputs = frozenset().union(*(tensor.inputs for tensor in sources))
    steps = frozenset({step}).union(*(tensor.steps for tensor in sources))
    return [
        Tensor(tuple(tensor.shape), step, index, inputs, steps)
        for index, tensor in enumerate(outputs)
    ]


def _graph(model):
    """Return a Functional model with the graph of the layers; raise ValueError without one."""
    if not _has_graph(model) or not model.built or not getattr(model, "inputs", None):
        rule = (
            "model must be Sequential or Functional, and built: start it with keras.Input. "
            "keras.Model(inputs, model.call(inputs)) makes a subclassed model Functional"
        )
        raise ValueError(f"{rule}. Got {model!r} instead.")
    if isinstance(model, keras.Sequential):
        return keras.Model(model.inputs[0], model.outputs[0], name=model.name)
    return model


def _has_graph(model):
    is_functional = isinstance(model, keras.Model) and isinstance(model, keras.Function)
    return is_functional or isinstance(model, keras.Sequential)
