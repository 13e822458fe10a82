"""Datasets: generate synthetic ones, load with all checks, and read OpenML's table by columns.

The table has 70,000 x 785 numbers; the alternative reads a pandas DataFrame, then an array.
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

from benchmarks.timing import Finding, Ratio, amount, compare, interleaved, seconds
from mlcourse import datasets
from mlcourse.datasets import cache, synthetic
from mlcourse.datasets.catalog import Dataset

RUNS = 3
LOADS = 5
READ_OURS = "from mlcourse.datasets.sources import read_parquet; read_parquet({0!r}, 'class')"
READ_PANDAS = (
    "import pandas; frame = pandas.read_parquet({0!r});"
    "frame.drop(columns='class').to_numpy().astype('uint8'), frame['class'].astype('uint8')"
)


def rows():
    """Yield the results of the datasets and of the table."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLCOURSE_DATA"] = folder
        for entry in datasets.CATALOG.values():
            yield from dataset_rows(entry)
        yield from table_rows(Path(folder) / "table.pq")


def dataset_rows(entry):
    """Yield the time to generate a synthetic dataset, and the ratio of loading it."""
    results = []
    duration = seconds(lambda: results.append(synthetic.generate(entry)))
    (arrays,) = results
    name = f"synthetic {entry.title}, {len(arrays['y_train']):,} training images"
    yield Finding(f"{name}, generated", amount(duration, "s"))
    load = warm_load(entry, arrays)
    alternatives = {"`numpy.load` alone": lambda: dict(np.load(cache.path(entry)))}
    yield from compare(f"{name}, loaded with all checks", load, alternatives, LOADS)


def table_rows(path):
    """Yield the ratios of reading OpenML's table, time and memory."""
    write_table(path, synthetic.generate(datasets.find("mnist")))
    sources = {"ours": READ_OURS, "pandas": READ_PANDAS}
    functions = {}
    for name, code in sources.items():
        functions[name] = partial(in_process, code.format(str(path)))
    results = interleaved(functions, RUNS, measure=operator.call)
    for index, (what, unit) in enumerate((("read", "s"), ("peak memory", "GiB"))):
        ours, theirs = ([run[index] for run in results[name]] for name in sources)
        yield Ratio(f"OpenML's table, {what}", "a DataFrame, then an array", ours, theirs, unit)


def warm_load(entry, arrays):
    """Save arrays in the cache, and return a function that loads them with all checks."""
    checksums = {key: hashlib.sha256(array).hexdigest() for key, array in arrays.items()}
    cache.write(entry, Dataset(**arrays, class_names=entry.class_names, source="benchmark"))
    return lambda: cache.read(dataclasses.replace(entry, sha256=checksums))


def write_table(path, arrays):
    """Write a Parquet file like OpenML's: one row group, with an integer column for each pixel."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    images = np.concatenate([arrays["x_train"], arrays["x_test"]]).reshape(70_000, -1)
    labels = np.concatenate([arrays["y_train"], arrays["y_test"]])
    columns = {f"pixel{i}": pa.array(column.astype(np.int64)) for i, column in enumerate(images.T)}
    columns["class"] = pa.array(labels.astype(str)).dictionary_encode()
    pq.write_table(pa.table(columns), path)


def in_process(code):
    """Return the seconds and the peak memory in GiB of code in a new Python process.

    Linux only, as the peak of `getrusage` is at least that of the parent process.
    """
    measure = "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{measure}"], check=True, capture_output=True, text=True
    )
    return time.perf_counter() - start, int(done.stdout) / 2**20
