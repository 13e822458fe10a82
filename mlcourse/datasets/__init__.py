"""Labelled pictures: `load` finds real ones, or says plainly that it gives stand-ins.

`two_moons`, `circles`, `spirals` and `blobs` are points of the plane.
"""

from mlcourse.datasets.catalogue import CATALOGUE, find
from mlcourse.datasets.dataset import (
    STAND_IN,
    STAND_IN_NOTICE,
    Dataset,
    DatasetCorrupt,
    DatasetUnavailable,
)
from mlcourse.datasets.loader import fetch, in_cache, load
from mlcourse.datasets.points import blobs, circles, spirals, two_moons

__all__ = [
    "CATALOGUE",
    "STAND_IN",
    "STAND_IN_NOTICE",
    "Dataset",
    "DatasetCorrupt",
    "DatasetUnavailable",
    "blobs",
    "circles",
    "fetch",
    "find",
    "in_cache",
    "load",
    "spirals",
    "two_moons",
]
