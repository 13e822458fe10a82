"""Datasets from OpenML: its own client finds the file, which is then read in small pieces.

The client's own way to the pixels would hold a frame of 70,000 x 785 Python-side
values several times over, keep a pickle of it, and wait without end for a server
that does not answer. So the client is asked where the file is, with a limit, and
a few columns at a time are put into one uint8 array.
"""

import math
import threading
from functools import partial

import numpy as np
from tqdm import tqdm

from mlcourse._core.private_names import parquet_url
from mlcourse.datasets.cache import download

SOURCE = "OpenML"
DESCRIPTION_SECONDS = 10
COLUMNS = 32  # read at a time
_client = threading.Lock()


def fetch(entry, folder):
    """Returns the arrays of the entry's dataset, as OpenML has them.

    Args:
        entry: a catalogue entry. OpenML holds its training pictures first, then its test pictures.
        folder: where the downloaded file may be put.

    Raises:
        Exception: whatever the client, the network or the file's reader raises.
    """
    description = _describe(entry.openml_id, folder)
    url = parquet_url(description)
    if not url:
        raise LookupError(f"dataset {entry.openml_id} must have a parquet file. Got {url} instead.")
    file = download(url, folder)
    pixels, labels = read_parquet(file, description.default_target_attribute or "class")
    return split(entry, pixels, labels)


def _describe(number, folder):
    """Returns the client's description of a dataset; its settings are the whole process's."""
    import openml

    ask = partial(openml.datasets.get_dataset, number, download_data=False)
    config = openml.config
    with _client:
        kept = config.get_config_as_dict()
        config.set_retry_policy("human", 2)
        config.set_root_cache_directory(folder)  # in its own, half an answer would stay
        try:
            return _within(DESCRIPTION_SECONDS, ask)
        finally:
            config.set_retry_policy(kept["retry_policy"], kept["connection_n_retries"])
            config.set_root_cache_directory(kept["cachedir"])


def _within(seconds, function):
    """Returns `function()`, or raises TimeoutError: the client's requests have no limit."""
    outcome = []

    def attempt():
        try:
            outcome.append((function(), None))
        except Exception as error:
            outcome.append((None, error))

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise TimeoutError(f"no answer within {seconds} s")
    value, error = outcome[0]
    if error is not None:
        raise error
    return value


def read_parquet(file, target):
    """Returns (pixels, labels), both uint8, of a table with one picture a row.

    Args:
        file: path of a parquet file: one column a pixel, whole numbers from 0 to 255.
        target: the name of the column with the labels: numbers, or numbers as text.

    Returns:
        Arrays of shape (rows, pixels) and (rows,).

    Raises:
        ValueError: if a value is not a whole number from 0 to 255.
        KeyError: if there is no such column.
    """
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(file) as table:
        names = table.schema_arrow.names
        if target not in names:
            raise KeyError(f"the columns must include {target!r}. Got {names[-3:]} at their end.")
        labels = _bytes(table.read([target]).column(0).to_pylist())
        names.remove(target)
        pixels = np.empty((len(labels), len(names)), np.uint8)
        for start in tqdm(range(0, len(names), COLUMNS), "Reading", leave=False):
            block = table.read(names[start : start + COLUMNS])
            pixels[:, start : start + COLUMNS] = np.stack([_bytes(c) for c in block.columns], 1)
    return pixels, labels


def _bytes(values):
    values = np.asarray(values, dtype=float)
    odd = values[~((values >= 0) & (values <= 255) & (values == np.rint(values)))]
    if odd.size:
        rule = "pixels and labels must be whole numbers from 0 to 255"
        raise ValueError(f"{rule}. Got {odd[0]} instead.")
    return values.astype(np.uint8)


def split(entry, pixels, labels):
    """Returns the arrays of both parts: pictures in the entry's shape, training pictures first.

    Raises:
        ValueError: if the pictures are of another size, or there are more or fewer of them.
    """
    shape = sum(entry.train_counts + entry.test_counts), math.prod(entry.image_shape)
    if pixels.shape != shape:
        raise ValueError(f"pictures and pixels must be {shape}. Got {pixels.shape} instead.")
    if len(entry.image_shape) == 3:  # colours come plane by plane
        height, width, channels = entry.image_shape
        images = pixels.reshape(-1, channels, height, width).transpose(0, 2, 3, 1)
    else:
        images = pixels.reshape(-1, *entry.image_shape)
    train = sum(entry.train_counts)
    return {
        "x_train": np.ascontiguousarray(images[:train]),
        "y_train": labels[:train],
        "x_test": np.ascontiguousarray(images[train:]),
        "y_test": labels[train:],
    }
