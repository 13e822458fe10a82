"""Labelled pictures: `load` finds real ones, or says plainly that it gives stand-ins."""

from mlcourse.datasets.catalogue import CATALOGUE, find
from mlcourse.datasets.dataset import (
    STAND_IN,
    STAND_IN_NOTICE,
    Dataset,
    DatasetCorrupt,
    DatasetUnavailable,
)
from mlcourse.datasets.loader import fetch, in_cache, load

__all__ = [
    "CATALOGUE",
    "STAND_IN",
    "STAND_IN_NOTICE",
    "Dataset",
    "DatasetCorrupt",
    "DatasetUnavailable",
    "fetch",
    "find",
    "in_cache",
    "load",
]
