"""Functions of a Figure that draw what shows a fault, with the figures of the package."""

from __future__ import annotations

import numpy as np

from mlcourse import figures

ROWS = 2
COLS = 6


def bars(values, label="", *, log_scale=False, percent=False):
    """Return a function of a Figure that draws a dict of names to numbers as bars."""
    values = {name: float(value) for name, value in values.items()}
    options = {"label": label, "log_scale": log_scale, "percent": percent}
    return lambda fig: figures.plot_layer_bars(values, **options, ax=fig.subplots())


def class_balance(parts):
    """Return a function of a Figure that draws the classes of a dict of names to labels."""
    return lambda fig: figures.plot_class_balance(parts, ax=fig.subplots())


def history(log):
    """Return a function of a Figure that draws the losses of one history or of several."""
    return lambda fig: figures.plot_history(log, fig=fig)


def graph(model):
    """Return a function of a Figure that draws the layers of a model."""
    return lambda fig: figures.plot_model_graph(model, ax=fig.subplots())


def examples(x, labels, indices):
    """Return a function of a Figure that draws examples as images with their labels.

    If the examples are not images, it draws the number of examples of each class.

    Args:
        x: examples, (n, ...).
        labels: integer labels, (n,).
        indices: indices of the examples to draw.
    """
    images = _as_images(x[indices[: ROWS * COLS]])
    if images is None or not len(images):
        return class_balance({"all": labels, "these examples": labels[indices]})
    rows = min(ROWS, len(images))
    cols = len(images) // rows
    return lambda fig: figures.plot_samples(images, _names(labels[indices]), rows, cols, fig=fig)


def _names(labels):
    """Return the first labels as names, so that a label that is missing is no class."""
    return [str(label) for label in labels[: ROWS * COLS]]


def _as_images(x):
    """Return examples as images in [0, 1]; None if they are not images.

    Rows of a square number of features, such as 784, are images too.
    """
    if x.ndim == 2:
        side = round(x.shape[1] ** 0.5)
        if side < 8 or side**2 != x.shape[1]:
            return None
        x = x.reshape(len(x), side, side)
    if x.ndim == 4 and x.shape[3] == 1:
        x = x[..., 0]
    if x.ndim < 3 or (x.ndim == 4 and x.shape[3] != 3):
        return None
    x = np.nan_to_num(x.astype(np.float32), posinf=0, neginf=0)
    low = x.min()
    return (x - low) / max(float(x.max() - low), 1e-12)
