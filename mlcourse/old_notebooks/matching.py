"""What rules look for: functions of a syntax node and the `Names` of a notebook.

Each returns what is `Found`, or None.
"""

import ast

from mlcourse.old_notebooks.edits import Edit, Found, end, insert, remove, rename, replace, start
from mlcourse.old_notebooks.names import last_name

KERAS = "keras", "tensorflow.keras"


def named(*names, kept=()):
    """Find these modules, functions or classes, and all within them.

    Args:
        names: full names, such as "keras.wrappers".
        kept: names within them that still work, or that another rule finds.
    """

    def finds(node, code):
        old = (full for full, _ in uses(node, code) if _is_old(full, names, kept))
        return Found(node) if any(old) else None

    return finds


def of_keras(*names):
    """Find these names of Keras and of `tf.keras`, without its own: "backend.function"."""
    return named(*(f"{root}.{name}" for root in KERAS for name in names))


def method(*names, certain=False, becomes=None, ending=""):
    """Find calls of these methods of a model.

    Args:
        names: of the methods.
        certain: whether others than models have methods of these names.
        becomes: the name of the method today.
        ending: what to write behind the call.
    """

    def finds(node, code):
        if method_of_model(node, code, certain) not in names:
            return None
        edits = [rename(node.func, becomes)] if becomes else []
        return Found(node.func, (*edits, *([insert(end(node), ending)] if ending else [])))

    return finds


def arguments(callables, becomes, *, methods=(), packages=()):
    """Find keyword arguments of classes or functions of Keras, or of methods of a model.

    Args:
        callables: their names without modules; None for any of Keras.
        becomes: a dict from each keyword to what replaces it: another keyword, None for nothing,
            or a function of the `ast.keyword` and the `Names` that returns edits.
        methods: names of methods.
        packages: those that the classes or functions are of.
    """

    def finds(node, code):
        name = called(node, code, packages)
        if not (name and (callables is None or name in callables)) and (
            method_of_model(node, code) not in methods
        ):
            return None
        old = [word for word in node.keywords if word.arg in becomes]
        edits = [edit for word in old for edit in _edits(node, word, becomes[word.arg], code)]
        return Found(old[0], tuple(edits)) if old else None

    return finds


def values(becomes, texts):
    """Return a function of a keyword that gives it another name, and other texts as values."""

    def edits(word, code):
        value = code.value(word.value)
        yield rename(word, becomes)
        if value in texts and isinstance(word.value, ast.Constant):
            yield replace(word.value, repr(texts[value]).replace("'", '"'))

    return edits


def in_batches(becomes):
    """Return a function of a keyword with a number of examples that makes it one of batches."""

    def edits(word, code):
        yield rename(word, becomes)
        is_sum = isinstance(word.value, ast.BinOp)
        if is_sum:
            yield insert(start(word.value), "(")
        yield insert(end(word.value), ") // batch_size" if is_sum else " // batch_size")

    return edits


def attribute(name, *owners, becomes):
    """Find an attribute of what is called so: a name, an attribute, a call, an item."""

    def finds(node, code):
        is_old = isinstance(node, ast.Attribute) and node.attr == name
        if not is_old or last_name(node.value) not in owners:
            return None
        return Found(node, (rename(node, becomes),))

    return finds


def anywhere(name, becomes):
    """Find an attribute of anything, which no package of today has."""

    def finds(node, code):
        is_old = isinstance(node, ast.Attribute) and node.attr == name
        return Found(node, (rename(node, becomes),)) if is_old else None

    return finds


def never(node, code):
    """Find nothing: the syntax of Python 3 has no such code."""


def uses(node, code):
    """Return pairs of a full name that an import, an attribute or a name stands for, and a node."""
    if isinstance(node, ast.Import):
        return [(alias.name, alias) for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [(f"{node.module}.{alias.name}", alias) for alias in node.names]
    full = code.full(node) if isinstance(node, ast.Attribute) else None
    return [(full, node)] if full and not code.is_part(node) else []


def method_of_model(node, code, certain=False):
    """Return the name of the method that is called of what may be a model, else None."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    full = code.full(node.func)
    if full and not code.is_of_keras(full):
        return None
    return node.func.attr if code.may_be_model(node.func.value, certain) else None


def called(node, code, packages=()):
    """Return the name of the class or function that is called, without modules; else None.

    Args:
        packages: which it must be of; () for Keras, or for no package that is imported.
    """
    full = code.full(node.func) if isinstance(node, ast.Call) else None
    is_of = full and (full.split(".")[0] in packages if packages else code.is_of_keras(full))
    return full.split(".")[-1] if is_of else None


def keyword(node, *names):
    """Return the first keyword argument of a call with one of the names, else None."""
    words = node.keywords if isinstance(node, ast.Call) else ()
    return next((word for word in words if word.arg in names), None)


def first_argument(call, *names):
    """Return the value of the first argument of a call, or of one with these names, else None."""
    word = keyword(call, *names)
    return call.args[0] if call.args else word and word.value


def literal(node):
    """Return the value of a literal, else None."""
    return node.value if isinstance(node, ast.Constant) else None


def function(call, name):
    """Return the edit that calls another function."""
    return Edit(start(call.func), end(call.func), name)


def _edits(call, word, becomes, code):
    if becomes is None:
        return [remove(call, word)]
    return [rename(word, becomes)] if isinstance(becomes, str) else becomes(word, code)


def _is_old(full, names, kept):
    return _is_within(full, names) and full not in kept and not _is_within(full, {*kept} - {*names})


def _is_within(full, names):
    return any(full == name or full.startswith(f"{name}.") for name in names)
