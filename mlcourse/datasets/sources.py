"""Datasets from the network: from OpenML, and from the servers of `keras.datasets`.

OpenML's client finds the file, which is then read in small blocks. The client's own loader would
hold a frame of 70,000 x 785 Python objects several times, save a pickle of it, and wait without a
timeout for an unresponsive server. Therefore the client is only asked for the file's address, with
a timeout, and a few columns at a time are read into one uint8 array. The files of Keras's servers
are read without pickle.
"""

import gzip
import math
import tarfile
import threading
from functools import partial

import numpy as np
from tqdm import tqdm

from mlcourse._core.private_names import parquet_url
from mlcourse.datasets.cache import download
from mlcourse.datasets.catalog import ARRAYS

DESCRIPTION_TIMEOUT = 10  # seconds
COLUMNS_PER_BLOCK = 32
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
_client_lock = threading.Lock()


def fetch_from_openml(entry, folder):
    """Return the arrays of a dataset from OpenML.

    Args:
        entry: a catalog entry. OpenML stores its training images first, then its test images.
        folder: where to save the downloaded file.

    Raises:
        Exception: any error of the client, the network or the file's reader.
    """
    description = _describe(entry.openml_id, folder)
    url = parquet_url(description)
    if not url:
        raise LookupError(f"dataset {entry.openml_id} must have a parquet file. Got {url} instead.")
    file = download(url, folder)
    pixels, labels = read_parquet(file, description.default_target_attribute or "class")
    return split(entry, pixels, labels)


def _describe(openml_id, folder):
    """Return the client's description of a dataset, and restore the client's global settings."""
    import openml

    get_description = partial(openml.datasets.get_dataset, openml_id, download_data=False)
    config = openml.config
    with _client_lock:
        previous = config.get_config_as_dict()
        config.set_retry_policy("human", 2)
        config.set_root_cache_directory(folder)  # no partial responses in the user's own cache
        try:
            return _call_with_timeout(DESCRIPTION_TIMEOUT, get_description)
        finally:
            config.set_retry_policy(previous["retry_policy"], previous["connection_n_retries"])
            config.set_root_cache_directory(previous["cachedir"])


def _call_with_timeout(seconds, function):
    """Return `function()`, or raise TimeoutError; the client's requests have no timeout."""
    outcomes = []

    def call():
        try:
            outcomes.append((function(), None))
        except Exception as error:
            outcomes.append((None, error))

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcomes:
        raise TimeoutError(f"no response within {seconds} s")
    value, error = outcomes[0]
    if error is not None:
        raise error
    return value


def read_parquet(file, target):
    """Return the pixels and labels of a table with one image per row.

    Args:
        file: path of a parquet file with one column per pixel, integers from 0 to 255.
        target: name of the label column; it holds integers, or integers as text.

    Returns:
        Pixels, uint8, (rows, pixels), and labels, uint8, (rows,).

    Raises:
        ValueError: if a value is not an integer from 0 to 255.
        KeyError: if the label column is missing.
    """
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(file) as table:
        names = table.schema_arrow.names
        if target not in names:
            raise KeyError(f"the columns must include {target!r}. Got {names[-3:]} at their end.")
        labels = _to_uint8(table.read([target]).column(0).to_pylist())
        names.remove(target)
        pixels = np.empty((len(labels), len(names)), np.uint8)
        for start in tqdm(range(0, len(names), COLUMNS_PER_BLOCK), "Reading", leave=False):
            end = start + COLUMNS_PER_BLOCK
            block = table.read(names[start:end])
            pixels[:, start:end] = np.stack([_to_uint8(column) for column in block.columns], 1)
    return pixels, labels


def _to_uint8(values):
    """Return values as uint8 if all are integers from 0 to 255."""
    values = np.asarray(values, dtype=float)
    invalid = values[~((values >= 0) & (values <= 255) & (values == np.rint(values)))]
    if invalid.size:
        rule = "pixels and labels must be whole numbers from 0 to 255"
        raise ValueError(f"{rule}. Got {invalid[0]} instead.")
    return values.astype(np.uint8)


def split(entry, pixels, labels):
    """Return the training and test arrays of a table with the training images first.

    Args:
        entry: a catalog entry.
        pixels: uint8, (images, pixels).
        labels: uint8, (images,).

    Returns:
        A dict of arrays, the images in the entry's shape.

    Raises:
        ValueError: if the number of images or of pixels differs from the entry's.
    """
    shape = sum(entry.train_counts + entry.test_counts), math.prod(entry.image_shape)
    if pixels.shape != shape:
        raise ValueError(
            f"pixels must be of shape (images, pixels) = {shape}. Got {pixels.shape} instead."
        )
    if len(entry.image_shape) == 3:  # OpenML stores the color channels first
        height, width, channels = entry.image_shape
        images = pixels.reshape(-1, channels, height, width).transpose(0, 2, 3, 1)
    else:
        images = pixels.reshape(-1, *entry.image_shape)
    n_train = sum(entry.train_counts)
    return {
        "x_train": np.ascontiguousarray(images[:n_train]),
        "y_train": labels[:n_train],
        "x_test": np.ascontiguousarray(images[n_train:]),
        "y_test": labels[n_train:],
    }


def fetch_from_mirror(entry, folder):
    """Return the arrays of a dataset from the servers of `keras.datasets`.

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
