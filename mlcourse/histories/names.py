"""What a name in a history is of: a loss or a metric, in training or validation, and which way."""

from collections.abc import Sequence

from mlcourse import checks

LARGE_IS_GOOD = ("acc", "auc", "precision", "recall", "iou", "io_u", "score", "similarity")
SMALL_IS_GOOD = ("loss", "error", "mae", "mse", "mape", "msle", "crossentropy", "hinge")


def is_validation(name: str) -> bool:
    """Whether a history's name is of a validation value.

    Example:
        >>> is_validation("val_loss"), is_validation("loss")
        (True, False)
    """
    return checks.text("name", name).startswith("val_")


def base(name: str) -> str:
    """Returns the name of what was measured, be it in training or validation.

    Example:
        >>> base("val_loss")
        'loss'
    """
    return checks.text("name", name).removeprefix("val_")


def is_loss(name: str) -> bool:
    """Whether a history's name is that of a loss: the total, or that of one output.

    Example:
        >>> is_loss("val_loss"), is_loss("accuracy")
        (True, False)
    """
    return base(name) == "loss" or name.endswith("_loss")


def is_asked(name: str, metrics: Sequence[str] | None) -> bool:
    """Whether a value is the loss or of one of the metrics asked for; None asks for all.

    Example:
        >>> is_asked("val_loss", ["accuracy"]), is_asked("val_mae", ["accuracy"])
        (True, False)
    """
    names = () if metrics is None else checks.texts("metrics", metrics)
    return base(name) in (*names, "loss") or metrics is None


def direction(name: str) -> int:
    """Returns 1 where large is good, -1 where small is good, 0 where nobody knows.

    >>> direction("val_accuracy"), direction("mae"), direction("false_positives")
    (1, -1, 0)
    """
    if is_loss(name):  # that of an output called "score" too
        return -1
    return any(word in name for word in LARGE_IS_GOOD) - any(word in name for word in SMALL_IS_GOOD)
