"""Match moved names, and convert their imports and uses."""

import ast

from mlcourse.lectures.old_notebooks import moved_to
from mlcourse.lectures.old_notebooks.matching import Match, replace, uses
from mlcourse.lectures.old_notebooks.moved_to import IN_TENSORFLOW

GROUPS = *moved_to.KERAS_GROUPS, *moved_to.PACKAGE_GROUPS
MOVES = {old.rstrip("."): new.rstrip(".") for group in GROUPS for old, new in group.items()}
MODULES = {old.rstrip(".") for group in GROUPS for old in group if old.endswith(".")}
KERAS_WITHIN = (
    *("tensorflow.contrib.keras.api.keras", "tensorflow.contrib.keras", "tensorflow.python.keras"),
    "tensorflow.keras",
)


def to_keras(full_name):
    """Return a full name with `keras` instead of `tensorflow.keras`."""
    for root in KERAS_WITHIN:
        if full_name == root or full_name.startswith(f"{root}."):
            return "keras" + full_name[len(root) :]
    return full_name


def old_part(full_name):
    """Return the moved name in a full name: itself or a module of it, else None."""
    name = to_keras(full_name)
    if full_name.startswith("tensorflow.keras.") and name in IN_TENSORFLOW:
        return None
    while name:
        if name in MOVES:
            return name
        name = name.rpartition(".")[0]
    return None


def modern_name(full_name):
    """Return the current full name, in `keras` instead of `tensorflow.keras`."""
    name = to_keras(full_name)
    while (old := old_part(name)) is not None:
        is_whole = old == name
        name = MOVES[old] if is_whole else f"{MOVES[old]}.{name.rpartition('.')[2]}"
    return name


def split(full_name):
    """Split a full name into its module and the rest; classes start with a capital letter.

    >>> split("sklearn.metrics.RocCurveDisplay.from_estimator")
    ('sklearn.metrics', 'RocCurveDisplay.from_estimator')
    >>> split("numpy.prod")
    ('numpy', 'prod')
    """
    parts = full_name.split(".")
    count = next((i for i, part in enumerate(parts) if part[0].isupper()), len(parts) - 1)
    return ".".join(parts[:count]), ".".join(parts[count:])


def match_moved(*groups):
    """Match moved names of these groups."""
    names = {name.rstrip(".") for group in groups for name in group}

    def match(node, code):
        for full_name, place in _names(node, code):
            if old_part(full_name) in names and not _is_fixed_by_import(node, full_name, code):
                return Match(place, (replace(node, _replacement(node, full_name, code)),))
        return None

    return match


def match_import_of(*roots):
    """Match imports of Keras from within another package whose names have not moved."""

    def match(node, code):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            return None
        full_names = [full_name for full_name, _ in uses(node, code)]
        is_old = any(
            full_name == root or full_name.startswith(f"{root}.")
            for full_name in full_names
            for root in roots
        )
        if not is_old or any(map(old_part, full_names)):
            return None
        return Match(node, (replace(node, _import(node)),))

    return match


def _names(node, code):
    """Return pairs of a full name and a node, also for imported and built-in names."""
    if isinstance(node, ast.Attribute):
        full_name = code.full_name(node)
        is_whole = full_name and (
            old_part(full_name) == to_keras(full_name) or not code.is_attribute_base(node)
        )
        return [(full_name, node)] if is_whole and to_keras(full_name) not in MODULES else []
    if not isinstance(node, ast.Name) or code.is_attribute_base(node):
        return uses(node, code)
    is_known = code.is_imported(node.id) or not code.is_bound(node.id)
    full_name = code.full_name(node) if is_known and isinstance(node.ctx, ast.Load) else None
    return [(full_name, node)] if full_name and to_keras(full_name) not in MODULES else []


def _is_fixed_by_import(node, full_name, code):
    """Return whether a use of a name works unchanged after its import is converted."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return False
    is_same = modern_name(full_name).rpartition(".")[2] == full_name.rpartition(".")[2]
    alias = code.import_alias(node)
    is_renamed = alias is not None and old_part(alias) is not None
    if isinstance(node, ast.Name):
        return is_renamed or (is_same and "." in full_name)
    return is_same and is_renamed


def _replacement(node, full_name, code):
    """Return the new code of an import, or of the use of a moved name."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return _import(node)
    new = modern_name(full_name)
    if isinstance(node, ast.Name):
        return split(new)[1] if "." in full_name else new
    part = node.value
    while part is not None:
        before = to_keras(code.full_name(part))
        if new.startswith(f"{before}.") and old_part(before) is None:
            return code.text.of(part) + new[len(before) :]
        part = getattr(part, "value", None)
    return code.written_name(new)


def _import(node):
    """Return an import statement with the current names."""
    if isinstance(node, ast.Import):
        parts = [_module_import(modern_name(alias.name), alias.asname) for alias in node.names]
        return "; ".join(dict.fromkeys(parts))
    statements = []
    names = {}  # by module
    for alias in node.names:
        full_name = f"{node.module}.{alias.name}"
        new = modern_name(full_name)
        if "." not in new or to_keras(full_name) in MODULES:
            statements.append(_module_import(new, alias.asname))
            continue
        module, name = split(new)
        name = name.split(".")[0]
        if alias.asname:
            name = f"{name} as {alias.asname}"
        names.setdefault(module, []).append(name)
    for module, parts in names.items():
        statements.append(f"from {module} import {', '.join(dict.fromkeys(parts))}")
    return "; ".join(dict.fromkeys(statements))


def _module_import(full_name, asname):
    """Return the import of a module, under another name if there is one."""
    root = full_name.split(".")[0]
    if asname is None:
        return "import keras" if root == "keras" else f"import {full_name}"
    parent, _, name = full_name.rpartition(".")
    if not parent:
        return f"import {full_name}" + (f" as {asname}" if asname != full_name else "")
    return f"from {parent} import {name} as {asname}"
