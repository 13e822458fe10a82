"""The value that a fit is judged by, and its direction."""

from collections import Counter
from collections.abc import Iterable, Sequence

from mlcourse import checks
from mlcourse.histories.names import base, direction, is_asked, is_loss, is_validation, metric_name

MODES = {"min": -1, "max": 1}


def monitor_direction(monitor: str | None, mode: str = "auto") -> int:
    """Return 1 if `monitor` is to be maximized, -1 if it is to be minimized, 0 without a monitor.

    Args:
        monitor: a name in the history, or None.
        mode: "min", "max" or "auto": the direction that Keras's own name for a metric has.

    Raises:
        ValueError: for another mode, for a mode without a monitor, or if "auto" is not enough.

    Example:
        >>> monitor_direction("val_brier_score", "min"), monitor_direction("val_accuracy")
        (-1, 1)
    """
    checks.choice("mode", mode, ("auto", *MODES))
    if monitor is None:
        if mode != "auto":
            raise ValueError(f"mode needs a monitor. Got mode {mode!r} without one instead.")
        return 0
    checks.text("monitor", monitor)
    sign = MODES.get(mode) or direction(monitor)
    if not sign:
        rule = "mode must be 'min' or 'max' for a monitor that is no loss and no metric of Keras"
        raise ValueError(f"{rule}. Got mode 'auto' for {monitor!r} instead.")
    return sign


def candidates(names: Iterable[str], metrics: Sequence[str] | None = None) -> list[str]:
    """Return the names in a history that a fit can be judged by, the best choice first.

    These are the validation metrics with a known direction, the total validation loss, and then
    the same of the training. Where parts of the loss are logged too, of several outputs for
    example, no single metric stands for the whole fit: then only the total losses are left. Two
    metrics that differ by their number only, "auc" and "auc_1", are both left out.

    Args:
        names: of the history.
        metrics: names of the metrics to choose from, beside the losses; None for all.

    Example:
        >>> candidates(["loss", "accuracy", "val_loss", "val_accuracy"])
        ['val_accuracy', 'val_loss', 'accuracy', 'loss']
        >>> candidates(["loss", "main_loss", "aux_loss", "main_accuracy"])
        ['loss']
    """
    names = list(names)
    metrics = metrics if metrics is None else checks.texts("metrics", metrics)
    has_parts = any(is_loss(name) and base(name) != "loss" for name in names)
    asked = [name for name in names if is_asked(name, metrics)]
    counts = Counter((is_validation(name), metric_name(name)) for name in asked)

    def is_candidate(name):
        if is_loss(name):
            return base(name) == "loss"
        is_only = counts[is_validation(name), metric_name(name)] == 1
        return not has_parts and is_only and direction(name) != 0

    chosen = filter(is_candidate, asked)
    return sorted(chosen, key=lambda name: (not is_validation(name), is_loss(name)))
