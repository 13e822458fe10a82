"""PCA and ZCA whitening of images and of image patches."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mlcourse._core import checks
from mlcourse.preprocessing.images import check_images, in_chunks, to_floats

MAX_VALUES = 5_000  # per side of a covariance matrix, whose eigenvectors take minutes
METHODS = ("zca", "pca")


def patch_filters(
    x_train: np.typing.ArrayLike,
    patch_size: int = 2,
    epsilon: float = 5e-4,
    max_examples: int = 5_000,
    seed: int = 0,
) -> np.ndarray:
    """Return convolution filters that whiten small image patches by PCA.

    Each principal component of the patches, divided by the square root of its variance, is a
    filter; a second filter has the opposite sign, so that a following ReLU loses no information. As
    a first layer that is not trained, the filters shorten training: David Page, How to train your
    ResNet 8 (2019); Jordan, 94% on CIFAR-10 in 3.29 seconds (2024), the source of the default
    patch_size and epsilon.

    Args:
        x_train: training images as the network gets them, (n, height, width, channels).
        patch_size: side of a patch, in pixels.
        epsilon: constant added to the variances, for images with a standard deviation near 1.
        max_examples: maximum number of training images to use, drawn at random.
        seed: integer seed.

    Returns:
        Filters, float32, (2 * patch_size * patch_size * channels, patch_size, patch_size,
        channels), in descending order of variance, then the same with opposite signs. Pass them to
        `models.residual`; `plot_filters` plots them.

    Raises:
        ValueError: if x_train is not a batch of images with channels, or not finite, or an argument
            is invalid.

    >>> patch_filters(np.random.default_rng(0).normal(size=(20, 8, 8, 3))).shape
    (24, 2, 2, 3)
    """
    x_train = check_images(x_train)
    if x_train.ndim != 4:
        rule = "x_train must be of shape (n, height, width, channels)"
        raise ValueError(f"{rule}. Got {x_train.shape} instead.")
    size = checks.integer("patch_size", patch_size, 1, min(x_train.shape[1:3]))
    checks.at_most("the number of values of a patch", size * size * x_train.shape[3], MAX_VALUES)
    epsilon = checks.positive("epsilon", epsilon)
    images = checks.finite("x_train", to_floats(_random_subset(x_train, max_examples, seed)))
    patches = sliding_window_view(images, (size, size), axis=(1, 2)).transpose(0, 1, 2, 4, 5, 3)
    n_channels = x_train.shape[3]
    variances, vectors = np.linalg.eigh(_covariance(patches.reshape(-1, size * size * n_channels)))
    vectors = _fix_signs(vectors.T[::-1]) / np.sqrt(variances[::-1, np.newaxis] + epsilon)
    filters = np.concatenate([vectors, -vectors]).reshape(-1, size, size, n_channels)
    return filters.astype(np.float32)


class Whitening:
    """PCA or ZCA whitening, fitted on training images.

    Neighboring pixels are highly correlated. The eigenvectors of the pixels' covariance matrix are
    uncorrelated directions, and the eigenvalues v their variances. PCA whitening projects an image
    onto the eigenvectors and divides each projection by sqrt(v + epsilon). ZCA whitening then
    rotates back, so that the result is again an image, and of all whitened images the closest to
    the original: edges remain, and flat areas fade. Bell and Sejnowski, 1997; Krizhevsky, 2009, for
    small color images.

    With a very small epsilon, directions with little but noise get as much weight as all others. A
    larger epsilon suppresses directions whose variance is below it.

    Args:
        x_train: training images, (n, height, width) or (n, height, width, channels).
        method: "zca" or "pca".
        epsilon: constant added to the variances of images in [0, 1]; uint8 images are divided by
            255.
        n_components: for "pca", number of components with the largest variances; None for all that
            the examples determine.
        max_examples: maximum number of training images to use, drawn at random. For CIFAR-10,
            10,000 are enough: on other images the variances above the default epsilon agree within
            10 percent. 1,000 images take a quarter of the time; directions in which they do not
            vary have variance 0.
        seed: integer seed.

    Attributes:
        mean: mean image, float32, (height, width) or (height, width, channels).
        variances: variances in descending order, float64, (components,).
        directions: eigenvectors of length 1, float32, (components, height, width) or (components,
            height, width, channels).

    Raises:
        ValueError: if x_train is not a batch of at least two images, or not finite, or an argument
            is invalid.

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
        n_components: int | None = None,
        max_examples: int = 10_000,
        seed: int = 0,
    ) -> None:
        x_train = check_images(x_train)
        self._method = checks.choice("method", method, METHODS)
        self._epsilon = checks.positive("epsilon", epsilon)
        mean, variances, vectors = _pca(_random_subset(x_train, max_examples, seed))
        n_components = self._checked_n_components(n_components, len(variances))
        self.variances = variances[:n_components]
        vectors = _fix_signs(vectors[:n_components])
        self.mean = mean.reshape(x_train.shape[1:]).astype(np.float32)
        self.directions = vectors.astype(np.float32).reshape(-1, *self.mean.shape)
        matrix = vectors.T / np.sqrt(self.variances + self._epsilon)
        if method == "zca":  # all other directions have variance 0, and so the scale `max_scale`
            max_scale = 1 / np.sqrt(self._epsilon)
            matrix = (matrix - max_scale * vectors.T) @ vectors
            matrix[np.diag_indices_from(matrix)] += max_scale
        self._matrix = matrix.astype(np.float32)

    def __call__(self, x: np.typing.ArrayLike) -> np.ndarray:
        """Return whitened images, float32: of the shape of x, or for "pca" (n, components).

        Args:
            x: images of the shape of the training images.

        Raises:
            ValueError: if x is not a batch of such images.
        """
        x = check_images(x)
        if x.shape[1:] != self.mean.shape:
            rule = f"x must be images of shape {self.mean.shape}, as the training images are"
            raise ValueError(f"{rule}. Got {x.shape[1:]} instead.")
        whitened = np.empty((len(x), self._matrix.shape[1]), np.float32)
        for images, out in zip(in_chunks(x), in_chunks(whitened), strict=True):
            centered = (to_floats(images) - self.mean).reshape(len(images), -1)
            np.matmul(centered, self._matrix, out=out)
        return whitened.reshape(x.shape) if self._method == "zca" else whitened

    def inverse(self, whitened: np.typing.ArrayLike) -> np.ndarray:
        """Return the original images from whitened ones, float32.

        With fewer than all components they are the least-squares reconstruction.

        Args:
            whitened: images, or for "pca" projections, (n, components), as returned by a call.
        """
        vectors = self.directions.reshape(len(self.directions), -1)
        whitened = np.asarray(whitened, np.float32)
        rows = whitened.reshape(len(whitened), -1)
        is_zca = self._method == "zca"
        min_std = np.float32(np.sqrt(self._epsilon) if is_zca else 0)
        std = np.sqrt(self.variances + self._epsilon).astype(np.float32) - min_std
        images = np.empty((len(rows), vectors.shape[1]), np.float32)
        for chunk, out in zip(in_chunks(rows), in_chunks(images), strict=True):
            projections = chunk @ vectors.T if is_zca else chunk
            np.matmul(projections * std, vectors, out=out)
            if is_zca:
                out += min_std * chunk
        return images.reshape(-1, *self.mean.shape) + self.mean

    def _checked_n_components(self, n_components, maximum):
        """Return the number of components to use."""
        if n_components is None:
            return maximum
        if self._method != "pca":
            raise ValueError(f"n_components must be None for zca. Got {n_components!r} instead.")
        return checks.integer("n_components", n_components, 1, maximum)


def _random_subset(x, max_examples, seed):
    """Return at most max_examples rows of x, drawn at random, in their original order."""
    max_examples = checks.integer("max_examples", max_examples, 2)
    seed = checks.integer("seed", seed, 0)
    if max_examples >= len(x):
        return x
    indices = np.random.default_rng(seed).choice(len(x), max_examples, replace=False)
    return x[np.sort(indices)]


def _pca(x):
    """Return the mean of flattened images, their variances in descending order, and directions.

    With fewer images than pixels, the Gram matrix of the images is used: it has the same nonzero
    eigenvalues as the covariance matrix, and is smaller.
    """
    checks.integer("the number of images of x_train", len(x), 2)
    rank = min(len(x), x[0].size)
    checks.at_most("the number of images, or of values of an image,", rank, MAX_VALUES)
    rows = to_floats(x, np.float64).reshape(len(x), -1)
    mean = checks.finite("the mean of x_train", rows.mean(axis=0))
    rows -= mean
    uses_gram = len(rows) <= rows.shape[1]
    matrix = rows @ rows.T if uses_gram else rows.T @ rows
    variances, vectors = np.linalg.eigh(matrix / (len(rows) - 1))  # ascending; vectors in columns
    variances = variances[::-1]
    vectors = vectors.T[::-1]
    if uses_gram:
        # Directions without variance would be rounding errors; the last one always is.
        threshold = rows.shape[1] * np.finfo(float).eps * variances[0]
        n_components = max(1, np.count_nonzero(variances[:-1] > threshold))
        variances = variances[:n_components]
        vectors = vectors[:n_components] @ rows
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.maximum(lengths, np.finfo(float).tiny)
    return mean, np.maximum(variances, 0), vectors


def _covariance(rows):
    """Return the covariance matrix of the columns, (1, 1) for a single column."""
    return np.atleast_2d(np.cov(rows, rowvar=False, dtype=np.float64))


def _fix_signs(vectors):
    """Return vectors, one per row, with signs such that the largest absolute value is positive."""
    largest = np.abs(vectors).argmax(axis=1)[:, np.newaxis]
    return vectors * np.sign(np.take_along_axis(vectors, largest, axis=1))
