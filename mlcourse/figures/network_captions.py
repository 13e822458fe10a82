"""What is said below the picture of a network: counts, preprocessing, dropout and the loss."""

from mlcourse.figures.edge_words import text_of
from mlcourse.figures.folding import fold

LETTERS = 40  # of a line about the preprocessing
LOSS_NAMES = {
    "mean_squared_error": "mean squared error",
    "binary_crossentropy": "binary cross-entropy",
    "categorical_crossentropy": "cross-entropy",
}


def captions(subject, weight_count, top, most):
    """Return the lines below a picture.

    Args:
        subject: the `Subject` that is drawn.
        weight_count: whether weights and biases are counted.
        top: number of edges that are drawn; None for all.
        most: number of units of a layer that are drawn; None for all.
    """
    lines = []
    if weight_count:
        weights, biases, others = subject.count_params()
        line = f"{_count(weights, 'weight')}, {_count(biases, 'bias', 'biases')}"
        lines.append(line + f", {others:,} of normalization" * bool(others))
    if subject.network is not None and subject.network.preprocessing:
        label = f"inputs after {subject.network.preprocessing_label}"
        lines += fold(label, LETTERS).split("\n")
    edges = subject.edges(most)
    if top is not None and top < edges:
        drawn = " drawn" * (edges < subject.edges())
        lines.append(f"the strongest {top:,} of {edges:,} edges{drawn}")
    if subject.masks is not None:
        dropped = sum(int((mask == 0).sum()) for mask in subject.masks)
        hidden = _count(sum(subject.sizes[1:-1]), "hidden unit")
        lines.append(f"{dropped:,} of {hidden} dropped")
    if subject.run is not None and subject.run.loss is not None:
        name = LOSS_NAMES[subject.network.loss]
        lines.append(f"L = {text_of(subject.run.loss)} ({name})")
    return lines


def _count(number, one, many=None):
    return f"{number:,} {one if number == 1 else many or one + 's'}"
