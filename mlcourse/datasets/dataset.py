"""The arrays of a dataset, and the checks they pass before anyone sees them."""

import hashlib
from dataclasses import dataclass

import numpy as np

from mlcourse.datasets import catalogue

ARRAYS = ("x_train", "y_train", "x_test", "y_test")
STAND_IN = "stand-in"
"""The source of generated pictures."""

STAND_IN_NOTICE = (
    "STAND-IN DATA: generated pictures, not the real ones. Do not report their figures."
)


class DatasetUnavailable(Exception):
    """No source gave the dataset; the message says what was tried and what mends it."""


class DatasetCorrupt(Exception):
    """A file or an answer is not the dataset that it should be."""


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Labelled pictures in two parts.

    Attributes:
        x_train: uint8, (n, height, width) or (n, height, width, channels), 0 to 255.
        y_train: uint8, (n,): the number of each picture's class.
        x_test, y_test: the same for the test pictures.
        class_names: in label order.
        source: where the arrays came from; "stand-in" if they are generated pictures.
        name: the name that `load` was given.

    Example:
        >>> x, y = np.zeros((5, 28, 28), np.uint8), np.arange(5)
        >>> Dataset(x, y, x[:2], y[:2], tuple("01234"), "a drawer", "digits")
        digits: 5 training and 2 test pictures of 28 x 28, 5 classes, source: a drawer
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple
    source: str
    name: str = ""

    @property
    def title(self) -> str:
        """What to call the data in a title: a stand-in is never called by the real name alone."""
        entry = catalogue.CATALOGUE.get(self.name)
        title = entry.title if entry else self.name
        return f"{title} stand-in" if self.source == STAND_IN else title

    @property
    def kind(self) -> str:
        """Whether the pictures are real: only those with known check sums are sure to be."""
        if self.source == STAND_IN:
            return "generated pictures"
        entry = catalogue.CATALOGUE.get(self.name)
        return "real" if entry and entry.sha256 else "check sums unknown"

    def __repr__(self):
        size = " x ".join(str(side) for side in self.x_train.shape[1:])
        return (
            f"{self.title}: {len(self.x_train):,} training and {len(self.x_test):,} test pictures "
            f"of {size}, {len(self.class_names)} classes, source: {self.source}"
        )


def check(entry, arrays):
    """Raises DatasetCorrupt unless `arrays` are the dataset that `entry` describes.

    Shapes, types and class counts are compared, and SHA-256 sums where they are known.

    Args:
        entry: a catalogue entry.
        arrays: a mapping of x_train, y_train, x_test and y_test to arrays.
    """
    for part, counts in (("train", entry.train_counts), ("test", entry.test_counts)):
        for key, shape in (
            (f"x_{part}", (sum(counts), *entry.image_shape)),
            (f"y_{part}", (sum(counts),)),
        ):
            _check_array(entry, key, arrays, shape)
        found = np.bincount(arrays[f"y_{part}"], minlength=len(counts)).tolist()
        if found != list(counts):
            raise DatasetCorrupt(
                f"{entry.name}: y_{part} must hold {list(counts)} pictures of its classes. "
                f"Got {found} instead."
            )
    for key, expected in entry.sha256.items():
        found = hashlib.sha256(np.ascontiguousarray(arrays[key])).hexdigest()
        if found != expected:
            raise DatasetCorrupt(
                f"{entry.name}: {key} must have the SHA-256 sum {expected}. Got {found} instead."
            )


def _check_array(entry, key, arrays, shape):
    if key not in arrays:
        raise DatasetCorrupt(f"{entry.name}: {key} must be there. Got {sorted(arrays)} instead.")
    array = arrays[key]
    if array.dtype != np.uint8 or array.shape != shape:
        raise DatasetCorrupt(
            f"{entry.name}: {key} must be uint8 of shape {shape}. "
            f"Got {array.dtype} of shape {array.shape} instead."
        )
