"""Histories in tables and files: DataFrames, records by epoch, CSV and JSON."""

import csv
import io
from collections import Counter
from collections.abc import Mapping
from os import PathLike
from pathlib import Path

from mlcourse._core import files
from mlcourse._core.tables import from_csv
from mlcourse.history.metrics import is_column, is_number, is_validation

NO_VALUE = ""  # an empty cell
EPOCH = "epoch"  # the column of the epochs
MISSING = ("", "NA", "<NA>", "NaT")  # what CSVLogger and pandas have where there is no value
SUFFIXES = (".csv", ".json", ".jsonl")
DELIMITERS = ",;\t"


def is_table(source):
    """Whether a dict or a list is one history, and not several."""
    if isinstance(source, Mapping):
        return _is_by_row(source) or any(map(is_column, source.values()))
    return _is_records(source)


def columns(source):
    """Return a history as a dict of names to lists of values, or `NO_VALUE`.

    Args:
        source: as of `as_history`, but for what has an `History`, and for Keras's `History`.

    Raises:
        ValueError: for anything else.
    """
    found = _parsed(source)
    if _is_records(found):
        table = _of_records(found)
    elif _is_frame(found):
        table = _of_frame(found)
    elif _is_by_row(found):
        rows = sorted({row: None for column in found.values() for row in column}, key=int)
        table = {name: [column.get(row) for row in rows] for name, column in found.items()}
    else:
        table = found
    if not isinstance(table, Mapping) or not all(
        isinstance(name, str) and is_column(values) for name, values in table.items()
    ):
        rule = "history must be a dict of names to lists of values, or what keeps one"
        rule += f", or a DataFrame, or the path of a {', '.join(SUFFIXES)} file"
        raise ValueError(f"{rule}. Got {source!r} instead.")
    named = {  # pandas writes and reads its index as a column without a name
        name: values for name, values in table.items() if name and not name.startswith("Unnamed: ")
    }
    return named if table is source and EPOCH not in table else _cleaned(named)


def epochs(values):
    """Return the epochs in a column, counted from 1.

    Raises:
        ValueError: if they are not whole numbers from 0 on, or one of them comes twice.
    """
    if not all(is_number(value) and value >= 0 and value == value // 1 for value in values):
        raise ValueError(f"epoch must be whole numbers from 0 on. Got {list(values)!r} instead.")
    counted = [int(value) for value in values]
    (epoch, times), *_ = Counter(counted).most_common(1) or [(0, 0)]
    if times > 1:
        rule = "epoch must have each epoch once; several fits are several tables"
        raise ValueError(f"{rule}. Got epoch {epoch} {times} times instead.")
    return [epoch + 1 for epoch in counted] if 0 in counted else counted


def _is_records(source):
    """Whether a source is a list of a dict for each epoch, of names to numbers."""
    return isinstance(source, list | tuple) and bool(source) and all(map(_is_record, source))


def _is_record(source):
    if not isinstance(source, Mapping):
        return False
    values = source.get("values")  # of a line that a run keeps
    return isinstance(values, Mapping) or any(map(is_number, source.values()))


def _is_frame(source):
    return hasattr(source, "columns") and hasattr(source, "__getitem__")


def _is_by_row(source):
    """Whether a source is a dict of names to dicts of row numbers to values."""
    return (
        isinstance(source, Mapping)
        and bool(source)
        and all(
            isinstance(column, Mapping) and column and all(str(row).isdigit() for row in column)
            for column in source.values()
        )
    )


def _of_records(records):
    """Return a list of records as columns."""
    flat = [
        {EPOCH: record[EPOCH], **record["values"]} if _is_of_run(record) else record
        for record in records
    ]
    names = dict.fromkeys(name for record in flat for name in record)
    return {name: [record.get(name) for record in flat] for name in names}


def _is_of_run(record):
    return EPOCH in record and isinstance(record.get("values"), Mapping)


def _of_frame(frame):
    """Return a DataFrame's columns, and an index that is named "epoch"."""
    names = list(frame.columns)
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"history must have each column once. Got {name!r} twice instead.")
    table = {name: list(frame[name]) for name in names}
    index = getattr(frame, "index", None)
    return {EPOCH: list(index), **table} if getattr(index, "name", None) == EPOCH else table


def _cleaned(table):
    """Return a table's columns as numbers and `NO_VALUE`."""
    lengths = {len(values) for values in table.values()}
    if len(lengths) > 1:
        rule = "each column of a history must have a value for each epoch"
        raise ValueError(f"{rule}. Got {sorted(lengths)} values instead.")
    return {name: [_cell(name, value) for value in values] for name, values in table.items()}


def _cell(name, value):
    """Return a value of a table: a number, an array, or `NO_VALUE`."""
    if is_number(value):
        return NO_VALUE if is_validation(name) and value != value else value
    if value is None or str(value) in MISSING:
        return NO_VALUE
    if is_column(value) or str(value).lstrip('"').startswith(
        "["
    ):  # of a metric with a value for each class
        return value
    try:
        return _cell(name, float(value))
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be numbers. Got {value!r} instead.") from None


def _parsed(source):
    """Return the content of a file if a source is the path of one, else the source."""
    if not isinstance(source, str | PathLike) or Path(source).suffix.lower() not in SUFFIXES:
        return source
    path = Path(source)
    try:
        text = path.read_text(encoding="utf-8-sig")
        return _of_csv(text) if path.suffix.lower() == ".csv" else _of_json(text)
    except (OSError, ValueError, csv.Error) as error:
        rule = "history must be a file that can be read as a table of epochs"
        raise ValueError(f"{rule}. Got {str(path)!r} instead: {error}") from error


def _of_json(text):
    """Return what JSON holds: columns, or a list of records, which may be a line each."""
    try:
        found = files.from_json(text)
    except ValueError:
        found = [files.from_json(line) for line in text.splitlines() if line.strip()]
    return [found] if _is_record(found) else found


def _of_csv(text):
    """Return the columns of a CSV file, as text."""
    if not text.strip():
        raise ValueError("it is empty.")
    head = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    names, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    if len(set(names)) < len(names) or any(_is_digits(name) for name in names):
        raise ValueError(f"the first line must name each column once; it is {head.strip()!r}.")
    rows = [row for row in rows if row]
    for number, row in enumerate(rows, 2):
        if len(row) != len(names):
            raise ValueError(f"row {number} must have {len(names)} cells; it has {len(row)}.")
    names = [from_csv(name.strip()) for name in names]
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _is_digits(name):
    try:
        float(name)
    except ValueError:
        return False
    return True
