"""Names and values of metrics: losses, validation metrics, which direction is better."""

import numbers as kinds
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from mlcourse._core import checks

# By direction: the default names of Keras's own metrics and losses, and its short names for them.
NAMES = {
    1: """
    acc accuracy binary_accuracy categorical_accuracy sparse_categorical_accuracy
    top_k_categorical_accuracy sparse_top_k_categorical_accuracy
    auc precision recall precision_at_recall recall_at_precision
    sensitivity_at_specificity specificity_at_sensitivity f1_score fbeta_score
    io_u binary_io_u mean_io_u one_hot_io_u one_hot_mean_io_u
    r2_score cosine_similarity concordance_correlation pearson_correlation
""",
    -1: """
    mae mean_absolute_error mape mean_absolute_percentage_error mse mean_squared_error
    msle mean_squared_logarithmic_error root_mean_squared_error
    logcosh log_cosh_error huber poisson kl_divergence
    bce binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy
    binary_focal_crossentropy categorical_focal_crossentropy
    categorical_generalized_cross_entropy
    hinge squared_hinge categorical_hinge dice tversky circle ctc
""",
}


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


def metric_name(name: str) -> str:
    """Return a metric's name in lower case, without what Keras adds to it.

    That is `val_` for validation, `weighted_` for weighted metrics, and the number that tells
    metrics of one name apart. Underscores go: Keras takes "MeanSquaredError" and
    "mean_squared_error" alike.

    Example:
        >>> metric_name("val_weighted_mean_io_u_1")
        'meaniou'
    """
    bare = re.sub(r"_\d+$", "", base(name).removeprefix("weighted_"))
    return bare.replace("_", "").lower()


DIRECTIONS = {metric_name(name): sign for sign, names in NAMES.items() for name in names.split()}


def direction(name: str) -> int:
    """Return 1 if a higher value is better, -1 if a lower value is better, 0 if unknown.

    Losses and the default names of Keras's own metrics have a direction. No other name has one:
    an output's metric, "main_accuracy", and a metric of the user's own look the same.

    >>> direction("val_accuracy"), direction("mae"), direction("brier_score")
    (1, -1, 0)
    """
    return -1 if is_loss(name) else DIRECTIONS.get(metric_name(name), 0)


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


OTHER_KINDS = tuple("SUOMmc")  # of NumPy: texts, objects, times, complex numbers


def numbers(values: Sequence | np.ndarray) -> np.ndarray:
    """Returns one float a value, NaN for what is not a single number that float32 can hold.

    A value so small that float32 makes it 0 is 0.

    Example:
        >>> numbers([1, np.inf, "2"])
        array([ 1., nan, nan])
    """
    if not is_column(values):
        raise ValueError(f"values must be a list or an array. Got {values!r} instead.")
    try:
        found = np.array(values)
    except (TypeError, ValueError):
        found = np.empty(0, object)
    if found.ndim != 1 or found.dtype.kind not in "biuf":  # not all of them are single numbers
        found = np.array([value if is_number(value) else np.nan for value in values], float)
    found = found.astype(float)
    with np.errstate(over="ignore"):
        held = found.astype(np.float32)
    return np.where(np.isfinite(held), np.where(held == 0, 0.0, found), np.nan)


def is_number(value: object) -> bool:
    """Whether a value is a single number, and not text or an array.

    Example:
        >>> is_number(np.float32(1)), is_number("1"), is_number([1])
        (True, False, False)
    """
    dtype, shape = getattr(value, "dtype", None), getattr(value, "shape", None)
    is_array = dtype is not None and shape == () and getattr(dtype, "kind", "") not in OTHER_KINDS
    return isinstance(value, kinds.Real) or is_array


def is_column(values):
    """Whether values are several: a list, say, and neither text nor a dict nor a DataFrame."""
    several = hasattr(values, "__len__") and getattr(values, "ndim", 1)
    is_frame = hasattr(values, "columns")
    return bool(several) and not is_frame and not isinstance(values, str | bytes | Mapping)
