"""Precision, recall and F1 of each class, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlcourse import checks, tables
from mlcourse.evaluation.answers import checked, checked_labels

HEAD = ["class", "precision", "recall", "F1", "examples"]
NONE = "\N{EN DASH}"  # what cannot be said, for there is nothing to divide by


@dataclass(frozen=True, eq=False)
class ClassReport:
    """Precision, recall and F1 by class; a notebook shows them as a table.

    Attributes:
        class_names: in label order.
        precision: the fraction of the predictions of a class that are right, (classes,).
        recall: the fraction of the examples of a class that are predicted, (classes,).
        f1: the harmonic mean of both, (classes,).
        support: the number of examples of each class, integers (classes,).
        accuracy: the fraction of the examples that are right; of multi-label data, in all labels.
        examples: the number of examples.
        is_multilabel: whether an example may have several labels, or none.

    Precision is NaN without a prediction, recall without an example, F1 without both.

    Example:
        >>> class_report([0, 1, 0], [0, 1, 1]).recall.tolist()
        [0.5, 1.0]
    """

    class_names: tuple
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray
    accuracy: float
    examples: int
    is_multilabel: bool = False

    @property
    def rows(self) -> list[list[str]]:
        """The table's rows, as text."""
        shares = zip(self.precision, self.recall, self.f1, strict=True)
        return [
            [name, *map(_share, of_class), f"{count:,}"]
            for name, of_class, count in zip(self.class_names, shares, self.support, strict=True)
        ]

    def __str__(self):
        return "\n".join([self._caption(), *tables.as_lines(HEAD, self.rows)])

    __repr__ = __str__

    def _repr_html_(self):
        return tables.as_html(self._caption(), HEAD, self.rows)

    def _caption(self):
        name = "subset accuracy" if self.is_multilabel else "accuracy"
        return f"{name} {tables.number_text(self.accuracy)} on {self.examples:,} examples"


def class_report(
    y_true: np.typing.ArrayLike,
    y_pred: np.typing.ArrayLike,
    class_names: Sequence[str] | None = None,
    *,
    from_logits: bool = False,
) -> ClassReport:
    """Return precision, recall and F1 of each class, as a `ClassReport`.

    Args:
        y_true, y_pred, from_logits: as in `accuracy`; for multi-label data each label has a row.
        class_names: in label order; None for the labels themselves.

    Returns:
        A `ClassReport`.

    Raises:
        ValueError: if y_pred do not fit y_true, or there is not one name for each class.

    >>> y_pred = [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]]
    >>> print(class_report([0, 1, 1, 0], y_pred, ["cat", "dog"]))
    accuracy 0.7500 on 4 examples
    class  precision  recall      F1  examples
    cat       0.6667  1.0000  0.8000         2
    dog       1.0000  0.5000  0.6667         2
    """
    from sklearn.metrics import precision_recall_fscore_support

    several = checked_labels(y_true, y_pred, from_logits)
    if several is None:
        found = checked(y_true, y_pred, class_names, from_logits=from_logits)
        true, predicted, names = found.true, found.predicted, found.names
        right = true == predicted
    else:
        true, predicted = several
        names = _names(class_names, true.shape[1])
        right = (true == predicted).all(axis=1)
    precision, recall, f1, support = precision_recall_fscore_support(
        true, predicted, labels=range(len(names)), zero_division=np.nan
    )
    accuracy, is_multilabel = float(right.mean()), several is not None
    return ClassReport(
        tuple(names), precision, recall, f1, support, accuracy, len(right), is_multilabel
    )


def _names(class_names, count):
    """Return the names of labels; None for their numbers."""
    names = checks.texts("class_names", range(count) if class_names is None else class_names)
    checks.same_length("class_names", names, "the labels", range(count))
    return names


def _share(value):
    return NONE if np.isnan(value) else tables.number_text(value)
