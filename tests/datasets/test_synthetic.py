"""Synthetic data: shapes, reproducibility, the notice, and how well a network learns them."""

import numpy as np
import pytest

from mlcourse import datasets, models, training
from mlcourse.datasets import loader, synthetic
from mlcourse.datasets.catalog import ARRAYS, check
from tests.conftest import tiny

NAMES = list(datasets.CATALOG)


def small(name, train=40, test=20):
    entry = datasets.find(name)
    return tiny(
        entry, image_shape=entry.image_shape, train_counts=(train,) * 10, test_counts=(test,) * 10
    )


@pytest.mark.parametrize("name", NAMES)
def test_images_have_the_shapes_and_counts_of_the_real_ones(name):
    entry = small(name)
    check(entry, synthetic.generate(entry))


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_decides_every_pixel(name):
    entry = small(name, train=120)
    first, again, other = (synthetic.generate(entry, seed) for seed in (1, 1, 2))
    for key in ARRAYS:
        np.testing.assert_array_equal(first[key], again[key])
    assert np.any(first["x_train"] != other["x_train"])


def test_training_and_test_images_differ():
    arrays = synthetic.generate(small("mnist"))
    train = {image.tobytes() for image in arrays["x_train"]}
    assert not any(image.tobytes() in train for image in arrays["x_test"])


def test_synthetic_data_is_never_returned_silently(cache, entry, monkeypatch, capsys):
    monkeypatch.setattr(loader, "_announced", set())
    monkeypatch.setitem(datasets.CATALOG, "fashion_mnist", small("fashion_mnist"))
    with pytest.raises(datasets.DatasetUnavailable, match="synthetic=True"):
        datasets.load("fashion_mnist")
    assert "SYNTHETIC" not in capsys.readouterr().err
    dataset = datasets.load("fashion_mnist", synthetic=True)
    assert dataset.source == "synthetic"
    assert dataset.title == "Synthetic Fashion-MNIST"
    message = capsys.readouterr().err
    assert datasets.SYNTHETIC_NOTICE in message
    assert "MLCOURSE_OFFLINE" in message
    datasets.load("fashion_mnist", synthetic=True)
    assert "SYNTHETIC" not in capsys.readouterr().err  # only once


@pytest.fixture(scope="module")
def lesson():
    """Return the history of a small MLP trained on garments, and its test predictions."""
    arrays = synthetic.generate(small("fashion_mnist", train=1200, test=200))
    x, x_test = (
        training.prepare_images(arrays[key], flatten=True) for key in ("x_train", "x_test")
    )
    training.set_seed(0)
    model = models.mlp(784, hidden=(256,))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(
        x,
        arrays["y_train"],
        epochs=20,
        batch_size=128,
        verbose=0,
        validation_data=(x_test, arrays["y_test"]),
    ).history
    return history, arrays["y_test"], model.predict(x_test, verbose=0).argmax(axis=1)


@pytest.mark.slow
def test_an_mlp_learns_the_garments_but_not_by_far_all(lesson):
    history, _, _ = lesson
    assert 0.80 <= history["val_accuracy"][-1] <= 0.95


@pytest.mark.slow
def test_an_mlp_overfits(lesson):
    history, _, _ = lesson
    assert history["accuracy"][-1] > history["val_accuracy"][-1] + 0.02


@pytest.mark.slow
def test_confusions_are_those_that_people_would_make(lesson):
    _, y_true, y_pred = lesson
    wrong = np.zeros((10, 10), int)
    np.add.at(wrong, (y_true, y_pred), 1)
    np.fill_diagonal(wrong, 0)
    tops = [0, 2, 4, 6]  # T-shirt, pullover, coat, shirt
    assert wrong[np.ix_(tops, tops)].sum() > 0.7 * wrong.sum()
