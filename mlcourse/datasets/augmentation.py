"""Data augmentation: random changes of images, new ones in each epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlcourse._core import checks

if TYPE_CHECKING:
    from mlcourse.datasets.augmented_batches import AugmentedBatches


def augmented(
    x: np.typing.ArrayLike,
    generator: np.random.Generator | int,
    *,
    flip: bool = True,
    pad: int = 4,
    cutout: int = 0,
    chosen: np.typing.ArrayLike | None = None,
) -> np.ndarray:
    """Returns pictures that are mirrored, moved and covered at random, each in its own way.

    What comes into the picture where it is moved is its own reflection, as in Zagoruyko and
    Komodakis, 2016: it suits pictures in [0, 1] and normalized ones alike. Zeros, which others
    take, would be black in the first and grey in the second. The square that `cutout` covers has
    zeros, and its centre anywhere in the picture, so that it may reach over the edge: DeVries and
    Taylor, 2017. They had normalized pictures, in which zero is the mean.

    Args:
        x: pictures, (n, height, width) or (n, height, width, channels), of any numbers.
        generator: a `numpy.random.Generator`, or a seed of one.
        flip: whether each picture is mirrored, left to right, with a probability of one half.
        pad: pixels by which each may be moved, up or down and left or right.
        cutout: pixels that a side of the covered square has; 0 for none.
        chosen: the numbers of the pictures that are wanted, (m,), any of them more than once; None
            for all. (Quicker than to copy them first.)

    Returns:
        New pictures, (m, height, width) or (m, height, width, channels), of the type of x.

    Raises:
        ValueError: if x is no batch of pictures, or for a setting that cannot be.

    Example:
        >>> x = np.arange(6.0).reshape(1, 2, 3)
        >>> augmented(x, 1, pad=0).tolist() in (x.tolist(), x[:, :, ::-1].tolist())
        True
    """
    x, generator = checks.array("x", x), checks.generator("generator", generator)
    check(x, flip, pad, cutout)
    chosen = np.arange(len(x)) if chosen is None else _chosen(chosen, len(x))
    (height, width), channels, count = x.shape[1:3], x.shape[3:], len(chosen)
    rows, columns = _moved(generator, count, height, pad), _moved(generator, count, width, pad)
    if flip:
        mirrored = generator.random(count) < 0.5
        columns[mirrored] = columns[mirrored, ::-1]
    places = _places(chosen, rows, columns, x.shape)
    pixels = x.reshape(-1, *channels).take(places, axis=0)
    if cutout:
        rows, columns = (_covered(generator, count, side, cutout) for side in (height, width))
        pixels[_places(np.arange(count), rows, columns, x.shape)] = 0
    return pixels.reshape(count, *x.shape[1:])


def _chosen(numbers, count):
    """Returns numbers of pictures, of which there are so many, as an array (m,)."""
    found = checks.array("chosen", numbers)
    is_whole = found.dtype.kind in "iu" or not found.size
    if found.ndim != 1 or not is_whole or np.any((found < 0) | (found >= count)):
        rule = f"chosen must be whole numbers from 0 to {count - 1}"
        raise ValueError(f"{rule}. Got {numbers!r} instead.")
    return found.astype(int)


def _moved(generator, count, side, pad):
    """Returns which row, or column, each of a picture's comes from, (count, side)."""
    places = generator.integers(-pad, pad, (count, 1), endpoint=True) + np.arange(side)
    last = side - 1
    return last - np.abs(last - np.abs(places))  # reflected at both ends


def _covered(generator, count, side, size):
    """Returns the rows, or columns, that a square has within each picture, (count, size).

    Where it would reach over the edge, the last row within has the others' place.
    """
    centres = generator.integers(side, size=(count, 1))
    return np.clip(centres - size // 2 + np.arange(size), 0, side - 1)


def _places(pictures, rows, columns, shape):
    """Returns where the pixels in rows and columns of pictures are among those of all pictures."""
    rows = pictures[:, np.newaxis] * shape[1] + rows
    return (rows[:, :, np.newaxis] * shape[2] + columns[:, np.newaxis, :]).ravel()


def check(x, flip, pad, cutout):
    """Raises unless x is a batch of pictures, and the settings of `augmented` suit it."""
    if x.ndim not in (3, 4) or x.dtype.kind not in "biuf" or 0 in x.shape:
        rule = "x must be pictures of shape (n, height, width) or (n, height, width, channels)"
        raise ValueError(f"{rule}. Got {x.dtype} of shape {x.shape} instead.")
    smaller = min(x.shape[1:3])
    checks.flag("flip", flip)
    checks.integer("pad", pad, 0, smaller - 1)
    checks.integer("cutout", cutout, 0, smaller)


def augment(
    x: np.typing.ArrayLike,
    y: np.typing.ArrayLike,
    *,
    batch_size: int = 32,
    flip: bool = True,
    pad: int = 4,
    cutout: int = 0,
    seed: int = 0,
) -> AugmentedBatches:
    """Returns batches of pictures for `fit`, in which each epoch shuffles and changes them anew.

    For training data alone: what is measured on validation and test data is to be of the pictures
    as they are.

    What a batch has follows from `seed`, the number of the epoch and that of the batch, and from
    nothing else. `training.fit` says which epoch it is, and so a fit with `run=` that was broken
    off ends with the numbers of an unbroken one. `model.fit` does not, so there the batches count
    the epochs that they were asked for. Both take the batches of an epoch in an order of their
    own, unless they get `shuffle=False`; neither is to get `steps_per_epoch`, with which an epoch
    of theirs would not be one of the batches'.

    Args:
        x: pictures, (n, height, width) or (n, height, width, channels), of any numbers: those that
            the network is to get, so scaled already.
        y: targets, (n, ...): numbers of classes, or ones among zeros; they stay as they are.
        batch_size: pictures a batch; the last one has what is left.
        flip, pad, cutout: as in `augmented`.
        seed: the same seed gives the same pictures.

    Returns:
        A `keras.utils.PyDataset` with `len` batches (x, y), to be given to `fit` in place of x.

    Raises:
        ValueError: for a setting that cannot be, or lengths that differ.

    Example:
        >>> batches = augment(np.zeros((5, 8, 8)), np.arange(5), batch_size=2)
        >>> len(batches), batches[0][0].shape
        (3, (2, 8, 8))
    """
    from mlcourse.datasets.augmented_batches import AugmentedBatches

    x, y = np.ascontiguousarray(checks.array("x", x)), checks.array("y", y)
    check(x, flip, pad, cutout)
    if y.ndim == 0:
        raise ValueError(f"y must hold a target for each picture. Got {y!r} instead.")
    checks.same_length("x", x, "y", y)
    batch_size = checks.integer("batch_size", batch_size, 1)
    seed = checks.integer("seed", seed, 0)
    return AugmentedBatches(x, y, batch_size, seed, flip=flip, pad=pad, cutout=cutout)
