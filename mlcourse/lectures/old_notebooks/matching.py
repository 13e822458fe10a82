"""Rules for old code, functions that match names, calls and arguments, and edits of the text."""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass

from mlcourse.lectures.old_notebooks.notebook_code import KERAS, last_name


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


@dataclass(frozen=True)
class Rule:
    """A rule for a kind of old code.

    Attributes:
        old: an example.
        match: a function of a syntax node and the `Code` that returns a `Match` or None.
        note: additional information.
        new: code to write instead, if it does not depend on the notebook.
        status: "problem", or "note" if the old code still works under the conditions of the note.
    """

    old: str
    match: Callable
    note: str = ""
    new: str = ""
    status: str = "problem"


def match_names(*full_names, except_for=()):
    """Match uses of modules, functions or classes, and of all names within them.

    Args:
        full_names: full names, such as "keras.wrappers".
        except_for: full names within them that still work, or that another rule matches.
    """

    def match(node, code):
        used = [full_name for full_name, _ in uses(node, code)]
        is_old = any(_is_old(full_name, full_names, except_for) for full_name in used)
        return Match(node) if is_old else None

    return match


def match_keras_names(*names):
    """Match uses of names of Keras and `tf.keras`, given without it: "backend.function"."""
    return match_names(*(f"{root}.{name}" for root in KERAS for name in names))


def match_method(*names, strict=False, new_name=None, ending=""):
    """Match calls of methods of a model.

    Args:
        names: names of the methods.
        strict: whether other objects than models have methods of these names.
        new_name: name of the method in Keras 3. Default: unchanged.
        ending: code to append to the call.
    """

    def match(node, code):
        if method_of_model(node, code, strict) not in names:
            return None
        edits = []
        if new_name:
            edits.append(rename(node.func, new_name))
        if ending:
            edits.append(insert(end(node), ending))
        return Match(node.func, tuple(edits))

    return match


def match_arguments(callables, replacements, *, methods=(), packages=()):
    """Match keyword arguments of classes or functions of Keras, or of methods of a model.

    Args:
        callables: names of classes and functions without modules; None for all of Keras.
        replacements: a dict from each old keyword to a new keyword, to None (remove it), or to a
            function of the `ast.keyword` and the `Code` that returns edits.
        methods: names of methods.
        packages: packages of the classes and functions. Default: Keras.
    """

    def match(node, code):
        name = called(node, code, packages)
        is_callable = name and (callables is None or name in callables)
        if not is_callable and method_of_model(node, code) not in methods:
            return None
        edits = []
        old = [kwarg for kwarg in node.keywords if kwarg.arg in replacements]
        for kwarg in old:
            edits += _argument_edits(node, kwarg, replacements[kwarg.arg], code)
        return Match(old[0], tuple(edits)) if old else None

    return match


def rename_with_values(new_name, new_values):
    """Return a function that returns edits: a new keyword, and new strings for old ones."""

    def edits(kwarg, code):
        value = code.value(kwarg.value)
        yield rename(kwarg, new_name)
        if value in new_values and isinstance(kwarg.value, ast.Constant):
            yield replace(kwarg.value, f'"{new_values[value]}"')

    return edits


def examples_to_batches(new_name):
    """Return a function that returns edits: a new keyword, with batches instead of examples."""

    def edits(kwarg, code):
        yield rename(kwarg, new_name)
        if isinstance(kwarg.value, ast.BinOp):
            yield insert(start(kwarg.value), "(")
            yield insert(end(kwarg.value), ") // batch_size")
        else:
            yield insert(end(kwarg.value), " // batch_size")

    return edits


def match_attribute(name, *owners, new_name):
    """Match an attribute of objects with these names: variables, attributes, calls or items."""

    def match(node, code):
        is_old = isinstance(node, ast.Attribute) and node.attr == name
        if not is_old or last_name(node.value) not in owners:
            return None
        return Match(node, (rename(node, new_name),))

    return match


def match_any_attribute(name, new_name):
    """Match an attribute of any object, for names that no current package has."""

    def match(node, code):
        is_old = isinstance(node, ast.Attribute) and node.attr == name
        return Match(node, (rename(node, new_name),)) if is_old else None

    return match


def match_nothing(node, code):
    """Match no node: the rule is for a line that is not Python 3."""


def uses(node, code):
    """Return pairs of a full name and a node, for the names of an import or an attribute."""
    if isinstance(node, ast.Import):
        return [(alias.name, alias) for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [(f"{node.module}.{alias.name}", alias) for alias in node.names]
    full_name = code.full_name(node) if isinstance(node, ast.Attribute) else None
    return [(full_name, node)] if full_name and not code.is_attribute_base(node) else []


def method_of_model(node, code, strict=False):
    """Return the name of the method if a node calls one of a possible model, else None."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    full_name = code.full_name(node.func)
    if full_name and not code.is_of_keras(full_name):
        return None
    return node.func.attr if code.may_be_model(node.func.value, strict) else None


def called(node, code, packages=()):
    """Return the name, without modules, of the called class or function, else None.

    Args:
        node: a node.
        code: the `Code`.
        packages: its packages. Default: Keras, or none that is imported.
    """
    full_name = code.full_name(node.func) if isinstance(node, ast.Call) else None
    if not full_name:
        return None
    root = full_name.split(".")[0]
    is_match = root in packages if packages else code.is_of_keras(full_name)
    return full_name.split(".")[-1] if is_match else None


def keyword(node, *names):
    """Return the first keyword argument of a call with one of the names, else None."""
    kwargs = node.keywords if isinstance(node, ast.Call) else ()
    return next((kwarg for kwarg in kwargs if kwarg.arg in names), None)


def first_argument(call, *names):
    """Return the value of the first argument, positional or with one of the names, else None."""
    kwarg = keyword(call, *names)
    return call.args[0] if call.args else kwarg and kwarg.value


def literal(node):
    """Return the value of a literal, else None."""
    return node.value if isinstance(node, ast.Constant) else None


def replace_function(call, name):
    """Return the edit that calls another function."""
    return Edit(start(call.func), end(call.func), name)


def _argument_edits(call, kwarg, replacement, code):
    """Return the edits that replace a keyword argument, as `match_arguments` describes them."""
    if replacement is None:
        return [remove(call, kwarg)]
    if isinstance(replacement, str):
        return [rename(kwarg, replacement)]
    return replacement(kwarg, code)


def _is_old(full_name, old_names, except_for):
    """Return whether a full name is within the old names, but not within the exceptions."""
    if not _is_within(full_name, old_names) or full_name in except_for:
        return False
    return not _is_within(full_name, set(except_for) - set(old_names))


def _is_within(full_name, names):
    """Return whether a full name is one of the names, or within one of them."""
    return any(full_name == name or full_name.startswith(f"{name}.") for name in names)
