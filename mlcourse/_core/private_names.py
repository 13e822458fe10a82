"""Access to private attributes of other libraries where no public name exists.

No other module uses a private attribute, or changes a library. Each function says why.
`tests/test_private_names.py` fails if a new version of a library changes an attribute, or if
another module uses one. The functions import no library, so they work with each backend of Keras.
`replaced` changes an attribute of their objects for a while.
"""

from contextlib import contextmanager

COMPILED_LOSS = "_compile_loss"
"""The attribute with a Keras model's compiled loss; the public `loss` has no loss weights."""

CALLBACK_ATTRIBUTES = "params", "_model"
"""The attributes that Keras sets on a callback; `vars` lists them with the callback's own."""


def compiled_loss_weights(model):
    """Return the loss weights of a compiled Keras model.

    The public configuration does not support every loss.
    """
    return getattr(model, COMPILED_LOSS)._user_loss_weights


def nodes_in_order(model):
    """Return the nodes of a functional Keras model in topological order.

    A node is one call of a layer or operation. The public `operations` lists each operation once,
    without the tensors of its calls.
    """
    depths = sorted(model._nodes_by_depth, reverse=True)
    return [node for depth in depths for node in model._nodes_by_depth[depth]]


def node_of(tensor):
    """Return the node that computes a symbolic Keras tensor; a tensor has no public link to it."""
    operation, node_index, _ = tensor._keras_history
    return operation._inbound_nodes[node_index]


def node_lists(layer):
    """Return the two lists to which each symbolic call of a Keras layer appends its node."""
    return layer._inbound_nodes, layer._outbound_nodes


def is_keras_layer(layer):
    """Return whether an object can list its sublayers as Keras layers do."""
    return hasattr(layer, "_flatten_layers")


def owned_layers(layer, recursive=False):
    """Return the sublayers of a Keras layer; only models have the public list `layers`."""
    return layer._flatten_layers(include_self=False, recursive=recursive)


def variable_index(optimizer, variable):
    """Return the index of a variable in a Keras optimizer, on any device."""
    return optimizer._get_variable_index(variable)


def untrack(optimizer, variable):
    """Remove a variable from a Keras optimizer; the public API can only add variables."""
    optimizer._tracker.untrack(variable)


def without_trial_files(oracle):
    """Let a Keras Tuner oracle write no file per trial.

    The public API writes one for each trial and one for the oracle, which can contradict each
    other after the process was killed.
    """
    oracle._save_trial = lambda trial: None


def seed_bayesian_oracle(oracle, seed):
    """Seed the generator of a Bayesian oracle of Keras Tuner, which its `get_state` omits.

    A resumed search then draws the same values as an uninterrupted one.
    """
    oracle._random_state.seed(seed)


def parquet_url(description):
    """Return the URL of an OpenML dataset's parquet file, or None.

    The public client downloads the file itself, without a timeout.
    """
    return getattr(description, "_parquet_url", None)


MISSING = object()


@contextmanager
def unchanged_classes(*classes):
    """Undo the changes that an import in the context makes to classes of another library.

    Importing scikeras replaces how Keras pickles and copies models, losses, metrics and optimizers.
    Keras 3 does that itself.
    """
    originals = [dict(vars(changed)) for changed in classes]
    yield
    for changed, original in zip(classes, originals, strict=True):
        for name, value in dict(vars(changed)).items():
            if name not in original:
                delattr(changed, name)
            elif value is not original[name]:
                setattr(changed, name, original[name])


@contextmanager
def replaced(owner, attribute, value):
    """Replace an attribute of an object, not of its class, in the context.

    `object.__setattr__` bypasses Keras, which would track the value as part of a layer.

    Args:
        owner: the object.
        attribute: name of the attribute.
        value: value in the context.
    """
    original = vars(owner).get(attribute, MISSING)
    object.__setattr__(owner, attribute, value)
    try:
        yield
    finally:
        if original is MISSING:
            object.__delattr__(owner, attribute)
        else:
            object.__setattr__(owner, attribute, original)
