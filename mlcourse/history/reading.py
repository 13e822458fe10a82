"""Read training histories from DataFrames, lists of records, CSV and JSON files."""

import csv
import io
from collections import Counter
from collections.abc import Mapping
from os import PathLike
from pathlib import Path

from mlcourse._core import files
from mlcourse._core.tables import from_csv
from mlcourse.history.metrics import is_column, is_number, is_validation

NO_VALUE = ""
EPOCH = "epoch"
MISSING_VALUES = ("", "NA", "<NA>", "NaT")  # as CSVLogger and pandas write them
SUFFIXES = (".csv", ".json", ".jsonl")
DELIMITERS = ",;\t"


def is_table(source):
    """Return whether a dict or a list is one history, not several."""
    if isinstance(source, Mapping):
        return _is_by_row(source) or any(map(is_column, source.values()))
    return _is_records(source)


def columns(source):
    """Return a history as a dict of names to lists of values; missing values are `NO_VALUE`.

    Args:
        source: any source of `as_history`, except a `History` and Keras's `History`.

    Raises:
        ValueError: if the source is anything else.
    """
    content = _read(source)
    if _is_records(content):
        table = _columns_from_records(content)
    elif _is_frame(content):
        table = _columns_from_frame(content)
    elif _is_by_row(content):
        rows = sorted({row: None for column in content.values() for row in column}, key=int)
        table = {name: [column.get(row) for row in rows] for name, column in content.items()}
    else:
        table = content
    if not isinstance(table, Mapping) or not all(
        isinstance(name, str) and is_column(values) for name, values in table.items()
    ):
        rule = "history must be a dict of names to lists of values, an object with such a history"
        rule += f", a DataFrame, or the path of a {', '.join(SUFFIXES)} file"
        raise ValueError(f"{rule}. Got {source!r} instead.")
    named = {  # pandas reads the index of a CSV file as a column "Unnamed: 0"
        name: values for name, values in table.items() if name and not name.startswith("Unnamed: ")
    }
    if table is source and EPOCH not in table:  # a dict as in Keras's History
        return named
    return _clean(named)


def epochs(values):
    """Return the epochs in a column, counted from 1.

    Raises:
        ValueError: if they are not nonnegative integers, or an epoch appears twice.
    """
    if not all(is_number(value) and value >= 0 and value == value // 1 for value in values):
        raise ValueError(f"epoch must be nonnegative integers. Got {list(values)!r} instead.")
    numbers = [int(value) for value in values]
    for epoch, count in Counter(numbers).most_common(1):
        if count > 1:
            rule = "epoch must have each epoch once; several fits are several tables"
            raise ValueError(f"{rule}. Got epoch {epoch} {count} times instead.")
    return [epoch + 1 for epoch in numbers] if 0 in numbers else numbers


def _is_records(source):
    """Return whether a source is a list of one dict of names to numbers per epoch."""
    return isinstance(source, list | tuple) and bool(source) and all(map(_is_record, source))


def _is_record(source):
    if not isinstance(source, Mapping):
        return False
    is_from_run = isinstance(source.get("values"), Mapping)
    return is_from_run or any(map(is_number, source.values()))


def _is_frame(source):
    return hasattr(source, "columns") and hasattr(source, "__getitem__")


def _is_by_row(source):
    """Return whether a source is a dict of names to dicts of row numbers to values."""
    return (
        isinstance(source, Mapping)
        and bool(source)
        and all(
            isinstance(column, Mapping) and column and all(str(row).isdigit() for row in column)
            for column in source.values()
        )
    )


def _columns_from_records(records):
    """Return a list of records as a dict of columns."""
    flat = [_flatten(record) for record in records]
    names = dict.fromkeys(name for record in flat for name in record)
    return {name: [record.get(name) for record in flat] for name in names}


def _flatten(record):
    """Return a record with its values by name; a run nests them in "values"."""
    if EPOCH in record and isinstance(record.get("values"), Mapping):
        return {EPOCH: record[EPOCH], **record["values"]}
    return record


def _columns_from_frame(frame):
    """Return a DataFrame's columns, and its index if that is named "epoch"."""
    names = list(frame.columns)
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"history must have each column once. Got {name!r} twice instead.")
    table = {name: list(frame[name]) for name in names}
    index = getattr(frame, "index", None)
    if getattr(index, "name", None) == EPOCH:
        return {EPOCH: list(index), **table}
    return table


def _clean(table):
    """Return a table with numbers or `NO_VALUE` in its cells."""
    lengths = {len(values) for values in table.values()}
    if len(lengths) > 1:
        rule = "each column of a history must have a value for each epoch"
        raise ValueError(f"{rule}. Got {sorted(lengths)} values instead.")
    return {name: [_cell(name, value) for value in values] for name, values in table.items()}


def _cell(name, value):
    """Return a cell as a number, an array, or `NO_VALUE`."""
    if is_number(value):
        is_nan = value != value
        return NO_VALUE if is_validation(name) and is_nan else value
    if value is None or str(value) in MISSING_VALUES:
        return NO_VALUE
    is_array_text = str(value).lstrip('"').startswith("[")
    if is_column(value) or is_array_text:  # a metric with one value per class
        return value
    try:
        return _cell(name, float(value))
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be numbers. Got {value!r} instead.") from None


def _read(source):
    """Return the content of a history file if the source is its path, else the source."""
    if not isinstance(source, str | PathLike) or Path(source).suffix.lower() not in SUFFIXES:
        return source
    path = Path(source)
    try:
        text = files.read_text(path, "utf-8-sig")
        return _parse_csv(text) if path.suffix.lower() == ".csv" else _parse_json(text)
    except (OSError, ValueError, csv.Error) as error:
        rule = "history must be a file that can be read as a table of epochs"
        raise ValueError(f"{rule}. Got {str(path)!r} instead: {error}") from error


def _parse_json(text):
    """Return the columns or the list of records in JSON or JSON Lines."""
    try:
        content = files.from_json(text)
    except ValueError:
        content = [files.from_json(line) for line in text.splitlines() if line.strip()]
    return [content] if _is_record(content) else content


def _parse_csv(text):
    """Return the columns of a CSV file as a dict of lists of strings."""
    if not text.strip():
        raise ValueError("it is empty.")
    head = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    names, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    if len(set(names)) < len(names) or any(_is_numeric(name) for name in names):
        raise ValueError(f"the first line must name each column once; it is {head.strip()!r}.")
    rows = [row for row in rows if row]
    for number, row in enumerate(rows, start=2):
        if len(row) != len(names):
            raise ValueError(f"row {number} must have {len(names)} cells; it has {len(row)}.")
    names = [from_csv(name.strip()) for name in names]
    return {name: [row[column] for row in rows] for column, name in enumerate(names)}


def _is_numeric(name):
    try:
        float(name)
    except ValueError:
        return False
    return True
