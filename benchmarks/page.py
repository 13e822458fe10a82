"""What the benchmarks have found, as a page in Markdown."""

from benchmarks.timing import Ratio
from mlcourse._core import tables

RATIOS = ("our way", "beside", "ours", "the other", "times as much as ours", "runs")
FINDINGS = ("what", "found")
MISSING = "Not measured on this machine yet."
HEAD = """# Benchmarks

Our ways beside plain ways to do the same, measured in turn: ours, theirs, ours, theirs. Each pair
gives a ratio, how many times as much as ours the other way takes; above 1, ours is the quicker one.
A table has the median of the ratios with the lowest and the highest, and the medians of both ways.
`make bench` makes this page.
"""


def page(records):
    """Returns the page of records, as `records.known` returns them, by name; one is known."""
    first = next(filter(None, records.values()))
    versions = ", ".join(f"{package} {number}" for package, number in first["versions"].items())
    parts = [HEAD, f"{first['machine']}. {versions}.\n"]
    return "\n".join([*parts, *(section(*item) for item in records.items())])


def section(name, record):
    """Returns what a benchmark has found under its name, with its day and how long it took."""
    if not record:
        return f"## {name}\n\n{MISSING}\n"
    ratios = [row for row in record["rows"] if isinstance(row, Ratio)]
    findings = [row for row in record["rows"] if not isinstance(row, Ratio)]
    parts = [f"## {name}", record["about"]]
    if ratios:
        parts.append(tables.as_markdown(RATIOS, [cells(ratio) for ratio in ratios]))
    if findings:
        rows = [[row.name, row.result] for row in findings]
        parts.append(tables.as_markdown(FINDINGS, rows))
    parts.append(f"`python -m benchmarks {name}`, {record['date']}, {record['seconds']:,} s.")
    return "\n\n".join(parts) + "\n"


def cells(ratio):
    """Returns the cells of a ratio's row."""
    return [ratio.what, ratio.beside, *ratio.amounts, ratio.result, str(len(ratio.ours))]
