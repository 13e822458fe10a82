import keras
import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier

from mlcourse.diagnosis import training_tests
from tests.diagnosis.tiny import digits, evidence, layers, mlp, moons, network

X, Y = moons()


class Falls:
    """An experiment whose loss falls from 1 with some learning rates."""

    initial_loss = 1.0

    def __init__(self, losses):
        self._losses = losses

    def final_loss(self, learning_rate):
        """Return the loss for the learning rate that is the nearest to a known one."""
        nearest = min(self._losses, key=lambda rate: abs(np.log(rate / learning_rate)))
        return self._losses[nearest]


def with_losses(losses, rate=0.01, history=None):
    """Return evidence of a learning rate and an experiment with some final losses."""
    result = evidence(network(optimizer=keras.optimizers.SGD(rate)), history=history)
    result.experiment = Falls(losses)
    return result


@pytest.mark.parametrize(
    ("losses", "best"),
    [
        ({0.01: np.nan, 0.001: 0.4}, "0.001"),
        ({0.01: 3.0, 0.001: 0.95, 0.0001: 0.5}, "0.0001"),
        ({0.01: 0.4, 0.001: 0.1}, "0.001"),
        ({0.01: 0.4, 0.001: 0.3}, None),
        ({0.01: 0.7, 0.001: 0.6}, None),
        ({0.01: np.nan, 0.001: np.nan, 0.0001: np.nan, 0.00001: 0.99}, None),
    ],
)
def test_a_rate_is_too_high_if_the_loss_falls_with_a_smaller_one_only(losses, best):
    found = training_tests.learning_rate_too_high(with_losses(losses))
    assert f"with {best} it falls" in found.message if best else found is None


@pytest.mark.parametrize(("loss", "change"), [(np.nan, "diverges"), (3.0, "rises by 200%")])
def test_the_figure_of_a_rate_shows_the_losses_with_those_that_rise(loss, change):
    found = training_tests.learning_rate_too_high(with_losses({0.01: loss, 0.001: 0.4}))
    assert f"With the learning rate 0.01 the loss {change} in 40 batches" in found.message
    figure = Figure()
    found.draw(figure)
    (ax,) = figure.axes
    drawn = {
        label.get_text(): bar.get_width()
        for label, bar in zip(ax.get_yticklabels(), ax.patches, strict=True)
    }
    assert drawn["before training"] == 1.0
    assert drawn["0.001"] == 0.4
    np.testing.assert_equal(drawn["0.01"], loss)


@pytest.mark.parametrize(
    ("history", "confidence"),
    [(None, "low"), ({"loss": [1.0, 0.98]}, "high"), ({"loss": [1.0, 0.5]}, None)],
)
def test_a_rate_is_too_low_if_the_loss_of_the_history_stays(history, confidence):
    losses = {0.01: 0.99, 0.1: 0.9, 1: 0.5}
    found = training_tests.learning_rate_too_low(with_losses(losses, history=history))
    assert (found and found.confidence) == confidence


@pytest.mark.slow
def test_a_copy_is_trained_with_the_learning_rates():
    too_high = evidence(network(optimizer=keras.optimizers.SGD(100.0)))
    assert training_tests.learning_rate_too_high(too_high).confidence == "high"
    too_low = evidence(network(optimizer=keras.optimizers.SGD(3e-4)))
    assert training_tests.learning_rate_too_low(too_low).confidence == "low"


def test_a_schedule_that_is_almost_0_for_most_epochs_decays_too_early():
    rates = [0.1, 0.01, 0.001, 0.0001, 0.00001]
    history = {"loss": [1, 1, 1, 1, 1], "learning_rate": rates}
    found = training_tests.decays_too_early(evidence(history=history))
    assert "in 3 of 5 epochs" in found.message
    slow = {"loss": [1] * 5, "learning_rate": [0.1, 0.08, 0.05, 0.02, 0.001]}
    assert training_tests.decays_too_early(evidence(history=slow)) is None


@pytest.mark.parametrize(("steps", "is_found"), [(5, True), (10_000, False)])
def test_the_schedule_of_the_optimizer_is_read_by_epoch(steps, is_found):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, steps, 0.5)
    model = network(optimizer=keras.optimizers.SGD(schedule))
    history = model.fit(X, Y, epochs=10, verbose=0)
    result = evidence(model, history=history)
    expected = [0.1 * 0.5 ** (epoch * 10 / steps) for epoch in range(10)]
    assert np.allclose(result.learning_rates, expected)
    assert (training_tests.decays_too_early(result) is not None) == is_found


@pytest.mark.parametrize(
    ("losses", "is_found"),
    [([0.7, np.nan], True), ([0.7, 5e6], True), ([0.7, 0.9], False), ([0.7, 0.5], False)],
)
def test_a_loss_that_is_nan_or_rises_without_limit_diverges(losses, is_found):
    found = training_tests.diverging(evidence(history={"loss": losses}))
    assert (found is not None) == is_found


def test_a_validation_loss_that_rises_for_most_of_the_fit_is_past_its_best_epoch():
    losses = [0.5, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65]
    history = {"loss": losses, "val_loss": losses}
    found = training_tests.trained_past_the_best_epoch(evidence(history=history))
    assert "smallest in epoch 2 of 7, 0.4" in found.message
    falling = {"loss": losses, "val_loss": losses[::-1]}
    assert training_tests.trained_past_the_best_epoch(evidence(history=falling)) is None


@pytest.mark.parametrize(("n_epochs", "confidence"), [(30, "low"), (12, None)])
def test_a_fit_that_goes_on_for_ten_epochs_without_a_rise_is_a_hint(n_epochs, confidence):
    losses = [0.9, 0.7, 0.5, 0.3, *[0.31] * (n_epochs - 4)]
    history = {"loss": losses, "val_loss": losses}
    found = training_tests.trained_past_the_best_epoch(evidence(history=history))
    assert (found and found.confidence) == confidence


@pytest.mark.parametrize(
    ("n_epochs", "last", "confidence"), [(12, 0.6, "low"), (12, 0.31, None), (8, 0.6, None)]
)
def test_a_minimum_in_the_second_half_is_a_hint_if_the_loss_rises_for_ten_epochs(
    n_epochs, last, confidence
):
    losses = [*np.linspace(1, 0.3, 20), *np.linspace(0.31, last, n_epochs)]
    history = {"loss": losses, "val_loss": losses}
    found = training_tests.trained_past_the_best_epoch(evidence(history=history))
    assert (found and found.confidence) == confidence


@pytest.mark.parametrize(("neighbors", "confidence"), [(0.75, "low"), (0.74, "high")])
def test_a_best_epoch_below_nearest_neighbors_needs_more_than_early_stopping(neighbors, confidence):
    history = {
        "loss": [0.5, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
        "val_loss": [0.5, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
        "accuracy": [0.75] * 8,
        "val_accuracy": [0.7] * 8,
    }
    x, y = np.zeros((2000, 2)), np.arange(2000) % 2
    result = evidence(validation_data=(x, y), history=history)
    result.validation_neighbors_accuracy = neighbors
    assert training_tests.trained_past_the_best_epoch(result).confidence == confidence


@pytest.mark.parametrize(("accuracy", "confidence"), [(0.85, "low"), (0.72, "high")])
def test_a_model_that_overfits_in_its_best_epoch_needs_more_than_early_stopping(
    accuracy, confidence
):
    losses = [0.5, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    history = {
        "loss": losses,
        "val_loss": losses,
        "accuracy": [0.6, accuracy, *[1.0] * 6],
        "val_accuracy": [0.6, 0.7, *[0.7] * 6],
    }
    found = training_tests.trained_past_the_best_epoch(evidence(history=history))
    assert found.confidence == confidence


@pytest.mark.slow
def test_the_gap_of_overfitting_is_that_of_the_accuracies():
    x, y = digits()
    model = mlp(64, 10)
    model.compile(keras.optimizers.Adam(0.01), model.loss, metrics=["accuracy"])
    model.fit(x[:40], y[:40], epochs=60, verbose=0)
    result = evidence(model, x[:40], y[:40], (x[900:], y[900:]))
    found = training_tests.overfitting(result)
    accuracies = [
        model.evaluate(*part, verbose=0)[1] for part in [(x[:40], y[:40]), (x[900:], y[900:])]
    ]
    assert f"{accuracies[0]:.1%} on training and {accuracies[1]:.1%}" in found.message
    same = evidence(model, x[900:], y[900:], (x[900:], y[900:]))
    assert training_tests.overfitting(same) is None


@pytest.mark.parametrize(
    ("training", "validation", "neighbors", "confidence"),
    [
        (1.0, 0.75, None, "high"),
        (1.0, 0.82, None, "medium"),
        (1.0, 0.86, None, None),
        (1.0, 0.86, 0.97, "medium"),
        (1.0, 0.86, 0.9, None),
        (0.95, 0.86, 0.97, "medium"),
        (0.9, 0.86, 0.97, None),
    ],
)
def test_a_smaller_gap_is_overfitting_if_validation_examples_predict_each_other_better(
    training, validation, neighbors, confidence
):
    x, y = digits()
    part = x[:500], y[:500]
    result = evidence(mlp(64, 10), *part, validation_data=part)
    result.outputs = predictions(y[result.train.rows], training)
    result.validation_outputs = predictions(y[result.validation.rows], validation)
    result.validation_neighbors_accuracy = neighbors
    found = training_tests.overfitting(result)
    assert (found and found.confidence) == confidence
    if found:
        assert ("Nearest neighbors" in found.message) == (neighbors is not None)


def test_the_neighbors_of_a_validation_example_are_other_validation_examples():
    x, y = digits()
    result = evidence(mlp(64, 10), x[:20], y[:20], (x[20:520], y[20:520]))
    folds = cross_val_predict(KNeighborsClassifier(5), x[20:520], y[20:520], cv=LeaveOneOut())
    expected = np.mean(folds == y[20:520])
    assert result.validation_neighbors_accuracy == pytest.approx(expected, abs=0.005)
    few = evidence(mlp(64, 10), x, y, (x[:99], y[:99]))
    assert few.validation_neighbors_accuracy is None


def test_a_model_below_a_simple_method_underfits():
    x, y = digits()
    assert training_tests.underfitting(evidence(mlp(64, 10), x, y)).confidence == "high"


def with_accuracies(simple, accuracy, penalty, history=None):
    """Return evidence of a model and trees with some accuracies on 1,000 examples."""
    x, y = digits()
    result = evidence(mlp(64, 10), x[:1000], y[:1000], history=history)
    result.outputs = predictions(y[:1000], accuracy)
    result.tree_probabilities = predictions(y[:1000], simple)
    result.neighbor_probabilities = predictions(y[:1000], 0.5), np.arange(10)
    result.penalty = penalty
    return result


def predictions(labels, accuracy):
    """Return probabilities of 0.9 for the labels, and after a fraction of them for the next."""
    n_right = round(accuracy * len(labels))
    is_wrong = np.arange(len(labels)) >= n_right
    probabilities = np.eye(10, dtype="float32")[(labels + is_wrong) % 10]
    return 0.9 * probabilities + 0.01


@pytest.mark.parametrize(
    ("accuracy", "penalty", "confidence"),
    [
        (0.6, 0.0, "high"),
        (0.75, 0.0, "medium"),
        (0.8, 0.0, None),
        (0.8, 100.0, "medium"),
        (0.85, 100.0, None),
    ],
)
def test_a_penalty_above_the_loss_needs_a_smaller_gap(accuracy, penalty, confidence):
    found = training_tests.underfitting(with_accuracies(0.86, accuracy, penalty))
    assert (found and found.confidence) == confidence
    if found:
        assert f"{accuracy:.1%}; a simple method reaches 86.0%" in found.message
        assert ("penalty of the weights is 100" in found.message) == (penalty > 0)


def test_the_accuracy_of_the_last_epoch_counts_if_it_is_larger():
    for reported, is_found in ((0.85, False), (0.5, True)):
        history = {"loss": [1.0], "accuracy": [reported]}
        result = with_accuracies(0.86, 0.6, 0.0, history)
        assert (training_tests.underfitting(result) is not None) == is_found


def test_the_penalty_is_that_of_keras():
    model = network(layers.Dense(16, kernel_regularizer=keras.regularizers.L2(0.5)))
    kernel = model.layers[0].get_weights()[0]
    assert evidence(model).penalty == pytest.approx(0.5 * np.square(kernel).sum())


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "is_found"), [(0.1, False), (0.99, True)])
def test_a_model_that_drops_nearly_all_units_cannot_memorize_16_examples(rate, is_found):
    model = network(layers.Dense(32, "relu"), layers.Dropout(rate))
    found = training_tests.cannot_overfit_a_batch(evidence(model))
    assert (found is not None) == is_found


def test_fits_of_one_model_share_their_weights():
    model = network()
    histories = {name: model.fit(X, Y, epochs=1, verbose=0) for name in ("first", "second")}
    found = training_tests.shared_weights(evidence(model, history=histories))
    assert found.message.startswith("2 fits trained the same model")
    found = training_tests.shared_weights(evidence(model, history=histories["second"]))
    assert "made 20 steps, the history has 10" in found.message


@pytest.mark.slow
def test_the_first_epoch_of_new_weights_is_not_shared():
    model = network()
    history = model.fit(X, Y, epochs=2, verbose=0)
    assert training_tests.shared_weights(evidence(model, history=history)) is None
    model.compile(keras.optimizers.Adam(0.01), model.loss)
    model.fit(X, Y, epochs=20, verbose=0)
    model.compile(keras.optimizers.Adam(0.01), model.loss)
    again = model.fit(X, Y, epochs=2, verbose=0)
    assert (
        "new weights reach" in training_tests.shared_weights(evidence(model, history=again)).message
    )
