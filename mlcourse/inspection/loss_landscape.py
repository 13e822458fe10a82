"""The loss of a model on a plane of its weight space, and the path of a fit in that plane."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from mlcourse._core import checks, tables
from mlcourse.inspection.backward import check_batch, check_loss, check_targets, compiled_loss

MAX_NUMBERS = 16_000_000  # outputs of the widest layer, at all points that are computed at once
MAX_POINTS = 51  # computed at once
MARGIN = 0.2  # around the paths, as a fraction of their extent


@dataclass(frozen=True, eq=False)
class LossLandscape:
    """The loss on a plane of the weight space: center + a * direction 1 + b * direction 2.

    Attributes:
        a, b: coordinates of the grid, (resolution,) each.
        loss: loss at the grid points, (b, a). It is infinite or NaN where the model overflows.
        directions: two directions, each a list of arrays like `model.trainable_weights`.
        paths: by name, the coordinates (a, b) of the weights of a path, (n, 2).
        path_losses: by name, the losses of these weights, (n,), which may be outside the plane.
        explained: fraction of the variance of the paths along each direction, (2,); None for
            random directions.

    Example:
        >>> loss_landscape(model, x, y).loss.shape  # doctest: +SKIP
        (51, 51)
    """

    a: np.ndarray
    b: np.ndarray
    loss: np.ndarray
    directions: tuple
    paths: dict
    path_losses: dict
    explained: np.ndarray | None


def loss_landscape(
    model: keras.Model,
    x: np.typing.ArrayLike,
    y: np.typing.ArrayLike,
    *,
    paths: Mapping[str, Sequence] | Sequence | None = None,
    loss: str | Callable | None = None,
    radius: float = 1.0,
    resolution: int = 51,
    seed: int = 0,
    progress: bool = True,
) -> LossLandscape:
    """Return the loss of a model on a plane through its weights. The model stays unchanged.

    Without paths the plane has two random directions, in which each filter (the weights of one unit
    or channel) is as long as that of the model; biases and other vectors do not change (Li et al.,
    2018, "Visualizing the Loss Landscape of Neural Nets", arXiv:1712.09913, section 4). With paths
    it has the first two principal components of their distances to the model's weights (section 7).

    The loss is the mean over all examples, with regularization penalties, as in `model.evaluate`;
    batch normalization has the model's moving averages everywhere. Many grid points are computed at
    once.

    Args:
        model: a built Keras model with one output.
        x, y: examples and targets, as for `model.evaluate`: a few thousand, as all outputs of a
            layer must fit into memory.
        paths: the weights of a fit by epoch, a list of results of `model.get_weights()`; or a dict
            of names, such as those of optimizers, to such lists. The name of a single list is the
            class of the model's optimizer.
        loss: as for `model.compile`; None for the loss with which the model was compiled.
        radius: the grid of random directions is [-radius, radius] in both.
        resolution: number of grid points per axis.
        seed: seed of the random directions.
        progress: whether to show a progress bar.

    Raises:
        ValueError: if the model is not built or has no loss, if x and y do not fit it, or if the
            weights of a path have other shapes or do not differ.

    Example:
        >>> weights = [model.get_weights()]  # doctest: +SKIP
        >>> save = keras.callbacks.LambdaCallback(
        ...     on_epoch_end=lambda epoch, logs: weights.append(model.get_weights())
        ... )  # doctest: +SKIP
        >>> model.fit(x, y, callbacks=[save])  # doctest: +SKIP
        >>> landscape = loss_landscape(model, x, y, paths=weights)  # doctest: +SKIP
    """
    radius = checks.positive("radius", radius)
    resolution = checks.integer("resolution", resolution, 2)
    seed = checks.seed(seed)
    checks.flag("progress", progress)
    loss = _checked_loss(model, x, y, loss)
    center = _as_arrays(model.trainable_weights)
    vectors = {name: _flat_path(model, path) for name, path in _named(paths, model).items()}
    if vectors:
        plane = _Plane.of_paths(center, vectors)
        coordinates = {name: plane.project(path) for name, path in vectors.items()}
        a, b = _axes_around(np.concatenate([[(0, 0)], *coordinates.values()]), resolution)
    else:
        plane = _Plane.random(center, np.random.default_rng(seed))
        coordinates = {}
        a = b = np.linspace(-radius, radius, resolution)
    points = np.stack(np.meshgrid(a, b), axis=-1).reshape(-1, 2)
    losses = _LossOfWeights(model, x, y, loss)
    n_path = sum(map(len, vectors.values()))
    with tables.bar(len(points) + n_path, disable=not progress, desc="loss landscape") as bar:
        grid = losses.on_plane(center, plane.directions, points, bar)
        path_losses = {name: losses.along(center, path, bar) for name, path in vectors.items()}
    return LossLandscape(
        a=a,
        b=b,
        loss=grid.reshape(resolution, resolution),
        directions=plane.directions,
        paths=coordinates,
        path_losses=path_losses,
        explained=plane.explained,
    )


def _checked_loss(model, x, y, loss):
    """Return the loss function of a model, after checking the model and the examples."""
    if not getattr(model, "trainable_weights", None) or not getattr(model, "built", False):
        rule = "model must be built, and have trainable weights"
        raise ValueError(f"{rule}. Got {model!r} instead.")
    if len(getattr(model, "outputs", None) or [model]) > 1:
        rule = "model must have one output"
        raise ValueError(f"{rule}. Got {len(model.outputs)} instead.")
    check_batch(model, x, y, None, None)
    if y is None:
        raise ValueError("y must be the targets of the loss. Got None instead.")
    if loss is None:
        loss, _ = compiled_loss(model, y)
    if not isinstance(loss, str) and not callable(loss):
        raise ValueError(f"loss must be one loss of Keras. Got {loss!r} instead.")
    check_loss(loss)
    check_targets(model, x, y, loss, None)
    return keras.losses.get(loss)


def _named(paths, model):
    """Return paths by name."""
    if paths is None:
        return {}
    if not isinstance(paths, Mapping):
        optimizer = getattr(model, "optimizer", None)
        paths = {"fit" if optimizer is None else type(optimizer).__name__: paths}
    if not paths or not all(len(path) >= 2 for path in paths.values()):
        rule = "each of paths must have the weights of at least two epochs"
        raise ValueError(f"{rule}. Got {len(paths)} paths instead.")
    return {str(name): path for name, path in paths.items()}


def _flat_path(model, path):
    """Return the trainable weights of a path, (n, weights), float64."""
    position = {id(weight): index for index, weight in enumerate(model.weights)}
    indices = [position[id(weight)] for weight in model.trainable_weights]
    expected = [tuple(weight.shape) for weight in model.weights]
    vectors = []
    for epoch, weights in enumerate(path):
        shapes = [np.shape(array) for array in weights]
        if shapes != expected:
            rule = f"the weights of a path must have the shapes of model.get_weights(), {expected}"
            raise ValueError(f"{rule}. Got {shapes} at index {epoch} instead.")
        vectors.append(_flat([weights[index] for index in indices]))
        checks.finite(f"the weights of a path at index {epoch}", vectors[-1])
    return np.array(vectors)


def _as_arrays(variables):
    return [np.array(ops.convert_to_numpy(variable)) for variable in variables]


def _flat(arrays):
    """Return arrays as one vector, float64."""
    return np.concatenate([np.ravel(array).astype(float) for array in arrays])


def _axes_around(points, resolution):
    """Return the coordinates of a grid with a margin around points, one array for each axis."""
    low, high = points.min(axis=0), points.max(axis=0)
    margin = MARGIN * np.maximum(high - low, 0.1 * (high - low).max())
    return np.linspace(low - margin, high + margin, resolution).T


class _Plane:
    """A plane of the weight space.

    Args:
        center: the weights at its origin, a list of arrays.
        directions: two directions, each a list of arrays.
        explained: fraction of the variance of the paths along each direction, or None.
    """

    def __init__(self, center, directions, explained=None):
        self.directions = tuple(directions)
        self.explained = explained
        self._center = _flat(center)

    @classmethod
    def random(cls, center, rng):
        """Return a plane with two filter-normalized random directions."""
        return cls(center, [[_random_like(array, rng) for array in center] for _ in range(2)])

    @classmethod
    def of_paths(cls, center, vectors):
        """Return the plane of the first two principal components of paths, orthonormal.

        The components are those of the distances to the center, which stays in the plane.
        """
        distances = np.concatenate(list(vectors.values())) - _flat(center)
        variances, mixtures = np.linalg.eigh(distances @ distances.T)
        variances = variances[::-1][:2]
        if variances[0] <= 0:
            raise ValueError("the weights of paths must differ. Got equal weights instead.")
        components = mixtures[:, ::-1][:, :2].T @ distances
        norms = np.linalg.norm(components, axis=1, keepdims=True)
        if norms[1] <= 1e-9 * norms[0]:  # a straight path: any second direction
            components[1] = np.random.default_rng(0).normal(size=components.shape[1])
            unit = components[0] / norms[0]
            components[1] -= (components[1] @ unit) * unit
            norms = np.linalg.norm(components, axis=1, keepdims=True)
        components /= norms
        directions = [_shaped(component, center) for component in components]
        return cls(center, directions, np.maximum(variances, 0) / np.trace(distances @ distances.T))

    def project(self, vectors):
        """Return the coordinates of weights in the plane, (n, 2)."""
        return (vectors - self._center) @ np.array([_flat(part) for part in self.directions]).T


def _random_like(array, rng):
    """Return a random direction with the norm of each filter of a kernel; 0 for a vector."""
    if array.ndim < 2:
        return np.zeros_like(array, dtype=float)
    direction = rng.normal(size=array.shape)
    axes = tuple(range(array.ndim - 1))
    norms = np.linalg.norm(array.astype(float).reshape(-1, array.shape[-1]), axis=0)
    return direction * norms / np.sqrt((direction**2).sum(axis=axes))


def _shaped(vector, arrays):
    """Return a vector as a list of arrays with the shapes of others."""
    parts = np.split(vector, np.cumsum([array.size for array in arrays])[:-1])
    return [part.reshape(array.shape) for part, array in zip(parts, arrays, strict=True)]


class _LossOfWeights:
    """The loss of a model on the same examples as a function of its trainable weights.

    Args:
        model: a built Keras model.
        x, y: examples and targets.
        loss: function of targets and predictions.
    """

    def __init__(self, model, x, y, loss):
        self._model = model
        self._x = keras.tree.map_structure(ops.convert_to_tensor, x)
        self._y = ops.convert_to_tensor(y)
        self._loss = loss
        self._fixed = [ops.convert_to_tensor(weight) for weight in model.non_trainable_variables]

    def __call__(self, weights):
        """Return the loss for a list of tensors."""
        outputs, _, penalties = self._model.stateless_call(
            weights, self._fixed, self._x, training=False, return_losses=True
        )
        return ops.mean(self._loss(self._y, outputs)) + sum(penalties)

    def on_plane(self, center, directions, points, bar):
        """Return the loss at points (a, b) of a plane, (n,), many at once."""
        dtypes = [array.dtype for array in center]
        corners = [
            ops.convert_to_tensor(np.stack(arrays).astype(dtype))
            for arrays, dtype in zip(zip(center, *directions, strict=True), dtypes, strict=True)
        ]

        def loss_at(factors):
            weights = [ops.tensordot(ops.cast(factors, c.dtype), c, 1) for c in corners]
            return self(weights)

        losses = _Vectorized(loss_at)
        losses.compile(jit_compile="auto")
        factors = np.column_stack([np.ones(len(points)), points]).astype("float32")
        n_at_once = self._n_at_once()
        results = []
        for start in range(0, len(points), n_at_once):
            part = factors[start : start + n_at_once]
            padded = np.pad(part, ((0, n_at_once - len(part)), (0, 0)), mode="edge")
            results.append(losses.predict_on_batch(padded)[: len(part)])
            bar.update(len(part))
        return np.concatenate(results).astype(float)

    def along(self, center, vectors, bar):
        """Return the losses of weights, (n,)."""
        results = []
        for vector in vectors:
            arrays = zip(_shaped(vector, center), center, strict=True)
            weights = [ops.convert_to_tensor(new.astype(old.dtype)) for new, old in arrays]
            results.append(float(ops.convert_to_numpy(self(weights))))
            bar.update()
        return np.array(results)

    def _n_at_once(self):
        """Return the number of grid points that are computed at once."""
        outputs = [getattr(layer, "output", None) for layer in self._model.layers]
        shapes = [tensor.shape[1:] for tensor in keras.tree.flatten(outputs) if tensor is not None]
        inputs = keras.tree.flatten(self._x)
        widest = max([math.prod(shape) for shape in shapes if None not in shape], default=1)
        widest = max(widest, *(math.prod(tensor.shape[1:]) for tensor in inputs), 1)
        return int(np.clip(MAX_NUMBERS // (len(inputs[0]) * widest), 1, MAX_POINTS))


class _Vectorized(keras.Model):
    """A model of a function of a vector, which Keras compiles for many vectors at once.

    Args:
        function: function from a tensor (k,) to a number.
    """

    def __init__(self, function):
        super().__init__(name="vectorized")
        self._function = function

    def call(self, vectors):
        """Return the numbers, (n,), of vectors (n, k)."""
        return ops.vectorized_map(self._function, vectors)
