"""Labelled pictures: `load` finds real ones, or says plainly that it gives stand-ins.

`two_digits` puts two digits of MNIST into each picture, and `drawn_digit` makes a picture of one's
own like those of MNIST. `augment` changes training pictures at random. `two_moons`, `circles`,
`spirals` and `blobs` are points of the plane.
"""

from mlcourse.datasets.augmentation import augment, augmented
from mlcourse.datasets.catalog import (
    CATALOGUE,
    STAND_IN,
    STAND_IN_NOTICE,
    Dataset,
    DatasetCorrupt,
    DatasetUnavailable,
    find,
)
from mlcourse.datasets.digits import TwoDigits, drawn_digit, two_digits
from mlcourse.datasets.loader import fetch, in_cache, load
from mlcourse.datasets.points import blobs, circles, spirals, two_moons

__all__ = [
    "CATALOGUE",
    "STAND_IN",
    "STAND_IN_NOTICE",
    "Dataset",
    "DatasetCorrupt",
    "DatasetUnavailable",
    "TwoDigits",
    "augment",
    "augmented",
    "blobs",
    "circles",
    "drawn_digit",
    "fetch",
    "find",
    "in_cache",
    "load",
    "spirals",
    "two_digits",
    "two_moons",
]
