"""A drawn or photographed digit, made like those of MNIST, so that a network may read it."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image, ImageOps
from scipy import ndimage

from mlcourse import checks
from mlcourse.datasets import picture_file

SIDE, BOX = 28, 20  # pixels: of the picture, and of the box that the digit fills
FAINT = 0.15  # below this share of the strongest ink there is paper
SHADOW, SPECK = 0.5, 0.05  # a piece whose strongest ink is less, or with such a share of the most


def drawn_digit(picture: np.typing.ArrayLike | Image.Image | str | Path | IO[bytes]) -> np.ndarray:
    """Returns a picture of one digit as MNIST would have it.

    The digit is cut out, scaled to fit 20 x 20 pixels, and put where its centre of mass is in the
    middle of 28 x 28 pixels, light on black. LeCun et al., 1998.

    Specks and faint shadows beside it are left away.

    Args:
        picture: of one digit, dark on light or light on dark: an array (height, width), or with 1,
            3 or 4 channels, uint8 or in [0, 1]; a `PIL.Image`; or a path, or an open file.

    Returns:
        A uint8 array, (28, 28).

    Raises:
        ValueError: if it is no picture, or there is nothing on it.

    >>> paper = np.full((200, 100), 255, np.uint8)
    >>> paper[40:160, 45:55] = 0
    >>> digit = drawn_digit(paper)
    >>> digit.shape, int((digit > 128).any(axis=1).sum())
    ((28, 28), 20)
    """
    ink = _ink(_grey(picture))
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    digit = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = BOX / max(digit.shape)
    size = [max(1, round(side * scale)) for side in digit.shape[::-1]]  # width first
    return _centred(np.asarray(Image.fromarray(digit).resize(size, Image.Resampling.BILINEAR)))


def _grey(picture):
    """Returns a picture as float32 numbers, (height, width)."""
    array = _array(picture)
    rule = "picture must be an array (height, width), or with 1, 3 or 4 channels, or a file"
    has_channels = array.ndim == 3 and array.shape[2] in (1, 3, 4)
    if array.dtype.kind not in "buif" or not array.size or not (array.ndim == 2 or has_channels):
        raise ValueError(f"{rule}. Got {array.dtype} of shape {array.shape} instead.")
    array = checks.finite("picture", array).astype(np.float32)
    if not has_channels:
        return array
    grey, white = array[:, :, :3].mean(axis=2), 255 if array.max() > 1 else 1
    if array.shape[2] < 4:
        return grey
    alpha = array[:, :, 3]
    on_white = grey * alpha / white + white - alpha
    return on_white if np.ptp(on_white) else alpha  # white ink on nothing


def _array(picture):
    """Returns a picture, or what is in its file, as an array, the way up that a camera noted."""
    if isinstance(picture, str | Path) or hasattr(picture, "read"):
        picture = picture_file.read("picture must be a file of a picture", picture, picture)
    if isinstance(picture, Image.Image):
        picture = ImageOps.exif_transpose(picture)
        deep = picture.mode[0] in "IF"  # one channel of more than 8 bits
        picture = picture if deep else picture.convert("RGBA")
    return checks.array("picture", picture)


def _ink(grey):
    """Returns how much a picture differs from its paper, the median of its border: from 0 to 1."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    ink = np.abs(grey - np.median(border))
    if not ink.any():
        raise ValueError(f"picture must have a digit on it. Got one grey, {grey[0, 0]:g}, instead.")
    ink = ink / ink.max()
    return _without_dirt(np.where(ink < FAINT, 0, ink))


def _without_dirt(ink):
    """Returns the ink without specks, which are small, and without shadows, which are faint."""
    labels, count = ndimage.label(ink, structure=np.ones((3, 3)))
    pieces = np.arange(1, count + 1)
    mass, peak = ndimage.sum_labels(ink, labels, pieces), ndimage.maximum(ink, labels, pieces)
    kept = pieces[(mass > SPECK * mass[peak > SHADOW].max()) & (peak > SHADOW)]
    return np.where(np.isin(labels, kept), ink, 0)


def _centred(digit):
    """Returns a digit in the middle of a picture, by its centre of mass."""
    picture = np.zeros((SIDE, SIDE))
    starts = []
    for axis, length in enumerate(digit.shape):
        mass = digit.sum(axis=1 - axis)
        centre = np.arange(length) @ mass / mass.sum()
        starts.append(int(np.clip(round(SIDE / 2 - centre), 0, SIDE - length)))
    top, left = starts
    picture[top : top + digit.shape[0], left : left + digit.shape[1]] = digit / digit.max()
    return np.round(255 * picture).astype(np.uint8)
