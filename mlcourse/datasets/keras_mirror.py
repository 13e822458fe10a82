"""Datasets from the servers of `keras.datasets`, read without pickle."""

import gzip
import tarfile

import numpy as np

from mlcourse.datasets.cache import download
from mlcourse.datasets.catalog import ARRAYS

SOURCE = "Keras mirror"
MIRROR = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
FASHION_FILES = {
    "x_train": "train-images-idx3-ubyte.gz",
    "y_train": "train-labels-idx1-ubyte.gz",
    "x_test": "t10k-images-idx3-ubyte.gz",
    "y_test": "t10k-labels-idx1-ubyte.gz",
}
# The binary archive: the one that Keras downloads holds pickles, which can execute code.
CIFAR = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
CIFAR_SHA256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"


def fetch(entry, folder):
    """Return the arrays of a dataset from its mirror.

    Args:
        entry: a catalog entry.
        folder: where to save downloads.

    Raises:
        Exception: any error of the network or the file's reader.
    """
    readers = {"fashion_mnist": _fashion_mnist, "mnist": _mnist, "cifar10": _cifar10}
    return readers[entry.name](folder)


def _mnist(folder):
    with np.load(download(MIRROR + "mnist.npz", folder), allow_pickle=False) as file:
        return {key: file[key] for key in ARRAYS}


def _fashion_mnist(folder):
    return {key: _read_idx(download(MIRROR + name, folder)) for key, name in FASHION_FILES.items()}


def _read_idx(path):
    """Return the uint8 array of a gzipped IDX file: a header with the shape, then the bytes."""
    with gzip.open(path) as file:
        data = file.read()
    ndim = data[3]
    shape = np.frombuffer(data, ">i4", ndim, offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * ndim).reshape(shape)


def _cifar10(folder):
    path = download(CIFAR, folder, CIFAR_SHA256)
    with tarfile.open(path) as archive:
        parts = [_read_cifar(archive, f"data_batch_{i}.bin") for i in range(1, 6)]
        test = _read_cifar(archive, "test_batch.bin")
    x_train, y_train = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return {"x_train": x_train, "y_train": y_train, "x_test": test[0], "y_test": test[1]}


def _read_cifar(archive, name):
    """Return the images and labels of a file of records: a label, then 3 x 32 x 32 pixels."""
    data = archive.extractfile(f"cifar-10-batches-bin/{name}").read()
    records = np.frombuffer(data, np.uint8).reshape(-1, 1 + 3 * 32 * 32)
    images = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), records[:, 0].copy()
