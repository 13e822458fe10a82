"""What data costs: a warm load, a stand-in, and OpenML's table beside the plain way to read it."""

import dataclasses
import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from mlcourse import datasets
from mlcourse.datasets import cache, stand_in
from mlcourse.datasets.dataset import Dataset

RUNS = 5
READERS = {
    "ours": (
        "from mlcourse.datasets.openml_source import read_parquet;read_parquet({0!r}, 'class')"
    ),
    "a frame, then an array": (
        "import pandas; frame = pandas.read_parquet({0!r});"
        "frame.drop(columns='class').to_numpy().astype('uint8'), frame['class'].astype('uint8')"
    ),
}


def main():
    """Prints a table of seconds, and one of seconds and memory."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLCOURSE_DATA"] = folder
        for entry in datasets.CATALOGUE.values():
            start = time.perf_counter()
            arrays = stand_in.generate(entry)
            made = time.perf_counter() - start
            warm = statistics.median(timed(warm_load(entry, arrays)))
            print(f"{entry.title:15} warm load {warm:5.2f} s   stand-in made in {made:5.1f} s")
        table = Path(folder) / "table.pq"
        write_table(table, stand_in.generate(datasets.find("mnist")))
        size = table.stat().st_size / 1e6
        print(f"\nOpenML's table of 70,000 x 785 numbers, {size:.0f} MB on disk")
        for name, code in READERS.items():
            spent, memory = in_process(code.format(str(table)))
            print(f"{name:25}{spent:6.1f} s   {memory / 2**20:6.2f} GiB of memory at its peak")


def warm_load(entry, arrays):
    """Puts arrays into the cache and returns a function that loads them, with every check."""
    sums = {key: hashlib.sha256(array).hexdigest() for key, array in arrays.items()}
    cache.write(entry, Dataset(**arrays, class_names=entry.class_names, source="benchmark"))
    return lambda: cache.read(dataclasses.replace(entry, sha256=sums))


def timed(function):
    """Returns the seconds of some calls."""
    spent = []
    for _ in range(RUNS):
        start = time.perf_counter()
        function()
        spent.append(time.perf_counter() - start)
    return spent


def write_table(path, arrays):
    """Writes a parquet file as OpenML has it: a column of whole numbers a pixel, in one group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    images = np.concatenate([arrays["x_train"], arrays["x_test"]]).reshape(70_000, -1)
    labels = np.concatenate([arrays["y_train"], arrays["y_test"]])
    columns = {f"pixel{i}": pa.array(column.astype(np.int64)) for i, column in enumerate(images.T)}
    columns["class"] = pa.array(labels.astype(str)).dictionary_encode()
    pq.write_table(pa.table(columns), path)


def in_process(code):
    """Returns the seconds and the KiB of memory at its peak that a new Python takes for the code.

    Linux only: the peak that `getrusage` gives is never less than that of the parent.
    """
    measure = "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{measure}"], check=True, capture_output=True, text=True
    )
    return time.perf_counter() - start, int(done.stdout)


if __name__ == "__main__":
    main()
