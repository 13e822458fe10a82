"""Labeled images, image augmentation, and points of the plane.

`load` returns Fashion-MNIST, MNIST or CIFAR-10, and generated images only with `synthetic=True`.
`make_two_digits` combines two MNIST digits in each image; `preprocess_digit` converts an image of a
digit to MNIST's format. `AugmentedDataset` augments training images in each epoch. `two_moons`,
`circles`, `spirals` and `blobs` return points of the plane in classes. `inject` puts a fault, which
is not named, into healthy data.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from mlcourse.datasets.augmentation import random_augment
from mlcourse.datasets.catalog import (
    CATALOG,
    SYNTHETIC,
    SYNTHETIC_NOTICE,
    Dataset,
    DatasetCorrupt,
    DatasetUnavailable,
    find,
)
from mlcourse.datasets.digits import TwoDigits, make_two_digits, preprocess_digit
from mlcourse.datasets.injection import Injected, inject
from mlcourse.datasets.loader import fetch, in_cache, load
from mlcourse.datasets.points import blobs, circles, spirals, two_moons

if TYPE_CHECKING:
    from mlcourse.datasets.augmented_dataset import AugmentedDataset

__all__ = [
    "CATALOG",
    "SYNTHETIC",
    "SYNTHETIC_NOTICE",
    "AugmentedDataset",
    "Dataset",
    "DatasetCorrupt",
    "DatasetUnavailable",
    "Injected",
    "TwoDigits",
    "blobs",
    "circles",
    "fetch",
    "find",
    "in_cache",
    "inject",
    "load",
    "make_two_digits",
    "preprocess_digit",
    "random_augment",
    "spirals",
    "two_moons",
]


def __getattr__(name):
    """Import `AugmentedDataset`, and Keras with it, on first use (PEP 562)."""
    if name == "AugmentedDataset":
        return import_module("mlcourse.datasets.augmented_dataset").AugmentedDataset
    raise AttributeError(f"module 'mlcourse.datasets' has no attribute {name!r}.")


def __dir__():
    return sorted({*globals(), *__all__})
