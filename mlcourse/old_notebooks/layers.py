"""Find old layers whose new form depends on their arguments."""

import ast

from mlcourse.old_notebooks.edits import Edit, Found, end, insert, remove, rename, start
from mlcourse.old_notebooks.matching import (
    called,
    function,
    keyword,
    literal,
)

MERGES = {
    "sum": "add",
    "add": "add",
    "concat": "concatenate",
    "concatenate": "concatenate",
    "mul": "multiply",
    "multiply": "multiply",
    "ave": "average",
    "average": "average",
    "max": "maximum",
    "maximum": "maximum",
    "dot": "dot",
}


def kernel_of_numbers(*names, certain):
    """Find a convolution with a number for each side of its kernel: (filters, rows, columns).

    Args:
        names: of the layers.
        certain: whether three numbers always mean that; else only equal ones, more than 1.
    """

    def finds(node, code):
        if called(node, code) not in names or len(node.args) < 3:
            return None
        sides = node.args[1:4] if called(node, code).endswith("3D") else node.args[1:3]
        texts = [code.text.of(side) for side in sides]
        if any(isinstance(side, ast.Tuple | ast.List | ast.Starred) for side in sides):
            return None
        if not certain and not (texts[0] == texts[1] and texts[0].isdigit() and texts[0] != "1"):
            return None
        edit = Edit(start(sides[0]), end(sides[-1]), f"({', '.join(texts)})")
        return Found(node, (edit,))

    return finds


def kernel_by_sides(node, code):
    """Find the sides of a kernel as two keyword arguments."""
    rows, columns = keyword(node, "nb_row"), keyword(node, "nb_col")
    if not called(node, code) or not (rows and columns):
        return None
    sides = [code.text.of(rows.value), code.text.of(columns.value)]
    kernel = Edit(start(rows), end(rows), f"kernel_size=({', '.join(sides)})")
    return Found(rows, (kernel, remove(node, columns)))


def threshold(node, code):
    """Find a `ThresholdedReLU` with its threshold."""
    if called(node, code) != "ThresholdedReLU":
        return None
    theta = keyword(node, "theta")
    if theta:
        return Found(node, (rename(theta, "threshold"),))
    return Found(node, (insert(start(node.args[0]), "threshold="),)) if node.args else None


def merging(node, code):
    """Find a merge of layers by the name of its mode."""
    mode = keyword(node, "mode")
    if called(node, code) not in ("merge", "Merge") or not node.args:
        return None
    name = MERGES.get(literal(mode.value) if mode else "sum")
    if name is None:
        return None
    edits = [function(node, f"keras.layers.{name}"), *([remove(node, mode)] if mode else [])]
    axis = keyword(node, "concat_axis", "dot_axes")
    return Found(
        node,
        (*edits, *([rename(axis, "axis" if name == "concatenate" else "axes")] if axis else [])),
    )
