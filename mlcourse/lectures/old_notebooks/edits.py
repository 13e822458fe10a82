"""Changes to the text of code, at the places of syntax nodes."""

import ast
import re
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Edit:
    """A replacement of the text between two places, pairs of a line number and a byte offset."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


@dataclass(frozen=True)
class Found:
    """Old code.

    Attributes:
        node: whose line is shown.
        edits: what makes it new.
        new: what to write instead, where edits do not say it.
    """

    node: ast.AST
    edits: tuple = ()
    new: str = ""


def start(node):
    """Return the place where a node starts."""
    return node.lineno, node.col_offset


def end(node):
    """Return the place behind a node."""
    return node.end_lineno, node.end_col_offset


def replace(node, text):
    """Replace a node."""
    return Edit(start(node), end(node), text)


def insert(place, text):
    """Insert text at a place."""
    return Edit(place, place, text)


def rename(node, name):
    """Replace the last name of an attribute, or the name of a keyword argument."""
    if isinstance(node, ast.keyword):
        return Edit(start(node), (node.lineno, node.col_offset + len(node.arg.encode())), name)
    line, offset = end(node)
    return Edit((line, offset - len(node.attr.encode())), (line, offset), name)


def remove(call, keyword):
    """Remove a keyword argument from a call, with its comma."""
    parts = sorted([*call.args, *call.keywords], key=start)
    number = parts.index(keyword)
    if number:
        return Edit(end(parts[number - 1]), end(keyword), "")
    behind = start(parts[1]) if len(parts) > 1 else end(keyword)
    return Edit(start(keyword), behind, "")


class Text:
    """The text of code that syntax nodes point into."""

    def __init__(self, text):
        self._lines = [line.encode() for line in text.split("\n")]

    def of(self, node, edits=()):
        """Return the text of a node on one line, with the edits that lie within it."""
        place, behind = start(node), end(node)
        parts = []
        for edit in sorted(set(edits)):
            if start(node) <= edit.start and edit.end <= behind and edit.end >= place:
                if edit.start >= place:
                    parts += [self._between(place, edit.start), edit.text]
                place = edit.end
        text = "".join([*parts, self._between(place, behind)])
        text = re.sub(r"\(\s*,\s*", "(", text)  # where all arguments before it are removed
        return _on_one_line(text)

    def _between(self, first, last):
        lines = self._lines[first[0] - 1 : last[0]]
        if not lines:
            return ""
        lines[-1] = lines[-1][: last[1]]
        lines[0] = lines[0][first[1] :]
        return b"\n".join(lines).decode()


def _on_one_line(text):
    if "\n" not in text:
        return text
    if "#" in text or '"""' in text or "'''" in text:
        try:
            return ast.unparse(ast.parse(text))
        except SyntaxError:
            return text
    return re.sub(r"\(\s+", "(", re.sub(r",?\s+\)", ")", re.sub(r"\s*\\?\n\s*", " ", text)))
