"""Names that have moved: find them, and write imports and uses of the new ones."""

import ast

from mlcourse.lectures.old_notebooks import keras_moves, package_moves
from mlcourse.lectures.old_notebooks.edits import Found, replace
from mlcourse.lectures.old_notebooks.keras_moves import IN_TENSORFLOW
from mlcourse.lectures.old_notebooks.matching import uses

GROUPS = *keras_moves.GROUPS, *package_moves.GROUPS
MOVES = {old.rstrip("."): new.rstrip(".") for group in GROUPS for old, new in group.items()}
MODULES = {old.rstrip(".") for group in GROUPS for old in group if old.endswith(".")}
KERAS_WITHIN = (
    *("tensorflow.contrib.keras.api.keras", "tensorflow.contrib.keras", "tensorflow.python.keras"),
    "tensorflow.keras",
)


def of_keras(full):
    """Return a full name with that of Keras in place of that of `tf.keras`."""
    for root in KERAS_WITHIN:
        if full == root or full.startswith(f"{root}."):
            return "keras" + full[len(root) :]
    return full


def moved_part(full):
    """Return the old name in a full name: the name itself or a module of it; None if not old."""
    name = of_keras(full)
    if full.startswith("tensorflow.keras.") and name in IN_TENSORFLOW:
        return None
    while name:
        if name in MOVES:
            return name
        name = name.rpartition(".")[0]
    return None


def modern(full):
    """Return the full name of today; the same one, but of Keras, if it has not moved."""
    name = of_keras(full)
    while (old := moved_part(name)) is not None:
        is_whole = old == name
        name = MOVES[old] if is_whole else f"{MOVES[old]}.{name.rpartition('.')[2]}"
    return name


def split(full):
    """Return the module and the rest of a full name: classes begin with capital letters.

    >>> split("sklearn.metrics.RocCurveDisplay.from_estimator")
    ('sklearn.metrics', 'RocCurveDisplay.from_estimator')
    >>> split("numpy.prod")
    ('numpy', 'prod')
    """
    parts = full.split(".")
    count = next((n for n, part in enumerate(parts) if part[0].isupper()), len(parts) - 1)
    return ".".join(parts[:count]), ".".join(parts[count:])


def moved(*groups):
    """Find names of a group of moves."""
    names = {name.rstrip(".") for group in groups for name in group}

    def finds(node, code):
        for full, place in _names(node, code):
            if moved_part(full) in names and not _is_mended_by_import(node, full, code):
                return Found(place, (replace(node, _new(node, full, code)),))
        return None

    return finds


def of_another_root(*roots):
    """Find imports of Keras from within another package, where nothing else is old."""

    def finds(node, code):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            return None
        fulls = [full for full, _ in uses(node, code)]
        is_old = any(
            full == root or full.startswith(f"{root}.") for full in fulls for root in roots
        )
        if not is_old or any(map(moved_part, fulls)):
            return None
        return Found(node, (replace(node, _import(node)),))

    return finds


def _names(node, code):
    """Return pairs of a full name and a node, also of names that are imported or built in."""
    if isinstance(node, ast.Attribute):
        full = code.full(node)
        is_whole = full and (moved_part(full) == of_keras(full) or not code.is_part(node))
        return [(full, node)] if is_whole and of_keras(full) not in MODULES else []
    if not isinstance(node, ast.Name) or code.is_part(node):
        return uses(node, code)
    is_known = code.is_imported(node.id) or not code.is_bound(node.id)
    full = code.full(node) if is_known and isinstance(node.ctx, ast.Load) else None
    return [(full, node)] if full and of_keras(full) not in MODULES else []


def _is_mended_by_import(node, full, code):
    """Whether a use of a name works as it is, once its import is changed."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return False
    is_same = modern(full).rpartition(".")[2] == full.rpartition(".")[2]
    renamed = code.renamed(node)
    is_renamed = renamed is not None and moved_part(renamed) is not None
    if isinstance(node, ast.Name):
        return is_renamed or (is_same and "." in full)
    return is_same and is_renamed


def _new(node, full, code):
    if isinstance(node, ast.Import | ast.ImportFrom):
        return _import(node)
    new = modern(full)
    if isinstance(node, ast.Name):
        return split(new)[1] if "." in full else new
    part = node.value
    while part is not None:
        before = of_keras(code.full(part))
        if new.startswith(f"{before}.") and moved_part(before) is None:
            return code.text.of(part) + new[len(before) :]
        part = getattr(part, "value", None)
    return code.written(new)


def _import(node):
    """Return an import statement with the names of today, of Keras itself."""
    if isinstance(node, ast.Import):
        parts = [_whole(modern(alias.name), alias.asname) for alias in node.names]
        return "; ".join(dict.fromkeys(parts))
    statements, names = [], {}
    for alias in node.names:
        full = f"{node.module}.{alias.name}"
        new = modern(full)
        if "." not in new or of_keras(full) in MODULES:
            statements.append(_whole(new, alias.asname))
            continue
        module, name = split(new)
        name = name.split(".")[0]
        names.setdefault(module, []).append(name + (f" as {alias.asname}" if alias.asname else ""))
    froms = [
        f"from {module} import {', '.join(dict.fromkeys(parts))}" for module, parts in names.items()
    ]
    return "; ".join(dict.fromkeys([*statements, *froms]))


def _whole(full, asname):
    """Return the import of a module under a name, or of its package, whose names are written."""
    root = full.split(".")[0]
    if asname is None:
        return "import keras" if root == "keras" else f"import {full}"
    parent, _, name = full.rpartition(".")
    if not parent:
        return f"import {full}" + (f" as {asname}" if asname != full else "")
    return f"from {parent} import {name} as {asname}"
