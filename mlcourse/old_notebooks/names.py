"""The names in a notebook's code: what they were imported as, and what made their objects."""

import ast

KERAS = "keras", "tensorflow.keras"
WRAPPERS = "KerasClassifier", "KerasRegressor"  # which have scikit-learn's methods


class Names:
    """The names that the code of a notebook binds.

    Args:
        trees: the syntax tree of each cell.

    Attributes:
        metrics: the texts in `metrics=` of all calls.
    """

    def __init__(self, trees):
        self._imported, self._makers = {"tf": "tensorflow"}, {}
        self._own, self._parts, self.metrics = set(), set(), set()
        nodes = [node for tree in trees for node in ast.walk(tree)]
        for node in nodes:
            self._import(node)
        for node in nodes:
            self._bind(node)

    def full(self, node):
        """Return the full name of a name or an attribute, "keras.layers.Dense"; else None."""
        if isinstance(node, ast.Attribute):
            before = self.full(node.value)
            return before and f"{before}.{node.attr}"
        if isinstance(node, ast.Name) and node.id not in self._own:
            return self._imported.get(node.id, node.id)
        return None

    def is_part(self, node):
        """Whether an attribute is only the beginning of a longer one."""
        return node in self._parts

    def is_of_keras(self, full):
        """Whether a full name is one of Keras, or of no package that the notebook imports."""
        root = full.split(".")[0]
        roots = {name.split(".")[0] for name in self._imported.values()}
        return root in ("keras", "tensorflow") or root not in roots

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
        if isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                self._imported[alias.asname or alias.name] = f"{node.module}.{alias.name}"

    def _bind(self, node):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self._own.add(node.name)
        if isinstance(node, ast.Attribute):
            self._parts.add(node.value)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            self._assign(node.targets[0].id, node.value)
        if isinstance(node, ast.keyword) and node.arg == "metrics":
            texts = (part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant))
            self.metrics.update(text for text in texts if isinstance(text, str))

    def _assign(self, name, value):
        """Note what `name = value` binds: another name for a module, or an object that it made."""
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


def _is_chained(value):
    """Whether this is a method of what another call has made: `SVC().fit(x, y)`."""
    is_method = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)
    return is_method and isinstance(value.func.value, ast.Call)
