"""The names that the code of a notebook imports, defines and assigns."""

import ast

KERAS = "keras", "tensorflow.keras"
DEFAULT_ALIASES = {"np": "numpy", "plt": "matplotlib.pyplot", "tf": "tensorflow"}
WRAPPERS = "KerasClassifier", "KerasRegressor"  # these have the methods of scikit-learn


class Code:
    """The code of a notebook: its syntax nodes, their parents, and the names that it binds.

    Args:
        nodes: all syntax nodes.
        text: the `Text` that they point into.

    Attributes:
        metrics: strings in `metrics=` of all calls.
        losses: strings in the argument `loss` of all calls of `compile`.
        weight_paths: paths in all calls of `save_weights`.
        strings: a dict from variables to their string, or None if they are assigned twice.
    """

    def __init__(self, nodes, text):
        self.text = text
        self.metrics = set()
        self.losses = set()
        self.weight_paths = set()
        self.strings = {}
        self._full_names = {}  # cache, by node
        self._imported = dict(DEFAULT_ALIASES)  # full names, by name
        self._aliases = set()  # names after `as`
        self._constructors = {}  # full names of called functions, by variable
        self._defined = set()  # names of functions and classes
        self._assigned = set()  # names of variables and arguments
        self._parents = {
            child: parent for parent in nodes for child in ast.iter_child_nodes(parent)
        }
        for node in nodes:
            self._import(node)
        self._roots = {name.split(".")[0] for name in self._imported.values()}
        for node in nodes:
            self._bind(node)
        for node in nodes:
            self._record_weights(node)

    def full_name(self, node):
        """Return the full name of a name or an attribute, "keras.layers.Dense", else None."""
        if node not in self._full_names:
            self._full_names[node] = self._find_full_name(node)
        return self._full_names[node]

    def _find_full_name(self, node):
        if isinstance(node, ast.Attribute):
            owner = self.full_name(node.value)
            return owner and f"{owner}.{node.attr}"
        if isinstance(node, ast.Name) and node.id not in self._defined:
            return self._imported.get(node.id, node.id)
        return None

    def is_attribute_base(self, node):
        """Return whether a node is the left part of an attribute."""
        return isinstance(self._parents.get(node), ast.Attribute)

    def enclosing(self, node):
        """Return the call of a function or with an argument, or the assignment to a target.

        For the container of an item it is the item, for other nodes the node itself.
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
        """Return whether a name is imported."""
        return name in self._imported

    def is_bound(self, name):
        """Return whether a name is bound other than by an import."""
        return name in self._defined or name in self._assigned

    def import_alias(self, node):
        """Return the full name of the base of an attribute after `import ... as`, else None."""
        while isinstance(node, ast.Attribute):
            node = node.value
        is_alias = isinstance(node, ast.Name) and node.id in self._aliases
        return self._imported[node.id] if is_alias else None

    def written_name(self, full_name):
        """Return a full name in the form that the notebook's imports allow."""
        prefixes = {
            name: prefix
            for name, prefix in self._imported.items()
            if full_name.startswith(f"{prefix}.")
        }
        if not prefixes:
            return full_name
        name = max(prefixes, key=lambda name: len(prefixes[name]))
        return name + full_name[len(prefixes[name]) :]

    def value(self, node):
        """Return the value of a literal, or of a variable with a string, else None."""
        if isinstance(node, ast.Name):
            node = self.strings.get(node.id)
        return node.value if isinstance(node, ast.Constant) else None

    def is_of_keras(self, full_name):
        """Return whether a full name is of Keras, or of no imported package."""
        root = full_name.split(".")[0]
        return root in ("keras", "tensorflow") or root not in self._roots

    def may_be_model(self, node, strict=False):
        """Return whether an object may be a Keras model.

        Args:
            node: node of the object.
            strict: whether an object of unknown origin must have a name such as "model" or "net".
        """
        name = last_name(node) or ""
        constructor = self._constructors.get(name)
        if constructor:
            return self.is_of_keras(constructor) and not constructor.endswith(WRAPPERS)
        return not strict or "model" in name.lower() or "net" in name.lower()

    def _import(self, node):
        """Record the names of an import."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.split(".")[0]
                self._imported[alias.asname or root] = alias.name if alias.asname else root
                self._aliases |= {alias.asname} - {None}
        if isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                self._imported[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                self._aliases |= {alias.asname} - {None}

    def _bind(self, node):
        """Record the names of a definition or an assignment, and the strings of `compile`."""
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self._defined.add(node.name)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            self._assigned.add(node.id)
        if isinstance(node, ast.arg):
            self._assigned.add(node.arg)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            self._assign(node.targets[0].id, node.value)
        if isinstance(node, ast.keyword) and node.arg == "metrics":
            self.metrics |= _strings(node.value)
        if _method_name(node) == "compile":
            losses = [kwarg.value for kwarg in node.keywords if kwarg.arg == "loss"]
            for loss in [*node.args[1:2], *losses]:
                self.losses |= _strings(loss)

    def _record_weights(self, node):
        """Record the path of a call of `save_weights`."""
        if _method_name(node) == "save_weights" and node.args:
            self.weight_paths |= {self.value(node.args[0])} - {None}

    def _assign(self, name, value):
        """Record an assignment of a string, of a module of Keras, or of an object."""
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            is_first = name not in self.strings
            self.strings[name] = value if is_first else None
        while _is_chained(value):
            value = value.func.value
        full_name = self.full_name(value.func if isinstance(value, ast.Call) else value)
        if full_name and isinstance(value, ast.Call):
            self._constructors[name] = full_name
        elif full_name and full_name.startswith(KERAS):
            self._imported[name] = full_name


def last_name(node):
    """Return the last name of an expression, "optimizer" of `model.optimizer`, else None."""
    if isinstance(node, ast.Call):
        return last_name(node.func)
    if isinstance(node, ast.Subscript):
        return last_name(node.value)
    return getattr(node, "attr", getattr(node, "id", None))


def _method_name(node):
    """Return the name of the method of a call, else None."""
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return node.func.attr if is_method else None


def _strings(node):
    """Return the strings within a node."""
    values = (part.value for part in ast.walk(node) if isinstance(part, ast.Constant))
    return {value for value in values if isinstance(value, str)}


def _is_chained(value):
    """Return whether a node calls a method of the result of a call, as `SVC().fit(x, y)`."""
    is_method = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)
    return is_method and isinstance(value.func.value, ast.Call)
