"""Names in a history: losses and metrics, training and validation, and their directions."""

import re
from collections.abc import Sequence

from mlcourse import checks

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
