"""Rules, and how they match the code of a notebook: names and calls."""

import ast
from collections.abc import Callable
from dataclasses import dataclass

from mlcourse.lectures.old_notebooks.edits import (
    Edit,
    Found,
    end,
    insert,
    remove,
    rename,
    replace,
    start,
)

KERAS = "keras", "tensorflow.keras"
USUAL = {"np": "numpy", "plt": "matplotlib.pyplot", "tf": "tensorflow"}  # without an import, too
WRAPPERS = "KerasClassifier", "KerasRegressor"  # which have scikit-learn's methods


class Names:
    """The names that the code of a notebook binds, and the nodes around each node.

    Args:
        nodes: all syntax nodes of the code.
        text: the `Text` that they point into.

    Attributes:
        metrics: the texts in `metrics=` of all calls.
        losses: the texts in `loss=`, or in the place of the loss, of all calls of `compile`.
        weight_paths: the texts given to `save_weights`.
        texts: a dict from names to the text that is assigned to them, if it is one alone.
    """

    def __init__(self, nodes, text):
        self.text, self._fulls = text, {}
        self._imported, self._makers = dict(USUAL), {}
        self._renamed, self._own, self._stored = set(), set(), set()
        self.metrics, self.losses, self.weight_paths = set(), set(), set()
        self.texts = {}
        self._parents = {
            child: parent for parent in nodes for child in ast.iter_child_nodes(parent)
        }
        for node in nodes:
            self._import(node)
        self._roots = {name.split(".")[0] for name in self._imported.values()}
        for node in nodes:
            self._bind(node)
        for node in nodes:
            self._note_weights(node)

    def full(self, node):
        """Return the full name of a name or an attribute, "keras.layers.Dense"; else None."""
        if node not in self._fulls:
            self._fulls[node] = self._full(node)
        return self._fulls[node]

    def _full(self, node):
        if isinstance(node, ast.Attribute):
            before = self.full(node.value)
            return before and f"{before}.{node.attr}"
        if isinstance(node, ast.Name) and node.id not in self._own:
            return self._imported.get(node.id, node.id)
        return None

    def is_part(self, node):
        """Whether a node is only the beginning of an attribute."""
        return isinstance(self._parents.get(node), ast.Attribute)

    def whole(self, node):
        """Return the call with a function or an argument, or the assignment to a target.

        Else the item of a container, or the node itself.
        """
        parent = self._parents.get(node)
        if isinstance(parent, ast.keyword):
            parent = self._parents[parent]
        if isinstance(parent, ast.Call) and not isinstance(node, ast.Call):
            return parent
        if isinstance(parent, ast.Assign) and node in parent.targets:
            return parent
        return parent if isinstance(parent, ast.Subscript) and parent.value is node else node

    def is_imported(self, name):
        """Whether a name comes from an import."""
        return name in self._imported

    def is_bound(self, name):
        """Whether the code binds a name by anything else than an import."""
        return name in self._own or name in self._stored

    def renamed(self, node):
        """Return the full name of what an attribute begins with, if it is `import x as name`."""
        while isinstance(node, ast.Attribute):
            node = node.value
        is_renamed = isinstance(node, ast.Name) and node.id in self._renamed
        return self._imported[node.id] if is_renamed else None

    def written(self, full):
        """Return a full name as the imports of the notebook let it be written."""
        names = {name: at for name, at in self._imported.items() if full.startswith(f"{at}.")}
        if not names:
            return full
        name = max(names, key=lambda one: len(names[one]))
        return name + full[len(names[name]) :]

    def value(self, node):
        """Return the value of a literal, also if a name stands for it, else None."""
        if isinstance(node, ast.Name):
            node = self.texts.get(node.id)
        return node.value if isinstance(node, ast.Constant) else None

    def is_of_keras(self, full):
        """Whether a full name is one of Keras, or of no package that the notebook imports."""
        root = full.split(".")[0]
        return root in ("keras", "tensorflow") or root not in self._roots

    def may_be_model(self, node, certain=False):
        """Whether an object may be a Keras model; `certain` for one that looks like it."""
        name = last_name(node) or ""
        maker = self._makers.get(name)
        if maker:
            return self.is_of_keras(maker) and not maker.endswith(WRAPPERS)
        return not certain or "model" in name.lower() or "net" in name.lower()

    def _import(self, node):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.split(".")[0]
                self._imported[alias.asname or root] = alias.name if alias.asname else root
                self._renamed |= {alias.asname} - {None}
        if isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                self._imported[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                self._renamed |= {alias.asname} - {None}

    def _bind(self, node):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self._own.add(node.name)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            self._stored.add(node.id)
        if isinstance(node, ast.arg):
            self._stored.add(node.arg)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            self._assign(node.targets[0].id, node.value)
        if isinstance(node, ast.keyword) and node.arg == "metrics":
            self.metrics |= _texts(node.value)
        if _method_name(node) == "compile":
            given = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "loss")]
            self.losses |= {text for part in given for text in _texts(part)}

    def _note_weights(self, node):
        if _method_name(node) == "save_weights" and node.args:
            self.weight_paths |= {self.value(node.args[0])} - {None}

    def _assign(self, name, value):
        """Note what `name = value` binds: another name for a module, or an object that it made."""
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            is_first = name not in self.texts
            self.texts[name] = value if is_first else None
        while _is_chained(value):
            value = value.func.value
        full = self.full(value.func if isinstance(value, ast.Call) else value)
        if full and isinstance(value, ast.Call):
            self._makers[name] = full
        elif full and full.startswith(KERAS):
            self._imported[name] = full


def last_name(node):
    """Return the last name of an expression: "optimizer" of `model.optimizer`, else None."""
    if isinstance(node, ast.Call):
        return last_name(node.func)
    if isinstance(node, ast.Subscript):
        return last_name(node.value)
    return getattr(node, "attr", getattr(node, "id", None))


def _method_name(node):
    """Return the name of the method that a call calls, else None."""
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return node.func.attr if is_method else None


def _texts(node):
    """Return the texts in a structure."""
    parts = (part.value for part in ast.walk(node) if isinstance(part, ast.Constant))
    return {part for part in parts if isinstance(part, str)}


def _is_chained(value):
    """Whether this is a method of what another call has made: `SVC().fit(x, y)`."""
    is_method = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)
    return is_method and isinstance(value.func.value, ast.Call)


@dataclass(frozen=True)
class Rule:
    """Code that old notebooks have.

    Attributes:
        old: an example of it.
        finds: a function of a syntax node and the `Names` of a notebook; it returns what it has
            `Found`, or None.
        note: what else to know.
        new: what to write instead, where this does not depend on what the notebook has.
        status: "problem", or "note" if it still works under conditions that the note says.
    """

    old: str
    finds: Callable
    note: str = ""
    new: str = ""
    status: str = "problem"


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
