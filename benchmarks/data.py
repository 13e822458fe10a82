"""Datasets: loading with all checks, generating synthetic data, and reading OpenML's table.

The table has 70,000 x 785 numbers and is read column by column. The alternative reads it into a
DataFrame and converts that to an array.
"""

import dataclasses
import hashlib
import operator
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.timing import Finding, Ratio, compare, format_quantity, measure_in_turn, seconds
from mlcourse import datasets
from mlcourse.datasets import cache, synthetic
from mlcourse.datasets.catalog import Dataset

RUNS = 3
LOADS = 5
OURS = "from mlcourse.datasets.openml_source import read_parquet; read_parquet({0!r}, 'class')"
DATAFRAME = (
    "import pandas; frame = pandas.read_parquet({0!r});"
    "frame.drop(columns='class').to_numpy().astype('uint8'), frame['class'].astype('uint8')"
)


def rows():
    """Yield the results for each dataset, and the time and memory of reading the table."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLCOURSE_DATA"] = folder
        for entry in datasets.CATALOG.values():
            yield from dataset_rows(entry)
        yield from table_rows(Path(folder) / "table.pq")


def dataset_rows(entry):
    """Yield the time of generating synthetic data, and the ratio of loading it with all checks."""
    generated = []
    duration = seconds(lambda: generated.append(synthetic.generate(entry)))
    arrays = generated[0]
    name = f"synthetic {entry.title}, {len(arrays['y_train']):,} training images"
    yield Finding(f"{name}: generation", format_quantity(duration, "s"))
    load = loader(entry, arrays)
    alternatives = {"`numpy.load` alone": lambda: dict(np.load(cache.path(entry)))}
    yield from compare(f"{name}: loading with all checks", load, alternatives, LOADS)


def table_rows(path):
    """Yield the ratios of time and memory for reading OpenML's table."""
    write_table(path, synthetic.generate(datasets.find("mnist")))
    codes = {"ours": OURS, "alternative": DATAFRAME}
    functions = {name: partial(in_process, code.format(str(path))) for name, code in codes.items()}
    measured = measure_in_turn(functions, RUNS, measure=operator.call)
    for number, (quantity, unit) in enumerate((("reading", "s"), ("peak memory", "GiB"))):
        ours, theirs = ([pair[number] for pair in measured[name]] for name in codes)
        yield Ratio(f"OpenML's table: {quantity}", "DataFrame, then array", ours, theirs, unit)


def loader(entry, arrays):
    """Write arrays to the cache, and return a function that loads them with all checks."""
    sums = {key: hashlib.sha256(array).hexdigest() for key, array in arrays.items()}
    cache.write(entry, Dataset(**arrays, class_names=entry.class_names, source="benchmark"))
    return lambda: cache.read(dataclasses.replace(entry, sha256=sums))


def write_table(path, arrays):
    """Write a parquet file like OpenML's: one int64 column per pixel, in one row group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    images = np.concatenate([arrays["x_train"], arrays["x_test"]]).reshape(70_000, -1)
    labels = np.concatenate([arrays["y_train"], arrays["y_test"]])
    columns = {f"pixel{i}": pa.array(column.astype(np.int64)) for i, column in enumerate(images.T)}
    columns["class"] = pa.array(labels.astype(str)).dictionary_encode()
    pq.write_table(pa.table(columns), path)


def in_process(code):
    """Run code in a new Python process, and return its seconds and its peak memory in GiB.

    Linux only: the peak of `getrusage` is never below that of the parent process.
    """
    measure = "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{measure}"], check=True, capture_output=True, text=True
    )
    return time.perf_counter() - start, int(done.stdout) / 2**20
