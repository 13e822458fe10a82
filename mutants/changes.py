"""Mutants of a source file: copies of it with one small change of an expression."""

import ast
import copy
import difflib
from dataclasses import dataclass
from pathlib import Path

SWAPPED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
PAIRS = (
    "min max, minimum maximum, argmin argmax, any all, floor ceil, sin cos, zeros_like ones_like"
)
NAMES = dict(pair.split() for pair in PAIRS.split(", "))
NAMES |= {second: first for first, second in NAMES.items()}
REMOVED = ("abs", "sqrt", "sign", "clip")  # calls that are replaced by their first argument


@dataclass(frozen=True)
class Mutant:
    """A changed source file.

    Attributes:
        path: path of the file.
        before, source: its source before and after the change.
        lines: numbers of the changed lines, from 1.
    """

    path: Path
    before: str
    source: str
    lines: range

    def diff(self):
        """Return the change as a unified diff, without context."""
        lines = difflib.unified_diff(
            self.before.splitlines(), self.source.splitlines(), lineterm="", n=0
        )
        return "\n".join([f"{self.path}:{self.lines[0]}", *list(lines)[3:]])


def mutants_of(path):
    """Yield all mutants of a Python file."""
    before = path.read_text(encoding="utf-8")
    starts = [0]
    for line in before.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node in _expressions(ast.parse(before)):
        first = starts[node.lineno - 1] + node.col_offset
        last = starts[node.end_lineno - 1] + node.end_col_offset
        for new in _changes(node):
            text = f"({ast.unparse(new)})" if isinstance(new, ast.BinOp) else ast.unparse(new)
            source = before.encode()[:first] + text.encode() + before.encode()[last:]
            lines = range(node.lineno, node.end_lineno + 1)
            yield Mutant(path, before, source.decode(), lines)


def _expressions(tree):
    """Yield the expressions that may change: no text, error message, annotation or decorator.

    Some get an attribute. `forget`: returned values, and calls without use of their result, may be
    replaced by None. `condition`: conditions may be negated.
    """
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Raise | ast.JoinedStr | ast.Import | ast.ImportFrom | ast.Assert):
            continue
        if isinstance(node, ast.keyword) and node.arg == "strict":
            continue  # zip(strict=True) where the lengths are always equal
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            continue
        for name in ("annotation", "returns"):
            if getattr(node, name, None):
                setattr(node, name, None)
        if hasattr(node, "decorator_list"):
            node.decorator_list = []
        if isinstance(node, ast.Return) and node.value:
            node.value.forget = not isinstance(node.value, ast.Constant)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            node.value.forget = True
        if isinstance(node, ast.If | ast.IfExp | ast.While):
            node.test.condition = True
        if isinstance(node, ast.expr):
            yield node
        yield from _expressions(node)


def _changes(node):
    """Yield the replacements of an expression."""
    if getattr(node, "forget", False):
        yield ast.Constant(None)
    if getattr(node, "condition", False) and not isinstance(node, ast.Compare | ast.UnaryOp):
        yield ast.UnaryOp(ast.Not(), node)
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield ast.Constant(node.value + 1)
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAPPED:
        yield _with(node, op=SWAPPED[type(node.op)]())
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield _with(node, ops=[SWAPPED[type(node.ops[0])]()])
    elif isinstance(node, ast.Call):
        yield from _changed_calls(node)


def _changed_calls(node):
    """Yield the replacements of a call: of another function, or its first argument."""
    word = "attr" if isinstance(node.func, ast.Attribute) else "id"
    name = getattr(node.func, word, None)
    if name in NAMES:
        yield _with(node, func=_with(node.func, **{word: NAMES[name]}))
    if name in REMOVED and node.args:
        yield node.args[0]


def _with(node, **parts):
    """Return a copy of a syntax node with other parts."""
    new = copy.copy(node)
    for name, part in parts.items():
        setattr(new, name, part)
    return new
