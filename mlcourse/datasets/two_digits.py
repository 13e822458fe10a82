"""Pictures of two digits of MNIST, one above the other and overlapping it."""

from dataclasses import dataclass

import numpy as np

from mlcourse import checks
from mlcourse.datasets.dataset import ARRAYS, Dataset
from mlcourse.datasets.loader import load

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


def two_digits(
    n: int = 60_000, seed: int = 0, test: int = 10_000, stand_in: bool = False
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
        stand_in: as in `load`: whether generated digits will do.

    Returns:
        A `TwoDigits`.

    Raises:
        ValueError: for n or test below 1, or a seed that is no whole number from 0 on.
        DatasetUnavailable: as `load`.

    Example:
        >>> two_digits(100, test=10, stand_in=True).x_train.shape  # doctest: +SKIP
        (100, 42, 28)
    """
    n, test = checks.integer("n", n, 1), checks.integer("test", test, 1)
    train_rng, test_rng = np.random.default_rng(checks.integer("seed", seed, 0)).spawn(2)
    digits = load("mnist", stand_in=stand_in)
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
