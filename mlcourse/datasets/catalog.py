"""The catalog of datasets, and the record that holds a loaded one."""

import hashlib
import math
from dataclasses import dataclass, field

import numpy as np

from mlcourse._core import checks


@dataclass(frozen=True)
class Entry:
    """A catalog entry: a dataset's OpenML number, shapes, classes and checksums.

    Attributes:
        name: the name to pass to `load`.
        title: the dataset's common name, for titles.
        image_shape: shape of one image, (height, width) or (height, width, channels).
        class_names: in label order.
        train_counts: number of training images of each class.
        test_counts: number of test images of each class.
        openml_id: the dataset's number on OpenML.
        sha256: SHA-256 checksum of the raw bytes of each array, where known.
    """

    name: str
    title: str
    image_shape: tuple
    class_names: tuple
    train_counts: tuple
    test_counts: tuple
    openml_id: int
    sha256: dict = field(default_factory=dict)

    @property
    def n_bytes(self):
        """The size of all images and labels."""
        return sum(self.train_counts + self.test_counts) * (math.prod(self.image_shape) + 1)


_ENTRIES = [
    Entry(
        name="fashion_mnist",
        title="Fashion-MNIST",
        image_shape=(28, 28),
        class_names=(
            *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
            *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        ),
        train_counts=(6000,) * 10,
        test_counts=(1000,) * 10,
        openml_id=40996,
        sha256={
            "x_train": "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012",
            "y_train": "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7",
            "x_test": "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a",
            "y_test": "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9",
        },
    ),
    Entry(
        name="mnist",
        title="MNIST",
        image_shape=(28, 28),
        class_names=tuple("0123456789"),
        train_counts=(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
        test_counts=(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009),
        openml_id=554,
        sha256={
            "x_train": "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
            "y_train": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
            "x_test": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
            "y_test": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
        },
    ),
    Entry(
        name="cifar10",
        title="CIFAR-10",
        image_shape=(32, 32, 3),
        class_names=(
            *("airplane", "automobile", "bird", "cat", "deer"),
            *("dog", "frog", "horse", "ship", "truck"),
        ),
        train_counts=(5000,) * 10,
        test_counts=(1000,) * 10,
        openml_id=40927,
    ),
]

CATALOG = {entry.name: entry for entry in _ENTRIES}
"""The catalog entries by name."""


def find(name: str) -> Entry:
    """Return a catalog entry by its name.

    Raises:
        ValueError: for an unknown name; the message lists the known ones.

    Example:
        >>> find("cifar10").image_shape
        (32, 32, 3)
    """
    return CATALOG[checks.choice("dataset", name, CATALOG)]


ARRAYS = ("x_train", "y_train", "x_test", "y_test")
SYNTHETIC = "synthetic"
"""The `source` of generated images."""

SYNTHETIC_NOTICE = (
    "SYNTHETIC DATA: generated images, not the real dataset. Do not report results on them. "
    "To download the real datasets, run: mlcourse data fetch"
)


class DatasetUnavailable(Exception):
    """No source has the dataset; the message lists what was tried, and remedies."""


class DatasetCorrupt(Exception):
    """A file or a download does not hold the expected dataset."""


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Labeled images, split into training and test data.

    Attributes:
        x_train: images, uint8, (n, height, width) or (n, height, width, channels), 0 to 255.
        y_train: integer labels, uint8, (n,).
        x_test, y_test: the same for the test data.
        class_names: in label order.
        source: where the arrays come from; "synthetic" for generated images.
        name: the dataset's name in the catalog.

    Example:
        >>> x, y = np.zeros((5, 28, 28), np.uint8), np.arange(5)
        >>> Dataset(x, y, x[:2], y[:2], tuple("01234"), "a scanner", "digits")
        digits: 5 training and 2 test images of 28 x 28, 5 classes, source: a scanner
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
        """The dataset's name for titles; marks synthetic data."""
        entry = CATALOG.get(self.name)
        title = entry.title if entry else self.name
        return f"Synthetic {title}" if self.source == SYNTHETIC else title

    @property
    def kind(self) -> str:
        """Whether the images are "real", "generated images", or have no known checksums."""
        if self.source == SYNTHETIC:
            return "generated images"
        entry = CATALOG.get(self.name)
        return "real" if entry and entry.sha256 else "check sums unknown"

    def __repr__(self):
        size = " x ".join(str(side) for side in self.x_train.shape[1:])
        return (
            f"{self.title}: {len(self.x_train):,} training and {len(self.x_test):,} test images "
            f"of {size}, {len(self.class_names)} classes, source: {self.source}"
        )


def check(entry, arrays):
    """Raise DatasetCorrupt if arrays are not the dataset of a catalog entry.

    Shapes, dtypes and class counts are compared, and SHA-256 checksums where known.

    Args:
        entry: an `Entry`.
        arrays: a dict with x_train, y_train, x_test and y_test.
    """
    for part, counts in (("train", entry.train_counts), ("test", entry.test_counts)):
        n_images = sum(counts)
        _check_array(entry, f"x_{part}", arrays, (n_images, *entry.image_shape))
        _check_array(entry, f"y_{part}", arrays, (n_images,))
        actual_counts = np.bincount(arrays[f"y_{part}"], minlength=len(counts)).tolist()
        if actual_counts != list(counts):
            raise DatasetCorrupt(
                f"{entry.name}: y_{part} must hold {list(counts)} labels of its classes. "
                f"Got {actual_counts} instead."
            )
    for key, expected in entry.sha256.items():
        actual = hashlib.sha256(np.ascontiguousarray(arrays[key])).hexdigest()
        if actual != expected:
            raise DatasetCorrupt(
                f"{entry.name}: {key} must have the SHA-256 checksum {expected}. "
                f"Got {actual} instead."
            )


def _check_array(entry, key, arrays, shape):
    """Raise DatasetCorrupt if an array is missing, or has another dtype or shape."""
    if key not in arrays:
        raise DatasetCorrupt(
            f"{entry.name}: the arrays must include {key}. Got {sorted(arrays)} instead."
        )
    array = arrays[key]
    if array.dtype != np.uint8 or array.shape != shape:
        raise DatasetCorrupt(
            f"{entry.name}: {key} must be uint8 of shape {shape}. "
            f"Got {array.dtype} of shape {array.shape} instead."
        )
