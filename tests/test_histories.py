import csv
import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from mlcourse.histories import EpochLog, direction, epoch_log, epoch_logs, numbers

HISTORY = {
    "loss": [1.0, 0.5, 0.3],
    "accuracy": [0.5, 0.7, 0.9],
    "val_loss": [1.1, 0.6, 0.7],
    "val_accuracy": [0.4, 0.8, 0.6],
}


@pytest.mark.parametrize(
    ("history", "best"),
    [
        (HISTORY, ("val_accuracy", 2, 0.8)),
        ({"loss": [3, 1, 2]}, ("loss", 2, 1)),
        ({"loss": [3, 1, 2], "val_loss": [3, 4, 2]}, ("val_loss", 3, 2)),
        ({"loss": [3, 1], "mae": [5, 6], "val_mae": [7, 4]}, ("val_mae", 2, 4)),
        ({"loss": [3, 1], "accuracy": [0.5, 0.4]}, ("accuracy", 1, 0.5)),
        ({"loss": [1], "val_accuracy": [np.nan]}, ("loss", 1, 1)),
        ({"loss": [3, 1], "val_loss": [2, 4], "val_poisson": [1, 2]}, ("val_loss", 1, 2)),
        ({"loss": [3, 1], "val_hinge": [5, 6]}, ("val_hinge", 1, 5)),
        ({"loss": [3, 1], "val_false_positives": [5, 6]}, ("loss", 2, 1)),
        ({"loss": [3, 1], "f1_score": [np.ones(3)] * 2}, ("loss", 2, 1)),
        ({"loss": [np.inf, 2, np.nan], "learning_rate": [9, 9, 9]}, ("loss", 2, 2)),
        ({"loss": [np.nan]}, None),
        ({}, None),
    ],
)
def test_the_best_epoch_is_that_of_what_one_judges_by(history, best):
    assert epoch_log(history).best() == best


@pytest.mark.parametrize("name", ["score_loss", "val_recall_loss", "accent_loss", "loss"])
def test_a_loss_is_to_be_small_whatever_its_output_is_called(name):
    assert direction(name) == -1


def test_the_best_is_chosen_among_the_metrics_asked_for():
    log = epoch_log({**HISTORY, "val_auc": [0.1, 0.2, 0.3]})
    assert log.best(["auc"]) == ("val_auc", 3, 0.3)
    assert log.best([]) == ("val_loss", 2, 0.6)
    assert log.praise() == "best validation accuracy 0.8000 in epoch 2"


def test_a_table_has_a_line_an_epoch_and_gaps_where_there_was_no_value(tmp_path):
    log = EpochLog()
    log.add(4, {"loss": 0.1 + 0.2})
    log.add(5, {"loss": float("nan"), "val_loss": 0.5})
    path = log.to_csv(tmp_path / "fit.csv")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["4", "5"]
    assert float(rows[0]["loss"]) == 0.1 + 0.2  # to the last bit
    assert rows[0]["val_loss"] == ""
    assert rows[1]["loss"] == "nan"
    assert [file.name for file in tmp_path.iterdir()] == ["fit.csv"]


def test_validation_now_and_then_is_put_where_it_was_if_that_can_be_told():
    log = epoch_log({"loss": [1.0] * 10, "val_loss": [2.0] * 3})
    assert log.epochs["val_loss"] == [3, 6, 9]
    assert epoch_log({"loss": [1.0] * 10, "val_loss": []}).epochs["val_loss"] == []


@pytest.mark.parametrize(("count", "epochs"), [(2, 10), (7, 10), (11, 13)])
def test_values_of_unknown_epochs_are_left_out(count, epochs):
    with pytest.warns(UserWarning, match=f"val_loss must have a value for each of the {epochs} "):
        log = epoch_log({"val_loss": [2.0] * count, "loss": [1.0] * epochs})
    assert list(log.history) == list(log.epochs) == ["loss"]
    assert len(list(log.rows())) == epochs


def test_keras_s_own_history_knows_where_it_began():
    history = {"loss": [1.0, 2.0, 3.0], "val_loss": [4.0, 5.0]}
    log = epoch_log(SimpleNamespace(history=history, epoch=[5, 6, 7]))
    assert log.epochs == {"loss": [6, 7, 8], "val_loss": [6, 8]}


@pytest.mark.filterwarnings("ignore:val_loss must have a value for each")
def test_validation_now_and_then_is_put_where_keras_has_it_or_left_out():
    for begin, end, every in itertools.product(range(7), range(8, 16), range(1, 8)):
        validated = [epoch + 1 for epoch in range(begin, end) if (epoch + 1) % every == 0]
        values = {"loss": [1.0] * (end - begin), "val_loss": [2.0] * len(validated)}
        log = epoch_log(SimpleNamespace(history=values, epoch=list(range(begin, end))))
        assert log.epochs.get("val_loss", validated) == validated


@pytest.mark.parametrize("history", [3, None, "loss", [1, 2], {"loss": "high"}, {"loss": 3}])
def test_what_is_no_history_is_refused(history):
    with pytest.raises(ValueError, match="history must be a dict of names to lists"):
        epoch_log(history)


def test_whatever_keeps_a_history_is_taken():
    log = epoch_log(HISTORY)
    assert epoch_log(log) is log
    assert epoch_log(SimpleNamespace(log=log)) is log
    assert epoch_log(SimpleNamespace(history=HISTORY)).history == HISTORY


def test_several_go_by_their_names():
    named = [SimpleNamespace(name=name, history=HISTORY) for name in "ab"]
    assert list(epoch_logs(named)) == ["a", "b"]
    assert list(epoch_logs({"x": HISTORY, "y": named[0]})) == ["x", "y"]
    assert list(epoch_logs([HISTORY, named[0]])) == ["run 1", "a"]
    assert list(epoch_logs([named[0], named[0]])) == ["run 1", "run 2"]
    assert list(epoch_logs(HISTORY)) == ["run 1"]
    assert epoch_logs(HISTORY)["run 1"].history == HISTORY


def test_trouble_says_since_when_the_loss_is_no_number():
    nan = float("nan")
    assert epoch_log(HISTORY).trouble() == ""
    assert epoch_log({}).trouble() == ""
    assert epoch_log({"loss": [1, nan, 2, nan, nan]}).trouble().endswith("since epoch 4")
    assert epoch_log({"loss": [nan, nan]}).trouble().endswith("since epoch 1")


def test_numbers_are_floats_and_nan_for_the_rest():
    np.testing.assert_array_equal(numbers([1, np.float32(2)]), [1, 2])
    np.testing.assert_array_equal(numbers([np.inf, 2]), [np.nan, 2])
    np.testing.assert_array_equal(numbers([np.ones(2), np.ones(2)]), [np.nan, np.nan])
    np.testing.assert_array_equal(numbers([np.ones(2), 3]), [np.nan, 3])
    assert numbers([]).shape == (0,)
    assert numbers(np.array([1, 2.5], np.float32)).dtype == np.float64
    np.testing.assert_array_equal(numbers([True, None, np.array(3)]), [1, np.nan, 3])


@pytest.mark.parametrize("values", [["1", "2"], ["1", 2.0], np.array(["1", "low"]), [b"1", 2.0]])
def test_text_is_no_number(values):
    expected = [value if isinstance(value, float) else np.nan for value in values]
    np.testing.assert_array_equal(numbers(values), expected)
    np.testing.assert_array_equal(numbers([np.array(values[0]), 1j, np.complex64(1)]), [np.nan] * 3)
