"""Read the code of a notebook, without running it."""

import ast
import json
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

from mlcourse.old_notebooks.names import Names
from mlcourse.old_notebooks.rules import PRINT, RULES, UNREADABLE, Rule

OF_PYTHON = "time", "timeit", "capture", "prun"  # cell magics above code of this notebook
CELL_MAGIC = re.compile(r"\s*%%(\w+)")
LINE_MAGIC = re.compile(r"\s*[%!?]|.*\?\s*$|[^#]*=\s*[%!]")
TIMED = re.compile(r"\s*%(?:time|timeit|prun)\s+(?:-\S+\s+)*(.+)")
PRINT_STATEMENT = re.compile(r"\s*print\s+[^(\s=]")
FLAGS = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


@dataclass(frozen=True)
class OldCode:
    """A line of a notebook that is old.

    Attributes:
        cell: its number, from 1, where those of text count too.
        line: its number in the cell, from 1.
        text: the line.
        rule: the `Rule` that says what to write instead.
    """

    cell: int
    line: int
    text: str
    rule: Rule


def old_code(path: str | Path) -> list[OldCode]:
    """Return the lines of a notebook that Keras 3 no longer runs.

    Args:
        path: of a Jupyter notebook, in any version of the format.

    Raises:
        OSError: if there is no such file.
        ValueError: if it is no notebook, or in another language than Python.
    """
    cells = [(number, source, *_parse(source)) for number, source in _cells(Path(path))]
    names = Names([tree for _, _, tree, _ in cells])
    found = []
    for number, source, tree, unreadable in cells:
        lines = source.split("\n")
        rules = {(line, _rule_of_text(lines[line - 1])) for line in unreadable}
        rules |= {pair for node in ast.walk(tree) for pair in _rules_of(node, names)}
        for line, rule in sorted(rules, key=lambda pair: (pair[0], pair[1].old)):
            found.append(OldCode(number, line, lines[line - 1].strip(), rule))
    return found


def _rules_of(node, names):
    """Return the line of a node that is old, and the first rule that finds it; or nothing."""
    for rule in RULES:
        if old := rule.finds(node, names):
            return [(old.lineno, rule)]
    return []


def _cells(path):
    """Return the number and the source of each cell with code of Python."""
    rule = f"{path.name} must be a Jupyter notebook"
    try:
        text = path.read_bytes().decode("utf-8-sig")
        if not text.strip():
            raise ValueError(f"{rule}. Got an empty file instead.")
        notebook = json.loads(text)
        metadata = notebook.get("metadata", {})
        sheets = notebook.get("worksheets", [notebook])  # which format 3 has
        cells = [cell for sheet in sheets for cell in sheet["cells"]]
        codes = [
            (number, "".join(cell["source"] if "source" in cell else cell["input"]))
            for number, cell in enumerate(cells, start=1)
            if cell["cell_type"] == "code"
        ]
        language = metadata.get("kernelspec", {}).get("language", "python")
    except UnicodeDecodeError as error:
        raise ValueError(f"{rule} in UTF-8. Got another encoding instead.") from error
    except json.JSONDecodeError as error:
        reason = f"{error.msg} in line {error.lineno}"
        raise ValueError(f"{rule}. Got a file that is no JSON instead: {reason}.") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{rule}. Got JSON without the cells of one instead.") from error
    if not str(language).lower().startswith("python"):
        raise ValueError(f"{rule} in Python. Got one in {language} instead.")
    return codes


def _parse(source):
    """Return the syntax tree of a cell, and the numbers of the lines that cannot be read.

    Magics of IPython are no lines of Python: they are passed over, but for code in them.
    """
    lines = source.split("\n")
    first = next((n for n, line in enumerate(lines) if line.strip()), 0)
    if magic := CELL_MAGIC.match(lines[first]):
        lines = lines if magic[1] in OF_PYTHON else [""]
        lines[min(first, len(lines) - 1)] = ""
    unreadable = []
    for _ in range(2 * len(lines)):
        try:
            with warnings.catch_warnings(action="ignore"):
                return compile("\n".join(lines), "cell", "exec", FLAGS), unreadable
        except (SyntaxError, ValueError) as error:  # a ValueError is of a null character
            number = min(getattr(error, "lineno", None) or 1, len(lines))
        line = lines[number - 1]
        is_first = not unreadable  # what follows it may be its consequence
        if PRINT_STATEMENT.match(line) or (is_first and not LINE_MAGIC.match(line)):
            unreadable.append(number)
        lines[number - 1] = _without_magic(line)
    return ast.parse(""), unreadable


def _without_magic(line):
    """Return the code that a magic times, or else a line that does nothing."""
    indent = line[: len(line) - len(line.lstrip())]
    timed = TIMED.match(line)
    try:
        ast.parse(timed[1] if timed else "")
    except SyntaxError:
        timed = None
    return indent + (timed[1] if timed else "pass")


def _rule_of_text(line):
    """Return the rule for a line that is no Python 3."""
    return PRINT if PRINT_STATEMENT.match(line) else UNREADABLE
