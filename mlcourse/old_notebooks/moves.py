"""Which name replaces an old one."""

from mlcourse.old_notebooks import moves_of_keras, moves_of_packages
from mlcourse.old_notebooks.moves_of_keras import IN_TENSORFLOW

GROUPS = *moves_of_keras.GROUPS, *moves_of_packages.GROUPS
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
