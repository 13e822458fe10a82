"""The calls that a model of Keras is made of, read from its layers and its configuration.

What an object has is looked at, and not what class it is of: so nothing of Keras is imported.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Call:
    """A layer as it is applied once; one that is shared is applied more than once.

    Attributes:
        layer: the layer, operation or model; None for an input.
        name: of the layer.
        sources: numbers of the calls whose tensors it takes, one a tensor.
        shapes: of the tensors that it gives and that are used, without the batch.
        is_output: whether the model returns one of them.
        arguments: as in the model's configuration: tensors, and the constants beside them.
    """

    layer: object
    name: str
    sources: tuple
    shapes: tuple
    is_output: bool = False
    arguments: dict = field(default_factory=dict)


def calls_of(model):
    """Returns the calls of a model as a list of `Call`, each behind those that it depends on.

    Args:
        model: a built Keras model, Sequential or functional.

    Raises:
        ValueError: if it is anything else, or is not built.
    """
    if not hasattr(model, "layers") or not hasattr(model, "get_config"):
        rule = "model must be a Keras model, Sequential or made of its inputs and outputs"
        raise ValueError(f"{rule}. Got {model!r} instead.")
    config = _config(model)
    if not getattr(model, "built", True) or not model.layers:
        rule = "model must be built before its graph is drawn: give it an Input, or call build"
        raise ValueError(f"{rule}. Got a {type(model).__name__} without weights instead.")
    is_functional = "output_layers" in config
    return _functional(model, config) if is_functional else _sequential(model)


def _config(model):
    """Returns a model's configuration if its layers are in there."""
    try:
        config = model.get_config()
    except NotImplementedError:
        config = {}
    if "layers" not in config:
        rule = "model must be Sequential or made of its inputs and outputs, for what a call"
        rule += " of its own does cannot be seen"
        raise ValueError(f"{rule}. Got a {type(model).__name__} instead.")
    return config


def _sequential(model):
    shape = tuple(model.inputs[0].shape)
    calls = [Call(None, "input", (), (shape[1:],))]
    for layer in model.layers:
        shape = _shape_after(layer, shape)
        is_output = layer is model.layers[-1]
        calls.append(Call(layer, layer.name, (len(calls) - 1,), (shape[1:],), is_output))
    return calls


def _shape_after(layer, shape):
    """Returns the shape of a layer's output; not that of another model which has the layer too."""
    try:
        return tuple(layer.compute_output_shape(shape))
    except NotImplementedError:
        return tuple(layer.output.shape)


def _functional(model, config):
    layers = {layer.name: layer for layer in (*model.operations, *model.layers)}
    nodes, arguments = {}, {}  # by name and number of the call: the tensors that it takes
    for entry in config["layers"]:
        for number, node in enumerate(entry["inbound_nodes"] or [{}]):
            nodes[entry["name"], number] = list(_tensors(node))
            arguments[entry["name"], number] = node
    shapes, outputs = _shapes(model, config, nodes, layers)
    numbers, calls = {}, []
    for key in _in_order(nodes):
        sources = tuple(numbers[source] for source, *_ in nodes[key])
        numbers[key] = len(calls)
        layer = layers[key[0]] if nodes[key] else None
        tensors = [shape for _, shape in sorted(shapes[key].items())]
        is_output = key in outputs
        calls.append(Call(layer, key[0], sources, tuple(tensors), is_output, arguments[key]))
    return calls


def _tensors(part):
    """Yields the tensors in the arguments of a call: whose they are, their index and shape."""
    if isinstance(part, dict) and part.get("class_name") == "__keras_tensor__":
        name, number, index = part["config"]["keras_history"]
        yield (name, number), index, tuple(part["config"]["shape"][1:])
    elif isinstance(part, dict | list | tuple):
        for inner in map(part.get, sorted(part)) if isinstance(part, dict) else part:
            yield from _tensors(inner)


def _shapes(model, config, nodes, layers):
    """Returns the shapes of each call's tensors by their index, and which calls are outputs."""
    shapes, outputs = {key: {} for key in nodes}, set()
    for source, index, shape in (tensor for tensors in nodes.values() for tensor in tensors):
        shapes[source][index] = shape
    places = list(_places(config["output_layers"]))
    for (name, number, index), tensor in zip(places, model.outputs, strict=True):
        # Keras counts the calls of a functional model within a model from 1 on, but only here.
        parents = [parent.__name__ for parent in type(layers[name]).__mro__]
        key = (name, number - ("Functional" in parents))
        shapes[key][index] = tuple(tensor.shape[1:])
        outputs.add(key)
    return shapes, outputs


def _places(part):
    """Yields (name, number of the call, index) of each output: by name in a dict, as Keras does."""
    if isinstance(part, list | tuple) and part and isinstance(part[0], str):
        yield tuple(part)
    else:
        for inner in map(part.get, sorted(part)) if isinstance(part, dict) else part:
            yield from _places(inner)


def _in_order(nodes):
    """Yields the calls, each behind its sources, and otherwise as they stand in the model."""
    done, waiting = set(), list(nodes)
    while waiting:
        ready = [key for key in waiting if all(source in done for source, *_ in nodes[key])]
        yield from ready
        done.update(ready)
        waiting = [key for key in waiting if key not in done]
