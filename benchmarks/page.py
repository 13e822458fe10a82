"""The results of the benchmarks as a page in Markdown."""

from benchmarks.timing import Ratio
from mlcourse._core import tables

RATIOS = ("benchmark", "alternative", "ours", "theirs", "ratio", "runs")
FINDINGS = ("benchmark", "result")
MISSING = "Not measured on this machine yet."
HEAD = """# Benchmarks

mlcourse against alternatives, measured in turn: ours, theirs, ours, theirs. The ratio is theirs
divided by ours, for each pair of runs: above 1, ours is faster, or needs less memory. The tables
show the medians of both, and the median ratio (lowest to highest). `make bench` writes this page.
"""


def page(records):
    """Return the page of a dict of records, from `records.load`, of which at least one is saved."""
    first = next(filter(None, records.values()))
    versions = ", ".join(f"{package} {number}" for package, number in first["versions"].items())
    parts = [HEAD, f"{first['machine']}. {versions}.\n"]
    return "\n".join([*parts, *(section(*item) for item in records.items())])


def section(name, record):
    """Return the section of a benchmark, with the date and the duration."""
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
    """Return the cells of a ratio's row."""
    return [ratio.what, ratio.alternative, *ratio.amounts, ratio.result, str(len(ratio.ours))]
