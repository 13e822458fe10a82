"""Private attributes of other libraries, which have no public name; nothing else uses one.

Each function gives the reason for one attribute. `tests/test_private_names.py` fails if a new
version of a library moves it, and if another file uses a private attribute. Nothing is imported, so
the functions work on each backend of Keras.
"""

COMPILED_LOSS = "_compile_loss"
"""A Keras model's compiled loss: `loss` is what `compile` was given, and has no loss weights."""

CALLBACK_ATTRIBUTES = "params", "_model"
"""The attributes that Keras sets on a callback: `vars` lists them among the callback's own."""


def compiled_loss_weights(model):
    """Return the loss weights of a compiled Keras model; its public config cannot hold any loss."""
    return getattr(model, COMPILED_LOSS)._user_loss_weights


def nodes_in_order(model):
    """Return the nodes of a functional Keras model, each behind its sources.

    A node is one use of a layer or operation. `operations` lists each operation once, without the
    tensors that it is called on.
    """
    depths = sorted(model._nodes_by_depth, reverse=True)
    return [node for depth in depths for node in model._nodes_by_depth[depth]]


def node_of(tensor):
    """Return the node that computes a symbolic tensor of Keras; the tensor has no public link."""
    operation, number, _ = tensor._keras_history
    return operation._inbound_nodes[number]


def node_lists(layer):
    """Return the two lists to which each symbolic call of a Keras layer appends its node."""
    return layer._inbound_nodes, layer._outbound_nodes


def is_keras_layer(layer):
    """Return whether an object lists the layers that it owns as Keras's layers do."""
    return hasattr(layer, "_flatten_layers")


def owned_layers(layer, recursive=False):
    """Return the layers that a Keras layer owns; only a model has a public list, `layers`."""
    return layer._flatten_layers(include_self=False, recursive=recursive)


def variable_index(optimizer, variable):
    """Return the index of a variable among those of a Keras optimizer, on any device."""
    return optimizer._get_variable_index(variable)


def untrack(optimizer, variable):
    """Remove a variable from those of a Keras optimizer; it can only be added in a public way."""
    optimizer._tracker.untrack(variable)


def parquet_url(description):
    """Return the address of the parquet file of an OpenML dataset; None if it has none.

    The client downloads the file itself, without a time limit.
    """
    return getattr(description, "_parquet_url", None)
