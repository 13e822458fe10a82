"""Tests of the training: the learning rate, the history, and the fit to data."""

from __future__ import annotations

import math

import numpy as np

from mlcourse.diagnosis import drawing
from mlcourse.diagnosis.findings import Finding

HALF = 0.5
MOST = 0.8
MIN_DIFFERENCE = 0.1
QUARTER = 0.25
LEARNS = 0.2
UNCHANGED = 0.8
DECAYED = 0.02
MIN_EPOCHS = 4
MAX_BARS = 12  # epochs in a figure, evenly spaced
RISE = 1.15
HIGH_RISE = 1.5
DIVERGED = 10.0
MIN_GAP = 0.1
HIGH_GAP = 0.15
MIN_DEFICIT = 0.05  # of an accuracy, below another one
HIGH_UNDERFITTING = 0.15
MIN_PATIENCE = 10  # epochs
MIN_ACCURACY = 0.9
LOW_ACCURACY = 0.8
FASTER = 0.5


def learning_rate_too_high(evidence):
    """Find a learning rate with which the loss is higher than with a smaller one.

    Test: a copy is trained for 40 batches. With a tenth, a hundredth or a thousandth of the
    learning rate, the loss falls by at least 20%, and with the learning rate here it ends at more
    than twice that loss (the range test of Smith, Cyclical Learning Rates, 2017, at four points).
    """
    falls = _relative_falls(evidence, (0.1, 0.01, 0.001), MOST, math.inf)
    here, *smaller = falls.values()
    best = max(smaller, default=0)
    if best < LEARNS or 1 - here <= max(2 * (1 - best), 1 - best + MIN_DIFFERENCE):
        return None
    return _rate_finding(evidence, "learning rate too high", falls, smaller)


def learning_rate_too_low(evidence):
    """Find a learning rate with which the loss hardly falls, and falls with a larger one.

    Test: a copy is trained for 40 batches. With 10, 100 or 1,000 times the learning rate, the loss
    falls by at least 20%, and with the learning rate here by less than a quarter of that. In the
    history, if there is one, the loss falls by less than a fifth. Without a history the confidence
    is low: the fit may be long enough.
    """
    if _falls_in_history(evidence):
        return None
    falls = _relative_falls(evidence, (10, 100, 1000), HALF, LEARNS)
    here, *larger = falls.values()
    if max(larger, default=0) < LEARNS or here >= QUARTER * max(larger):
        return None
    return _rate_finding(evidence, "learning rate too low", falls, larger)


def _falls_in_history(evidence):
    """Return whether the training loss of the history falls by at least a fifth."""
    if evidence.history is None:
        return False
    losses = np.array(evidence.history.history["loss"], float)
    return bool(losses[-1] < UNCHANGED * max(losses[0], evidence.experiment.initial_loss))


def _relative_falls(evidence, factors, enough_here, enough):
    """Return the relative fall of the loss in 40 batches by learning rate; -inf if it diverged.

    Args:
        evidence: an `Evidence`.
        factors: factors of the learning rates after the first, which is the one here.
        enough_here: fall with the first learning rate after which the others are left out.
        enough: fall with another one after which the rest is left out.
    """
    experiment = evidence.experiment
    falls = {}
    for factor in (1, *factors):
        rate = factor * evidence.learning_rate
        loss = experiment.final_loss(rate)
        falls[rate] = 1 - loss / experiment.initial_loss if math.isfinite(loss) else -math.inf
        if falls[rate] >= (enough_here if factor == 1 else enough):
            break
    return falls


def _rate_finding(evidence, name, falls, others):
    """Return the finding of a learning rate, with the one that the loss falls most with."""
    rates = list(falls)
    best = rates[1 + int(np.argmax(others))]
    here = falls[rates[0]]
    if here == -math.inf:
        change = "diverges"
    else:
        change = f"falls by {here:.0%}" if here >= 0 else f"rises by {-here:.0%}"
    message = (
        f"With the learning rate {rates[0]:.3g} the loss {change} in 40 batches; with {best:.3g} "
        f"it falls by {falls[best]:.0%}."
    )
    advice = f"model.optimizer.learning_rate = {best:.3g}  # see find_learning_rate(model, x, y)"
    confidence = "high" if evidence.history is not None or name.endswith("high") else "low"
    losses = {f"{rate:.3g}": evidence.experiment.final_loss(rate) for rate in sorted(falls)}
    shown = {"before training": evidence.experiment.initial_loss, **losses}
    label = "loss after 40 batches, by learning rate (no number: diverged)"
    finite = [loss for loss in shown.values() if math.isfinite(loss)]
    is_wide = min(finite) > 0 and max(finite) > 10 * min(finite)
    draw = drawing.bars(shown, label, log_scale=is_wide)
    return Finding(name, message, advice, confidence, draw=draw)


def decays_too_early(evidence):
    """Find a learning rate that is almost 0 for most of the fit.

    Test: in at least half of the epochs of the history the learning rate is at most 2% of the
    largest. It comes from the history, or from the schedule of the optimizer.
    """
    rates = evidence.learning_rates
    if len(rates) < MIN_EPOCHS or max(rates) <= 0:
        return None
    is_small = np.asarray(rates) <= DECAYED * max(rates)
    if is_small.mean() < 0.5:
        return None
    message = (
        f"The learning rate falls from {max(rates):.3g} to {min(rates):.3g}; it is at most 2% of "
        f"the largest in {is_small.sum()} of {len(rates)} epochs."
    )
    advice = "keras.optimizers.schedules.CosineDecay(learning_rate, epochs * steps_per_epoch)"
    shown = np.unique(np.linspace(0, len(rates) - 1, MAX_BARS).round().astype(int))
    by_epoch = {f"epoch {index + 1}": rates[index] for index in shown}
    draw = drawing.bars(by_epoch, "learning rate", log_scale=True)
    return Finding("decays too early", message, advice, "high", draw=draw)


def diverging(evidence):
    """Find a training loss that rises without limit.

    Test: the last training loss is not finite, or more than 10 times the loss before training, or
    that of the first epoch if the model cannot be copied.
    """
    losses = np.array(evidence.history.history["loss"], float)
    first, last = losses[0], losses[-1]
    has_initial = evidence.suits_loss and evidence.has_copy
    initial = evidence.experiment.initial_loss if has_initial else first
    if math.isfinite(last) and last <= DIVERGED * max(initial, 1):
        return None
    message = f"The training loss is {last:.3g} at the end, and was {first:.3g} in the first epoch."
    advice = "keras.optimizers.Adam(1e-3, clipnorm=1.0)  # a lower rate, and clipped gradients"
    draw = drawing.history(evidence.history)
    return Finding("diverging", message, advice, "high", draw=draw)


def trained_past_the_best_epoch(evidence):
    """Find a fit that went on long after its best epoch.

    Test: the smallest validation loss is in the first half of at least 6 epochs, and the mean of
    the last three is 15% above it, high from 50% on (Prechelt, Early Stopping, 1998). If one of
    the two holds, the confidence is low, and at least 10 epochs must follow the smallest loss:
    early stopping with a patience of 10 would have ended. It is low too if the best epoch overfits
    already: its accuracies differ by 10 percentage points, or the nearest neighbors among the
    validation examples have a higher accuracy, as for `overfitting`.
    """
    losses = np.array(evidence.history.history.get("val_loss", ()), float)
    epochs = np.flatnonzero(np.isfinite(losses))
    losses = losses[epochs]
    if len(losses) < 6:
        return None
    best = int(losses.argmin()) + 1
    last = float(losses[-3:].mean())
    rise = last / losses.min()
    is_early = 2 * best <= len(losses)
    rises = rise > RISE
    is_hint = (is_early or rises) and len(losses) - best >= MIN_PATIENCE
    if not (is_early and rises) and not is_hint:
        return None
    message = (
        f"The validation loss is smallest in epoch {best} of {len(losses)}, {losses.min():.3g}; "
        f"at the end it is {last:.3g}."
    )
    advice = (
        "keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)\n"
        "# or training.early_stopping(patience=5)"
    )
    draw = drawing.history(evidence.history)
    confidence = "high" if rise > HIGH_RISE else "medium"
    if not (is_early and rises) or _overfits_in(evidence, epochs[best - 1]):
        confidence = "low"
    return Finding("trained past the best epoch", message, advice, confidence, draw=draw)


def _overfits_in(evidence, epoch):
    """Return whether the model overfits in an epoch, from 0; False without its accuracies."""
    history = evidence.history.history
    accuracies = [history.get(name) for name in ("accuracy", "val_accuracy")]
    if not all(accuracies):
        return False
    training, validation = (float(values[epoch]) for values in accuracies)
    return training - validation >= MIN_GAP or _is_below_neighbors(evidence, validation)


def _is_below_neighbors(evidence, accuracy):
    """Return whether the validation examples predict each other better than the model does."""
    neighbors = evidence.validation_neighbors_accuracy
    if neighbors is None:
        return False
    n_examples = len(evidence.validation.rows)
    error = math.sqrt(sum(p * (1 - p) / n_examples for p in (neighbors, accuracy)))
    return neighbors - accuracy >= max(MIN_DEFICIT, 3 * error)


def overfitting(evidence):
    """Find a model that is much better on training than on validation data.

    Test: the accuracy on 2,000 training examples is 10 percentage points, and 3 standard errors of
    the difference, above that on 2,000 validation examples; high from 15 points on. A difference
    of 5 points, as for `underfitting`, or of 3 standard errors if these are more, suffices if the
    training data is too little. That is so if the accuracy of the 5 nearest neighbors among the
    other validation examples is as much above that of the model on the validation data (nearest
    neighbors as a baseline: Cover and Hart, 1967).
    """
    train = evidence.accuracies(evidence.outputs, evidence.train)
    validation = evidence.accuracies(evidence.validation_outputs, evidence.validation)
    gap = float(train.mean() - validation.mean())
    error = math.sqrt(sum(part.var() / len(part) for part in (train, validation)))
    is_significant = gap >= max(MIN_DEFICIT, 3 * error)
    has_too_few = is_significant and _is_below_neighbors(evidence, float(validation.mean()))
    if gap < MIN_GAP + 3 * error and not has_too_few:
        return None
    message = (
        f"The accuracy is {train.mean():.1%} on training and {validation.mean():.1%} on validation "
        "data."
    )
    if has_too_few:
        message += (
            f" Nearest neighbors among the validation examples reach "
            f"{evidence.validation_neighbors_accuracy:.1%}: more training data would help."
        )
    advice = (
        "keras.layers.Dropout(0.5)  # or more data, augmentation, weight decay, a smaller model"
    )
    values = {"training": train.mean(), "validation": validation.mean()}
    draw = drawing.bars(values, "accuracy", percent=True)
    confidence = "high" if gap >= HIGH_GAP + 3 * error else "medium"
    return Finding("overfitting", message, advice, confidence, draw=draw)


def underfitting(evidence):
    """Find a trained model that is worse on training data than a simple method on new data.

    Test: the training accuracy is 5 percentage points, and 3 standard errors, below that of the
    better of two methods on examples that they have not seen: the 5 nearest neighbors, and
    randomized trees, cross-validated. The training accuracy is that of the last epoch in the
    history, or that on 2,000 examples now, whichever is larger: dropout lowers the first, and a
    last step or the moving averages of batch normalization may lower the second. If more than half
    of the loss is the penalty of the weights, 3 standard errors suffice: the model then learns
    small weights rather than data.
    """
    reached = evidence.training_accuracy
    simple = evidence.simple_accuracies
    gap = float(simple.mean()) - reached
    errors = 3 * math.sqrt(
        simple.var() / len(simple) + reached * (1 - reached) / len(evidence.outputs)
    )
    penalty = evidence.penalty
    loss = evidence.mean_loss(evidence.outputs, evidence.train.y[evidence.train.rows])
    is_penalized = penalty > loss
    if gap < errors + (0 if is_penalized else MIN_DEFICIT):
        return None
    message = (
        f"The training accuracy is {reached:.1%}; a simple method reaches {simple.mean():.1%} on "
        "examples that it has not seen."
    )
    advice = "# more units or layers, more epochs, less regularization, another learning rate"
    if is_penalized:
        message += f" The penalty of the weights is {penalty:.3g}, the loss without it {loss:.3g}."
        advice = "keras.regularizers.L2(1e-4)  # a smaller factor of the penalty"
    values = {"model, training": reached, "simple method, new": simple.mean()}
    draw = drawing.bars(values, "accuracy", percent=True)
    confidence = "high" if gap > HIGH_UNDERFITTING else "medium"
    return Finding("underfitting", message, advice, confidence, draw=draw)


def cannot_overfit_a_batch(evidence):
    """Find a model that does not learn 16 examples.

    Test: after 300 steps of Adam with a rate of 0.01 on 16 examples, without weight penalties, a
    copy predicts fewer than 90% of them; high below 80%, low otherwise (Karpathy, A Recipe for
    Training Neural Networks, 2019). Such a model has an error, or far too much dropout.
    """
    accuracy = evidence.overfit_accuracy
    if accuracy >= MIN_ACCURACY:
        return None
    n_examples = len(evidence.experiment.overfit[1])
    message = f"After 300 steps on {n_examples} examples, the accuracy on them is {accuracy:.0%}."
    advice = "# check labels, activations, dropout and penalties with 16 examples first"
    draw = drawing.bars({"16 examples": accuracy, "expected": 1}, "accuracy", percent=True)
    confidence = "high" if accuracy < LOW_ACCURACY else "low"
    return Finding("cannot overfit a batch", message, advice, confidence, draw=draw)


def shared_weights(evidence):
    """Find a fit that started from weights that were trained before.

    Test: several histories of a comparison belong to the same model object (high); the optimizer
    has made more steps than the history has (medium); or the loss of the first epoch is below half
    of that of a copy with new weights, in an epoch of at most 150 batches (medium).
    """
    models = [getattr(source, "model", None) for source in evidence.sources]
    known = [id(model) for model in models if model is not None]
    draw = drawing.history(evidence.histories)
    advice = "model = build()  # new weights for each fit of a comparison"
    name = "shared weights"
    if len(set(known)) < len(known):
        message = f"{len(known)} fits trained the same model object: each starts where one ended."
        return Finding(name, message, advice, "high", draw=draw)
    n_steps = evidence.n_steps_of_history
    if n_steps and evidence.n_steps > n_steps:
        message = f"The optimizer has made {evidence.n_steps:,} steps, the history has {n_steps:,}."
        return Finding(name, message, advice, "medium", draw=draw)
    if not evidence.repeatable_losses or not evidence.suits_loss:
        return None
    if not evidence.may_train or not evidence.has_copy:
        return None
    first = evidence.repeatable_losses[0]
    fresh = evidence.experiment.train(evidence.learning_rate, evidence.steps_per_epoch)
    if not first < FASTER * fresh:
        return None
    message = f"The loss of the first epoch is {first:.3g}; new weights reach {fresh:.3g}."
    return Finding(name, message, advice, "medium", draw=draw)
