"""Text from data as plain text in each kind of output, small tables, and progress bars."""

import csv
import html
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from numbers import Real
from os import PathLike
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mlcourse._core import checks, files

TERMINAL_INTERVAL = 0.5  # seconds
LOG_INTERVAL = 10  # seconds; a log stores every update as a line


def bar(total: int, **options: Any) -> tqdm:
    """Return a tqdm progress bar that updates rarely enough for a log file.

    In a terminal it updates twice a second, else every ten seconds.

    Args:
        total: number of steps.
        options: other arguments of `tqdm`.

    >>> with bar(2, disable=True) as progress:
    ...     progress.total
    2
    """
    interval = TERMINAL_INTERVAL if sys.stderr.isatty() else LOG_INTERVAL
    return tqdm(total=total, mininterval=interval, miniters=0, dynamic_ncols=True, **options)


MARKUP = re.compile(r"[\\`*\[\]<>&~$@]|(?<!\w)_|_(?!\w)|(?<=www)\.|:(?=//)")
"""Characters that Markdown and its extensions interpret."""
TEXT_DIRECTIONS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], " ")
"""Characters that change the order in which the rest of a line is shown."""


def terminal_text(text: str, keep: str = "") -> str:
    r"""Return text without control characters, which a terminal would interpret.

    A space replaces each of them, surrogates, and separators and directions of lines.

    Args:
        text: any text.
        keep: control characters to keep, such as a line break.

    >>> terminal_text("a\x1b[2J\nb")
    'a [2J b'
    """
    characters = str(text).translate(TEXT_DIRECTIONS)
    return "".join(
        " " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") and char not in keep else char
        for char in characters
    )


def html_text(text: str) -> str:
    """Return text as HTML that shows it literally, in an element or in a quoted attribute.

    >>> html_text("<b>")
    '&lt;b&gt;'
    """
    return html.escape(terminal_text(text, keep="\n\t"))


def markdown_text(text: str) -> str:
    r"""Return text as one line of Markdown that shows it literally.

    >>> print(markdown_text("![x](http://a.b) <b> sgd_decay"))
    !\[x\](http\://a.b) \<b\> sgd_decay
    """
    return MARKUP.sub(r"\\\g<0>", terminal_text(text))


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""Prefixes of a cell that spreadsheets evaluate as a formula."""


def number_text(value: float) -> str:
    """Format a loss or a metric: four decimals, or three significant digits if tiny or huge.

    A whole number of 10 or more is a count and has no decimals.

    Args:
        value: a number; NaN and infinity become "nan" and "inf".

    Raises:
        ValueError: if the value is not a number.

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
    """Return an HTML table with a left-aligned first column and right-aligned others.

    Args:
        caption: text above the table.
        head: column names.
        rows: lists of strings.

    Example:
        >>> as_html("runs", ["run", "epochs"], [["small", "5"]]).count("<td")
        2
    """
    head, *rows = _texts(head, rows)
    body = "".join(_cells("td", row) for row in rows)
    return (
        f"<table><caption>{html_text(checks.text('caption', caption))}</caption>"
        f"<thead>{_cells('th', head)}</thead><tbody>{body}</tbody></table>"
    )


def as_lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table as lines of text, the first column left-aligned, the others right-aligned.

    >>> as_lines(["run", "epochs"], [["small", "5"], ["large", "12"]])
    ['run    epochs', 'small       5', 'large      12']
    """
    rows = _texts(head, rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for name, *values in rows:
        cells = [name.ljust(widths[0]), *map(str.rjust, values, widths[1:])]
        lines.append("  ".join(cells).rstrip())
    return lines


class Table:
    """An object with `head` and `rows` as text, shown as a table with a caption.

    >>> class Sums(Table):
    ...     head = ["x", "x + x"]
    ...     rows = [["1", "2"]]
    ...     def _caption(self):
    ...         return "sums"
    >>> Sums()
    sums
    x  x + x
    1      2
    """

    def __str__(self):
        return "\n".join([self._caption(), *as_lines(self.head, self.rows)])

    __repr__ = __str__

    def _repr_html_(self):
        return as_html(self._caption(), self.head, self.rows)


def as_markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""Return a table in Markdown, the first column left-aligned, the others right-aligned.

    Cells are Markdown; use `markdown_text` for text from data.

    >>> print(as_markdown(["run", "epochs"], [["small", "5"], ["a|b", "12"]]))
    | run | epochs |
    |---|---:|
    | small | 5 |
    | a\|b | 12 |
    """
    lines = []
    for row in _texts(head, rows):
        cells = [cell.replace("|", r"\|") for cell in row]
        lines.append(f"| {' | '.join(cells)} |")
    alignment = "|---" + "|---:" * (len(head) - 1) + "|"
    return "\n".join([lines[0], alignment, *lines[1:]])


def write_csv(path: str | PathLike, head: Sequence[str], rows: Iterable[Sequence]) -> Path:
    r"""Write a table to a CSV file, atomically, and return the path.

    Text that a spreadsheet would evaluate as a formula gets an apostrophe as a prefix.

    Args:
        path: path of the file.
        head: column names.
        rows: lists of values; None becomes an empty cell.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_csv(f"{folder}/runs.csv", ["run", "epochs"], [["small", 5]]).read_text()
        'run,epochs\nsmall,5\n'
    """
    path = checks.path("path", path)
    table = _rows(head, rows)
    with files.atomic_write(path) as temp, temp.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([csv_cell(cell) for cell in row] for row in table)
    return path


def from_csv(cell: str) -> str:
    """Return a cell of a CSV file without the apostrophe that `write_csv` has added.

    >>> from_csv("'=1+1"), from_csv("'tis"), from_csv("-1")
    ('=1+1', "'tis", '-1')
    """
    return cell[1:] if cell.startswith("'") and csv_cell(cell[1:]) == cell else cell


def csv_cell(value: object) -> object:
    """Return a cell for a CSV file, with an apostrophe before text that looks like a formula.

    >>> csv_cell("=1+1"), csv_cell("-1"), csv_cell(-1)
    ("'=1+1", '-1', -1)
    """
    if not (isinstance(value, str) and value.startswith(FORMULA_STARTS)):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


def _rows(head, rows):
    """Return the head and the rows as a list, after checking that they have equal lengths."""
    checks.integer("the number of columns", len(checks.texts("head", head)), 1)
    rows = list(rows) if isinstance(rows, Iterable) else [rows]
    for row in rows:
        if not isinstance(row, list | tuple):
            raise ValueError(f"rows must be lists. Got {row!r} instead.")
        checks.same_length("head", head, "each row", row)
    return [head, *rows]


def _texts(head, rows):
    """Return the head and the rows with printable strings as cells."""
    return [[terminal_text(cell) for cell in row] for row in _rows(head, rows)]


def _cells(tag, row):
    """Return a table row in HTML; the tag is "th" or "td". A line may break after "_"."""
    name, *values = [html_text(cell).replace("_", "_<wbr>") for cell in row]
    numbers = "".join(f'<{tag} style="text-align:right">{value}</{tag}>' for value in values)
    return f'<tr><{tag} style="text-align:left">{name}</{tag}>{numbers}</tr>'
