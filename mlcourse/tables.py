"""Small tables: HTML for notebooks, aligned columns for terminals, Markdown and CSV for others."""

import csv
import html
from pathlib import Path


def as_html(caption, head, rows):
    """Returns a table whose first column is names, to the left, and whose others are numbers.

    Args:
        caption: text above it.
        head: the columns' names.
        rows: lists of text.
    """
    body = "".join(_cells("td", row) for row in rows)
    return (
        f"<table><caption>{html.escape(caption)}</caption>"
        f"<thead>{_cells('th', head)}</thead><tbody>{body}</tbody></table>"
    )


def as_lines(head, rows):
    """Returns lines of aligned columns, names to the left, numbers to the right.

    >>> as_lines(["run", "epochs"], [["small", "5"], ["large", "12"]])
    ['run    epochs', 'small       5', 'large      12']
    """
    rows = [head, *rows]
    first, *others = (max(map(len, column)) for column in zip(*rows, strict=True))
    return [
        "  ".join([name.ljust(first), *map(str.rjust, values, others)]).rstrip()
        for name, *values in rows
    ]


def as_markdown(head, rows):
    r"""Returns a table in Markdown, names to the left, numbers to the right.

    >>> print(as_markdown(["run", "epochs"], [["small", "5"], ["a|b", "12"]]))
    | run | epochs |
    |---|---:|
    | small | 5 |
    | a\|b | 12 |
    """
    line = "|---" + "|---:" * (len(head) - 1) + "|"
    head, *rows = (
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
        for row in [head, *rows]
    )
    return "\n".join([head, line, *rows])


def write_csv(path, head, rows):
    """Writes a table beside the file's name, then renames it, and returns the path.

    Args:
        path: of the file.
        head: the columns' names.
        rows: lists of values; what is None stays empty.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.part")
    with part.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])
    part.replace(path)
    return path


def _cells(tag, row):
    name, *values = (html.escape(cell) for cell in row)
    numbers = "".join(f'<{tag} style="text-align:right">{value}</{tag}>' for value in values)
    return f'<tr><{tag} style="text-align:left">{name}</{tag}>{numbers}</tr>'
