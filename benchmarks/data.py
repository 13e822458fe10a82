"""What data costs: a load with every check, a stand-in, and OpenML's table read column by column.

The table has 70,000 x 785 numbers; the plain way makes a frame of it, and then an array.
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

from benchmarks.timing import Finding, Ratio, amount, compared, interleaved, seconds
from mlcourse import datasets
from mlcourse.datasets import cache, synthetic
from mlcourse.datasets.catalog import Dataset

RUNS, LOADS = 3, 5
OURS = "from mlcourse.datasets.openml_source import read_parquet; read_parquet({0!r}, 'class')"
FRAME = (
    "import pandas; frame = pandas.read_parquet({0!r});"
    "frame.drop(columns='class').to_numpy().astype('uint8'), frame['class'].astype('uint8')"
)


def rows():
    """Yields what the datasets cost, and the table, in seconds and in memory."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLCOURSE_DATA"] = folder
        for entry in datasets.CATALOGUE.values():
            yield from one(entry)
        yield from table(Path(folder) / "table.pq")


def one(entry):
    """Yields what making a stand-in takes, and the ratio of loading it with every check."""
    made = []
    drawing = seconds(lambda: made.append(synthetic.generate(entry)))
    name = f"{entry.title}'s stand-in, {len(made[0]['y_train']):,} training pictures"
    yield Finding(f"{name}, drawn", amount(drawing, "s"))
    load = warm_load(entry, made[0])
    others = {"`numpy.load` alone": lambda: dict(np.load(cache.path(entry)))}
    yield from compared(f"{name}, loaded with every check", load, others, LOADS)


def table(path):
    """Yields the ratios of reading OpenML's table."""
    write_table(path, synthetic.generate(datasets.find("mnist")))
    ways = {"ours": OURS, "plain": FRAME}
    ways = {name: partial(in_process, code.format(str(path))) for name, code in ways.items()}
    taken = interleaved(ways, RUNS, measure=operator.call)
    for number, (what, unit) in enumerate((("read", "s"), ("memory at its peak", "GiB"))):
        ours, theirs = ([one[number] for one in taken[way]] for way in ways)
        yield Ratio(f"OpenML's table, {what}", "a frame, then an array", ours, theirs, unit)


def warm_load(entry, arrays):
    """Puts arrays into the cache and returns a function that loads them, with every check."""
    sums = {key: hashlib.sha256(array).hexdigest() for key, array in arrays.items()}
    cache.write(entry, Dataset(**arrays, class_names=entry.class_names, source="benchmark"))
    return lambda: cache.read(dataclasses.replace(entry, sha256=sums))


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
    """Returns the seconds and the GiB of memory at its peak that a new Python takes for the code.

    Linux only: the peak that `getrusage` gives is never less than that of the parent.
    """
    measure = "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{measure}"], check=True, capture_output=True, text=True
    )
    return time.perf_counter() - start, int(done.stdout) / 2**20
