"""Changes to the layers of a Keras model that end with a with statement.

They change the layers themselves and not their classes, so that no other model is concerned.
"""

import functools
from contextlib import ExitStack, contextmanager

from mlcourse.private_names import node_lists

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
