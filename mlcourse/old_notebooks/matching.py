"""What rules look for: functions of a syntax node and the `Names` of a notebook.

Each returns the node that is old code, or None.
"""

import ast

from mlcourse.old_notebooks.names import KERAS, last_name


def named(*names, kept=()):
    """Find these modules, functions or classes, and all within them.

    Args:
        names: full names, such as "keras.wrappers".
        kept: names within them that still work.
    """

    def finds(node, code):
        old = (full for full in _uses(node, code) if _is_within(full, names) and full not in kept)
        return node if any(old) else None

    return finds


def of_keras(*names):
    """Find these names of Keras and of `tf.keras`, without its own: "utils.np_utils"."""
    return named(*(f"{root}.{name}" for root in KERAS for name in names))


def imported(*names):
    """Find imports of these modules."""
    finds = named(*names)
    return lambda node, code: None if isinstance(node, ast.Attribute) else finds(node, code)


def method(*names, certain=False):
    """Find calls of these methods of a model; `certain` if others have methods of that name."""

    def finds(node, code):
        return node if _method(node, code, certain) in names else None

    return finds


def method_keyword(methods, *keywords):
    """Find these keyword arguments of a model's methods."""

    def finds(node, code):
        return _keyword(node, keywords) if _method(node, code) in methods else None

    return finds


def keyword(callables, *keywords):
    """Find these keyword arguments of classes or functions of Keras; None for any of them."""

    def finds(node, code):
        name = _called(node, code)
        return _keyword(node, keywords) if name and name in (callables or [name]) else None

    return finds


def path_without(endings, *, methods=(), callables=(), weights_only=False):
    """Find calls with the path of a file, the first argument, that ends otherwise.

    Args:
        endings: a tuple of texts.
        methods: of models.
        callables: classes or functions of Keras.
        weights_only: whether only calls with `save_weights_only=True` count.
    """

    def finds(node, code):
        if (
            _method(node, code, certain=True) not in methods
            and _called(node, code) not in callables
        ):
            return None
        flag = _keyword(node, ["save_weights_only"])
        if weights_only and not (flag and _text_or_flag(flag.value) is True):
            return None
        paths = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "filepath")]
        path = _text_or_flag(paths[0]) if paths else None
        return node if isinstance(path, str) and not path.endswith(endings) else None

    return finds


def accuracy_key(*names):
    """Find old names of the accuracy in a history or a monitor, unless a metric is called so."""

    def finds(node, code):
        if "acc" in code.metrics:
            return None
        if isinstance(node, ast.Subscript):
            owner = last_name(node.value) or ""
            is_old = _text_or_flag(node.slice) in names and ("hist" in owner or "log" in owner)
            return node if is_old else None
        monitor = _keyword(node, ["monitor"])
        return monitor if monitor and _text_or_flag(monitor.value) in names else None

    return finds


def attribute(name, *owners):
    """Find an attribute of what is called so: a name, an attribute, a call, an item."""

    def finds(node, code):
        is_old = isinstance(node, ast.Attribute) and node.attr == name
        return node if is_old and last_name(node.value) in owners else None

    return finds


def never(node, code):
    """Find nothing: no syntax of Python 3 has it."""


def _uses(node, code):
    """Return the full names that an import or an attribute stands for."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    is_whole = isinstance(node, ast.Attribute) and not code.is_part(node)
    full = code.full(node) if is_whole else None
    return [full] if full else []


def _is_within(full, names):
    return any(full == name or full.startswith(f"{name}.") for name in names)


def _method(node, code, certain=False):
    """Return the name of the method that is called of what may be a model, else None."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    full = code.full(node.func)
    if full and not code.is_of_keras(full):
        return None
    return node.func.attr if code.may_be_model(node.func.value, certain) else None


def _called(node, code):
    """Return the name of the class or function of Keras that is called, without modules."""
    full = code.full(node.func) if isinstance(node, ast.Call) else None
    return full.split(".")[-1] if full and code.is_of_keras(full) else None


def _keyword(node, names):
    """Return the first keyword argument of a call with one of the names, else None."""
    words = node.keywords if isinstance(node, ast.Call) else ()
    return next((word for word in words if word.arg in names), None)


def _text_or_flag(node):
    """Return the value of a literal, else None."""
    return node.value if isinstance(node, ast.Constant) else None
