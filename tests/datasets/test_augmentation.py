"""Random augmentation of images, and the dataset of augmented images."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcourse import OneCycle, training
from mlcourse.datasets import AugmentedDataset, random_augment
from mlcourse.training import runs

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

RNG = np.random.default_rng(0)
X, Y = RNG.random((50, 8, 8, 3), dtype=np.float32), RNG.integers(0, 3, 50)
X_VAL, Y_VAL = RNG.random((20, 8, 8, 3), dtype=np.float32), RNG.integers(0, 3, 20)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MLCOURSE_RUNS", str(tmp_path / "runs"))


def changed(x, seed=0, **changes):
    return random_augment(x, np.random.default_rng(seed), **changes)


def windows(image, pad):
    """Return all shifted and flipped versions of an image, by (row, column, flipped)."""
    side = [(pad, pad)] * 2 + [(0, 0)] * (image.ndim - 2)
    wide, (height, width) = np.pad(image, side, mode="reflect"), image.shape[:2]
    found = {}
    for row in range(2 * pad + 1):
        for column in range(2 * pad + 1):
            window = wide[row : row + height, column : column + width]
            found[row, column, False] = window
            found[row, column, True] = window[:, ::-1]
    return found


def shift_and_flip(image, before, pad):
    """Return the key in `windows` of an augmented image."""
    found = [key for key, one in windows(before, pad).items() if np.array_equal(one, image)]
    assert len(found) == 1
    return found[0]


def zero_sides(image):
    """Return the rows and the columns of a rectangle of zeros."""
    zero = np.all(image == 0, axis=-1)
    rows, columns = np.flatnonzero(zero.any(axis=1)), np.flatnonzero(zero.any(axis=0))
    assert zero.sum() == len(rows) * len(columns)
    assert np.all(np.diff(rows) == 1)
    assert np.all(np.diff(columns) == 1)
    return rows, columns


@settings(max_examples=20, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 6), st.integers(3, 7), st.integers(3, 7)),
    channels=st.sampled_from([(), (1,), (3,)]),
    kind=st.sampled_from(["uint8", "float32", "float64"]),
    pad=st.integers(0, 2),
    seed=st.integers(0, 99),
)
def test_each_image_is_moved_within_its_reflection_and_perhaps_mirrored(
    shape, channels, kind, pad, seed
):
    x = (np.random.default_rng(seed).random((*shape, *channels)) * 250 + 1).astype(kind)
    before = x.copy()
    found = changed(x, seed, pad=pad)
    assert (found.shape, found.dtype) == (x.shape, x.dtype)
    np.testing.assert_array_equal(x, before)
    for image, one in zip(found, x, strict=True):
        assert any(np.array_equal(image, other) for other in windows(one, pad).values())


def test_all_places_are_as_likely_and_half_of_the_images_are_mirrored():
    x = np.broadcast_to(X[:1], (1800, 8, 8, 3))
    done = [shift_and_flip(image, X[0], 1) for image in changed(x, pad=1)]
    counts = [done.count(key) for key in windows(X[0], 1)]
    assert len(counts) == 18
    deviation = np.sqrt(1800 * 1 / 18 * 17 / 18)
    assert max(np.abs(np.array(counts) - 100)) < 4 * deviation


def test_nothing_is_changed_that_is_not_asked_for():
    same = changed(X, flip=False, pad=0)
    np.testing.assert_array_equal(same, X)
    assert not np.shares_memory(same, X)
    moved = changed(X, flip=False, pad=1)
    assert not any(shift_and_flip(*pair, 1)[2] for pair in zip(moved, X, strict=True))
    mirrored = changed(X, pad=0)
    assert {shift_and_flip(*pair, 0)[2] for pair in zip(mirrored, X, strict=True)} == {False, True}


@pytest.mark.parametrize("size", [1, 3, 4, 8])
def test_a_square_is_covered_whose_center_is_anywhere_in_the_image(size):
    x = np.ones((3000, 8, 8, 3), np.uint8)
    sides = [zero_sides(image) for image in changed(x, cutout=size)]
    firsts = {(rows[0], columns[0]) for rows, columns in sides}
    for side in (0, 1):
        lengths = [len(pair[side]) for pair in sides]
        assert max(lengths) == size
        assert min(lengths) == -(-size // 2) if size > 1 else 1  # the center is within the image
    if size == 1:
        assert len(firsts) == 64
    mean = np.mean([len(rows) * len(columns) for rows, columns in sides])
    places = np.arange(8)[:, np.newaxis] - size // 2 + np.arange(size)
    expected = ((places >= 0) & (places < 8)).sum(axis=1).mean() ** 2
    assert mean == pytest.approx(expected, rel=0.04)


def test_only_the_images_at_the_indices_are_returned():
    indices = np.array([7, 7, 3])
    np.testing.assert_array_equal(
        changed(X, 5, cutout=3, indices=indices), changed(X[indices], 5, cutout=3)
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"flip": 1}, r"flip must be True or False\. Got 1 instead"),
        ({"pad": -1}, r"pad must be a whole number from 0 to 7\. Got -1 instead"),
        ({"pad": 8}, r"pad must be a whole number from 0 to 7\. Got 8 instead"),
        ({"cutout": 9}, r"cutout must be a whole number from 0 to 8\. Got 9 instead"),
        ({"batch_size": 0}, r"batch_size must be a whole number of at least 1\. Got 0 instead"),
        ({"seed": -1}, r"seed must be a whole number of at least 0\. Got -1 instead"),
        ({"x": X[0, 0]}, r"x must be images of shape .* Got float32 of shape \(8, 3\) instead"),
        ({"x": X[:0]}, r"x must be images .* Got float32 of shape \(0, 8, 8, 3\) instead"),
        ({"x": X.astype(str)}, r"x must be images .* Got <U32 of shape .* instead"),
        ({"y": Y[:-1]}, r"x and y must have the same length\. Got 50 and 49 instead"),
        ({"y": None}, r"y must hold one target per image\. Got array\(None.* instead"),
    ],
)
def test_what_cannot_be_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        AugmentedDataset(**{"x": X, "y": Y, **change})


def test_an_epoch_has_each_image_once_with_its_own_target():
    x = np.arange(1, 51, dtype=np.uint8)[:, None, None] * np.ones((1, 8, 8), np.uint8)
    batches = AugmentedDataset(x, np.arange(50), batch_size=16)
    assert (len(batches), batches.num_batches) == (4, 4)
    pairs = list(batches)
    assert [len(images) for images, _ in pairs] == [16, 16, 16, 2]
    for images, targets in pairs:
        np.testing.assert_array_equal(images, (targets + 1)[:, None, None] * np.ones((8, 8)))
    order = np.concatenate([targets for _, targets in pairs])
    assert sorted(order) == list(range(50)) != list(order)


def test_targets_may_be_one_hot():
    targets = keras.utils.to_categorical(Y, 3)
    batches = AugmentedDataset(X, targets, batch_size=50)
    ones, numbers = batches[0][1], AugmentedDataset(X, Y, batch_size=50)[0][1]
    np.testing.assert_array_equal(ones, keras.utils.to_categorical(numbers, 3))


def test_a_batch_is_found_from_the_end_as_well_and_past_the_end_is_none():
    batches = AugmentedDataset(X, Y, batch_size=16)
    np.testing.assert_array_equal(batches[-1][0], batches[3][0])
    with pytest.raises(IndexError):
        batches[4]


def epoch_of(batches, epoch):
    batches.epoch = epoch
    return np.concatenate([images for images, _ in batches])


def test_images_follow_from_seed_epoch_and_batch_alone():
    first, again = (AugmentedDataset(X, Y, batch_size=16, cutout=3, seed=4) for _ in range(2))
    forward = [epoch_of(first, epoch) for epoch in (0, 1, 2)]
    backward = [epoch_of(again, epoch) for epoch in (2, 1, 0)]
    for one, other in zip(forward, reversed(backward), strict=True):
        np.testing.assert_array_equal(one, other)
    others = [*forward, epoch_of(AugmentedDataset(X, Y, batch_size=16, cutout=3, seed=5), 0)]
    assert len({one.tobytes() for one in others}) == 4
    again.epoch = 1
    with ThreadPoolExecutor(4) as pool:
        images = list(pool.map(lambda index: again[index][0], [3, 2, 1, 0] * 4))
    for found in (images[3::-1], images[-1:-5:-1]):
        np.testing.assert_array_equal(np.concatenate(found), forward[1])


def test_what_happens_to_a_batch_has_nothing_to_do_with_the_order():
    """The generators of an epoch and of its first batch must differ."""
    batches = AugmentedDataset(X, Y)
    numbers = {
        tuple(batches._generator(*place).integers(99, size=9)) for place in [(), (0,), (0, 0)]
    }
    assert len(numbers) == 3


def test_images_in_any_memory_order_are_the_same():
    other = np.asfortranarray(X)
    np.testing.assert_array_equal(AugmentedDataset(other, Y)[0][0], AugmentedDataset(X, Y)[0][0])


@pytest.mark.slow
def test_keras_is_imported_with_the_dataset_class():
    code = "import sys, mlcourse.datasets as d; d.random_augment; assert 'keras' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def network(seed=0, **settings):
    keras.utils.set_random_seed(seed)
    layers = [keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")]
    model = keras.Sequential([keras.Input((8, 8, 3)), *layers])
    settings = {"optimizer": "adam", "run_eagerly": True, **settings}
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"], **settings)
    return model


def fit(model, batches, epochs=3, **options):
    options = {"validation_data": (X_VAL, Y_VAL), "verbose": 0, **options}
    return training.fit(model, batches, epochs=epochs, **options)


def assert_same_weights(model, other):
    for one, another in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, another)


@pytest.fixture
def requests(monkeypatch):
    """Return the epoch and index of each requested batch."""
    found, get = [], AugmentedDataset.__getitem__

    def noted(batches, index):
        found.append((batches.epoch, index))
        return get(batches, index)

    monkeypatch.setattr(AugmentedDataset, "__getitem__", noted)
    return found


needs_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="with several workers Keras starts an epoch to inspect a batch, and trains on the rest",
)


@pytest.mark.parametrize(
    ("run", "workers"),
    [(None, 1), ("saved", 1), pytest.param(None, 3, marks=needs_tensorflow)],
)
def test_a_fit_takes_each_batch_of_each_epoch(requests, run, workers):
    batches = AugmentedDataset(X, Y, batch_size=16)
    batches.workers, batches.epoch = workers, 7  # from a previous fit
    history = fit(network(), batches, 2, run=run)
    trained = {one for one in requests if one[0] != 7}  # Keras may inspect some batches of it
    assert trained == {(epoch, i) for epoch in range(2) for i in range(4)}
    assert len(history.history["val_loss"]) == 2


def test_keras_s_own_fit_goes_from_epoch_to_epoch_as_well(requests):
    network().fit(AugmentedDataset(X, Y, batch_size=16), epochs=2, verbose=0)
    last = max(epoch for epoch, _ in requests)  # Keras may start one to inspect a batch
    expected = {(epoch, i) for epoch in (last - 1, last) for i in range(4)}
    assert {one for one in requests if one[0] >= last - 1} == expected


@needs_tensorflow
def test_fits_of_the_same_batches_are_the_same_on_any_number_of_workers():
    batches, models = AugmentedDataset(X, Y, batch_size=16), [network() for _ in range(2)]
    for model, workers in zip(models, (1, 4), strict=True):
        batches.workers = workers
        training.set_seed(0)
        fit(model, batches, 2)
    assert_same_weights(*models)


class Breaks(keras.callbacks.Callback):
    """Interrupt a fit in its second epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self._epoch, batch) == (1, 1):
            raise KeyboardInterrupt


def make_dataset():
    return AugmentedDataset(X, Y, batch_size=16, cutout=2, seed=3)


@pytest.mark.parametrize(("eagerly", "again"), [(True, False), (False, True)])
def test_a_fit_that_was_broken_ends_with_the_numbers_of_an_unbroken_one(eagerly, again):
    whole = network(run_eagerly=eagerly)
    expected = fit(whole, make_dataset(), run="whole", callbacks=[OneCycle(0.1)])
    batches, callbacks = make_dataset(), [OneCycle(0.1), Breaks()]
    with pytest.raises(KeyboardInterrupt):
        fit(network(run_eagerly=eagerly), batches, run="one", callbacks=callbacks)
    assert runs.load("one").log.last == 1
    model = network(9, run_eagerly=eagerly)
    batches = batches if again else make_dataset()
    history = fit(model, batches, run="one", callbacks=[OneCycle(0.1)])
    assert history.history == expected.history
    assert_same_weights(model, whole)


def test_one_cycle_learns_how_many_steps_there_are():
    rate = OneCycle(0.1)
    fit(network(), AugmentedDataset(X, Y, batch_size=16), 1, callbacks=[rate])
    assert len(rate.history["learning_rate"]) == 4
    assert rate.history["learning_rate"][-1] < 1e-5  # the end of a cycle of four


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """Return the folder of an unfinished run with augmented data, and the data's settings."""
    path = tmp_path_factory.mktemp("begun")
    settings = {"x": X, "y": Y, "batch_size": 16, "cutout": 2, "seed": 3}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLCOURSE_RUNS", str(path))
        fit(network(), AugmentedDataset(**settings), 1, run="one")
    return path, settings


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pad": 2}, r"Got x pad 2 instead of 4\."),
        ({"flip": False}, r"Got x flip False instead of True\."),
        ({"cutout": 1}, r"Got x cutout 1 instead of 2\."),
        ({"seed": 1}, r"Got x seed 1 instead of 3\."),
        ({"batch_size": 8}, r"Got x batch_size 8 instead of 16\."),
        ({"x": X + 1}, r"Got x x 'float32 \(50, 8, 8, 3\) \w+' instead of 'float32 "),
        ({"y": 2 - Y}, r"Got x y 'int64 \(50,\) \w+' instead of 'int64 \(50,\) "),
    ],
)
def test_a_run_with_other_batches_is_refused_by_name(begun, monkeypatch, change, message):
    path, settings = begun
    monkeypatch.setenv("MLCOURSE_RUNS", str(path))
    with pytest.raises(ValueError, match=message):
        fit(network(), AugmentedDataset(**{**settings, **change}), 2, run="one")
