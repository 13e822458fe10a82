"""Standardization and display of images, and samples, means and counts per class."""

from __future__ import annotations

import numpy as np

from mlcourse import evaluation
from mlcourse._core import checks

CHUNK_SIZE = 1000  # images; bounds the memory of intermediate results


def check_images(x):
    """Return images as an array.

    Raises:
        ValueError: if x is not of shape (n, height, width) or (n, height, width, channels), or
            neither uint8 nor floats.
    """
    x = checks.array("x", x)
    if x.ndim not in (3, 4) or 0 in x.shape or not (x.dtype == np.uint8 or x.dtype.kind == "f"):
        rule = "x must be images of shape (n, height, width) or (n, height, width, channels), "
        rule += "uint8 or floats"
        raise ValueError(f"{rule}. Got {x.dtype} of shape {x.shape} instead.")
    return x


def to_floats(x, dtype=np.float32):
    """Return a copy of images in a float dtype; uint8 images are divided by 255."""
    x = check_images(x)
    floats = x.astype(dtype, order="C")  # in C order, so that reshape returns a view
    if x.dtype == np.uint8:
        floats /= dtype(255)
    return floats


def in_chunks(x):
    """Yield views of at most `CHUNK_SIZE` rows of an array."""
    return (x[start : start + CHUNK_SIZE] for start in range(0, len(x), CHUNK_SIZE))


def standardize_per_image(x: np.typing.ArrayLike) -> np.ndarray:
    """Standardize each image to mean 0 and standard deviation 1 over all its pixels and channels.

    This removes differences in brightness and contrast between images.

    Args:
        x: images, (n, height, width) or (n, height, width, channels).

    Returns:
        Standardized images, float32, of the shape of x. A constant image becomes zeros.

    Raises:
        ValueError: if x is not a batch of images, or not finite.

    >>> standardize_per_image([[[0.0, 0.0], [0.5, 0.5]], [[0.7, 0.7], [0.7, 0.7]]]).tolist()
    [[[-1.0, -1.0], [1.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]]
    """
    images = to_floats(x)
    rows = images.reshape(len(images), -1)
    is_constant = rows.max(axis=1) == rows.min(axis=1)
    rows -= checks.finite("the mean of each image", rows.mean(axis=1))[:, np.newaxis]
    std = np.sqrt(np.einsum("ij,ij->i", rows, rows) / rows.shape[1])
    rows /= np.where(is_constant, np.inf, std)[:, np.newaxis]
    return images


class ChannelStandardizer:
    """Standardization of each channel by its mean and standard deviation in the training images.

    Use the same instance for training, validation and test images.

    Args:
        x_train: training images, (n, height, width) or (n, height, width, channels).

    Attributes:
        mean: mean of each channel, float64, (channels,); of uint8 images divided by 255.
        std: standard deviation of each channel, float64, (channels,).

    Raises:
        ValueError: if x_train is not a batch of images, or not finite.

    >>> standardize = ChannelStandardizer(np.arange(64.0).reshape(4, 4, 4))
    >>> standardize.mean.tolist(), standardize(np.full((1, 4, 4), 31.5)).max().item()
    ([31.5], 0.0)
    """

    def __init__(self, x_train: np.typing.ArrayLike) -> None:
        x_train = check_images(x_train)
        self.mean = _channel_mean(x_train, lambda pixels: pixels)
        checks.finite("the mean of each channel", self.mean)
        self.std = np.sqrt(_channel_mean(x_train, lambda pixels: (pixels - self.mean) ** 2))

    def __call__(self, x: np.typing.ArrayLike) -> np.ndarray:
        """Return standardized images, float32; a channel with standard deviation 0 becomes zeros.

        Args:
            x: images with the channels of the training images.

        Raises:
            ValueError: if x is not a batch of images, or has another number of channels.
        """
        images = to_floats(x)
        n_channels = 1 if images.ndim == 3 else images.shape[3]
        if n_channels != len(self.mean):
            rule = f"x must have as many channels as the training images, {len(self.mean)}"
            raise ValueError(f"{rule}. Got {n_channels} instead.")
        images -= self.mean.astype(np.float32)
        images /= np.where(self.std > 0, self.std, np.inf).astype(np.float32)
        return images


def _channel_mean(x, function):
    """Return the mean of a function of the pixels, (pixels, channels), for each channel."""
    n_channels = x.shape[3] if x.ndim == 4 else 1
    total = 0
    for chunk in in_chunks(x):
        total = total + function(to_floats(chunk, np.float64).reshape(-1, n_channels)).sum(axis=0)
    return total / (x.size // n_channels)


def to_displayable(x: np.typing.ArrayLike, n_std: float = 3) -> np.ndarray:
    """Scale standardized or whitened images to [0, 1] for display.

    Zero becomes gray. Values of at least n_std standard deviations of an image become white, and
    values of at most -n_std standard deviations black.

    Args:
        x: images, (n, height, width) or (n, height, width, channels), floats centered at zero.
        n_std: number of standard deviations.

    Returns:
        Images in [0, 1], float32, of the shape of x.

    >>> to_displayable([[[-4.0, 0.0], [0.0, 4.0]]], n_std=1).tolist()
    [[[0.0, 0.5], [0.5, 1.0]]]
    """
    images = to_floats(x)
    rows = images.reshape(len(images), -1)
    std = np.sqrt(np.square(rows).mean(axis=1, keepdims=True))
    rows /= 2 * checks.positive("n_std", n_std) * np.where(std > 0, std, 1)
    rows += 0.5
    return np.clip(images, 0, 1, out=images)


def sample_per_class(y: np.typing.ArrayLike, n_per_class: int, seed: int = 0) -> np.ndarray:
    """Return the indices of random examples of each class, drawn without replacement.

    Args:
        y: integer labels, (n,) or (n, 1), or one-hot, (n, classes).
        n_per_class: number of examples per class.
        seed: integer seed.

    Returns:
        Indices, integers, (classes, n_per_class).

    Raises:
        ValueError: if a class has fewer examples.

    >>> sample_per_class([0, 1, 0, 1, 2], 1)[2].tolist()
    [4]
    """
    n_per_class = checks.integer("n_per_class", n_per_class, 1)
    seed = checks.integer("seed", seed, 0)
    labels, n_classes = _integer_labels(y)
    _check_class_counts(labels, n_classes, n_per_class)
    generators = np.random.default_rng(seed).spawn(n_classes)
    return np.array(
        [
            generator.choice(np.flatnonzero(labels == label), n_per_class, replace=False)
            for label, generator in enumerate(generators)
        ]
    )


def class_means(x: np.typing.ArrayLike, y: np.typing.ArrayLike) -> np.ndarray:
    """Return the mean image of each class.

    Args:
        x: images, (n, height, width) or (n, height, width, channels).
        y: labels, as in `sample_per_class`.

    Returns:
        Mean images, float32, (classes, height, width) or (classes, height, width, channels); of
        uint8 images divided by 255.

    Raises:
        ValueError: if x and y differ in length, or a class has no examples.

    Example:
        >>> class_means([[[0.0]], [[1.0]], [[4.0]]], [0, 1, 0]).ravel().tolist()
        [2.0, 1.0]
    """
    x = check_images(x)
    checks.same_length("x", x, "y", y)
    labels, n_classes = _integer_labels(y)
    _check_class_counts(labels, n_classes, 1)
    means = np.zeros((n_classes, *x.shape[1:]))
    for label in range(n_classes):
        indices = np.flatnonzero(labels == label)
        for chunk in in_chunks(indices):
            means[label] += to_floats(x[chunk]).sum(axis=0, dtype=np.float64) / len(indices)
    return means.astype(np.float32)


def class_counts(y: np.typing.ArrayLike) -> np.ndarray:
    """Return the number of examples of each class, integers, (classes,).

    Args:
        y: labels, as in `sample_per_class`.

    >>> class_counts([2, 0, 2]).tolist()
    [1, 0, 2]
    """
    labels, n_classes = _integer_labels(y)
    return np.bincount(labels, minlength=n_classes)


def _integer_labels(y):
    """Return integer labels, (n,), and the number of classes."""
    y = checks.array("y", y)
    if y.ndim not in (1, 2) or y.dtype.kind not in "biuf" or 0 in y.shape:
        rule = "y must hold integer labels, (n,), or one-hot labels, (n, classes)"
        raise ValueError(f"{rule}. Got {y.dtype} of shape {y.shape} instead.")
    labels = evaluation.classes(y)
    if labels.min() < 0:
        raise ValueError(f"y must hold integer labels from 0. Got {labels.min()} instead.")
    is_one_hot = y.size > len(y)
    n_classes = y.shape[1] if is_one_hot else int(labels.max()) + 1
    return labels, n_classes


def _check_class_counts(labels, n_classes, minimum):
    """Raise ValueError if a class has fewer examples than the minimum."""
    for label, count in enumerate(np.bincount(labels, minlength=n_classes)):
        if count < minimum:
            rule = f"y must have at least {minimum:,} examples of each class"
            raise ValueError(f"{rule}. Got {count:,} of class {label} instead.")
