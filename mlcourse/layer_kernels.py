"""The kernels of a model's layers, by the names of the layers.

What an object has is looked at, its layers and their weights, and not what class it is of: so
nothing of Keras is imported.
"""


def kernels(model):
    """Returns the kernels that a model learns, as a dict from layer names to lists of variables.

    A kernel is a weight with at least two axes: the filters of a convolution, the matrix of a dense
    layer. Biases, and what batch normalization learns, have one axis. A layer without kernels, or
    one that is frozen, is left out. A layer of a model within the model has that model's name
    before its own, as in "block/conv".

    Args:
        model: a built Keras model.

    Raises:
        ValueError: if there are none.
    """
    found = {}
    for name, layer in leaves(model) if hasattr(model, "layers") else ():
        own = [weight for weight in layer.trainable_weights if len(weight.shape) > 1]
        if own:
            found[name] = own
    if not found:
        rule = "model must be built, and have kernels that it learns"
        raise ValueError(f"{rule}. Got {model!r} instead.")
    return found


def leaves(model, prefix=""):
    """Yields the name and the layer of each layer that is no model itself, in their order."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from leaves(layer, f"{prefix}{layer.name}/")
        else:
            yield f"{prefix}{layer.name}", layer
