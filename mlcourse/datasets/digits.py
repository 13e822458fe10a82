"""Handwritten digits: convert images to MNIST's format, and combine two MNIST digits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image, ImageOps
from scipy import ndimage

from mlcourse._core import checks, files
from mlcourse.datasets.catalog import ARRAYS, Dataset
from mlcourse.datasets.loader import load

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MAX_IMAGES = 500_000  # 588 MB
MAX_PIXELS = 40_000_000


def read_image(rule, file, name):
    """Return the image in a file as a `PIL.Image`.

    Args:
        rule: beginning of the error messages, such as "an upload must be an image".
        file: a path, or an open file.
        name: the file's name, for error messages.

    Raises:
        ValueError: if the image is too large or truncated, or not in one of `FORMATS`.
        OSError: if the file does not exist or is not readable.
    """
    rule = f"{rule} ({', '.join(FORMATS)})"
    size_rule = f"{rule} of at most {MAX_PIXELS // 10**6} million pixels"
    try:
        if isinstance(file, str | Path):
            files.check_regular(file)
        image = Image.open(file, formats=FORMATS)
        width, height = image.size
        if width * height <= MAX_PIXELS:
            image.load()
            return image
    except Image.DecompressionBombError as error:
        raise ValueError(f"{size_rule}. {error}") from error
    except Exception as error:  # Pillow raises many types for a broken file
        if isinstance(error, OSError) and error.errno:
            raise
        raise ValueError(f"{rule}, and whole. Got {name!r} instead.") from error
    raise ValueError(f"{size_rule}. Got {width:,} x {height:,} instead.")


SIDE = 28  # pixels: side of the output image
BOX = 20  # pixels: longest side of the digit
BACKGROUND = 0.15  # ink below this fraction of the maximum is background
MIN_PEAK = 0.5  # connected components with a lower maximum are shadows
MIN_MASS = 0.05  # components with a lower fraction of the largest component's ink are specks


def preprocess_digit(
    image: np.typing.ArrayLike | Image.Image | str | Path | IO[bytes],
) -> np.ndarray:
    """Convert an image of one digit to MNIST's format.

    The digit is cropped, scaled to fit into 20 x 20 pixels, and placed with its center of mass in
    the middle of 28 x 28 pixels, light on black (LeCun et al., 1998). Specks and faint shadows are
    removed.

    Args:
        image: one digit, dark on light or light on dark: an array, (height, width), or with 1, 3 or
            4 channels last, uint8 or in [0, 1]; a `PIL.Image`; or a path or an open file.

    Returns:
        An image, uint8, (28, 28).

    Raises:
        ValueError: if the input is not an image, or is blank.

    >>> page = np.full((200, 100), 255, np.uint8)
    >>> page[40:160, 45:55] = 0
    >>> digit = preprocess_digit(page)
    >>> digit.shape, int((digit > 128).any(axis=1).sum())
    ((28, 28), 20)
    """
    ink = _ink(_to_gray(image))
    rows = np.flatnonzero(ink.any(axis=1))
    columns = np.flatnonzero(ink.any(axis=0))
    digit = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = BOX / max(digit.shape)
    height, width = (max(1, round(side * scale)) for side in digit.shape)
    resized = Image.fromarray(digit).resize((width, height), Image.Resampling.BILINEAR)
    return _centered(np.asarray(resized))


def _to_gray(image):
    """Return an image as float32 gray values, (height, width)."""
    array = _to_array(image)
    has_channels = array.ndim == 3 and array.shape[2] in (1, 3, 4)
    if array.dtype.kind not in "buif" or not array.size or not (array.ndim == 2 or has_channels):
        rule = "image must be an array (height, width), or with 1, 3 or 4 channels, or a file"
        raise ValueError(f"{rule}. Got {array.dtype} of shape {array.shape} instead.")
    with np.errstate(over="ignore"):
        array = checks.finite("image", checks.finite("image", array).astype(np.float32))
    if not has_channels:
        return array
    gray = array[:, :, :3].mean(axis=2)
    if array.shape[2] < 4:
        return gray
    white = 255 if array.max() > 1 else 1
    alpha = array[:, :, 3]
    on_white = gray * alpha / white + white - alpha
    if not np.ptp(on_white):  # white ink on a transparent background
        return alpha
    return on_white


def _to_array(image):
    """Return an image, or the image in a file, as an array, rotated by its EXIF orientation."""
    if isinstance(image, str | Path) or hasattr(image, "read"):
        image = read_image("image must be an image file", image, image)
    if isinstance(image, Image.Image):
        image = ImageOps.exif_transpose(image)
        is_deep = image.mode[0] in "IF"  # one channel of more than 8 bits
        image = image if is_deep else image.convert("RGBA")
    return checks.array("image", image)


def _ink(gray):
    """Return the difference of each pixel from the background, from 0 to 1.

    The background is the median of the image's border.
    """
    border = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    ink = np.abs(gray - np.median(border))
    if not ink.any():
        rule = "image must have a digit on it"
        raise ValueError(f"{rule}. Got a constant image of value {gray[0, 0]:g} instead.")
    ink = ink / ink.max()
    return _remove_dirt(np.where(ink < BACKGROUND, 0, ink))


def _remove_dirt(ink):
    """Return ink without specks and shadows: connected components that are small or faint."""
    components, n_components = ndimage.label(ink, structure=np.ones((3, 3)))
    numbers = np.arange(1, n_components + 1)
    mass = ndimage.sum_labels(ink, components, numbers)
    peak = ndimage.maximum(ink, components, numbers)
    is_digit = (mass > MIN_MASS * mass[peak > MIN_PEAK].max()) & (peak > MIN_PEAK)
    return np.where(np.isin(components, numbers[is_digit]), ink, 0)


def _centered(digit):
    """Return a 28 x 28 image with a digit's center of mass in the middle."""
    image = np.zeros((SIDE, SIDE))
    starts = []
    for axis, length in enumerate(digit.shape):
        mass = digit.sum(axis=1 - axis)
        center = np.arange(length) @ mass / mass.sum()
        starts.append(int(np.clip(round(SIDE / 2 - center), 0, SIDE - length)))
    top, left = starts
    image[top : top + digit.shape[0], left : left + digit.shape[1]] = digit / digit.max()
    return np.round(255 * image).astype(np.uint8)


HEIGHT = 42  # rows of an image of two digits, which have 28 rows each
UPPER_START = (0, 1)  # first row of the upper digit: lowest and highest
LOWER_START = (13, 14)  # first row of the lower digit


@dataclass(frozen=True, eq=False, repr=False)
class TwoDigits(Dataset):
    """Images of two digits: a `Dataset` with two labels per image.

    Attributes:
        x_train: images, uint8, (n, 42, 28), 0 to 255.
        y_train: integer labels, uint8, (n, 2): of the upper and of the lower digit.
        x_test, y_test: the same for the test data.
        class_names, source, name: as in the dataset of single digits.

    Example:
        >>> x, y = np.zeros((5, 42, 28), np.uint8), np.zeros((5, 2), np.uint8)
        >>> TwoDigits(x, y, x, y, tuple("0123456789"), "synthetic", "mnist").title
        'Synthetic MNIST, two digits per image'
    """

    @property
    def title(self) -> str:
        """The dataset's name for titles; marks synthetic data."""
        return f"{super().title}, two digits per image"

    @property
    def kind(self) -> str:
        """Whether the images are made of real digits, as in `Dataset`."""
        return "made of real images" if super().kind == "real" else super().kind


def make_two_digits(
    n_train: int = 60_000, n_test: int = 10_000, seed: int = 0, synthetic: bool = False
) -> TwoDigits:
    """Return images of two overlapping MNIST digits, one above the other.

    Training images are made of random training digits, and test images of test digits. The upper
    digit starts in row 0 or 1, the lower one in row 13 or 14. A digit has 28 rows, most of which
    have ink in 20. In nine of ten images 3 to 10 rows have ink of both digits (in two of a thousand
    none has); both digits can still be read. Each pixel is the maximum of both digits.

    Args:
        n_train: number of training images, at most 500,000.
        n_test: number of test images, at most 500,000.
        seed: integer seed.
        synthetic: whether to use generated digits if MNIST is not available, as in `load`.

    Returns:
        A `TwoDigits`.

    Raises:
        ValueError: if n_train or n_test is below 1, or seed is negative.
        DatasetUnavailable: as in `load`.

    Example:
        >>> make_two_digits(100, n_test=10, synthetic=True).x_train.shape  # doctest: +SKIP
        (100, 42, 28)
    """
    n_train = checks.integer("n_train", n_train, 1, limit=MAX_IMAGES)
    n_test = checks.integer("n_test", n_test, 1, limit=MAX_IMAGES)
    train_rng, test_rng = np.random.default_rng(checks.integer("seed", seed, 0)).spawn(2)
    digits = load("mnist", synthetic=synthetic)
    train_data = _combine(digits.x_train, digits.y_train, n_train, train_rng)
    test_data = _combine(digits.x_test, digits.y_test, n_test, test_rng)
    arrays = dict(zip(ARRAYS, [*train_data, *test_data], strict=True))
    return TwoDigits(
        **arrays, class_names=digits.class_names, source=digits.source, name=digits.name
    )


def _combine(images, labels, n, rng):
    """Return n images of two random digits each, and their labels, (n, 2)."""
    indices = rng.integers(len(images), size=(2, n))
    combined = np.zeros((n, HEIGHT, images.shape[2]), np.uint8)
    image_indices = np.arange(n)[:, np.newaxis]
    for digit_indices, (low, high) in zip(indices, (UPPER_START, LOWER_START), strict=True):
        rows = rng.integers(low, high + 1, (n, 1)) + np.arange(images.shape[1])
        digits = images[digit_indices]
        combined[image_indices, rows] = np.maximum(combined[image_indices, rows], digits)
    return combined, labels[indices].T.copy()
