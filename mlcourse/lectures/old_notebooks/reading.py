"""Read the code of a notebook, without running it, convert Python 2 to 3, and apply the rules."""

import ast
import json
import re
import warnings
from bisect import bisect
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from mlcourse._core import files
from mlcourse.lectures.old_notebooks import (
    keras_rules,
    layer_rules,
    package_rules,
    training_rules,
)
from mlcourse.lectures.old_notebooks.matching import Rule, Text
from mlcourse.lectures.old_notebooks.notebook_code import Code
from mlcourse.lectures.old_notebooks.package_rules import (
    INSTALLATION,
    OLD_TENSORFLOW,
    PRINT,
    PYTHON,
    UNREADABLE,
)

PRINT_CALL = re.compile(r"(?P<before>^\s*|.*?[:;]\s*)print\b\s*(?P<values>[^\s(=.,)\]].*|\(.*)?$")
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
    match = PRINT_CALL.match(lines[number])
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


def read_sources(path):
    """Return pairs of the number and the source of each code cell.

    Raises:
        OSError: if the file does not exist.
        ValueError: if the file is not a notebook in Python.
    """
    rule = f"{path.name} must be a Jupyter notebook"
    try:
        files.check_regular(path)
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
    except RecursionError as error:
        raise ValueError(f"{rule}. Got JSON with too many nested brackets instead.") from error
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


RULES = (
    *layer_rules.RULES,
    *layer_rules.ARGUMENT_RULES,
    *training_rules.RULES,
    *keras_rules.RULES,
    *package_rules.RULES,
)


NODE_TYPES = (
    ast.Attribute,
    ast.Call,
    ast.Expr,
    ast.Import,
    ast.ImportFrom,
    ast.Name,
    ast.Subscript,
)
OLD_PACKAGE = re.compile(
    r"\s*[%!]\s*(?:pip3?|conda) .*\b(?:keras|tensorflow(?:-gpu)?)\s*={1,2}\s*[012]\."
)
NEW_TENSORFLOW = re.compile(r"tensorflow(?:-gpu)?\s*={1,2}\s*2\.(?:1[6-9]|[2-9]\d)")


@dataclass(frozen=True)
class OldCode:
    """A line of old code in a notebook.

    Attributes:
        cell: number of the cell, from 1, Markdown cells included.
        line: number of the line in the cell, from 1.
        text: the line.
        rule: the `Rule` that matches.
        new: code to write instead.
    """

    cell: int
    line: int
    text: str
    rule: Rule
    new: str


def old_code(path: str | Path) -> list[OldCode]:
    """Return the lines of a notebook that do not run on Keras 3.

    Args:
        path: path of a Jupyter notebook, of any version of the format.

    Raises:
        OSError: if the file does not exist.
        ValueError: if the file is not a notebook in Python.
    """
    return _old_code(read_sources(Path(path)))


def example(rule: Rule) -> str:
    """Return the code to write instead of the example of a rule."""
    imports = "import numpy as np, tensorflow as tf, tensorflow_addons as tfa\n"
    imports += "import matplotlib.pyplot as plt, sklearn"
    lines = _old_code([(1, imports), (2, rule.old)])
    return next(line.new for line in lines if line.rule is rule and line.cell == 2)


def _old_code(sources):
    """Return the old code in pairs of the number and the source of a cell.

    The cells are joined to one text, so that a name imported in one is known in the others.
    """
    cell_numbers = []
    cell_starts = []  # index of the first line of each cell
    old_lines = []
    new_lines = []  # in Python 3
    trees = []
    found = []  # triples of a line's index, the rule, and the new code
    for number, source in sources:
        first = len(new_lines)
        tree, cell_lines, changed = parse(source)
        cell_numbers.append(number)
        cell_starts.append(first)
        old_lines += source.split("\n")
        new_lines += cell_lines
        trees.append(ast.increment_lineno(tree, first))
        for index, line in enumerate(source.split("\n")):
            if rule := _line_rule(line, changed.get(index)):
                found.append((first + index, rule, changed.get(index) or rule.new))
    found += _apply_rules(trees, Text("\n".join(new_lines)))
    result = []
    for index, rule, new in sorted(dict.fromkeys(found), key=itemgetter(0)):
        cell = bisect(cell_starts, index) - 1
        number = index - cell_starts[cell] + 1
        result.append(OldCode(cell_numbers[cell], number, old_lines[index].strip(), rule, new))
    return result


def _apply_rules(trees, text):
    """Return triples of a line's index, the rule that matches, and the new code."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    code = Code(nodes, text)
    matches = []
    for node in nodes:
        if isinstance(node, NODE_TYPES):
            for rule in RULES:
                match = rule.match(node, code)
                if match:
                    matches.append((node, rule, match))
    edits = [edit for _, _, match in matches for edit in match.edits]
    return [
        (
            match.node.lineno - 1,
            rule,
            match.new or rule.new or text.of(code.enclosing(node), edits),
        )
        for node, rule, match in matches
    ]


def _line_rule(line, new):
    """Return the rule that matches a line as text: a magic or Python 2, else None.

    Args:
        line: line of the notebook.
        new: line in Python 3; "" if it has a syntax error, None if it is unchanged.
    """
    if re.match(r"\s*%tensorflow_version\s+1", line):
        return OLD_TENSORFLOW
    if OLD_PACKAGE.match(line) and not NEW_TENSORFLOW.search(line):
        return INSTALLATION
    if new is None:
        return None
    if not new:
        return UNREADABLE
    return PRINT if re.search(r"\bprint\b", line) else PYTHON
