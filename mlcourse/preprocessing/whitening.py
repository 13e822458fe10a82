"""Pictures whose pixels no longer say anything about each other: whitened, by PCA or ZCA."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mlcourse._core import checks
from mlcourse.preprocessing.images import checked, chunks, numbers

METHODS = ("zca", "pca")


def patch_filters(
    x_train: np.typing.ArrayLike,
    side: int = 2,
    epsilon: float = 5e-4,
    examples: int = 5_000,
    seed: int = 0,
) -> np.ndarray:
    """Returns filters of a convolution that whiten small patches of pictures, by PCA.

    A patch has few numbers, side * side * channels, and so as many directions. Each is a filter,
    divided by the square root of its variance, and each comes a second time with its sign turned,
    so that a ReLU behind it loses nothing. As the first layer of a network, which then need not be
    trained, they save much of the work: David Page, How to train your ResNet 8 (2019); Jordan,
    94% on CIFAR-10 in 3.29 seconds (2024), from where the side and epsilon are.

    Args:
        x_train: the training pictures as the network gets them, (n, height, width, channels).
        side: of the patches, in pixels.
        epsilon: is added to the variances, of pictures with a deviation of about 1.
        examples: how many training pictures are looked at, at most, drawn at random.
        seed: the same seed draws the same ones.

    Returns:
        float32, (2 * side * side * channels, side, side, channels), those with the largest
        variances first, then the turned ones. `models.residual` takes them, `plot_filters` draws
        them.

    Raises:
        ValueError: if x_train is no batch of pictures with channels, not finite, or a setting
            cannot be.

    >>> patch_filters(np.random.default_rng(0).normal(size=(20, 8, 8, 3))).shape
    (24, 2, 2, 3)
    """
    x_train = checked(x_train)
    if x_train.ndim != 4:
        rule = "x_train must be of shape (n, height, width, channels)"
        raise ValueError(f"{rule}. Got {x_train.shape} instead.")
    side = checks.integer("side", side, 1, min(x_train.shape[1:3]))
    epsilon = checks.positive("epsilon", epsilon)
    shown = checks.finite("x_train", numbers(_drawn(x_train, examples, seed)))
    patches = sliding_window_view(shown, (side, side), axis=(1, 2)).transpose(0, 1, 2, 4, 5, 3)
    rows = patches.reshape(-1, side * side * x_train.shape[3])
    variances, vectors = np.linalg.eigh(_covariance(rows))
    vectors = _signed(vectors.T[::-1]) / np.sqrt(variances[::-1, np.newaxis] + epsilon)
    filters = np.concatenate([vectors, -vectors]).reshape(-1, side, side, x_train.shape[3])
    return filters.astype(np.float32)


class Whitening:
    """Whitens pictures by what the training pictures are like; call it with any pictures.

    Neighbouring pixels are much alike. The eigenvectors u of the covariance of all numbers of a
    picture are directions in which the training pictures vary without any such relation, each with
    a variance v, its eigenvalue. PCA whitening gives how far a picture is in each direction, in
    units of sqrt(v + epsilon). ZCA whitening turns that back, so that the result is a picture
    again, and of all whitened ones the nearest to what it was: edges stay, and surfaces fade.
    Bell and Sejnowski, 1997; Krizhevsky, 2009, for small colour pictures.

    With an epsilon of next to nothing, the directions in which there is little but noise have as
    much weight as all others. Those with variances below epsilon fade.

    Args:
        x_train: the training pictures, (n, height, width) or (n, height, width, channels).
        method: "zca" or "pca".
        epsilon: is added to the variances; for pictures in [0, 1], which uint8 ones count as.
        components: for "pca", how many directions are kept, those with the largest variances; None
            for all that the examples tell of.
        examples: how many training pictures are looked at, at most, drawn at random. Of CIFAR-10,
            10,000 are enough: in other pictures the directions with variances above the default
            epsilon vary as much, within 10 per cent. A thousand take a quarter of the time; in the
            directions in which they do not differ, the variance counts as 0.
        seed: the same seed draws the same ones.

    Attributes:
        mean: float32, (height, width) or (height, width, channels).
        variances: float64, (components,), of the directions, the largest first.
        directions: float32, (components, height, width) or (..., channels), each of length 1.

    Raises:
        ValueError: if x_train is no batch of at least two pictures, not finite, or a setting
            cannot be.

    Example:
        >>> x_train = np.random.default_rng(0).random((20, 4, 4))
        >>> whiten = Whitening(x_train)
        >>> bool(np.allclose(whiten.inverse(whiten(x_train)), x_train, atol=1e-5))
        True
    """

    def __init__(
        self,
        x_train: np.typing.ArrayLike,
        method: str = "zca",
        epsilon: float = 1e-2,
        components: int | None = None,
        examples: int = 10_000,
        seed: int = 0,
    ) -> None:
        x_train = checked(x_train)
        self._method = checks.choice("method", method, METHODS)
        self._epsilon = checks.positive("epsilon", epsilon)
        mean, variances, vectors = _principal(_drawn(x_train, examples, seed))
        count = self._count(components, len(variances))
        self.variances, vectors = variances[:count], _signed(vectors[:count])
        self.mean = mean.reshape(x_train.shape[1:]).astype(np.float32)
        self.directions = vectors.astype(np.float32).reshape(-1, *self.mean.shape)
        matrix = vectors.T / np.sqrt(self.variances + self._epsilon)
        if method == "zca":  # as if there were further directions, with a variance of 0
            least = 1 / np.sqrt(self._epsilon)
            matrix = (matrix - least * vectors.T) @ vectors
            matrix[np.diag_indices_from(matrix)] += least
        self._matrix = matrix.astype(np.float32)

    def __call__(self, x: np.typing.ArrayLike) -> np.ndarray:
        """Returns whitened pictures, float32: of the shape of x, or for "pca" (n, components)."""
        x = checked(x)
        if x.shape[1:] != self.mean.shape:
            rule = f"x must be pictures of shape {self.mean.shape}, as the training pictures are"
            raise ValueError(f"{rule}. Got {x.shape[1:]} instead.")
        found = np.empty((len(x), self._matrix.shape[1]), np.float32)
        for part, place in zip(chunks(x), chunks(found), strict=True):
            np.matmul((numbers(part) - self.mean).reshape(len(part), -1), self._matrix, out=place)
        return found.reshape(x.shape) if self._method == "zca" else found

    def inverse(self, whitened: np.typing.ArrayLike) -> np.ndarray:
        """Returns the pictures, float32, that whitened ones were.

        They are what they were if no component is left away, and else the nearest to it.
        """
        vectors = self.directions.reshape(len(self.directions), -1)
        whitened = np.asarray(whitened, np.float32)
        rows = whitened.reshape(len(whitened), -1)
        found = np.empty((len(rows), vectors.shape[1]), np.float32)
        root, is_zca = np.sqrt(self.variances + self._epsilon), self._method == "zca"
        least = np.float32(np.sqrt(self._epsilon) if is_zca else 0)
        root = root.astype(np.float32) - least
        for part, place in zip(chunks(rows), chunks(found), strict=True):
            share = part @ vectors.T if is_zca else part
            np.matmul(share * root, vectors, out=place)
            if is_zca:
                place += least * part
        return found.reshape(-1, *self.mean.shape) + self.mean

    def _count(self, components, most):
        """Returns how many directions are kept."""
        if components is None:
            return most
        if self._method != "pca":
            rule = "components must be None for zca, which gives pictures"
            raise ValueError(f"{rule}. Got {components!r} instead.")
        return checks.integer("components", components, 1, most)


def _drawn(x, count, seed):
    """Returns so many of the pictures, drawn at random, or all of them if there are no more."""
    count, seed = checks.integer("examples", count, 2), checks.integer("seed", seed, 0)
    if count >= len(x):
        return x
    chosen = np.random.default_rng(seed).choice(len(x), count, replace=False)
    return x[np.sort(chosen)]


def _principal(x):
    """Returns the mean of the numbers of pictures, variances, the largest first, and directions.

    Of fewer pictures than they have numbers, the inner products of the pictures have the same
    variances as the covariance, and are the smaller matrix.
    """
    checks.integer("the number of pictures of x_train", len(x), 2)
    rows = numbers(x, np.float64).reshape(len(x), -1)
    mean = checks.finite("the mean of x_train", rows.mean(axis=0))
    rows -= mean
    few = len(rows) <= rows.shape[1]
    products = (rows @ rows.T if few else rows.T @ rows) / (len(rows) - 1)
    variances, vectors = np.linalg.eigh(products)  # the smallest first, a column each
    variances, vectors = variances[::-1], vectors.T[::-1]
    if few:  # those without a variance would be made of rounding errors; the last one always is
        least = rows.shape[1] * np.finfo(float).eps * variances[0]
        count = max(1, np.count_nonzero(variances[:-1] > least))
        variances, vectors = variances[:count], vectors[:count] @ rows
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(float).tiny)
    return mean, np.maximum(variances, 0), vectors


def _covariance(rows):
    """Returns the covariance of the numbers of rows, a matrix even if each has but one."""
    return np.atleast_2d(np.cov(rows, rowvar=False, dtype=np.float64))


def _signed(vectors):
    """Returns vectors, one a row, each turned so that its largest number is positive."""
    largest = np.abs(vectors).argmax(axis=1)[:, np.newaxis]
    return vectors * np.sign(np.take_along_axis(vectors, largest, axis=1))
