"""Write the results of the benchmarks as a page in Markdown."""

from benchmarks.timing import Ratio
from mlcourse._core import tables

RATIOS = ("task", "alternative", "ours", "alternative's", "ratio", "runs")
FINDINGS = ("measurement", "result")
MISSING = "Not measured on this machine yet."
HEAD = """# Benchmarks

This page compares the package with the usual ways to do the same. Both are measured in turn: ours,
alternative, ours, alternative. Each pair gives a ratio, the alternative's time (or memory) divided
by ours. Above 1, ours is faster (or smaller). The tables have the median of the ratios, with the
lowest and the highest in parentheses, and the medians of both measurements. `make bench` makes this
page.
"""


def page(records):
    """Return the page of a dict of records, by name; a missing record is None, but not all are."""
    first = next(filter(None, records.values()))
    versions = ", ".join(f"{package} {number}" for package, number in first["versions"].items())
    parts = [HEAD, f"{first['machine']}. {versions}.\n"]
    return "\n".join([*parts, *(section(*item) for item in records.items())])


def section(name, record):
    """Return the section of a benchmark: its description, tables, date and duration."""
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
    """Return the table cells of a ratio."""
    return [ratio.task, ratio.alternative, *ratio.amounts, ratio.result, str(len(ratio.ours))]
