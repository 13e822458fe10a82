"""The legend of one panel of a fit's curves: above its Axes, in as many columns as fit."""

import numpy as np
from matplotlib.lines import Line2D

from mlcourse.histories import base, is_validation

LOOK = {
    "loc": "lower left",
    "borderaxespad": 0.1,
    "borderpad": 0.2,
    "labelspacing": 0.25,
    "columnspacing": 1.2,
    "handlelength": 1.8,
    "fontsize": 10,
    "frameon": False,
}
MAX_COLUMNS = 4
GAP_LABEL = "NaN or infinity"


def add_legend(panel, width, max_height=np.inf):
    """Put a legend above a panel's Axes, and return its height in inches.

    Args:
        panel: a `Panel`.
        width: inches that it may take: the Axes, and what is left of them.
        max_height: inches that it may take; its last entry counts the entries without a place.
    """
    entries = legend_entries(panel)
    if not entries:
        return 0.0
    legend, box, n_columns = _widest(panel, entries, width)
    if box.width > width:
        n_letters = int(max(len(label) for _, label in entries) * width / box.width) - 2
        entries = [(handle, _shortened(label, n_letters)) for handle, label in entries]
        legend, box, n_columns = _widest(panel, entries, width)
    if box.height > max_height and len(entries) > 1:
        line = box.height / -(-len(entries) // n_columns)
        n_kept = max(int(max_height / line), 1) * n_columns - 1
        rest = Line2D([], [], ls=""), f"and {len(entries) - n_kept} more"
        legend, box, _ = _widest(panel, [*entries[:n_kept], rest], width)
    inside = panel.axes.bbox.width / panel.axes.get_figure().dpi
    left = min(max(box.width - inside, 0), max(width - inside, 0))
    legend.set_bbox_to_anchor((-left / inside, 1), panel.axes.transAxes)
    return box.height


def legend_entries(panel):
    """Return handles with their labels.

    One metric has an entry for training and one for validation. Of several each has one entry, and
    one more says which lines are of the validation.
    """
    own = [key for key in panel.lines if isinstance(key, str)]
    labels = dict(panel.labels)
    if len({base(key) for key in own}) > 1:
        for key in own:
            labels[key] = base(key) if key == base(key) or base(key) not in own else None
    entries = [(_sample(panel, key), label) for key, label in labels.items() if label is not None]
    if len(own) > 2 and len({base(key) for key in own}) > 1 and any(map(is_validation, own)):
        entries.append((Line2D([], [], color=panel.ink, lw=1.6, ls=":"), "validation"))
    if panel.target is not None:
        entries.append((panel.target_line, f"target {panel.target:g}"))
    if panel.has_gaps:
        entries.append((gap_sample(panel), GAP_LABEL))
    return entries


def gap_sample(panel):
    """Return the handle of the crosses where a value is no number."""
    return Line2D([], [], color=panel.ink, ls="", marker="x", ms=6, mew=1.5)


def write_labels(legend, labels, ink):
    """Write the labels of a legend as they are: "$" is no formula, a "_" in front hides none."""
    for text, label in zip(legend.get_texts(), labels, strict=True):
        text.set(text=label, parse_math=False, color=ink)


def _shortened(label, n_letters):
    """Return a label of so many letters at most; "(validation)" is more than its metric's name."""
    if label.endswith(" (validation)"):
        return "validation"
    return label if len(label) <= n_letters else label[: max(n_letters - 1, 1)] + "…"


def _sample(panel, key):
    """Return a line that looks as a curve, with the marker that tells it from others."""
    line = panel.lines[key]
    style = {"color": line.get_color(), "lw": line.get_linewidth(), "ls": line.get_linestyle()}
    return Line2D([], [], marker=panel.marker(key), ms=5, **style)


def _widest(panel, entries, width):
    """Return a legend of as many columns as fit into that width, its box in inches, and columns."""
    handles, labels = zip(*entries, strict=True)
    to_inches = panel.axes.get_figure(root=True).dpi_scale_trans.inverted()
    for n_columns in range(min(MAX_COLUMNS, len(entries)), 0, -1):
        # Matplotlib leaves out a label that begins with "_", so the texts come afterwards
        legend = panel.axes.legend(handles, [""] * len(labels), ncols=n_columns, **LOOK)
        legend.set_bbox_to_anchor((0, 1), panel.axes.transAxes)
        write_labels(legend, labels, panel.ink)
        box = legend.get_window_extent().transformed(to_inches)
        if box.width <= width:
            break
    return legend, box, n_columns
