"""Read the code of a notebook without running it, and apply the rules."""

import ast
import re
from bisect import bisect
from dataclasses import dataclass
from pathlib import Path

from mlcourse.lectures.old_notebooks import (
    argument_rules,
    cells,
    keras_rules,
    layer_rules,
    package_rules,
    training_rules,
)
from mlcourse.lectures.old_notebooks.edits import Text
from mlcourse.lectures.old_notebooks.matching import Names, Rule
from mlcourse.lectures.old_notebooks.package_rules import (
    INSTALLATION,
    OLD_TENSORFLOW,
    PRINT,
    PYTHON,
    UNREADABLE,
)

RULES = (
    *layer_rules.RULES,
    *argument_rules.RULES,
    *training_rules.RULES,
    *keras_rules.RULES,
    *package_rules.RULES,
)


LOOKED_AT = (
    *(ast.Attribute, ast.Call, ast.Expr, ast.Import, ast.ImportFrom, ast.Name, ast.Subscript),
)
OLD_PACKAGE = re.compile(
    r"\s*[%!]\s*(?:pip3?|conda) .*\b(?:keras|tensorflow(?:-gpu)?)\s*={1,2}\s*[012]\."
)
NEW_TENSORFLOW = re.compile(r"tensorflow(?:-gpu)?\s*={1,2}\s*2\.(?:1[6-9]|[2-9]\d)")


@dataclass(frozen=True)
class OldCode:
    """Code of a notebook that is old.

    Attributes:
        cell: its number, from 1, where those of text count too.
        line: its number in the cell, from 1.
        text: the line.
        rule: the `Rule` that finds it.
        new: what to write instead.
    """

    cell: int
    line: int
    text: str
    rule: Rule
    new: str


def old_code(path: str | Path) -> list[OldCode]:
    """Return the code of a notebook that Keras 3 no longer runs.

    Args:
        path: of a Jupyter notebook, in any version of the format.

    Raises:
        OSError: if there is no such file.
        ValueError: if it is no notebook, or in another language than Python.
    """
    return _old_code(cells.read(Path(path)))


def example(rule: Rule) -> str:
    """Return what to write instead of the example of a rule."""
    imports = "import numpy as np, tensorflow as tf, tensorflow_addons as tfa\n"
    imports += "import matplotlib.pyplot as plt, sklearn"
    found = _old_code([(1, imports), (2, rule.old)])
    return next(old.new for old in found if old.rule is rule and old.cell == 2)


def _old_code(sources):
    """Return the old code in pairs of the number and the source of a cell."""
    numbers, firsts, originals, lines, trees, found = [], [], [], [], [], []
    for number, source in sources:
        first, old_lines = len(lines), source.split("\n")
        tree, new_lines, changed = cells.parse(source)
        numbers.append(number)
        firsts.append(first)
        originals += old_lines
        lines += new_lines
        trees.append(ast.increment_lineno(tree, first))
        for place, line in enumerate(old_lines):
            if rule := _rule_of_line(line, changed.get(place)):
                found.append((first + place, rule, changed.get(place) or rule.new))
    found += _of_trees(trees, Text("\n".join(lines)))
    old = []
    for line, rule, new in sorted(dict.fromkeys(found), key=lambda one: one[0]):
        cell = bisect(firsts, line) - 1
        place = line - firsts[cell] + 1
        old.append(OldCode(numbers[cell], place, originals[line].strip(), rule, new))
    return old


def _of_trees(trees, text):
    """Return triples of a line's number, from 0, the rule that finds it, and the new code."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = Names(nodes, text)
    places = [node for node in nodes if isinstance(node, LOOKED_AT)]
    matches = [(node, rule, rule.finds(node, names)) for node in places for rule in RULES]
    matches = [(node, rule, found) for node, rule, found in matches if found]
    edits = [edit for _, _, found in matches for edit in found.edits]
    return [
        (found.node.lineno - 1, rule, found.new or rule.new or text.of(names.whole(node), edits))
        for node, rule, found in matches
    ]


def _rule_of_line(line, new):
    """Return the rule for a line: a magic, or what is no Python 3; else None.

    Args:
        line: as the notebook has it.
        new: what Python 3 has instead, "" for what cannot be read, None if nothing changes.
    """
    if re.match(r"\s*%tensorflow_version\s+1", line):
        return OLD_TENSORFLOW
    if OLD_PACKAGE.match(line) and not NEW_TENSORFLOW.search(line):
        return INSTALLATION
    if new is None:
        return None
    return UNREADABLE if not new else PRINT if re.search(r"\bprint\b", line) else PYTHON
