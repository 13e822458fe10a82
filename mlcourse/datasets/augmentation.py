"""Random flips, shifts and cutout of images."""

from __future__ import annotations

import numpy as np

from mlcourse._core import checks


def random_augment(
    x: np.typing.ArrayLike,
    generator: np.random.Generator | int,
    *,
    flip: bool = True,
    pad: int = 4,
    cutout: int = 0,
    indices: np.typing.ArrayLike | None = None,
) -> np.ndarray:
    """Return randomly flipped, shifted and partly masked copies of images.

    Each image is changed independently. Shifted images are padded by reflection (Zagoruyko and
    Komodakis, 2016), which suits both images in [0, 1] and standardized ones; zero padding would be
    black in the former and gray in the latter. Cutout sets a square of pixels to zero (DeVries and
    Taylor, 2017). Its center is uniform over the image, so the square may extend past the edge. The
    authors standardize their images, so that zero is the mean.

    Args:
        x: images, (n, height, width) or (n, height, width, channels), of any numeric dtype.
        generator: a `numpy.random.Generator`, or an integer seed.
        flip: whether to flip each image horizontally with probability 0.5.
        pad: maximum shift in each direction, in pixels.
        cutout: side of the masked square, in pixels; 0 for no cutout.
        indices: integers, (m,), of the images to augment, repetitions allowed; None for all
            images. This is faster than indexing x first.

    Returns:
        Augmented images, (m, height, width) or (m, height, width, channels), of the dtype of x.

    Raises:
        ValueError: if x is not a batch of images, or an argument is invalid.

    Example:
        >>> x = np.arange(6.0).reshape(1, 2, 3)
        >>> random_augment(x, 1, pad=0).tolist() in (x.tolist(), x[:, :, ::-1].tolist())
        True
    """
    x = checks.array("x", x)
    generator = checks.generator("generator", generator)
    check_arguments(x, flip, pad, cutout)
    indices = np.arange(len(x)) if indices is None else _checked_indices(indices, len(x))
    height, width = x.shape[1:3]
    n_images = len(indices)
    rows = _shifted_positions(generator, n_images, height, pad)
    columns = _shifted_positions(generator, n_images, width, pad)
    if flip:
        flipped = generator.random(n_images) < 0.5
        columns[flipped] = columns[flipped, ::-1]
    channels = x.shape[3:]
    pixels = x.reshape(-1, *channels).take(_flat_indices(indices, rows, columns, x.shape), axis=0)
    if cutout:
        rows = _masked_positions(generator, n_images, height, cutout)
        columns = _masked_positions(generator, n_images, width, cutout)
        pixels[_flat_indices(np.arange(n_images), rows, columns, x.shape)] = 0
    return pixels.reshape(n_images, *x.shape[1:])


def check_arguments(x, flip, pad, cutout):
    """Raise ValueError if x is not a batch of images, or an option of `random_augment` is invalid.

    Args:
        x: an array.
        flip, pad, cutout: as in `random_augment`.
    """
    if x.ndim not in (3, 4) or x.dtype.kind not in "biuf" or 0 in x.shape:
        rule = "x must be images of shape (n, height, width) or (n, height, width, channels)"
        raise ValueError(f"{rule}. Got {x.dtype} of shape {x.shape} instead.")
    shorter_side = min(x.shape[1:3])
    checks.flag("flip", flip)
    checks.integer("pad", pad, 0, shorter_side - 1)
    checks.integer("cutout", cutout, 0, shorter_side)


def _checked_indices(indices, n_images):
    """Return indices as an integer array, (m,), if all are from 0 to n_images - 1."""
    array = checks.array("indices", indices)
    is_integer = array.dtype.kind in "iu" or not array.size
    if array.ndim != 1 or not is_integer or np.any((array < 0) | (array >= n_images)):
        rule = f"indices must be whole numbers from 0 to {n_images - 1}"
        raise ValueError(f"{rule}. Got {indices!r} instead.")
    return array.astype(int)


def _shifted_positions(generator, n_images, side, pad):
    """Return the source row (or column) of each output row after a random shift, (n_images, side).

    Positions outside the image are reflected at the edge.
    """
    shift = generator.integers(-pad, pad, (n_images, 1), endpoint=True)
    last = side - 1
    return last - np.abs(last - np.abs(shift + np.arange(side)))


def _masked_positions(generator, n_images, side, size):
    """Return the rows (or columns) masked by cutout, (n_images, size).

    Positions outside the image are clipped to its edge.
    """
    centers = generator.integers(side, size=(n_images, 1))
    return np.clip(centers - size // 2 + np.arange(size), 0, side - 1)


def _flat_indices(indices, rows, columns, shape):
    """Return the flat pixel indices of given rows and columns of images in an array of a shape."""
    rows = indices[:, np.newaxis] * shape[1] + rows
    return (rows[:, :, np.newaxis] * shape[2] + columns[:, np.newaxis, :]).ravel()
