"""The cells of a notebook with code, read from its file, and made code of Python 3."""

import ast
import json
import re
import warnings

from mlcourse.old_notebooks.python2 import passed_over, repaired

OF_PYTHON = "time", "timeit", "capture", "prun"  # cell magics above code of this notebook
CELL_MAGIC = re.compile(r"\s*%%(\w+)")
LINE_MAGIC = re.compile(r"\s*[%!?]|.*\?\s*$|[^#]*=\s*[%!]")
TIMED = re.compile(r"\s*%(?:time|timeit|prun)\s+(?:-\S+\s+)*(.+)")
FLAGS = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def read(path):
    """Return the number and the source of each cell with code of Python.

    Raises:
        OSError: if there is no such file.
        ValueError: if it is no notebook, or in another language than Python.
    """
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


def parse(source):
    """Return the syntax tree of a cell, its lines in Python 3, and the lines that changed.

    Magics of IPython are no lines of Python: they are passed over, but for code in them.

    Returns:
        The tree; a list of lines, as many as the cell has; a dict from line numbers, from 0, to
        what Python 3 has in place of them, "" for what it cannot read.
    """
    lines = source.split("\n")
    first = next((n for n, line in enumerate(lines) if line.strip()), 0)
    if magic := CELL_MAGIC.match(lines[first]):
        lines = lines if magic[1] in OF_PYTHON else [""] * len(lines)
        lines[first] = ""
    changed = {}
    is_first = True  # what follows an unreadable line may be its consequence
    for _ in range(3 * len(lines)):
        try:
            return _tree("\n".join(lines)), lines, changed
        except (SyntaxError, ValueError) as error:  # a ValueError is of a null character
            number = min(getattr(error, "lineno", None) or 1, len(lines)) - 1
        if LINE_MAGIC.match(lines[number]):
            lines[number] = _without_magic(lines[number])
        elif statement := repaired(lines, number):
            changed[number] = statement[0].strip()
            lines[number : number + statement[1]] = [statement[0], *[""] * (statement[1] - 1)]
        else:
            if is_first and lines[number].strip() != "pass":
                changed[number] = ""
            is_first = False
            lines[number] = passed_over(lines[number])
    return _parts(lines), lines, changed


def _tree(code):
    with warnings.catch_warnings(action="ignore"):
        return compile(code, "cell", "exec", FLAGS)


def _parts(lines):
    """Return the tree of those statements of a cell that can be read."""
    starts = [n for n, line in enumerate(lines) if line[:1].strip() and line[0] not in ")]}#"]
    body = []
    for first, last in zip(starts, [*starts[1:], len(lines)], strict=True):
        try:
            tree = _tree("\n".join(lines[first:last]))
        except (SyntaxError, ValueError):
            continue
        body += ast.increment_lineno(tree, first).body
    return ast.Module(body, [])


def _without_magic(line):
    """Return the code that a magic times, or else a line that does nothing."""
    indent = line[: len(line) - len(line.lstrip())]
    timed = TIMED.match(line)
    try:
        ast.parse(timed[1] if timed else "")
    except SyntaxError:
        timed = None
    return indent + (timed[1] if timed else "pass")
