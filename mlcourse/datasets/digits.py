"""Handwritten digits: from a drawing or a file, and two of them in one image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image, ImageOps
from scipy import ndimage

from mlcourse._core import checks
from mlcourse.datasets.catalog import ARRAYS, Dataset
from mlcourse.datasets.loader import load

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")  # no others are tried
PIXELS = 40_000_000  # the most


def read(rule, file, name):
    """Returns the picture in a file as a `PIL.Image`.

    Args:
        rule: how an error begins, such as "an upload must be a picture".
        file: a path, or an open file.
        name: what an error calls the file.

    Raises:
        ValueError: if it is too large, or no whole picture in one of `FORMATS`.
        OSError: if there is no such file, or none for us to read.
    """
    rule = f"{rule} ({', '.join(FORMATS)})"
    try:
        picture = Image.open(file, formats=FORMATS)
        width, height = picture.size
        if width * height <= PIXELS:
            picture.load()
            return picture
    except Image.DecompressionBombError as error:
        raise ValueError(f"{rule} of at most {PIXELS // 10**6} million pixels. {error}") from error
    except Exception as error:  # whatever a broken file leads to
        if isinstance(error, OSError) and error.errno:
            raise
        raise ValueError(f"{rule}, and whole. Got {name!r} instead.") from error
    limit = f"{rule} of at most {PIXELS // 10**6} million pixels"
    raise ValueError(f"{limit}. Got {width:,} x {height:,} instead.")


SIDE, BOX = 28, 20  # pixels: of the picture, and of the box that the digit fills
FAINT = 0.15  # below this share of the strongest ink there is paper
SHADOW, SPECK = 0.5, 0.05  # a piece whose strongest ink is less, or with such a share of the most


def preprocess_digit(
    picture: np.typing.ArrayLike | Image.Image | str | Path | IO[bytes],
) -> np.ndarray:
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
    >>> digit = preprocess_digit(paper)
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
        picture = read("picture must be a file of a picture", picture, picture)
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


HEIGHT = 42  # rows of a picture; a digit has 28
UPPER, LOWER = (0, 1), (13, 14)
"""The first row of each digit's 28, from and to: at random in between."""


@dataclass(frozen=True, eq=False, repr=False)
class TwoDigits(Dataset):
    """Pictures of two digits each: a `Dataset` with two labels a picture.

    Attributes:
        x_train: uint8, (n, 42, 28), 0 to 255.
        y_train: uint8, (n, 2): the upper digit, then the lower one.
        x_test, y_test: the same for the test pictures.
        class_names, source, name: those of the digits.

    Example:
        >>> x, y = np.zeros((5, 42, 28), np.uint8), np.zeros((5, 2), np.uint8)
        >>> TwoDigits(x, y, x, y, tuple("0123456789"), "stand-in", "mnist").title
        'MNIST stand-in, two digits a picture'
    """

    @property
    def title(self) -> str:
        """What to call the data in a title, a stand-in by this word."""
        return f"{super().title}, two digits a picture"

    @property
    def kind(self) -> str:
        """Whether the pictures are made of real digits."""
        return "made of real ones" if super().kind == "real" else super().kind


def make_two_digits(
    n: int = 60_000, seed: int = 0, test: int = 10_000, synthetic: bool = False
) -> TwoDigits:
    """Returns pictures of two MNIST digits each, an upper and a lower one that overlap.

    Each digit is drawn at random; training pictures are made of training digits, and test pictures
    of test digits. A digit has 28 rows, and most have ink in 20 of them. The upper digit begins in
    row 0 or 1, the lower one in row 13 or 14: in nine of ten pictures 3 to 10 rows have ink of
    both (in two of a thousand none has), and yet both can be read. Of the two, each pixel has the
    brighter one.

    Args:
        n: training pictures.
        seed: the same seed gives the same pictures.
        test: test pictures.
        synthetic: as in `load`: whether generated digits will do.

    Returns:
        A `TwoDigits`.

    Raises:
        ValueError: for n or test below 1, or a seed that is no whole number from 0 on.
        DatasetUnavailable: as `load`.

    Example:
        >>> make_two_digits(100, test=10, synthetic=True).x_train.shape  # doctest: +SKIP
        (100, 42, 28)
    """
    n, test = checks.integer("n", n, 1), checks.integer("test", test, 1)
    train_rng, test_rng = np.random.default_rng(checks.integer("seed", seed, 0)).spawn(2)
    digits = load("mnist", synthetic=synthetic)
    train = _pairs(digits.x_train, digits.y_train, n, train_rng)
    tested = _pairs(digits.x_test, digits.y_test, test, test_rng)
    arrays = dict(zip(ARRAYS, [*train, *tested], strict=True))
    return TwoDigits(
        **arrays, class_names=digits.class_names, source=digits.source, name=digits.name
    )


def _pairs(images, labels, n, rng):
    """Returns n pictures of two of the images, and their pairs of labels."""
    chosen = rng.integers(len(images), size=(2, n))
    pictures = np.zeros((n, HEIGHT, images.shape[2]), np.uint8)
    which = np.arange(n)[:, np.newaxis]
    for digits, (first, last) in zip(chosen, (UPPER, LOWER), strict=True):
        rows = rng.integers(first, last + 1, (n, 1)) + np.arange(images.shape[1])
        pictures[which, rows] = np.maximum(pictures[which, rows], images[digits])
    return pictures, labels[chosen].T.copy()
