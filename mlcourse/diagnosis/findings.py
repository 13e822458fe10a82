"""Faults by name, one finding of a fault, and all findings of a diagnosis."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import overload

import numpy as np
from matplotlib.figure import Figure, FigureBase

from mlcourse._core import tables

FAULTS = {
    "NaN in inputs": "examples hold NaN or infinity",
    "labels out of range": "labels are not the indices of the output's units",
    "wrong loss for one-hot labels": "labels are one-hot and the loss is sparse, or the reverse",
    "softmax twice": "the loss or a second layer applies a softmax to probabilities",
    "logits without from_logits": "the loss expects probabilities, and the model returns logits",
    "wrong output layer": "the output's units or activation do not suit the classes",
    "frozen weights": "the layers that should learn are not trainable",
    "constant inputs": "the inputs hardly differ between the examples",
    "inputs not scaled": "the inputs are much larger or smaller than 1",
    "training and validation scaled differently": "the parts differ in mean or scale",
    "validation images augmented": "the parts can be told apart, as if one were augmented",
    "images and labels out of step": "the labels cannot be predicted from the inputs",
    "test data used for stopping": "the validation data is the test data",
    "duplicates across splits": "examples are in both training and validation data",
    "sorted batches": "a batch has examples of few classes, as the labels are sorted",
    "class imbalance": "some classes have many more examples than others",
    "noisy labels": "a part of the labels is wrong",
    "batches too small for batch normalization": "its statistics come from a few examples",
    "no activation between layers": "two layers in a row are one linear function",
    "bottleneck": "a layer has too few units for the number of classes",
    "saturated units": "activations are at their limits, where the slope is close to 0",
    "dead units": "units return 0 for every example",
    "vanishing gradients": "the first layers receive almost no gradient",
    "exploding gradients": "gradients grow by a large factor toward the first layers",
    "shared weights": "the weights were trained before this fit",
    "diverging": "the training loss rises without limit, or becomes NaN",
    "learning rate too high": "the loss rises, and falls with a tenth of the learning rate",
    "learning rate too low": "the loss hardly falls, and falls with a larger learning rate",
    "decays too early": "the learning rate is almost 0 for most of the fit",
    "trained past the best epoch": "the validation loss rose for most of the fit",
    "overfitting": "the model is much better on training than on validation data",
    "initial loss": "the loss before training is far from that of equal probabilities",
    "cannot overfit a batch": "the model does not learn 16 examples",
    "underfitting": "the model is worse on training data than a simple method on new data",
}
"""The faults that `diagnose` looks for: names and descriptions, causes before symptoms."""

SYMPTOMS = (
    "saturated units",
    "dead units",
    "vanishing gradients",
    "exploding gradients",
    "overfitting",
    "trained past the best epoch",
    "initial loss",
    "cannot overfit a batch",
    "underfitting",
)
"""Faults that often follow from another one."""

SLOW = ("learning rate too low", "cannot overfit a batch", "underfitting")
OF_VALIDATION = ("overfitting", "trained past the best epoch")
CONSEQUENCES = {
    "training and validation scaled differently": OF_VALIDATION,
    "validation images augmented": OF_VALIDATION,
    "test data used for stopping": (),
    "duplicates across splits": (),
    "saturated units": SLOW,
    "dead units": SLOW,
    "vanishing gradients": SLOW,
    "exploding gradients": (
        "saturated units",
        "dead units",
        "diverging",
        "learning rate too high",
        "initial loss",
        "cannot overfit a batch",
        "underfitting",
    ),
    "shared weights": OF_VALIDATION,
    "diverging": ("saturated units", "dead units", "underfitting"),
    "learning rate too high": ("saturated units", "dead units", "underfitting"),
    "learning rate too low": ("underfitting",),
    "decays too early": ("underfitting",),
    "trained past the best epoch": ("overfitting",),
    "initial loss": ("saturated units", "dead units", "cannot overfit a batch", "underfitting"),
    "cannot overfit a batch": ("underfitting",),
}
"""Faults that can follow from a fault; from those that are missing here, all of `SYMPTOMS` can."""

CONFIDENCES = ("high", "medium", "low")
PICTURE_SIZE = (6.4, 3.6)  # inches
PICTURE_DPI = 72


@dataclass(frozen=True, eq=False)
class Finding:
    """A fault that a diagnosis has found.

    Attributes:
        name: name of the fault, a key of `FAULTS`.
        message: what is wrong here, a sentence with its number.
        advice: what to change, as Python code.
        confidence: "low", "medium" or "high".
        indices: indices of the examples concerned, (n,); None if it concerns no single examples.
        draw: function of a Figure that draws what shows the fault; None without a figure.

    Example:
        >>> Finding("frozen weights", "No weight is trainable.", "model.trainable = True", "high")
        high: frozen weights. No weight is trainable.
            model.trainable = True
    """

    name: str
    message: str
    advice: str
    confidence: str
    indices: np.ndarray | None = None
    draw: Callable[[FigureBase], object] | None = None

    def __str__(self) -> str:
        lines = [f"{self.confidence}: {self.name}. {self.message}", *self.advice.splitlines()]
        return "\n    ".join(map(tables.terminal_text, lines))

    __repr__ = __str__

    def plot(self, *, fig: FigureBase | None = None) -> FigureBase:
        """Plot what shows the fault, and return the Figure.

        Args:
            fig: Figure to draw in; None for a new figure.

        Raises:
            ValueError: if fig is not a Figure, or the fault has no figure.
        """
        from mlcourse.figures._shared.axes import figure_or_new

        if self.draw is None:
            raise ValueError(f"the fault must have a figure. Got {self.name!r} instead.")
        fig = figure_or_new(fig, PICTURE_SIZE)
        self.draw(fig)
        return fig


class Diagnosis(Sequence):
    """The findings of a diagnosis, most likely first, shown as a table with figures.

    Findings are ordered by confidence, and with the same confidence as in `FAULTS`, causes first.
    A finding that can follow from another one of at least medium confidence has low confidence.

    Args:
        findings: the findings, in any order.
        tested: names of the faults that were tested.
        reason: sentence that says why some were not; "" without one.

    Attributes:
        not_found: names of the faults that were tested and not found.
        not_tested: names of the faults that the data, the model or the history cannot show.

    Example:
        >>> frozen = Finding("frozen weights", "No weight is trainable.", "", "high")
        >>> diagnosis = Diagnosis([frozen], tested=["frozen weights", "dead units"])
        >>> len(diagnosis), diagnosis[0].name, diagnosis.not_found
        (1, 'frozen weights', ('dead units',))
    """

    def __init__(
        self, findings: Sequence[Finding], tested: Sequence[str], reason: str = ""
    ) -> None:
        self._reason = reason
        self._findings = tuple(sorted(_with_explained_ones_low(findings), key=_rank))
        names = {finding.name for finding in findings}
        self.not_found = tuple(name for name in FAULTS if name in tested and name not in names)
        self.not_tested = tuple(name for name in FAULTS if name not in tested)

    @overload
    def __getitem__(self, index: int) -> Finding: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...

    def __getitem__(self, index):
        return self._findings[index]

    def __len__(self) -> int:
        return len(self._findings)

    def __str__(self) -> str:
        return "\n".join([*map(str, self), *self._notes()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(_html_row(finding) for finding in self)
        head = "".join(f'<th style="text-align:left">{name}</th>' for name in HEAD)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        notes = "".join(f"<p>{tables.html_text(note)}</p>" for note in self._notes())
        return (table if self._findings else "") + notes

    def _notes(self):
        """Return lines with the faults that were not found, and those that were not tested."""
        notes = [f"nothing found of: {', '.join(self.not_found) or 'no test'}"]
        if self.not_tested:
            notes.append(f"not tested: {', '.join(self.not_tested)}")
        if self._reason:
            notes.append(self._reason)
        return notes


HEAD = ("finding", "what is wrong", "figure")
ROW = """<tr style="vertical-align:top">
<td style="text-align:left"><b>{name}</b><br>confidence: {confidence}</td>
<td style="text-align:left;max-width:28em">{message}<pre style="white-space:pre-wrap">{advice}</pre>
</td><td>{picture}</td></tr>"""
PICTURE = '<img src="data:image/png;base64,{data}" alt="{alt}" style="max-width:28em">'


def _with_explained_ones_low(findings):
    """Return findings with low confidence in those that can follow from another one."""
    causes = [finding.name for finding in findings if finding.confidence != "low"]
    explained = {name for cause in causes for name in _consequences(cause)}
    return [
        replace(finding, confidence="low") if finding.name in explained else finding
        for finding in findings
    ]


def _consequences(name):
    """Return the names of the faults that can follow from a fault."""
    return CONSEQUENCES.get(name, () if name in SYMPTOMS else SYMPTOMS)


def _rank(finding):
    """Return the sort key of a finding: its confidence, then the order of the faults."""
    return CONFIDENCES.index(finding.confidence), list(FAULTS).index(finding.name)


def _html_row(finding):
    """Return a row of the table with the finding and its figure."""
    texts = {
        name: tables.html_text(getattr(finding, name))
        for name in ("name", "confidence", "message", "advice")
    }
    return ROW.format(**texts, picture=_picture(finding))


def _picture(finding):
    """Return the figure of a finding as an image in HTML; "" without a figure."""
    if finding.draw is None:
        return ""
    figure = Figure(figsize=PICTURE_SIZE, layout="constrained")
    finding.draw(figure)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=PICTURE_DPI)
    data = base64.b64encode(file.getvalue()).decode("ascii")
    return PICTURE.format(data=data, alt=tables.html_text(f"figure of {finding.name}"))
