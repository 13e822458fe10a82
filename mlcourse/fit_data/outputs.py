"""Targets by output: which array belongs to which output, and to which loss."""

import keras


def by_output(model, x, y, name, loss):
    """Yields (name, targets, shape, loss) for each output that has targets and a loss.

    The shape is that of the output, with None for an unknown length, or None if nothing is known.
    An output with several losses comes once for each of them. What does not fit together is left
    out: Keras refuses it.

    Args:
        model: a Keras model.
        x, y: examples and targets, as `model.fit` takes them.
        name: of y.
        loss: as `compile` takes it.
    """
    outputs = _outputs(model, x)
    losses = _losses(loss, list(outputs))
    targets = _targets(y, list(outputs), losses, name)
    for shape, loss, (label, array) in zip(outputs.values(), losses, targets, strict=False):
        for one in keras.tree.flatten(loss):
            if array is not None and one is not None:
                yield label, array, shape, one


def _outputs(model, x):
    """Returns a dict of the outputs' keys to their shapes, in Keras's order.

    Keys are those of a dict of outputs, or the names of layers, or else indices.
    """
    structure = _structure(model, x)
    paths = keras.tree.flatten_with_path(structure)
    if isinstance(structure, dict):
        keys = [path[0] for path, _ in paths]
    else:
        keys = getattr(model, "output_names", range(len(paths)))
    shapes = [getattr(tensor, "shape", None) for _, tensor in paths]
    return dict(zip(keys, shapes, strict=False))


def _structure(model, x):
    """Returns the symbolic outputs as the model gives them; None if they cannot be known."""
    if hasattr(model, "output_names"):  # a functional model
        return model.output
    if getattr(model, "outputs", None):
        return model.outputs[0]
    try:
        return model.compute_output_spec(keras.tree.map_structure(_symbolic, x))
    except Exception:  # whatever a layer of the user's own raises: Keras will meet it too
        return None


def _symbolic(array):
    dtype = keras.backend.standardize_dtype(array.dtype)
    return keras.KerasTensor((None, *array.shape[1:]), dtype)


def _losses(loss, keys):
    """Returns what `compile` says for each output: a loss, a list of them, or None."""
    if isinstance(loss, dict):
        if len(keys) == len(loss) == 1:
            return list(loss.values())
        return [loss.get(key) for key in keys]
    if isinstance(loss, list | tuple) and len(loss) == len(keys):
        return list(loss)
    return [loss] * len(keys)


def _targets(y, keys, losses, name):
    """Returns for each output the name of its targets and the targets, None if there are none."""
    if isinstance(y, dict):
        return [(f"{name}[{key!r}]", y.get(key)) for key in keys]
    if not isinstance(y, list | tuple):
        return [(name, y)] if len(keys) == 1 else []
    parts = iter([(f"{name}[{index}]", part) for index, part in enumerate(y)])
    with_loss = [loss is not None for loss in losses]
    if len(y) == len(keys):
        return list(parts)
    if len(y) == sum(with_loss):  # outputs without a loss need no targets
        return [next(parts) if needed else (name, None) for needed in with_loss]
    return []
