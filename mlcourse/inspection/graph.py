"""The layers of a model as steps from its input to its output, models within the model too.

A layer of a model within the model has that model's name before its own, as in "block/conv".
"""

from dataclasses import dataclass

import keras

from mlcourse._core.private_names import nodes_in_order


@dataclass(frozen=True)
class LinkedStep:
    """One use of a layer, or of another operation such as an addition.

    Attributes:
        name: of the layer, after those of the models that it is in.
        layer: the layer, or the operation.
        inputs, outputs: what goes in and what comes out, lists of `Tensor`.
        arguments: those of the call, as Keras holds them.
    """

    name: str
    layer: object
    inputs: list
    outputs: list
    arguments: object

    def apply(self, values):
        """Return a list of outputs for values of the inputs."""
        return keras.tree.flatten(AfterTraining(self._call)(list(values), training=False))

    def _call(self, values):
        symbols = map(id, self.arguments.keras_tensors)
        args, options = self.arguments.fill_in(dict(zip(symbols, values, strict=True)))
        return self.layer(*args, **_after_training(options))


def _after_training(options):
    """Return the arguments of a recorded call, with `training` False if Keras has recorded it."""
    return options | {"training": False} if "training" in options else options


class AfterTraining(keras.layers.Layer):
    """A function of tensors in which layers compute what they compute after training.

    Without it a layer whose `training` is True by default, such as one that augments images, would
    do what it does during training. It is called with `training=False`.
    """

    def __init__(self, function):
        super().__init__(autocast=False)
        self._function = function

    def call(self, x, training=False):  # noqa: D102
        return self._function(x)


def walk(model, inputs, instead, prefix=""):
    """Takes inputs through a model, with a choice of what is done at each step.

    Args:
        model: a built Keras model, Sequential or Functional.
        inputs: a tensor, or a structure of tensors if the model has several inputs.
        instead: a function of a step's name and its layer that returns what is to be called in the
            layer's place: the layer itself, or another function of tensors.
        prefix: of the steps' names.

    Returns:
        The outputs, tensors.
    """

    def chosen(layer):
        name = f"{prefix}{layer.name}"
        if _has_graph(layer):
            return lambda inner, **_: walk(layer, inner, instead, f"{name}/")
        function = instead(name, layer)
        return lambda *args, **options: function(*args, **_after_training(options))

    graph = _graph(model)
    values = dict(zip(map(id, graph.inputs), keras.tree.flatten(inputs), strict=True))
    for node in nodes_in_order(graph):
        if not node.is_input:
            args, options = node.arguments.fill_in(values)
            outputs = keras.tree.flatten(chosen(node.operation)(*args, **options))
            values.update(zip(map(id, node.outputs), outputs, strict=True))
    outputs = [values[id(tensor)] for tensor in graph.outputs]
    return keras.tree.pack_sequence_as(graph.output, outputs)


@dataclass(frozen=True)
class Tensor:
    """A tensor between the steps of a model, and where it comes from.

    Attributes:
        shape: its shape, the batch first.
        step: the number of the step that makes it; -1 for an input of the model.
        index: its number among the outputs of that step, or among the inputs of the model.
        inputs: the numbers of the model's inputs that it depends on.
        steps: the numbers of the steps that it depends on.
    """

    shape: tuple
    step: int
    index: int
    inputs: frozenset
    steps: frozenset = frozenset()


def linked_steps(model):
    """Return the steps of a model, each a `LinkedStep`, and the model's outputs, each a `Tensor`.

    The steps have the order in which `walk` makes them. Tensors are linked across the border of a
    model within the model.

    Raises:
        ValueError: if the model is not built, or neither Sequential nor Functional.
    """
    found = []
    inputs = [
        Tensor(tuple(tensor.shape), -1, number, frozenset({number}))
        for number, tensor in enumerate(_graph(model).inputs)
    ]
    return found, _link(model, inputs, found, "")


def _link(model, inputs, found, prefix):
    """Append the steps of a model to those found, and return the model's outputs."""
    graph = _graph(model)
    tensors = dict(zip(map(id, graph.inputs), inputs, strict=True))
    for node in nodes_in_order(graph):
        if node.is_input:
            continue
        layer, name = node.operation, f"{prefix}{node.operation.name}"
        taken = [tensors[id(tensor)] for tensor in node.arguments.keras_tensors]
        if _has_graph(layer):
            made = _link(layer, taken[: len(layer.inputs)], found, f"{name}/")
        else:
            made = _made(taken, node.outputs, len(found))
            found.append(LinkedStep(name, layer, taken, made, node.arguments))
        tensors.update(zip(map(id, node.outputs), made, strict=True))
    return [tensors[id(tensor)] for tensor in graph.outputs]


def _made(taken, outputs, step):
    """Return the tensors that a step makes of those that it takes."""
    inputs = frozenset().union(*(tensor.inputs for tensor in taken))
    steps = frozenset({step}).union(*(tensor.steps for tensor in taken))
    return [
        Tensor(tuple(tensor.shape), step, index, inputs, steps)
        for index, tensor in enumerate(outputs)
    ]


def _graph(model):
    """Returns the graph of a model's layers: the model itself if it is Functional."""
    if not _has_graph(model) or not model.built or not getattr(model, "inputs", None):
        rule = (
            "model must be Sequential or Functional, and built: begin it with keras.Input. "
            "keras.Model(inputs, model.call(inputs)) makes a subclassed model Functional"
        )
        raise ValueError(f"{rule}. Got {model!r} instead.")
    if isinstance(model, keras.Sequential):
        return keras.Model(model.inputs[0], model.outputs[0], name=model.name)
    return model


def _has_graph(model):
    is_functional = isinstance(model, keras.Model) and isinstance(model, keras.Function)
    return is_functional or isinstance(model, keras.Sequential)
