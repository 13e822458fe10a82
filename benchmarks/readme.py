"""Update the benchmark and score rows of the README; `python -m benchmarks.readme` for scores."""

from pathlib import Path

from mlcourse._core import files

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
SCORES = ROOT / "docs" / "scores.md"


def quoted(text, lines):
    """Replace table rows in a text by the lines with the same first cell.

    Args:
        text: Markdown.
        lines: lines of Markdown; lines that are not table rows are ignored.

    Returns:
        The new text.
    """
    rows = {_first_cell(line): line for line in lines if line.startswith("| ")}
    return "\n".join(rows.get(_first_cell(line), line) for line in text.split("\n"))


def _first_cell(line):
    return line.split(" | ")[0] if line.startswith("| ") else None


def quote(lines):
    """Update the rows of the README's tables."""
    files.write_text(README, quoted(README.read_text("utf-8"), lines))


if __name__ == "__main__":
    quote(SCORES.read_text("utf-8").split("\n"))
