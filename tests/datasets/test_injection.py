"""One fault in healthy data: what each fault changes, that nothing else changes, and its name."""

import numpy as np
import pytest

from mlcourse import datasets
from mlcourse.datasets.injection import FAULTS, NOISY

IMAGES_ONLY = "validation images augmented"
TEST_ONLY = "test data used for stopping"
N_CLASSES = 5


def part(n, seed):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(n) % N_CLASSES)
    return rng.random((n, 8, 8), np.float32), labels


TRAIN = part(400, 0)
VALIDATION = part(100, 1)
TEST = part(60, 2)


def inject(fault=None, seed=0, train=TRAIN):
    return datasets.inject(*train, VALIDATION, TEST, fault=fault, seed=seed)


def rows(x):
    return {image.tobytes() for image in x}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_parts_are_new_and_the_given_ones_unchanged(fault):
    before = [array.copy() for array in (*TRAIN, *VALIDATION, *TEST)]
    x, y, (x_val, y_val) = inject(fault)
    for array in (x, y, x_val, y_val):
        array.fill(7)
    for array, copy in zip((*TRAIN, *VALIDATION, *TEST), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_same_seed_gives_the_same_parts_and_every_fault_changes_one(fault):
    one, two = (list(inject(fault, seed=3)) for _ in range(2))
    healthy = [*TRAIN, VALIDATION]
    arrays = [[x, y, *validation] for x, y, validation in (one, two, healthy)]
    for first, second in zip(arrays[0], arrays[1], strict=True):
        np.testing.assert_array_equal(first, second)
    assert not all(np.array_equal(new, old) for new, old in zip(arrays[0], arrays[2], strict=True))


def test_a_random_fault_is_that_of_its_name_and_all_of_them_are_drawn():
    drawn = set()
    for seed in range(200):
        case = inject(seed=seed)
        (fault,) = (name for name in FAULTS if case.has(name))
        drawn.add(fault)
    assert drawn == set(FAULTS)
    named, *_ = inject(fault, seed=199)
    drawn_again, *_ = case
    np.testing.assert_array_equal(named, drawn_again)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_representation_does_not_show_the_fault(fault):
    assert repr(inject(fault)) == str(inject(fault)) == "Injected('data', seed=0)"


def test_scale():
    x, _, (x_val, _) = inject("inputs not scaled")
    assert 200 < x.max() <= 255 and 200 < x_val.max() <= 255
    ratios = set()
    for seed in range(8):
        x, _, (x_val, _) = inject("training and validation scaled differently", seed)
        ratios.add(round(float(np.log10(x_val.std() / x.std())), 1))
    assert ratios == {round(float(np.log10(VALIDATION[0].std())), 1), 2.4}


def test_constant_inputs_and_nan():
    x, _, (x_val, _) = inject("constant inputs")
    assert np.ptp(x) == np.ptp(x_val) == 0
    x, _, (x_val, _) = inject("NaN in inputs")
    damaged = np.isnan(x)
    assert damaged.sum() == 8  # 2 % of 400, a pixel each
    assert not np.isnan(x_val).any()
    np.testing.assert_array_equal(x[~damaged], TRAIN[0][~damaged])


def test_labels():
    _, y, _ = inject("images and labels out of step")
    assert 0.1 < np.mean(y == TRAIN[1]) < 0.3  # 1 of 5 by chance
    np.testing.assert_array_equal(np.bincount(y), np.bincount(TRAIN[1]))
    _, y, (_, y_val) = inject("labels out of range")
    assert (y.min(), y.max(), y_val.max()) == (1, N_CLASSES, N_CLASSES)
    _, y, (_, y_val) = inject("wrong loss for one-hot labels")
    assert y.shape == (400, N_CLASSES) and y_val.shape == (100, N_CLASSES)
    np.testing.assert_array_equal(y.argmax(axis=1), TRAIN[1])
    _, y, _ = inject("noisy labels")
    assert np.mean(y != TRAIN[1]) == NOISY
    assert np.all(y < N_CLASSES)


def test_sorted_batches_and_class_imbalance_keep_examples_with_their_labels():
    label_of = dict(zip(map(np.ndarray.tobytes, TRAIN[0]), TRAIN[1], strict=True))
    for fault in ("sorted batches", "class imbalance", "overfitting"):
        x, y, _ = inject(fault)
        assert [label_of[image.tobytes()] for image in x] == y.tolist()
        if fault == "sorted batches":
            assert np.all(np.diff(y) >= 0) and len(x) == 400
        elif fault == "class imbalance":
            counts = np.sort(np.bincount(y))
            assert counts[1] <= 12 and counts[2:].tolist() == [80] * 3
        else:
            assert len(x) == 25 and len(np.unique(y)) == N_CLASSES


def test_duplicates_are_exact_or_near():
    distances = set()
    for seed in range(8):
        _, _, (x_val, y_val) = inject("duplicates across splits", seed)
        gaps = np.abs(x_val[:, None] - TRAIN[0]).max(axis=(2, 3))
        copies = gaps.min(axis=1) < 0.05
        assert copies.sum() == 30
        np.testing.assert_array_equal(y_val[copies], TRAIN[1][gaps.argmin(axis=1)[copies]])
        distances.add(bool(gaps.min() == 0))
    assert distances == {True, False}


def test_the_validation_data_is_augmented_or_the_test_data():
    x, _, (x_val, y_val) = inject(IMAGES_ONLY)
    assert not rows(x_val) & rows(VALIDATION[0])
    np.testing.assert_array_equal(y_val, VALIDATION[1])
    np.testing.assert_array_equal(x, TRAIN[0])
    _, _, (x_val, y_val) = inject(TEST_ONLY)
    np.testing.assert_array_equal(x_val, TEST[0])
    np.testing.assert_array_equal(y_val, TEST[1])


def test_faults_that_are_not_possible_are_not_drawn_and_are_refused():
    points = [(x.reshape(len(x), -1), y) for x, y in (TRAIN, VALIDATION)]
    case = datasets.inject(*points[0], points[1])
    assert set(case.choices) == set(FAULTS) - {IMAGES_ONLY, TEST_ONLY}
    for fault in (IMAGES_ONLY, TEST_ONLY):
        with pytest.raises(ValueError, match=f"fault must be one of .* Got '{fault}' instead"):
            datasets.inject(*points[0], points[1], fault=fault)
    with pytest.raises(ValueError, match="Did you mean 'noisy labels'"):
        inject("noisy label")
    with pytest.raises(ValueError, match="fault must be one of"):
        case.has(3)


@pytest.mark.parametrize(
    ("train", "message"),
    [
        ((TRAIN[0][:5], TRAIN[1]), "x and y must be arrays of the same length"),
        ((np.uint8(TRAIN[0]), TRAIN[1]), "x must be scaled examples, floats"),
        ((TRAIN[0], TRAIN[1] - 1), "y must be integer labels of at least 0.* minimum -1 instead"),
        ((TRAIN[0], TRAIN[1] * 0), "the number of classes in y must be a whole number of at"),
        ((TRAIN[0] * np.nan, TRAIN[1]), "x must be finite"),
        ((TRAIN[0][:, :4], TRAIN[1]), r"of validation_data must have the shape of those of x"),
    ],
)
def test_data_that_is_not_healthy_is_refused(train, message):
    with pytest.raises(ValueError, match=message):
        inject(train=train)
