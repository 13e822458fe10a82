"""Pictures scaled for a network: each by itself, or all by what the training pictures are like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlcourse import checks
from mlcourse.pictures.arrays import checked, chunks, numbers


def per_picture(x: np.typing.ArrayLike) -> np.ndarray:
    """Returns pictures, each with mean 0 and standard deviation 1 over all of its numbers.

    It takes brightness and contrast from each of them, whatever the others are like.

    Args:
        x: pictures, (n, height, width) or (n, height, width, channels).

    Returns:
        float32, of the shape of x. A picture that is all of one value becomes zeros.

    Raises:
        ValueError: if x is no batch of pictures, or not finite.

    >>> per_picture([[[0.0, 0.0], [0.5, 0.5]], [[0.7, 0.7], [0.7, 0.7]]]).tolist()
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
class ChannelScale:
    """Scales each channel by what it is like in the training pictures; call it with any pictures.

    Attributes:
        mean: float64, (channels,), of the training pictures; of uint8 ones as shares of 255.
        deviation: float64, (channels,), their standard deviation.

    Example:
        >>> ChannelScale(np.array([0.5]), np.array([0.25]))(np.ones((1, 1, 1))).item()
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


def per_channel(x_train: np.typing.ArrayLike) -> ChannelScale:
    """Returns the scale by which each channel of the training pictures has mean 0 and deviation 1.

    Validation and test pictures go through the same one: it must not be made of them.

    Args:
        x_train: the training pictures, (n, height, width) or (n, height, width, channels).

    Returns:
        A `ChannelScale`.

    Raises:
        ValueError: if x_train is no batch of pictures, or not finite.

    >>> scale = per_channel(np.arange(64.0).reshape(4, 4, 4))
    >>> scale.mean.tolist(), scale(np.full((1, 4, 4), 31.5)).max().item()
    ([31.5], 0.0)
    """
    x_train = checked(x_train)
    mean = _mean(lambda pixels: pixels, x_train)
    checks.finite("the mean of each channel", mean)
    return ChannelScale(mean, np.sqrt(_mean(lambda pixels: (pixels - mean) ** 2, x_train)))


def _mean(function, x):
    """Returns the mean of a function of the pixels of pictures, of each channel."""
    channels, sums = (x.shape[3] if x.ndim == 4 else 1), 0
    for part in chunks(x):
        sums = sums + function(numbers(part, np.float64).reshape(-1, channels)).sum(axis=0)
    return sums / (x.size // channels)


def visible(x: np.typing.ArrayLike, deviations: float = 3) -> np.ndarray:
    """Returns scaled or whitened pictures for the eye, in [0, 1].

    Zero becomes grey; what is as many standard deviations of its picture above zero, or more, is
    white, and below it black.

    Args:
        x: pictures, (n, height, width) or (n, height, width, channels), floats around zero.
        deviations: how many.

    >>> visible([[[-4.0, 0.0], [0.0, 4.0]]], deviations=1).tolist()
    [[[0.0, 0.5], [0.5, 1.0]]]
    """
    shown = numbers(x)
    rows = shown.reshape(len(shown), -1)
    size = np.sqrt(np.square(rows).mean(axis=1, keepdims=True))
    rows /= 2 * checks.positive("deviations", deviations) * np.where(size > 0, size, 1)
    rows += 0.5
    return np.clip(shown, 0, 1, out=shown)
