"""The README's rows of what was measured; `python -m benchmarks.readme` takes its scores anew."""

from pathlib import Path

from mlcourse._core import files

ROOT = Path(__file__).resolve().parents[1]
README, SCORES = ROOT / "README.md", ROOT / "docs" / "scores.md"


def quoted(text, lines):
    """Returns a text in whose tables each row that begins as one of the lines is that line.

    Args:
        text: Markdown.
        lines: rows of tables in Markdown; other lines are passed over.
    """
    rows = {_first_cell(line): line for line in lines if line.startswith("| ")}
    return "\n".join(rows.get(_first_cell(line), line) for line in text.split("\n"))


def _first_cell(line):
    return line.split(" | ")[0] if line.startswith("| ") else None


def quote(lines):
    """Puts rows into the README's tables."""
    files.write_text(README, quoted(README.read_text("utf-8"), lines))


if __name__ == "__main__":
    quote(SCORES.read_text("utf-8").split("\n"))
