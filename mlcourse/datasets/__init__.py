"""Labelled pictures: `load` finds real ones, or says plainly that it gives stand-ins.

`two_digits` puts two digits of MNIST into each picture, and `drawn_digit` makes a picture of one's
own like those of MNIST. `augment` changes training pictures at random. `two_moons`, `circles`,
`spirals` and `blobs` are points of the plane.
"""

from mlcourse.datasets.augmentation import augment
from mlcourse.datasets.catalogue import CATALOGUE, find
from mlcourse.datasets.changes import augmented
from mlcourse.datasets.dataset import (
    STAND_IN,
    STAND_IN_NOTICE,
    Dataset,
    DatasetCorrupt,
    DatasetUnavailable,
)
from mlcourse.datasets.drawn_digit import drawn_digit
from mlcourse.datasets.loader import fetch, in_cache, load
from mlcourse.datasets.points import blobs, circles, spirals, two_moons
from mlcourse.datasets.two_digits import TwoDigits, two_digits

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
