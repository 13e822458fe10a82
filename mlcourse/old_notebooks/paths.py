"""Find the paths of files that Keras 3 no longer writes or reads, and names in results."""

import ast

from mlcourse.old_notebooks.edits import Edit, Found, end, replace
from mlcourse.old_notebooks.matching import (
    called,
    first_argument,
    keyword,
    literal,
    method_of_model,
)
from mlcourse.old_notebooks.names import last_name

WEIGHTS = ".weights.h5"
ENDINGS = ".weights.h5", ".h5", ".hdf5", ".ckpt", ".keras", ".tf", "/"
ACCURACY = {
    "acc": "accuracy",
    "val_acc": "val_accuracy",
    "categorical_acc": "categorical_accuracy",
}


def path_without(endings, becomes, *, methods=(), callables=(), weights_only=None):
    """Find calls with the path of a file, the first argument, that ends otherwise.

    Args:
        endings: a tuple of texts.
        becomes: the ending of today.
        methods: of models.
        callables: classes or functions of Keras.
        weights_only: whether the call must have `save_weights_only=True`; None if either will do.
    """

    def finds(node, code):
        if (
            method_of_model(node, code, certain=True) not in methods
            and called(node, code) not in callables
        ):
            return None
        flag = keyword(node, "save_weights_only")
        if weights_only is not None and bool(flag and literal(flag.value)) != weights_only:
            return None
        path = first_argument(node, "filepath", "path")
        return _with_ending(node, path, becomes, code) if _lacks(path, endings, code) else None

    return finds


def saved_model(node, code):
    """Find `save_model` with a folder."""
    path = node.args[1] if called(node, code) == "save_model" and len(node.args) > 1 else None
    is_old = _lacks(path, (".keras", ".h5", ".hdf5"), code)
    return _with_ending(node, path, ".keras", code) if is_old else None


def weights_saved_here(node, code):
    """Find `load_weights` of a path that `save_weights` of the notebook may no longer have."""
    if method_of_model(node, code) != "load_weights":
        return None
    path = first_argument(node, "filepath")
    is_old = code.value(path) in code.weight_paths or _lacks(path, (".h5", ".hdf5", ".keras"), code)
    return (
        _with_ending(node, path, WEIGHTS, code)
        if is_old and _lacks(path, (WEIGHTS,), code)
        else None
    )


def accuracy_key(node, code):
    """Find old names of the accuracy in a history, a monitor or a path, unless a metric's name."""
    if "acc" in code.metrics:
        return None
    if isinstance(node, ast.Subscript):
        return _renamed(node, node.slice, node.value)
    if isinstance(node, ast.Call) and last_name(node.func) == "get" and node.args:
        return _renamed(node, node.args[0], node.func.value)
    monitor = keyword(node, "monitor")
    edits = _new_key(monitor.value) if monitor else ()
    if called(node, code) == "ModelCheckpoint" and node.args:
        path = literal(node.args[0])
        old = next((key for key in ("val_acc", "acc") if f"{{{key}" in str(path)), None)
        if old and f"{{{old}uracy" not in path:
            new = code.text.of(node.args[0]).replace(f"{{{old}", f"{{{ACCURACY[old]}")
            edits = *edits, replace(node.args[0], new)
    return Found(edits and (monitor or node), edits) if edits else None


def _renamed(node, key, owner):
    name = last_name(owner) or ""
    is_result = any(part in name.lower() for part in ("hist", "log"))
    edits = _new_key(key) if is_result else ()
    return Found(node, edits) if edits else None


def _new_key(node):
    new = ACCURACY.get(literal(node)) if isinstance(literal(node), str) else None
    return (replace(node, f'"{new}"'),) if new else ()


def _lacks(path, endings, code):
    text = code.value(path) if path is not None else None
    return isinstance(text, str) and not text.endswith(endings)


def _with_ending(call, path, ending, code):
    text = code.value(path)
    kept = text
    for old in ENDINGS:
        kept = kept.removesuffix(old)
    if isinstance(path, ast.Name):
        return Found(call, new=f'{path.id} = "{kept}{ending}"')
    quote = code.text.of(path)[-1]
    behind = end(path)
    count = len((text[len(kept) :] + quote).encode())
    return Found(call, (Edit((behind[0], behind[1] - count), behind, ending + quote),))
