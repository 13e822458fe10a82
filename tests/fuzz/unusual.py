"""Unusual arrays: the same numbers in another form of storage, or what few functions expect."""

import atexit
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse

FOLDER = Path(tempfile.mkdtemp(prefix="mlcourse-fuzz-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


@dataclass(frozen=True)
class Form:
    """A form of an array.

    Attributes:
        name: name of the form.
        make: function from an array of numbers to its form.
        is_same: whether it holds the same numbers, so that results must be the same too.
        is_numpy: whether it is an array of NumPy with the same numbers, which is never refused.
        max_axes: largest number of axes of an array that has this form.
    """

    name: str
    make: Callable
    is_same: bool = False
    is_numpy: bool = False
    max_axes: int = 9

    def __repr__(self):
        return self.name

    def fits(self, x):
        """Return whether an array can have this form."""
        return x.ndim <= self.max_axes


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


def memory_mapped(x):
    with tempfile.NamedTemporaryFile(dir=FOLDER) as file:
        mapped = np.memmap(file, x.dtype, "w+", shape=x.shape)
    mapped[...] = x
    return mapped


def with_an_index(x):
    index = np.arange(len(x))[::-1] + 5
    return pd.Series(x, index) if x.ndim == 1 else pd.DataFrame(x, index)


def tensor(x):
    import keras

    return keras.ops.convert_to_tensor(x)


def jax_array(x):
    import jax.numpy

    return jax.numpy.asarray(x)


def torch_tensor(x):
    import torch

    return torch.tensor(x)


LIBRARIES = {"jax": jax_array, "torch": torch_tensor}


def first_masked(x):
    mask = np.zeros(x.shape, bool)
    mask.flat[0] = True
    return np.ma.MaskedArray(x, mask)


def first_none(x):
    objects = x.astype(object)
    objects.flat[0] = None
    return objects


def sparse(x):
    return scipy.sparse.csr_array(x.reshape(len(x), -1))


FORMS = [
    *(
        Form(name, make, is_same=True, is_numpy=True)
        for name, make in {
            "read-only": read_only,
            "negative strides": lambda x: x[::-1].copy()[::-1],
            "columns first": np.asfortranarray,
            "big-endian": lambda x: x.astype(x.dtype.newbyteorder(">")),
            "memory-mapped": memory_mapped,
            "nothing masked": np.ma.MaskedArray,
        }.items()
    ),
    Form("with an index", with_an_index, is_same=True, max_axes=2),
    Form("tensor", tensor, is_same=True),
    *(
        Form(f"array of {library}", make, is_same=True)
        for library, make in LIBRARIES.items()
        if find_spec(library)
    ),
    *(
        Form(name, make)
        for name, make in {
            "number": lambda x: x.flat[0],
            "0-d": lambda x: np.array(x.flat[0]),
            "empty": lambda x: x[:0],
            "no columns": lambda x: x[..., :0],
            "objects": lambda x: x.astype(object),
            "objects with None": first_none,
            "masked": first_masked,
            "sparse": sparse,
            "float16": lambda x: x.astype(np.float16),
            "bool": lambda x: x.astype(bool),
            "1e308": lambda x: np.full(x.shape, 1e308),
            "-1e308": lambda x: np.full(x.shape, -1e308),
            "complex": lambda x: x + 1j,
            "strings": lambda x: x.astype(str),
            "dates": lambda x: x.astype("datetime64[s]"),
        }.items()
    ),
]


def arrays_in(arguments):
    """Return the arguments that are arrays or lists of numbers, as a dict of arrays."""
    found = {}
    for name, value in arguments.items():
        if isinstance(value, list | np.ndarray):
            try:
                x = np.asarray(value)
            except ValueError:  # ragged
                continue
            if x.dtype.kind in "biuf" and x.ndim and x.size:
                found[name] = x
    return found


def are_equal(expected, found):
    """Return whether two results are equal, if they are numbers or arrays of them."""
    if isinstance(expected, tuple):
        return all(map(are_equal, expected, found))
    if not isinstance(expected, float | np.ndarray):
        return True
    expected = np.asarray(expected)
    if expected.dtype.kind not in "biuf":
        return np.array_equal(expected, found)
    return np.allclose(expected, found, rtol=1e-4, atol=1e-6, equal_nan=True)
