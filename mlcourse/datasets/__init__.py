"""Labelled pictures: `load` finds real ones, or says plainly that it gives stand-ins.

`make_two_digits` puts two digits of MNIST into each image, and `preprocess_digit` makes an image
of your own like those of MNIST. `augment` changes training images at random. `two_moons`,
`circles`, `spirals` and `blobs` are points of the plane.
"""

from mlcourse.datasets.augmentation import augment, augmented
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
from mlcourse.datasets.loader import fetch, in_cache, load
from mlcourse.datasets.points import blobs, circles, spirals, two_moons

__all__ = [
    "CATALOG",
    "SYNTHETIC",
    "SYNTHETIC_NOTICE",
    "Dataset",
    "DatasetCorrupt",
    "DatasetUnavailable",
    "TwoDigits",
    "augment",
    "augmented",
    "blobs",
    "circles",
    "fetch",
    "find",
    "in_cache",
    "load",
    "make_two_digits",
    "preprocess_digit",
    "spirals",
    "two_moons",
]
