import keras
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from mlcourse import training, tuning
from mlcourse.models import fit_data

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4)).astype("float32")
Y = np.arange(60) % 3
ONE_HOT = np.eye(3)[Y]


def network(units=3, loss="sparse_categorical_crossentropy", activation="softmax"):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units, activation)])
    model.compile("sgd", loss)
    return model


def changed(array, place, value):
    array = array.copy() if isinstance(value, int) else array.astype(float)
    array[place] = value
    return array


def own_loss(y_true, y_pred):
    return keras.ops.mean(keras.ops.where(keras.ops.isnan(y_true), 0.0, y_true - y_pred))


NOT_NUMBERS = (
    "{0} must be an array of numbers: use {0}.astype('float32'). Got an array of dtype {1} instead."
)
IGNORE = keras.losses.SparseCategoricalCrossentropy(ignore_class=-1)
BINARY, CATEGORICAL = "binary_crossentropy", "categorical_crossentropy"
SMOOTH = (0.9 * ONE_HOT + 0.1 / 3).astype("float16")


@pytest.mark.parametrize(
    ("model", "y"),
    [
        ({}, Y),
        ({}, Y[:, None]),
        ({}, Y.astype("float32")),
        ({}, Y > 0),
        ({"loss": IGNORE}, changed(Y, 5, -1)),
        ({"loss": CATEGORICAL}, ONE_HOT),
        ({"loss": CATEGORICAL}, ONE_HOT.astype(int)),
        ({"loss": CATEGORICAL}, SMOOTH),
        ({"loss": BINARY, "activation": "sigmoid"}, RNG.integers(0, 2, (60, 3))),
        ({"loss": BINARY, "units": 1, "activation": "sigmoid"}, Y > 0),
        ({"loss": "hinge", "units": 1, "activation": None}, 2 * (Y > 0) - 1),
        ({"loss": "mse", "units": 1, "activation": None}, Y * -1e9),
        ({"loss": own_loss, "units": 1, "activation": None}, changed(Y, 5, np.nan)),
    ],
)
def test_targets_that_suit_the_loss_are_let_through(model, y):
    fit_data.check(network(**model), X, y)


LABELS = "y must hold labels from 0 to 2, as the output has 3 units. Got "


@pytest.mark.parametrize(
    ("model", "y", "message"),
    [
        ({}, changed(Y, 5, 3), LABELS + "3 at index 5 instead."),
        ({}, changed(Y, 5, -1), LABELS + "-1 at index 5 instead."),
        ({}, changed(Y, 5, np.nan), LABELS + "nan at index 5 instead."),
        ({"loss": IGNORE}, changed(Y, 5, 3), LABELS + "3 at index 5 instead."),
        ({"loss": "ce"}, changed(Y, 5, 3), LABELS + "3 at index 5 instead."),
        (
            {},
            changed(Y, 7, 0.5),
            "y must hold integer labels. Got 0.5 at index 7 instead.",
        ),
        ({}, Y.astype(str), "y must hold numbers. Got '0' at index 0 instead."),
        (
            {"loss": CATEGORICAL},
            changed(ONE_HOT, 4, 1.0),
            "each row of y must sum to 1, one-hot or probabilities. "
            "Got a sum of 3.0 at index 4 instead.",
        ),
        (
            {"loss": CATEGORICAL},
            Y,
            "y must be of shape (n, 3), as the output. Got (60,) instead.",
        ),
        (
            {"loss": BINARY, "units": 1},
            changed(Y > 0, 2, -1.0),
            "y must hold values from 0 to 1, as its loss is a binary crossentropy. "
            "Got -1.0 at index 2 instead.",
        ),
        (
            {"loss": "mse", "units": 1},
            changed(Y, 5, np.nan),
            "y must be finite. Got nan at index 5 instead.",
        ),
    ],
)
def test_targets_that_do_not_suit_the_loss_are_refused_with_their_index(model, y, message):
    with pytest.raises(ValueError) as error:
        training.fit(network(**model), X, y, verbose=0)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"x": changed(X, (3, 2), np.nan)}, "x must be finite. Got nan at index [3, 2] instead."),
        (
            {"validation_data": (X, changed(Y, 5, 3))},
            LABELS.replace("y", "y of validation_data", 1) + "3 at index 5 instead.",
        ),
        (
            {"sample_weight": np.full(60, np.inf)},
            "sample_weight must be finite. Got inf at index 0 instead.",
        ),
        ({"x": X.astype(object)}, NOT_NUMBERS.format("x", "object")),
        (
            {"x": X.astype("U9")},
            "x must be numbers, as the model takes float32. Got text instead.",
        ),
        ({"x": X.astype("datetime64[s]")}, NOT_NUMBERS.format("x", "datetime64[s]")),
        ({"y": Y.astype(object)}, NOT_NUMBERS.format("y", "object")),
        (
            {"y": csr_array(Y[:, None])},
            "y must be a dense array: use y.toarray(). Got csr_array instead.",
        ),
    ],
)
def test_inputs_weights_and_validation_data_are_checked(data, message, tmp_path, monkeypatch):
    monkeypatch.setenv("MLCOURSE_RUNS", str(tmp_path))
    for run in (None, "one"):
        with pytest.raises(ValueError) as error:
            training.fit(network(), **{"x": X, "y": Y, **data}, run=run, verbose=0)
        assert str(error.value) == message
    assert not list(tmp_path.iterdir())


def test_sparse_inputs_are_taken_as_keras_takes_them():
    history = training.fit(network(), csr_array(X), Y, epochs=1, batch_size=7, verbose=0)
    assert np.isfinite(history.history["loss"]).all()


def test_labels_may_be_a_series_after_an_array():
    model = network()
    for labels in (Y, pd.Series(Y, range(60, 0, -1))):
        training.fit(model, X, labels, epochs=1, verbose=0)


def test_large_finite_inputs_are_let_through():
    fit_data.check(network(), np.full((60, 4), 3e38, "float32"), Y)
    fit_data.check(network(), np.full((60, 4), 6e4, "float16"), Y)


def test_nan_in_front_of_a_layer_that_replaces_it_is_let_through():
    class Replace(keras.layers.Layer):
        def call(self, x):
            return keras.ops.nan_to_num(x)

    model = keras.Sequential([keras.Input((4,)), Replace(), keras.layers.Dense(3)])
    model.compile("sgd", "sparse_categorical_crossentropy")
    fit_data.check(model, changed(X, (3, 2), np.nan), Y)


@pytest.mark.parametrize("as_dict", [False, True])
def test_targets_of_several_outputs_are_checked_by_output(as_dict):
    x = keras.Input((4,))
    a = keras.layers.Dense(2, "softmax", name="a")(x)
    b = keras.layers.Dense(1, name="b")(x)
    model = keras.Model(x, {"a": a, "b": b} if as_dict else [a, b])
    model.compile("sgd", {"a": "sparse_categorical_crossentropy", "b": "mse"})
    fit_data.check(model, X, {"a": Y > 0, "b": Y})
    with pytest.raises(ValueError, match=r"y\['a'\] must hold labels from 0 to 1.* Got 2 at"):
        fit_data.check(model, X, {"a": Y, "b": Y})
    with pytest.raises(ValueError, match=r"y\[0\] must hold labels from 0 to 1.* Got 2 at"):
        fit_data.check(model, X, [Y, Y])


def test_a_search_refuses_labels_before_its_first_trial():
    data = {"train": (X, changed(Y, 5, 3)), "validation": (X, Y)}
    with pytest.raises(ValueError, match=r"y of train must hold labels from 0 to 2"):
        tuning.ablation(network, {}, data, epochs=1, repeats=1)


def test_segmentation_labels_are_checked_pixel_by_pixel():
    model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Conv2D(3, 1)])
    model.compile("sgd", "sparse_categorical_crossentropy")
    y = np.zeros((5, 2, 2), int)
    fit_data.check(model, np.zeros((5, 2, 2, 1)), y)
    with pytest.raises(ValueError, match=r"Got 9 at index \[1, 0, 1\]"):
        fit_data.check(model, np.zeros((5, 2, 2, 1)), changed(y, (1, 0, 1), 9))
