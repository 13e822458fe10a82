"""Read the code of a notebook, without running it, and apply the rules."""

import ast
import re
from bisect import bisect
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from mlcourse.lectures.old_notebooks import (
    cells,
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
    return _old_code(cells.read(Path(path)))


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
        tree, cell_lines, changed = cells.parse(source)
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
