"""Tests of the labels: their values, balance, order, and agreement with the inputs."""

from __future__ import annotations

import numpy as np

from mlcourse.diagnosis import drawing
from mlcourse.diagnosis.findings import Finding
from mlcourse.diagnosis.label_noise import wrong_labels
from mlcourse.models import fit_data

MAX_IMBALANCE = 4.0
HIGH_IMBALANCE = 8.0
MAX_P_VALUE = 1e-3
MAX_SAME_NEXT = 0.5
LOSS_FACTOR = 1.25
MIN_LOSS_CHANGE = 0.05
N_STANDARD_ERRORS = 3.0
MIN_EXAMPLES = 100  # for evidence on labels
MIN_NOISE = 0.05


def labels_out_of_range(evidence):
    """Find labels that are not indices of the output's units.

    Test: for a sparse loss a label is below 0, at least the number of units, or no whole number;
    for a binary loss it is not in [0, 1]. On a GPU, such a label makes the loss NaN without an
    error.
    """
    y = evidence.train.y
    if (y.ndim == 2 and y.shape[1] > 1) or evidence.has_more_classes:
        return None
    if evidence.loss_name in fit_data.SPARSE:
        high = evidence.n_units - 1
    elif evidence.loss_name in fit_data.BINARY:
        high = 1
    else:
        return None
    is_bad = ~((y >= 0) & (y <= high))
    if evidence.loss_name in fit_data.SPARSE:
        is_bad |= y != np.floor(y)
    is_bad = is_bad.reshape(len(y), -1).any(axis=1)
    if not is_bad.any():
        return None
    message = (
        f"{is_bad.sum():,} of {len(y):,} labels are not in 0 to {high}; they go from "
        f"{y.min():g} to {y.max():g}."
    )
    advice = "_, y = np.unique(y, return_inverse=True)  # labels 0, 1, 2, ..."
    counts = {f"in 0 to {high}": np.sum(~is_bad), "out of range": np.sum(is_bad)}
    draw = drawing.bars(counts, "labels")
    return Finding("labels out of range", message, advice, "high", np.flatnonzero(is_bad), draw)


def wrong_loss_for_one_hot_labels(evidence):
    """Find one-hot labels with a sparse loss, or integer labels with a categorical loss.

    Test: the shape of the labels, (n, units) or (n,), does not suit the loss.
    """
    y = evidence.train.y
    is_wide = y.ndim == 2 and y.shape[1] > 1
    if is_wide and evidence.loss_name in fit_data.SPARSE:
        message = f"Labels of shape {y.shape} are one-hot, but the loss is sparse."
        advice = 'model.compile(loss="categorical_crossentropy")  # or y = y.argmax(axis=1)'
    elif not is_wide and evidence.loss_name in fit_data.CATEGORICAL:
        message = f"Labels of shape {y.shape} are integers, but the loss expects one-hot labels."
        advice = 'model.compile(loss="sparse_categorical_crossentropy")'
    else:
        return None
    width = y.shape[1] if is_wide else 1
    draw = drawing.bars({"columns of y": width, "units of the output": evidence.n_units})
    return Finding("wrong loss for one-hot labels", message, advice, "high", draw=draw)


def class_imbalance(evidence):
    """Find classes with many fewer examples than others.

    Test: the largest class has more than 4 times the examples of the smallest, and chance does not
    explain that: the p-value of Pearson's chi-square test of equal frequencies is below 0.001. The
    confidence is high from 8 times on. Accuracy then says little about the small classes.
    """
    from scipy.stats import chisquare

    labels, counts = np.unique(evidence.train.labels, return_counts=True)
    ratio = counts.max() / counts.min()
    if ratio <= MAX_IMBALANCE or chisquare(counts).pvalue >= MAX_P_VALUE:
        return None
    message = (
        f"Class {labels[counts.argmax()]} has {counts.max():,} examples, "
        f"class {labels[counts.argmin()]} {counts.min():,}: a ratio of {ratio:.1f}."
    )
    advice = (
        "weights = len(y) / (n_classes * np.bincount(y))\n"
        "model.fit(x, y, class_weight=dict(enumerate(weights)))"
    )
    confidence = "high" if ratio >= HIGH_IMBALANCE else "medium"
    draw = drawing.class_balance({"training": evidence.train.labels})
    return Finding("class imbalance", message, advice, confidence, draw=draw)


def sorted_batches(evidence):
    """Find labels in sorted order, and a fit that did not shuffle them.

    Test: fewer than half as many neighbors in the data differ in class as in random order. `fit`
    shuffles arrays by default, so the confidence is low, but high in two cases. The loss after the
    last epoch is 25% above the mean loss that the history reports for it: the model has learned
    one class after the other, and forgotten the first ones (McCloskey and Cohen, 1989). Or the mean
    loss of the first epochs, of at most 150 batches, is nearer to that of a copy that is trained in
    the order of the data than to that of one trained in random order, which differ by 25%.
    """
    labels = evidence.train.labels
    frequencies = np.bincount(labels - labels.min()) / len(labels)
    expected = 1 - np.square(frequencies).sum()
    changes = float(np.mean(labels[1:] != labels[:-1]))
    if changes >= MAX_SAME_NEXT * expected:
        return None
    message = (
        f"Neighbors in the data differ in class in {changes:.1%} of the cases; in random order in "
        f"{expected:.0%}."
    )
    effect = ""
    if evidence.history is not None and evidence.suits_loss:
        effect = _forgotten_classes(evidence) or _epochs_in_order(evidence)
    confidence = "high" if effect else "low"
    advice = "model.fit(x, y, shuffle=True)  # or x, y = sklearn.utils.shuffle(x, y)"
    batches = {
        "first batch": labels[: evidence.batch_size],
        "all examples": labels,
    }
    draw = drawing.class_balance(batches)
    return Finding("sorted batches", message + effect, advice, confidence, draw=draw)


def _forgotten_classes(evidence):
    """Return a sentence if the loss after the last epoch is above that of the epoch, or ""."""
    reported = evidence.history.history["loss"][-1]
    now = evidence.mean_loss(evidence.outputs, evidence.train.y[evidence.train.rows])
    if not now > max(LOSS_FACTOR * reported, reported + MIN_LOSS_CHANGE):
        return ""
    return f" The last epoch reports a loss of {reported:.3g}; it is {now:.3g} after it."


def _epochs_in_order(evidence):
    """Return a sentence if the loss of the first epochs is that of unshuffled batches, or ""."""
    losses = evidence.repeatable_losses
    if not losses or not evidence.may_train or not evidence.has_copy:
        return ""
    experiment = evidence.experiment
    rate = evidence.learning_rate
    n_batches = evidence.steps_per_epoch
    shuffled = experiment.train(rate, n_batches * len(losses))
    in_order = experiment.train_in_order(rate, n_batches, len(losses))
    reported = float(np.mean(losses)) - experiment.penalty
    if not in_order > LOSS_FACTOR * shuffled or not 2 * reported > shuffled + in_order:
        return ""
    epochs = "epoch" if len(losses) == 1 else f"{len(losses)} epochs"
    return (
        f" The mean loss of the first {epochs} is {reported:.3g}; a copy has {in_order:.3g} in the "
        f"order of the data, and {shuffled:.3g} in random order."
    )


def labels_out_of_step(evidence):
    """Find labels that were shuffled apart from the inputs.

    Test: the 5 nearest neighbors of an example, in a sample of 2,000, have its label no more often
    than two random examples have the same label, plus 3 standard errors. In nearly all real data
    the labels of neighbors agree (Cover and Hart, 1967). Fewer than 100 examples are no evidence.
    """
    probabilities, classes = evidence.neighbor_probabilities
    labels = np.searchsorted(classes, evidence.train.sample_labels)
    agreement = float(probabilities[np.arange(len(labels)), labels].mean())
    chance = float(np.square(np.bincount(labels) / len(labels)).sum())
    error = np.sqrt(chance * (1 - chance) / len(labels))
    is_too_small = len(labels) < MIN_EXAMPLES or len(classes) == 1
    if is_too_small or agreement > chance + N_STANDARD_ERRORS * error:
        return None
    message = (
        f"Of the nearest neighbors {agreement:.0%} have the same label; of random examples "
        f"{chance:.0%}."
    )
    advice = "order = rng.permutation(len(x)); x, y = x[order], y[order]  # one order for both"
    draw = drawing.examples(evidence.train.x, evidence.train.labels, evidence.train.rows)
    return Finding("images and labels out of step", message, advice, "high", draw=draw)


def noisy_labels(evidence):
    """Find labels that are probably wrong, by confident learning.

    Test: for at least 5% of 4,000 examples another class is predicted, with 7 times the
    probability of the label, cross-validated (Northcutt, Jiang and Chuang, 2021). In clean
    Fashion-MNIST these are 2%. Fewer than 100 examples are no evidence. The finding has their
    indices.
    """
    part = evidence.train
    rows = evidence.tree_rows
    if not len(rows) or labels_out_of_step(evidence):
        return None
    indices = rows[wrong_labels(evidence.tree_probabilities, part.labels[rows])]
    fraction = len(indices) / len(rows)
    if fraction < MIN_NOISE:
        return None
    message = (
        f"{len(indices):,} of {len(rows):,} labels ({fraction:.0%}) are probably wrong: another "
        "class is predicted with confidence."
    )
    advice = (
        "plot_samples(x[finding.indices], y[finding.indices])\n"
        "# correct these labels, or leave the examples out"
    )
    draw = drawing.examples(part.x, part.labels, indices)
    return Finding("noisy labels", message, advice, "high", indices, draw)
