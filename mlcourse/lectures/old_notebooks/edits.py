"""Edit the text of code at the positions of syntax nodes."""

import ast
import re
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Edit:
    """A replacement of the text between two positions, pairs of a line number and a byte offset."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


@dataclass(frozen=True)
class Match:
    """Old code that a rule matches.

    Attributes:
        node: node whose line is reported.
        edits: edits that convert the code.
        new: code to write instead, if there are no edits.
    """

    node: ast.AST
    edits: tuple = ()
    new: str = ""


def start(node):
    """Return the start position of a node."""
    return node.lineno, node.col_offset


def end(node):
    """Return the end position of a node."""
    return node.end_lineno, node.end_col_offset


def replace(node, text):
    """Return the edit that replaces a node."""
    return Edit(start(node), end(node), text)


def insert(position, text):
    """Return the edit that inserts text at a position."""
    return Edit(position, position, text)


def rename(node, name):
    """Return the edit that renames an attribute or a keyword argument."""
    if isinstance(node, ast.keyword):
        return Edit(start(node), (node.lineno, node.col_offset + len(node.arg.encode())), name)
    line, offset = end(node)
    return Edit((line, offset - len(node.attr.encode())), (line, offset), name)


def remove(call, keyword):
    """Return the edit that removes a keyword argument and its comma from a call."""
    parts = sorted([*call.args, *call.keywords], key=start)
    number = parts.index(keyword)
    if number:
        return Edit(end(parts[number - 1]), end(keyword), "")
    after = start(parts[1]) if len(parts) > 1 else end(keyword)
    return Edit(start(keyword), after, "")


class Text:
    """The text of code that syntax nodes point into."""

    def __init__(self, text):
        self._lines = [line.encode() for line in text.split("\n")]

    def of(self, node, edits=()):
        """Return the text of a node on one line, after the edits within it."""
        position, after = start(node), end(node)
        parts = []
        for edit in sorted(set(edits)):
            if start(node) <= edit.start and edit.end <= after and edit.end >= position:
                if edit.start >= position:
                    parts += [self._between(position, edit.start), edit.text]
                position = edit.end
        text = "".join([*parts, self._between(position, after)])
        text = re.sub(r"\(\s*,\s*", "(", text)  # if all arguments before a comma are removed
        return _on_one_line(text)

    def _between(self, first, last):
        """Return the text between two positions."""
        lines = self._lines[first[0] - 1 : last[0]]
        if not lines:
            return ""
        lines[-1] = lines[-1][: last[1]]
        lines[0] = lines[0][first[1] :]
        return b"\n".join(lines).decode()


def _on_one_line(text):
    """Return code without line breaks."""
    if "\n" not in text:
        return text
    if "#" in text or '"""' in text or "'''" in text:
        try:
            return ast.unparse(ast.parse(text))
        except SyntaxError:
            return text
    return re.sub(r"\(\s+", "(", re.sub(r",?\s+\)", ")", re.sub(r"\s*\\?\n\s*", " ", text)))
