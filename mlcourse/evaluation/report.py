"""A table of classes: how many of a class are found, and how often its name is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlcourse import checks, tables
from mlcourse.evaluation.answers import checked

HEAD = ["class", "precision", "recall", "F1", "examples"]
NONE = "\N{EN DASH}"  # what cannot be said, for there is nothing to divide by


@dataclass(frozen=True, eq=False)
class ClassReport:
    """How good answers are, class by class; a notebook shows it as a table.

    Attributes:
        class_names: in label order.
        precision: of what is taken for a class, the share that is of it, (classes,).
        recall: of what is of a class, the share that is taken for it, (classes,).
        f1: the harmonic mean of both, (classes,).
        support: how many examples each class has, whole numbers (classes,).
        accuracy: the share of all answers that is right.

    Precision is NaN for what nothing is taken for, recall where there is no example, F1 for both.

    Example:
        >>> class_report([0, 1, 1], [0, 1, 0]).recall.tolist()
        [0.5, 1.0]
    """

    class_names: tuple
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray
    accuracy: float

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
        return f"accuracy {tables.number_text(self.accuracy)} on {self.support.sum():,} examples"


def class_report(
    predictions: np.typing.ArrayLike,
    y: np.typing.ArrayLike,
    class_names: Sequence[str] | None = None,
) -> ClassReport:
    """Returns precision, recall and F1 of each class, as a `ClassReport`.

    Args:
        predictions: as in `accuracy`.
        y: true classes, as in `accuracy`.
        class_names: in label order; None for the classes' numbers.

    Returns:
        A `ClassReport`.

    Raises:
        ValueError: if predictions do not fit y, or there is not one name for each class.

    >>> answers = [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]]
    >>> print(class_report(answers, [0, 1, 1, 0], ["cat", "dog"]))
    accuracy 0.7500 on 4 examples
    class  precision  recall      F1  examples
    cat       0.6667  1.0000  0.8000         2
    dog       1.0000  0.5000  0.6667         2
    """
    from sklearn.metrics import precision_recall_fscore_support

    names = None if class_names is None else checks.texts("class_names", class_names)
    shares, true = checked(predictions, y, names and len(names))
    names = list(map(str, range(shares.shape[1]))) if names is None else names
    answers, labels = shares.argmax(axis=1), range(len(names))
    precision, recall, f1, support = precision_recall_fscore_support(
        true, answers, labels=labels, zero_division=np.nan
    )
    return ClassReport(
        tuple(names), precision, recall, f1, support, float((answers == true).mean())
    )


def _share(value):
    return NONE if np.isnan(value) else tables.number_text(value)
