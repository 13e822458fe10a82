"""Changes to the layers of a Keras model that end with a with statement.

They change the layers themselves and not their classes, so that no other model is concerned.
"""

import functools
from contextlib import contextmanager


@contextmanager
def without_new_nodes(*layers):
    """Remove the nodes that calls within a with statement add to layers."""
    before = [(layer, len(layer._inbound_nodes), len(layer._outbound_nodes)) for layer in layers]
    try:
        yield
    finally:
        for layer, inbound, outbound in before:
            del layer._inbound_nodes[inbound:]
            del layer._outbound_nodes[outbound:]


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

    with _replaced("call", layers, recorder):
        yield pairs


def without_losses(layers):
    """Return a context manager in which layers ignore `add_loss`, which takes no symbols."""
    return _replaced("add_loss", layers, lambda _layer: lambda _loss: None)


@contextmanager
def _replaced(method, layers, make):
    """Replace a method of some layers, not of their classes, within a with statement."""
    before = [(layer, vars(layer).get(method)) for layer in layers]
    for layer in layers:
        vars(layer)[method] = make(layer)
    try:
        yield
    finally:
        for layer, own in before:
            del vars(layer)[method]
            if own is not None:
                vars(layer)[method] = own
