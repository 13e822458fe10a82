"""Names and values of metrics: losses, validation metrics, and their direction."""

import numbers as kinds
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from mlcourse._core import checks

HIGHER_IS_BETTER = """
    acc accuracy binary_accuracy categorical_accuracy sparse_categorical_accuracy
    top_k_categorical_accuracy sparse_top_k_categorical_accuracy
    auc precision recall precision_at_recall recall_at_precision
    sensitivity_at_specificity specificity_at_sensitivity f1_score fbeta_score
    io_u binary_io_u mean_io_u one_hot_io_u one_hot_mean_io_u
    r2_score cosine_similarity concordance_correlation pearson_correlation
"""
LOWER_IS_BETTER = """
    mae mean_absolute_error mape mean_absolute_percentage_error mse mean_squared_error
    msle mean_squared_logarithmic_error root_mean_squared_error
    logcosh log_cosh_error huber poisson kl_divergence
    bce binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy
    binary_focal_crossentropy categorical_focal_crossentropy
    categorical_generalized_cross_entropy
    hinge squared_hinge categorical_hinge dice tversky circle ctc
"""


def is_validation(name: str) -> bool:
    """Return whether a name in a history is that of a validation metric.

    Example:
        >>> is_validation("val_loss"), is_validation("loss")
        (True, False)
    """
    return checks.text("name", name).startswith("val_")


def base(name: str) -> str:
    """Return the name of a metric without the prefix of validation metrics.

    Example:
        >>> base("val_loss")
        'loss'
    """
    return checks.text("name", name).removeprefix("val_")


def is_loss(name: str) -> bool:
    """Return whether a name in a history is that of the total loss, or of the loss of one output.

    Example:
        >>> is_loss("val_loss"), is_loss("accuracy")
        (True, False)
    """
    return base(name) == "loss" or name.endswith("_loss")


def is_selected(name: str, metrics: Sequence[str] | None) -> bool:
    """Return whether a name is that of a loss or of a selected metric; None selects all metrics.

    Example:
        >>> is_selected("val_loss", ["accuracy"]), is_selected("val_mae", ["accuracy"])
        (True, False)
    """
    names = () if metrics is None else checks.texts("metrics", metrics)
    return base(name) in (*names, "loss") or metrics is None


def metric_name(name: str) -> str:
    """Return the name of a metric in lower case, without Keras's prefixes and suffixes.

    These are `val_` for validation, `weighted_` for weighted metrics, and the number that
    distinguishes metrics of the same name. Underscores are removed, because Keras accepts both
    "MeanSquaredError" and "mean_squared_error".

    Example:
        >>> metric_name("val_weighted_mean_io_u_1")
        'meaniou'
    """
    bare = re.sub(r"_\d+$", "", base(name).removeprefix("weighted_"))
    return bare.replace("_", "").lower()


DIRECTIONS = {
    **{metric_name(name): 1 for name in HIGHER_IS_BETTER.split()},
    **{metric_name(name): -1 for name in LOWER_IS_BETTER.split()},
}


def direction(name: str) -> int:
    """Return 1 if a higher value is better, -1 if a lower value is better, 0 if unknown.

    Losses, and the default names of Keras's metrics, have a direction. Other names have none: the
    metric of one output, such as "main_accuracy", cannot be told from a custom metric.

    >>> direction("val_accuracy"), direction("mae"), direction("brier_score")
    (1, -1, 0)
    """
    return -1 if is_loss(name) else DIRECTIONS.get(metric_name(name), 0)


MODES = {"min": -1, "max": 1}


def monitor_direction(monitor: str | None, mode: str = "auto") -> int:
    """Return 1 to maximize the monitor, -1 to minimize it, 0 without a monitor.

    Args:
        monitor: name of a metric in the history, or None.
        mode: "min", "max", or "auto" for the direction of a loss or of a Keras metric.

    Raises:
        ValueError: if the mode is invalid, if there is a mode but no monitor, or if "auto" finds no
            direction.

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
        rule = "mode must be 'min' or 'max' for a monitor that is neither a loss nor a Keras metric"
        raise ValueError(f"{rule}. Got mode 'auto' for {monitor!r} instead.")
    return sign


def monitor_candidates(names: Iterable[str], metrics: Sequence[str] | None = None) -> list[str]:
    """Return the names in a history that can select the best epoch, the best choice first.

    These are the validation metrics with a known direction, then the total validation loss, then
    the same training values. If the history has losses of single outputs, no metric represents the
    whole model, and only the total losses are candidates. Two metrics whose names differ only in a
    number, such as "auc" and "auc_1", are both left out.

    Args:
        names: names in the history.
        metrics: names of the metrics to choose from, in addition to the losses; None for all.

    Example:
        >>> monitor_candidates(["loss", "accuracy", "val_loss", "val_accuracy"])
        ['val_accuracy', 'val_loss', 'accuracy', 'loss']
        >>> monitor_candidates(["loss", "main_loss", "aux_loss", "main_accuracy"])
        ['loss']
    """
    names = list(names)
    metrics = metrics if metrics is None else checks.texts("metrics", metrics)
    has_output_losses = any(is_loss(name) and base(name) != "loss" for name in names)
    selected = [name for name in names if is_selected(name, metrics)]
    counts = Counter((is_validation(name), metric_name(name)) for name in selected)

    def is_candidate(name):
        if is_loss(name):
            return base(name) == "loss"
        is_unique = counts[is_validation(name), metric_name(name)] == 1
        return not has_output_losses and is_unique and direction(name) != 0

    candidates = filter(is_candidate, selected)
    return sorted(candidates, key=lambda name: (not is_validation(name), is_loss(name)))


NON_REAL_KINDS = tuple("SUOMmc")  # NumPy's kinds of strings, objects, times, complex numbers


def numbers(values: Sequence | np.ndarray) -> np.ndarray:
    """Return values as floats, with NaN for values that are not finite numbers in float32.

    Values that are 0 in float32 become 0.

    Example:
        >>> numbers([1, np.inf, "2"])
        array([ 1., nan, nan])
    """
    if not is_column(values):
        raise ValueError(f"values must be a list or an array. Got {values!r} instead.")
    try:
        array = np.array(values)
    except (TypeError, ValueError):
        array = np.empty(0, object)
    if array.ndim != 1 or array.dtype.kind not in "biuf":  # some values are not single numbers
        array = np.array([value if is_number(value) else np.nan for value in values], float)
    array = array.astype(float)
    with np.errstate(over="ignore"):
        single = array.astype(np.float32)
    return np.where(np.isfinite(single), np.where(single == 0, 0.0, array), np.nan)


def is_number(value: object) -> bool:
    """Return whether a value is a single real number, not a string or an array.

    Example:
        >>> is_number(np.float32(1)), is_number("1"), is_number([1])
        (True, False, False)
    """
    if isinstance(value, kinds.Real):
        return True
    dtype = getattr(value, "dtype", None)
    is_scalar = dtype is not None and getattr(value, "shape", None) == ()
    return is_scalar and getattr(dtype, "kind", "") not in NON_REAL_KINDS


def is_column(values):
    """Return whether values are a list or a similar sequence, not a string, dict or DataFrame."""
    is_sequence = hasattr(values, "__len__") and getattr(values, "ndim", 1) > 0
    is_frame = hasattr(values, "columns")
    return is_sequence and not is_frame and not isinstance(values, str | bytes | Mapping)
