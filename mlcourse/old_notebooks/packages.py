"""Find old code with other packages than Keras, and with Python 2, by what it holds."""

import ast

from mlcourse.old_notebooks.edits import Edit, Found, end, insert, rename, replace, start
from mlcourse.old_notebooks.matching import (
    function,
    keyword,
)
from mlcourse.old_notebooks.names import last_name


def layer_of_tensor(layers):
    """Find functions of `tf.layers`, which make a layer and call it.

    Args:
        layers: a dict from their names to those of the layers.
    """

    def finds(node, code):
        full = code.full(node.func) if isinstance(node, ast.Call) else None
        roots = "tensorflow.layers.", "tensorflow.compat.v1.layers."
        name = full.rpartition(".")[2] if full and full.startswith(roots) else None
        if name not in layers or not node.args:
            return None
        tensor, *others = node.args
        others = [*others, *node.keywords]
        behind = start(others[0]) if others else end(tensor)
        edits = function(node, f"keras.layers.{layers[name]}"), Edit(start(tensor), behind, "")
        return Found(node, (*edits, insert(end(node), f"({code.text.of(tensor)})")))

    return finds


def placeholder(node, code):
    """Find a placeholder with a shape, the number of examples first."""
    full = code.full(node.func) if isinstance(node, ast.Call) else None
    if full not in ("tensorflow.placeholder", "tensorflow.compat.v1.placeholder"):
        return None
    word = keyword(node, "shape")
    shape = word.value if word else node.args[1] if len(node.args) > 1 else None
    if not isinstance(shape, ast.Tuple | ast.List) or not shape.elts:
        return Found(node, new="keras.Input(shape=())")
    sides = [code.text.of(side) for side in shape.elts[1:]]
    return Found(node, new=f"keras.Input(shape=({', '.join(sides)}{',' * (len(sides) == 1)}))")


def printed(node, code):
    """Find what Python 3 makes of a Python 2 statement `print ("%d") % 3`."""
    value = node.value if isinstance(node, ast.Expr) else None
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mod) and _is_print(value.left):
        text = code.text.of(value)
        inner = text.partition("(")[2]
        return Found(node, new=f"print(({inner})")
    if isinstance(value, ast.Tuple) and value.elts and _is_print(value.elts[0]):
        parts = [code.text.of(one) for one in (*value.elts[0].args, *value.elts[1:])]
        return Found(node, new=f"print({', '.join(parts)})")
    stream = value.elts[0] if isinstance(value, ast.Tuple) and value.elts else None
    if isinstance(stream, ast.BinOp) and last_name(stream.left) == "print":
        parts = [code.text.of(one) for one in value.elts[1:]]
        return Found(node, new=f"print({', '.join(parts)}, file={code.text.of(stream.right)})")
    return None


def style(node, code):
    """Find styles of seaborn without the version that Matplotlib gives them."""
    if not isinstance(node, ast.Call) or last_name(node.func) not in ("use", "context"):
        return None
    if not (code.full(node.func) or "").startswith(("matplotlib.", "plt.style")):
        return None
    old = [
        part
        for part in ast.walk(node)
        if isinstance(part, ast.Constant)
        and str(part.value).startswith("seaborn")
        and not str(part.value).startswith("seaborn-v0")
    ]
    edits = [replace(one, code.text.of(one).replace("seaborn", "seaborn-v0_8", 1)) for one in old]
    return Found(node, tuple(edits)) if old else None


def three_dimensional(node, code):
    """Find Axes of three dimensions made by `gca`."""
    is_gca = isinstance(node, ast.Call) and last_name(node.func) == "gca"
    if not is_gca or not keyword(node, "projection") or not isinstance(node.func, ast.Attribute):
        return None
    is_pyplot = (code.full(node.func) or "").startswith(("matplotlib.pyplot", "plt."))
    return Found(node, (rename(node.func, "subplot" if is_pyplot else "add_subplot"),))


def has_key(node, code):
    """Find `has_key` of a dict."""
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    if not is_method or node.func.attr != "has_key" or len(node.args) != 1:
        return None
    owner, key = code.text.of(node.func.value), code.text.of(node.args[0])
    return Found(node, (replace(node, f"{key} in {owner}"),))


def _is_print(node):
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    )
