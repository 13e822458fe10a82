import keras
import numpy as np
import pytest

from mlcourse import models
from mlcourse.diagnosis import data_tests, label_tests
from mlcourse.diagnosis.label_noise import tree_probabilities, wrong_labels
from tests.diagnosis.tiny import compiled, digits, evidence, layers, mlp, moons, network

X, Y = moons()


def test_examples_with_nan_or_infinity_are_named():
    x = X.copy()
    x[[3, 7], [0, 1]] = np.nan, np.inf
    found = data_tests.nan_in_inputs(evidence(x=x))
    assert found.indices.tolist() == [3, 7]
    assert "2 of 300 training examples" in found.message
    assert data_tests.nan_in_inputs(evidence()) is None


def test_a_constant_feature_of_a_table_is_found_but_not_the_border_of_images():
    x = np.column_stack([X[:, 0], np.ones(len(X))])
    assert data_tests.constant_inputs(evidence(x=x)).confidence == "medium"
    assert data_tests.constant_inputs(evidence(x=np.ones_like(X))).confidence == "high"
    x, y = digits()
    assert (x.min(axis=0) == x.max(axis=0)).any()
    assert data_tests.constant_inputs(evidence(mlp(64, 10), x, y)) is None


@pytest.mark.parametrize(("factor", "is_found"), [(1, False), (255, True), (1 / 255, True)])
def test_inputs_far_from_the_scale_of_1_are_found(factor, is_found):
    found = data_tests.inputs_not_scaled(evidence(x=factor * X))
    assert (found is not None) == is_found
    if is_found:
        assert f"{np.sqrt(np.mean((factor * X) ** 2)):.3g}" in found.message


def test_a_model_that_scales_its_inputs_takes_any_scale():
    model = network(layers.Rescaling(1 / 255), layers.Dense(4, "relu"))
    assert data_tests.inputs_not_scaled(evidence(model, 255 * X)) is None


@pytest.mark.parametrize("change", [lambda x: x * 255, lambda x: (x - x.mean()) / (0.5 * x.std())])
def test_parts_of_different_scale_are_found(change):
    x, y = moons(seed=1)
    assert data_tests.scaled_differently(evidence(validation_data=(change(x), y)))
    assert data_tests.scaled_differently(evidence(validation_data=(x, y))) is None


def test_in_a_table_each_feature_is_compared():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(600, 3)) * [1, 1, 1000], rng.integers(2, size=600)
    other = x[300:] + np.array([0, 1, 0])
    found = data_tests.scaled_differently(
        evidence(mlp(3, 2), x[:300], y[:300], validation_data=(other, y[300:]))
    )
    assert "in feature 1" in found.message
    assert f"validation inputs {other[:, 1].mean():.3g} and" in found.message
    assert found.plot().axes[0].get_xlabel() == "difference of the means, in standard deviations"


def test_parts_with_other_frequencies_of_the_classes_are_not_scaled_differently():
    x, y = moons(1000)
    keep = (y == 0) | (np.arange(1000) % 10 == 0)
    other_x, other_y = moons(500, seed=1)
    parts = evidence(x=x[keep], y=y[keep], validation_data=(other_x, other_y))
    assert abs(x[keep].mean(axis=0) - other_x.mean(axis=0)).max() > 0.6 * other_x.std(axis=0).min()
    assert data_tests.scaled_differently(parts) is None
    shifted = evidence(x=x[keep] + 0.5, y=y[keep], validation_data=(other_x, other_y))
    assert data_tests.scaled_differently(shifted)


@pytest.mark.parametrize("n_examples", [12, 50, 400])
@pytest.mark.parametrize("seed", range(5))
def test_random_parts_of_one_table_are_no_finding_also_if_features_are_rare(n_examples, seed):
    rng = np.random.default_rng(seed)
    rare = rng.random((2 * n_examples, 5)) < 0.03
    x = np.concatenate([rare, rng.normal(size=rare.shape), np.ones((len(rare), 1))], axis=1)
    y = rng.integers(2, size=len(x))
    parts = evidence(
        mlp(11, 2), x[:n_examples], y[:n_examples], validation_data=(x[n_examples:], y[n_examples:])
    )
    assert data_tests.scaled_differently(parts) is None


def test_few_training_examples_have_no_duplicates_for_that():
    for seed in range(20):
        x, y = moons(seed=seed)
        few = evidence(x=X[:10], y=Y[:10], validation_data=(x, y))
        assert data_tests.duplicates_across_splits(few) is None


def test_shifted_validation_images_are_told_from_training_images():
    x, y = digits()
    shifted = np.roll(x[900:].reshape(-1, 8, 8), 1, axis=2).reshape(-1, 64)
    options = {"model": mlp(64, 10), "x": x[:900], "y": y[:900]}
    found = data_tests.validation_augmented(evidence(**options, validation_data=(shifted, y[900:])))
    assert found.name == "validation images augmented"
    same = evidence(**options, validation_data=(x[900:], y[900:]))
    assert data_tests.validation_augmented(same) is None


@pytest.mark.parametrize("noise", [0, 0.001])
def test_duplicates_of_training_examples_are_found_exact_or_near(noise):
    x, y = moons(seed=1)
    x[:60] = X[:60] + noise
    found = data_tests.duplicates_across_splits(evidence(validation_data=(x, y)))
    assert set(range(60)) <= set(found.indices.tolist())
    assert len(found.indices) < 120


def test_rounded_data_repeats_in_all_parts_and_is_no_leak():
    x, y = moons(2000, seed=1)
    rounded = evidence(x=X.round(1), validation_data=(x[:300].round(1), y[:300]))
    assert data_tests.duplicates_across_splits(rounded) is None


def test_validation_data_that_is_the_test_data_is_found():
    x, y = moons(seed=1)
    other = moons(seed=2)
    found = data_tests.test_data_for_stopping(
        evidence(validation_data=(x, y), test_data=(x[::-1], y[::-1]))
    )
    assert found.message.startswith("100%")
    apart = evidence(validation_data=(x, y), test_data=other)
    assert data_tests.test_data_for_stopping(apart) is None


@pytest.mark.parametrize(
    ("y", "n_bad"), [(Y + 1, (Y == 1).sum()), (np.where(np.arange(300) < 3, -1, Y), 3)]
)
def test_labels_that_are_no_units_are_named(y, n_bad):
    found = label_tests.labels_out_of_range(evidence(y=y))
    assert len(found.indices) == n_bad


def test_the_form_of_the_labels_must_suit_the_loss():
    one_hot = np.eye(2)[Y]
    find = label_tests.wrong_loss_for_one_hot_labels
    categorical = network(loss="categorical_crossentropy")
    assert "are one-hot, but" in find(evidence(y=one_hot)).message
    assert "are integers, but" in find(evidence(categorical)).message
    assert find(evidence()) is None
    assert find(evidence(categorical, y=one_hot)) is None


def test_the_ratio_of_the_classes_is_that_of_the_counts():
    keep = np.concatenate([np.flatnonzero(Y == 0), np.flatnonzero(Y == 1)[:15]])
    found = label_tests.class_imbalance(evidence(x=X[keep], y=Y[keep]))
    assert found.message.endswith("a ratio of 10.0.")
    assert found.confidence == "high"
    assert label_tests.class_imbalance(evidence()) is None


def test_a_few_examples_drawn_from_equal_classes_are_balanced():
    y = np.repeat(np.arange(10), [2, 5, 6, 7, 8, 8, 9, 10, 11, 12])
    x = np.zeros((len(y), 64), "float32")
    assert label_tests.class_imbalance(evidence(mlp(64, 10), x, y)) is None
    ten_times = evidence(mlp(64, 10), x.repeat(10, 0), y.repeat(10))
    assert label_tests.class_imbalance(ten_times).confidence == "medium"


def test_sorted_labels_alone_are_a_hint():
    order = np.argsort(Y)
    assert label_tests.sorted_batches(evidence(x=X[order], y=Y[order])).confidence == "low"
    assert label_tests.sorted_batches(evidence()) is None


def test_sorted_labels_and_a_loss_that_is_forgotten_are_a_fault():
    order = np.argsort(Y)
    reported = {"loss": [0.5, 0.01]}
    found = label_tests.sorted_batches(evidence(x=X[order], y=Y[order], history=reported))
    assert found.confidence == "high"
    honest = {"loss": [0.9, 0.8]}
    found = label_tests.sorted_batches(evidence(x=X[order], y=Y[order], history=honest))
    assert found.confidence == "low"


@pytest.mark.slow
@pytest.mark.parametrize("l2", [0.0, 0.01])
@pytest.mark.parametrize(("shuffle", "confidence"), [(False, "high"), (True, "low")])
def test_sorted_labels_are_a_fault_if_the_first_epoch_was_not_shuffled(shuffle, confidence, l2):
    x, y = digits()
    order = np.argsort(y[:1000])
    x, y = x[order], y[order]
    optimizer = keras.optimizers.Adam(0.01)
    model = compiled(models.mlp(64, (32,), 10, l2=l2), optimizer=optimizer)
    history = model.fit(x, y, epochs=3, shuffle=shuffle, verbose=0)
    found = label_tests.sorted_batches(evidence(model, x, y, history=history))
    assert found.confidence == confidence
    assert ("in random order." in found.message) == (not shuffle)


def test_labels_that_were_shuffled_apart_are_out_of_step():
    shuffled = np.random.default_rng(1).permutation(Y)
    assert label_tests.labels_out_of_step(evidence(y=shuffled)).confidence == "high"
    assert label_tests.labels_out_of_step(evidence(x=X[:16], y=shuffled[:16])) is None
    assert label_tests.labels_out_of_step(evidence()) is None


def test_wrong_labels_of_digits_are_named():
    x, y = digits()
    rng = np.random.default_rng(0)
    wrong = rng.permutation(len(y))[: len(y) // 10]
    labels = y.copy()
    labels[wrong] = (y[wrong] + rng.integers(1, 10, len(wrong))) % 10
    named = wrong_labels(tree_probabilities(x, labels, 0), labels)
    n_right = len(np.intersect1d(named, wrong))
    assert n_right / len(wrong) >= 0.7
    assert n_right / len(named) >= 0.8
    found = label_tests.noisy_labels(evidence(mlp(64, 10), x, labels))
    assert np.array_equal(found.indices, named)
    assert label_tests.noisy_labels(evidence(mlp(64, 10), x, y)) is None
