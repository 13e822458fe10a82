"""Pictures as arrays of numbers, all of them or a thousand at a time."""

import numpy as np

from mlcourse import checks

CHUNK = 1000  # pictures, so that what is computed of them takes little memory


def checked(x):
    """Returns pictures as an array.

    Raises:
        ValueError: if it is none of shape (n, height, width) or (n, height, width, channels), or
            neither uint8 nor of floats.
    """
    x = checks.array("x", x)
    if x.ndim not in (3, 4) or 0 in x.shape or not (x.dtype == np.uint8 or x.dtype.kind == "f"):
        rule = "x must be pictures of shape (n, height, width) or (n, height, width, channels), "
        rule += "uint8 or floats"
        raise ValueError(f"{rule}. Got {x.dtype} of shape {x.shape} instead.")
    return x


def numbers(x, kind=np.float32):
    """Returns a copy of pictures, in numbers of a kind; uint8 ones as shares of 255."""
    x = checked(x)
    found = x.astype(kind, order="C")  # of which reshape makes a view, however x lies in memory
    if x.dtype == np.uint8:
        found /= kind(255)
    return found


def chunks(x):
    """Returns pictures in parts, each a view of no more than `CHUNK` of them."""
    return (x[first : first + CHUNK] for first in range(0, len(x), CHUNK))
