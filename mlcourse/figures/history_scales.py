"""Which curves share a panel: losses, metrics in [0, 1], counts, percentages, and other scales."""

import re

import numpy as np

from mlcourse.histories import base, is_loss

LOSS, UNIT, COUNT, PERCENTAGE = "loss", "unit", "count", "percentage"
COUNTS = re.compile(r"(^|_)(tp|fp|tn|fn|(true|false)_(positives|negatives))(_\d+)?$")
PERCENTAGES = re.compile(r"(^|_)mape(_\d+)?$|percentage")
MAX_CURVES = 6  # metrics in a panel: as many as the style has colours


def scale(name, values):
    """Return the scale of a metric: what has the same one shares a panel.

    Losses have one scale, and so have counts (true and false positives and negatives) and
    percentages, by their names. Metrics with all values in [0, 1] share the unit scale. Any other
    metric is on the scale of its first value: its sign and its order of magnitude.

    Args:
        name: name in the history.
        values: floats, (n,); NaN is ignored.
    """
    if is_loss(name):
        return LOSS
    if COUNTS.search(name):
        return COUNT
    if PERCENTAGES.search(name):
        return PERCENTAGE
    values = values[np.isfinite(values)]
    outside = values[(values < 0) | (values > 1)]
    if not len(outside):
        return UNIT
    size = np.abs(values[values != 0][0])
    return bool((outside < 0).any()), int(np.floor(np.log10(size)))


def evenly(names):
    """Return names in groups of `MAX_CURVES` at most, which differ by one in length at most."""
    n_groups = -(-len(names) // MAX_CURVES)
    return [list(group) for group in np.array_split(np.array(names, object), n_groups)]


def checked_panels(panels):
    """Return panels as lists of names; raise ValueError unless they are lists of names."""
    rule = "panels must be lists of names, such as [['accuracy', 'auc'], ['tp', 'fp']]"
    if not isinstance(panels, list | tuple) or not panels:
        raise ValueError(f"{rule}. Got {panels!r} instead.")
    groups = [[panel] if isinstance(panel, str) else panel for panel in panels]
    if not all(isinstance(group, list | tuple) and group for group in groups):
        raise ValueError(f"{rule}. Got {panels!r} instead.")
    if not all(isinstance(name, str) for group in groups for name in group):
        raise ValueError(f"{rule}. Got {panels!r} instead.")
    groups = [list(dict.fromkeys(map(base, group))) for group in groups]
    names = [name for group in groups for name in group]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"panels must have each name once. Got {name!r} twice instead.")
    return groups
