"""Images: standardization, displayable images, and samples and means per class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlcourse import evaluation
from mlcourse._core import checks

CHUNK = 1000  # pictures, so that what is computed of them takes little memory


def checked(x):
    """Returns pictures as an array.

    Raises:
        ValueError: if it is none of shape (n, height, width) or (n, height, width, channels), or
            neither uint8 nor of floats.
    """
    x = checks.array("x", x)
    if x.ndim not in (3, 4) or 0 in x.shape or not (x.dtype == np.uint8 or x.dtype.kind == "f"):
        rule = "x must be pictures of shape (n, height, width) or (n, height, width, channels), "
        rule += "uint8 or floats"
        raise ValueError(f"{rule}. Got {x.dtype} of shape {x.shape} instead.")
    return x


def numbers(x, kind=np.float32):
    """Returns a copy of pictures, in numbers of a kind; uint8 ones as shares of 255."""
    x = checked(x)
    found = x.astype(kind, order="C")  # of which reshape makes a view, however x lies in memory
    if x.dtype == np.uint8:
        found /= kind(255)
    return found


def chunks(x):
    """Returns pictures in parts, each a view of no more than `CHUNK` of them."""
    return (x[first : first + CHUNK] for first in range(0, len(x), CHUNK))


def standardize_per_image(x: np.typing.ArrayLike) -> np.ndarray:
    """Returns pictures, each with mean 0 and standard deviation 1 over all of its numbers.

    It takes brightness and contrast from each of them, whatever the others are like.

    Args:
        x: pictures, (n, height, width) or (n, height, width, channels).

    Returns:
        float32, of the shape of x. A picture that is all of one value becomes zeros.

    Raises:
        ValueError: if x is no batch of pictures, or not finite.

    >>> standardize_per_image([[[0.0, 0.0], [0.5, 0.5]], [[0.7, 0.7], [0.7, 0.7]]]).tolist()
    [[[-1.0, -1.0], [1.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]]
    """
    scaled = numbers(x)
    rows = scaled.reshape(len(scaled), -1)
    constant = rows.max(axis=1) == rows.min(axis=1)
    rows -= checks.finite("the mean of each picture", rows.mean(axis=1))[:, np.newaxis]
    deviation = np.sqrt(np.einsum("ij,ij->i", rows, rows) / rows.shape[1])
    rows /= np.where(constant, np.inf, deviation)[:, np.newaxis]
    return scaled


@dataclass(frozen=True, eq=False)
class ChannelStandardizer:
    """Scales each channel by what it is like in the training pictures; call it with any pictures.

    Attributes:
        mean: float64, (channels,), of the training pictures; of uint8 ones as shares of 255.
        deviation: float64, (channels,), their standard deviation.

    Example:
        >>> ChannelStandardizer(np.array([0.5]), np.array([0.25]))(np.ones((1, 1, 1))).item()
        2.0
    """

    mean: np.ndarray
    deviation: np.ndarray

    def __call__(self, x: np.typing.ArrayLike) -> np.ndarray:
        """Returns pictures in float32, scaled. A channel that was all of one value has zeros."""
        scaled = numbers(x)
        channels = 1 if scaled.ndim == 3 else scaled.shape[3]
        if channels != len(self.mean):
            rule = f"x must have as many channels as the training pictures, {len(self.mean)}"
            raise ValueError(f"{rule}. Got {channels} instead.")
        scaled -= self.mean.astype(np.float32)
        scaled /= np.where(self.deviation > 0, self.deviation, np.inf).astype(np.float32)
        return scaled


def per_channel(x_train: np.typing.ArrayLike) -> ChannelStandardizer:
    """Returns the scale by which each channel of the training pictures has mean 0 and deviation 1.

    Validation and test pictures go through the same one: it must not be made of them.

    Args:
        x_train: the training pictures, (n, height, width) or (n, height, width, channels).

    Returns:
        A `ChannelStandardizer`.

    Raises:
        ValueError: if x_train is no batch of pictures, or not finite.

    >>> scale = per_channel(np.arange(64.0).reshape(4, 4, 4))
    >>> scale.mean.tolist(), scale(np.full((1, 4, 4), 31.5)).max().item()
    ([31.5], 0.0)
    """
    x_train = checked(x_train)
    mean = _mean(lambda pixels: pixels, x_train)
    checks.finite("the mean of each channel", mean)
    return ChannelStandardizer(mean, np.sqrt(_mean(lambda pixels: (pixels - mean) ** 2, x_train)))


def _mean(function, x):
    """Returns the mean of a function of the pixels of pictures, of each channel."""
    channels, sums = (x.shape[3] if x.ndim == 4 else 1), 0
    for part in chunks(x):
        sums = sums + function(numbers(part, np.float64).reshape(-1, channels)).sum(axis=0)
    return sums / (x.size // channels)


def to_displayable(x: np.typing.ArrayLike, deviations: float = 3) -> np.ndarray:
    """Returns scaled or whitened pictures for the eye, in [0, 1].

    Zero becomes grey; what is as many standard deviations of its picture above zero, or more, is
    white, and below it black.

    Args:
        x: pictures, (n, height, width) or (n, height, width, channels), floats around zero.
        deviations: how many.

    >>> to_displayable([[[-4.0, 0.0], [0.0, 4.0]]], deviations=1).tolist()
    [[[0.0, 0.5], [0.5, 1.0]]]
    """
    shown = numbers(x)
    rows = shown.reshape(len(shown), -1)
    size = np.sqrt(np.square(rows).mean(axis=1, keepdims=True))
    rows /= 2 * checks.positive("deviations", deviations) * np.where(size > 0, size, 1)
    rows += 0.5
    return np.clip(shown, 0, 1, out=shown)


def sample_per_class(y: np.typing.ArrayLike, count: int, seed: int = 0) -> np.ndarray:
    """Returns the places of some examples of each class, drawn at random without replacement.

    Args:
        y: classes, whole numbers (n,) or (n, 1); or ones among zeros, (n, classes).
        count: how many of each.
        seed: the same seed gives the same ones.

    Returns:
        Whole numbers, (classes, count), in the order of the classes.

    Raises:
        ValueError: if a class has fewer examples.

    >>> sample_per_class([0, 1, 0, 1, 2], 1)[2].tolist()
    [4]
    """
    count, seed = checks.integer("count", count, 1), checks.integer("seed", seed, 0)
    labels, classes = _labels(y)
    generators = np.random.default_rng(seed).spawn(classes)
    chosen = []
    _check_enough(labels, classes, count)
    for number, generator in enumerate(generators):
        places = np.flatnonzero(labels == number)
        chosen.append(generator.choice(places, count, replace=False))
    return np.array(chosen)


def class_means(x: np.typing.ArrayLike, y: np.typing.ArrayLike) -> np.ndarray:
    """Returns the mean picture of each class.

    Args:
        x: pictures, (n, height, width) or (n, height, width, channels).
        y: their classes, as in `sample_per_class`.

    Returns:
        float32, (classes, height, width) or (classes, height, width, channels); of uint8 pictures
        as shares of 255.

    Raises:
        ValueError: if lengths differ, or a class has no picture.

    Example:
        >>> class_means([[[0.0]], [[1.0]], [[4.0]]], [0, 1, 0]).ravel().tolist()
        [2.0, 1.0]
    """
    x = checked(x)
    checks.same_length("x", x, "y", y)
    labels, classes = _labels(y)
    _check_enough(labels, classes, 1)
    means = np.zeros((classes, *x.shape[1:]))
    for number in range(classes):
        mine = np.flatnonzero(labels == number)
        for some in chunks(mine):
            means[number] += numbers(x[some]).sum(axis=0, dtype=np.float64) / len(mine)
    return means.astype(np.float32)


def class_counts(y: np.typing.ArrayLike) -> np.ndarray:
    """Returns how many examples each class has, (classes,), in the order of the classes.

    Args:
        y: classes, as in `sample_per_class`.

    >>> class_counts([2, 0, 2]).tolist()
    [1, 0, 2]
    """
    labels, classes = _labels(y)
    return np.bincount(labels, minlength=classes)


def _labels(y):
    """Returns the numbers of the classes, (n,), and how many classes there are."""
    y = checks.array("y", y)
    if y.ndim not in (1, 2) or y.dtype.kind not in "biuf" or 0 in y.shape:
        rule = "y must hold numbers of classes, (n,), or ones among zeros, (n, classes)"
        raise ValueError(f"{rule}. Got {y.dtype} of shape {y.shape} instead.")
    labels, columns = evaluation.classes(y), y.size // len(y)
    if labels.min() < 0:
        raise ValueError(f"y must hold whole numbers from 0 on. Got {labels.min()} instead.")
    return labels, columns if columns > 1 else int(labels.max()) + 1


def _check_enough(labels, classes, count):
    for number, found in enumerate(np.bincount(labels, minlength=classes)):
        if found < count:
            rule = f"y must have at least {count:,} of each class"
            raise ValueError(f"{rule}. Got {found:,} of class {number} instead.")
