"""Read and parse the code cells of a notebook, and convert Python 2 to Python 3."""

import ast
import json
import re
import warnings

PRINT = re.compile(r"(?P<before>^\s*|.*?[:;]\s*)print\b\s*(?P<values>[^\s(=.,)\]].*|\(.*)?$")
REPLACEMENTS = (
    (re.compile(r"^(\s*except\s+[\w.]+|\s*except\s*\([^)]*\))\s*,\s*(\w+)\s*:"), r"\1 as \2:"),
    (re.compile(r"\braise\s+([\w.]+)\s*,\s*(.+)$"), r"raise \1(\2)"),
    (re.compile(r"\bexec\s+([\"'\w].*)$"), r"exec(\1)"),
    (re.compile(r"<>"), "!="),
    (re.compile(r"\b(\d+)[lL]\b"), r"\1"),
    (re.compile(r"(?<![\w.])0(\d+)\b"), r"0o\1"),
    (re.compile(r"\bur(?=[\"'])"), "r"),
    (re.compile(r"`([^`]+)`"), r"repr(\1)"),
)
BLOCK = re.compile(r"(if|elif|else|while|for|with|def|class|try)\b.*:\s*(#.*)?$")


def to_python_3(lines, number):
    """Convert a line from Python 2 to Python 3.

    Args:
        lines: lines of a cell.
        number: index of the line.

    Returns:
        The new line and the number of old lines that it replaces, or None if it is not Python 2.
    """
    if statement := _print_call(lines, number):
        return statement
    line = lines[number]
    for pattern, text in REPLACEMENTS:
        line = pattern.sub(text, line)
    return None if line == lines[number] else (line, 1)


def placeholder(line):
    """Return a line that does nothing, to replace one with a syntax error."""
    indent = line[: len(line) - len(line.lstrip())]
    is_block = BLOCK.match(line.strip()) and not line.strip().startswith(("el", "try"))
    return indent + ("if True:" if is_block else "pass")


def _print_call(lines, number):
    """Return a print statement as a call, and its number of lines, else None."""
    match = PRINT.match(lines[number])
    if not match:
        return None
    for count in range(1, len(lines) - number + 1):
        rest = lines[number + 1 : number + count]
        values = "\n".join([match["values"] or "", *rest]).strip()
        call = _call(values)
        if call:
            return match["before"] + call, count
    return None


def _call(values):
    """Return the call of `print` for the values of a statement, or None if it is incomplete."""
    stream = re.match(r">>\s*([\w.]+)\s*,?\s*(.*)", values, re.DOTALL)
    values, file = (stream[2], f"file={stream[1]}") if stream else (values, "")
    values, comment = _without_comment(values)
    values = values.rstrip(";").rstrip()
    ending = 'end=" "' if values.endswith(",") else ""
    call = f"print({', '.join(filter(None, [values.rstrip(','), file, ending]))})"
    try:
        ast.parse(call)
    except SyntaxError:
        return None
    return re.sub(r"\s*\n\s*", " ", call) + comment


def _without_comment(values):
    """Return the values of a print statement, and the comment after them."""
    for match in re.finditer(r"\s*#", values):
        try:
            ast.parse(f"print({values[: match.start()].rstrip().rstrip(',')})")
        except SyntaxError:
            continue
        if "\n" not in values[match.start() :]:
            return values[: match.start()], "  " + values[match.start() :].strip()
    return values, ""


PYTHON_MAGICS = "time", "timeit", "capture", "prun"  # cell magics for Python code
CELL_MAGIC = re.compile(r"\s*%%(\w+)")
LINE_MAGIC = re.compile(r"\s*[%!?]|.*\?\s*$|[^#]*=\s*[%!]")
TIMED = re.compile(r"\s*%(?:time|timeit|prun)\s+(?:-\S+\s+)*(.+)")
FLAGS = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def read(path):
    """Return pairs of the number and the source of each code cell.

    Raises:
        OSError: if the file does not exist.
        ValueError: if the file is not a notebook in Python.
    """
    rule = f"{path.name} must be a Jupyter notebook"
    try:
        text = path.read_bytes().decode("utf-8-sig")
        if not text.strip():
            raise ValueError(f"{rule}. Got an empty file instead.")
        notebook = json.loads(text)
        metadata = notebook.get("metadata", {})
        worksheets = notebook.get("worksheets", [notebook])  # of format 3
        cells = [cell for worksheet in worksheets for cell in worksheet["cells"]]
        sources = [
            (number, "".join(cell["source"] if "source" in cell else cell["input"]))
            for number, cell in enumerate(cells, start=1)
            if cell["cell_type"] == "code"
        ]
        language = metadata.get("kernelspec", {}).get("language", "python")
    except UnicodeDecodeError as error:
        raise ValueError(f"{rule} in UTF-8. Got another encoding instead.") from error
    except json.JSONDecodeError as error:
        reason = f"{error.msg} in line {error.lineno}"
        raise ValueError(f"{rule}. Got invalid JSON instead: {reason}.") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{rule}. Got JSON without cells instead.") from error
    if not str(language).lower().startswith("python"):
        raise ValueError(f"{rule} in Python. Got one in {language} instead.")
    return sources


def parse(source):
    """Parse a cell.

    IPython's magics are ignored, except for code in them.

    Returns:
        The syntax tree; the list of the cell's lines in Python 3; and a dict from the indices of
        changed lines to their new code, "" for lines with a syntax error.
    """
    lines = source.split("\n")
    first = next((n for n, line in enumerate(lines) if line.strip()), 0)
    if magic := CELL_MAGIC.match(lines[first]):
        lines = lines if magic[1] in PYTHON_MAGICS else [""] * len(lines)
        lines[first] = ""
    changed = {}
    is_first = True  # only the first syntax error is reported: others may follow from it
    for _ in range(3 * len(lines)):
        try:
            return _tree("\n".join(lines)), lines, changed
        except (SyntaxError, ValueError) as error:  # ValueError: a null character
            number = min(getattr(error, "lineno", None) or 1, len(lines)) - 1
        if LINE_MAGIC.match(lines[number]):
            lines[number] = _without_magic(lines[number])
        elif statement := to_python_3(lines, number):
            changed[number] = statement[0].strip()
            lines[number : number + statement[1]] = [statement[0], *[""] * (statement[1] - 1)]
        else:
            if is_first and lines[number].strip() != "pass":
                changed[number] = ""
            is_first = False
            lines[number] = placeholder(lines[number])
    return _valid_statements(lines), lines, changed


def _tree(code):
    """Return the syntax tree of code that may use `await` at the top level."""
    with warnings.catch_warnings(action="ignore"):
        return compile(code, "cell", "exec", FLAGS)


def _valid_statements(lines):
    """Return the tree of a cell's statements without syntax errors."""
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
    """Return the code that a magic times, or a line that does nothing."""
    indent = line[: len(line) - len(line.lstrip())]
    timed = TIMED.match(line)
    try:
        ast.parse(timed[1] if timed else "")
    except SyntaxError:
        timed = None
    return indent + (timed[1] if timed else "pass")
