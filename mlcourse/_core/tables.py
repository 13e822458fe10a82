"""Small tables: HTML for notebooks, aligned columns for terminals, Markdown and CSV for others."""

import csv
import html
import unicodedata
from collections.abc import Iterable, Sequence
from numbers import Real
from os import PathLike
from pathlib import Path

from mlcourse._core import checks, files

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""With one of these begins a cell that a spreadsheet computes."""


def number_text(value: float) -> str:
    """Format a loss or a metric: four decimals, or three digits if it is tiny or huge.

    A whole number of 10 or more is a count and has no decimals.

    Args:
        value: a number; NaN and infinity are "nan" and "inf".

    Raises:
        ValueError: for what is no number.

    >>> number_text(0.98125), number_text(0.0000123), number_text(12345678.0), number_text(0)
    ('0.9812', '1.23e-05', '1.23e+07', '0')
    >>> number_text(1.0), number_text(103.0), number_text(103.5)
    ('1.0000', '103', '103.5000')
    """
    if not isinstance(value, Real):
        raise ValueError(f"value must be a number. Got {value!r} instead.")
    if 10 <= abs(value) < 1e6 and value == round(value):
        return f"{value:.0f}"
    return f"{value:.4f}" if 0.001 <= abs(value) < 1e6 else f"{value + 0:.3g}"  # 0, never -0


def as_html(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a table whose first column is names, to the left, and whose others are numbers.

    Args:
        caption: text above it.
        head: the columns' names.
        rows: lists of text.

    Example:
        >>> as_html("runs", ["run", "epochs"], [["small", "5"]]).count("<td")
        2
    """
    head, *rows = _texts(head, rows)
    body = "".join(_cells("td", row) for row in rows)
    return (
        f"<table><caption>{html.escape(checks.text('caption', caption))}</caption>"
        f"<thead>{_cells('th', head)}</thead><tbody>{body}</tbody></table>"
    )


def as_lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Returns lines of aligned columns, names to the left, numbers to the right.

    >>> as_lines(["run", "epochs"], [["small", "5"], ["large", "12"]])
    ['run    epochs', 'small       5', 'large      12']
    """
    rows = _texts(head, rows)
    first, *others = (max(map(len, column)) for column in zip(*rows, strict=True))
    return [
        "  ".join([name.ljust(first), *map(str.rjust, values, others)]).rstrip()
        for name, *values in rows
    ]


def as_markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""Returns a table in Markdown, names to the left, numbers to the right.

    >>> print(as_markdown(["run", "epochs"], [["small", "5"], ["a|b", "12"]]))
    | run | epochs |
    |---|---:|
    | small | 5 |
    | a\|b | 12 |
    """
    first, *others = (
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
        for row in _texts(head, rows)
    )
    return "\n".join([first, "|---" + "|---:" * (len(head) - 1) + "|", *others])


def write_csv(path: str | PathLike, head: Sequence[str], rows: Iterable[Sequence]) -> Path:
    """Write a table as a file, whole or not at all, and return the path.

    Text that a spreadsheet would take for a formula is written with an apostrophe before it.

    Args:
        path: of the file.
        head: the columns' names.
        rows: lists of values; what is None stays empty.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_csv(f"{folder}/runs.csv", ["run", "epochs"], [["small", 5]]).read_text()
        'run,epochs\\nsmall,5\\n'
    """
    path, table = checks.path("path", path), _rows(head, rows)
    with files.atomic_write(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([_no_formula(cell) for cell in row] for row in table)
    return path


def from_csv(cell: str) -> str:
    """Return a cell of a CSV file as it was before `write_csv` put an apostrophe before it.

    >>> from_csv("'=1+1"), from_csv("'tis"), from_csv("-1")
    ('=1+1', "'tis", '-1')
    """
    return cell[1:] if cell.startswith("'") and _no_formula(cell[1:]) == cell else cell


def _no_formula(value):
    """Return a value for a CSV file; text that a spreadsheet would compute has an apostrophe."""
    if not (isinstance(value, str) and value.startswith(FORMULA_STARTS)):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


def _rows(head, rows):
    """Returns the head, of at least one column, and the rows, found to be as long as it."""
    checks.integer("the number of columns", len(checks.texts("head", head)), 1)
    rows = list(rows) if isinstance(rows, Iterable) else [rows]
    for row in rows:
        if not isinstance(row, list | tuple):
            raise ValueError(f"rows must be lists. Got {row!r} instead.")
        checks.same_length("head", head, "each row", row)
    return [head, *rows]


def _texts(head, rows):
    return [[_printable(str(cell)) for cell in row] for row in _rows(head, rows)]


def _printable(text):
    """Return text in one line, with a space for each control character: a terminal obeys them."""
    return "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)


def _cells(tag, row):
    name, *values = (html.escape(cell) for cell in row)
    numbers = "".join(f'<{tag} style="text-align:right">{value}</{tag}>' for value in values)
    return f'<tr><{tag} style="text-align:left">{name}</{tag}>{numbers}</tr>'
