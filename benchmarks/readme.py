"""Update measurements in README.md; `python -m benchmarks.readme` copies the scores."""

from pathlib import Path

from mlcourse._core import files

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
SCORES = ROOT / "docs" / "scores.md"


def quoted(text, lines):
    """Return a text with the rows of its tables replaced by those with the same first cell.

    Args:
        text: a Markdown text.
        lines: table rows in Markdown; other lines are ignored.
    """
    rows = {_first_cell(line): line for line in lines if line.startswith("| ")}
    return "\n".join(rows.get(_first_cell(line), line) for line in text.split("\n"))


def _first_cell(line):
    return line.split(" | ")[0] if line.startswith("| ") else None


def quote(lines):
    """Replace rows in the README's tables."""
    files.write_text(README, quoted(README.read_text("utf-8"), lines))


if __name__ == "__main__":
    quote(SCORES.read_text("utf-8").split("\n"))
