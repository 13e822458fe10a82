import csv
import inspect
import itertools
import json
import re
from types import SimpleNamespace

import keras
import numpy as np
import pandas as pd
import pytest

from mlcourse.history import History, as_histories, as_history, direction, numbers

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
        ({"loss": [3, 1], "val_loss": [2, 4], "val_my_score": [1, 2]}, ("val_loss", 1, 2)),
        ({"loss": [3, 1], "val_hinge": [5, 6]}, ("val_hinge", 1, 5)),
        ({"loss": [3, 1], "val_false_positives": [5, 6]}, ("loss", 2, 1)),
        ({"loss": [3, 1], "f1_score": [np.ones(3)] * 2}, ("loss", 2, 1)),
        ({"loss": [np.inf, 2, np.nan], "learning_rate": [9, 9, 9]}, ("loss", 2, 2)),
        ({"loss": [np.nan]}, None),
        ({}, None),
    ],
)
def test_the_best_epoch_is_selected_by_the_first_candidate(history, best):
    assert as_history(history).best() == best


@pytest.mark.parametrize("name", ["score_loss", "val_recall_loss", "accent_loss", "loss"])
def test_a_lower_loss_is_better_whatever_the_output_is_called(name):
    assert direction(name) == -1


def test_the_best_epoch_is_selected_among_the_given_metrics():
    log = as_history({**HISTORY, "val_auc": [0.1, 0.2, 0.3]})
    assert log.best(["auc"]) == ("val_auc", 3, 0.3)
    assert log.best([]) == ("val_loss", 2, 0.6)
    assert log.best_summary() == "best validation accuracy 0.8000 in epoch 2"


def test_a_csv_file_has_a_row_per_epoch_and_empty_cells(tmp_path):
    log = History()
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


def test_epochs_of_rare_validation_follow_from_the_number_of_values():
    log = as_history({"loss": [1.0] * 10, "val_loss": [2.0] * 3})
    assert log.epochs["val_loss"] == [3, 6, 9]
    assert as_history({"loss": [1.0] * 10, "val_loss": []}).epochs["val_loss"] == []


@pytest.mark.parametrize(("count", "epochs"), [(2, 10), (7, 10), (11, 13)])
def test_values_of_unknown_epochs_are_left_out(count, epochs):
    with pytest.warns(UserWarning, match=f"val_loss must have a value for each of the {epochs} "):
        log = as_history({"val_loss": [2.0] * count, "loss": [1.0] * epochs})
    assert list(log.history) == list(log.epochs) == ["loss"]
    assert len(list(log.rows())) == epochs


def test_a_keras_history_has_its_first_epoch():
    history = {"loss": [1.0, 2.0, 3.0], "val_loss": [4.0, 5.0]}
    log = as_history(SimpleNamespace(history=history, epoch=[5, 6, 7]))
    assert log.epochs == {"loss": [6, 7, 8], "val_loss": [6, 8]}


@pytest.mark.filterwarnings("ignore:val_loss must have a value for each")
def test_epochs_of_rare_validation_are_those_of_keras_or_left_out():
    for start, stop, frequency in itertools.product(range(7), range(8, 16), range(1, 8)):
        validated = [epoch + 1 for epoch in range(start, stop) if (epoch + 1) % frequency == 0]
        values = {"loss": [1.0] * (stop - start), "val_loss": [2.0] * len(validated)}
        log = as_history(SimpleNamespace(history=values, epoch=list(range(start, stop))))
        assert log.epochs.get("val_loss", validated) == validated


@pytest.mark.parametrize("history", [3, None, "loss", [1, 2], {"loss": "high"}, {"loss": 3}])
def test_other_objects_are_refused(history):
    with pytest.raises(ValueError, match="history must be a dict of names to lists"):
        as_history(history)


def test_objects_with_a_history_are_accepted():
    log = as_history(HISTORY)
    assert as_history(log) is log
    assert as_history(SimpleNamespace(log=log)) is log
    assert as_history(SimpleNamespace(history=HISTORY)).history == HISTORY


def test_several_histories_have_the_names_of_their_sources():
    named = [SimpleNamespace(name=name, history=HISTORY) for name in "ab"]
    assert list(as_histories(named)) == ["a", "b"]
    assert list(as_histories({"x": HISTORY, "y": named[0]})) == ["x", "y"]
    assert list(as_histories([HISTORY, named[0]])) == ["run 1", "a"]
    assert list(as_histories([named[0], named[0]])) == ["run 1", "run 2"]
    assert list(as_histories(HISTORY)) == ["run 1"]
    assert as_histories(HISTORY)["run 1"].history == HISTORY


def test_the_divergence_message_has_the_first_epoch_of_a_diverged_loss():
    nan = float("nan")
    assert as_history(HISTORY).divergence_message() == ""
    assert as_history({}).divergence_message() == ""
    assert (
        as_history({"loss": [1, nan, 2, nan, nan]}).divergence_message().endswith("since epoch 4")
    )
    assert as_history({"loss": [nan, nan]}).divergence_message().endswith("since epoch 1")


def test_numbers_are_floats_and_other_values_nan():
    np.testing.assert_array_equal(numbers([1, np.float32(2)]), [1, 2])
    np.testing.assert_array_equal(numbers([np.inf, 2]), [np.nan, 2])
    np.testing.assert_array_equal(numbers([np.ones(2), np.ones(2)]), [np.nan, np.nan])
    np.testing.assert_array_equal(numbers([np.ones(2), 3]), [np.nan, 3])
    assert numbers([]).shape == (0,)
    assert numbers(np.array([1, 2.5], np.float32)).dtype == np.float64
    np.testing.assert_array_equal(numbers([True, None, np.array(3)]), [1, np.nan, 3])


@pytest.mark.parametrize("values", [["1", "2"], ["1", 2.0], np.array(["1", "low"]), [b"1", 2.0]])
def test_strings_are_nan(values):
    expected = [value if isinstance(value, float) else np.nan for value in values]
    np.testing.assert_array_equal(numbers(values), expected)
    np.testing.assert_array_equal(numbers([np.array(values[0]), 1j, np.complex64(1)]), [np.nan] * 3)


METRIC_OPTIONS = (
    {},
    {"num_classes": 2},
    {"num_classes": 2, "target_class_ids": [0]},
    *({name: 0.5} for name in ("recall", "precision", "sensitivity", "specificity")),
)


def metrics_of_keras():
    """Yield an instance of each metric that Keras exports, if it can be constructed."""
    for kind in vars(keras.metrics).values():
        if inspect.isclass(kind) and issubclass(kind, keras.metrics.Metric):
            for options in METRIC_OPTIONS:
                try:
                    yield kind(**options)
                    break
                except (TypeError, ValueError):
                    pass


def test_the_directions_are_those_of_keras_metrics():
    signs = {None: 0, "up": 1, "down": -1}
    metrics = list(metrics_of_keras())
    assert len(metrics) > 40
    for metric in metrics:
        expected = signs[getattr(metric, "_direction", None)]
        own = re.sub(r"_\d+$", "", metric.name)  # Keras numbers metrics of the same name
        for name in (own, f"val_{own}", f"{own}_3", type(metric).__name__):
            assert direction(name) == expected, name


@pytest.mark.parametrize(
    "name", ["brier_score", "fid_score", "jaccard_distance", "loss_ratio", "main_accuracy", "score"]
)
def test_a_name_unknown_to_keras_has_no_direction(name):
    assert direction(name) == direction(f"val_{name}") == 0
    history = {"loss": [3, 1, 2], "val_loss": [3, 4, 2], f"val_{name}": [0.3, 0.2, 0.1]}
    assert as_history(history).best() == ("val_loss", 3, 2)
    with pytest.raises(ValueError, match=rf"mode must be 'min' or 'max' .*'auto' for 'val_{name}'"):
        as_history(history).best(monitor=f"val_{name}")
    assert as_history(history).best(monitor=f"val_{name}", mode="min") == (f"val_{name}", 3, 0.1)
    assert as_history(history).best(monitor=f"val_{name}", mode="max") == (f"val_{name}", 1, 0.3)


@pytest.mark.parametrize(
    ("history", "best"),
    [
        ({"kl_loss": [1, 2, 3], "loss": [9, 5, 4]}, ("loss", 3, 4)),
        ({"aux_loss": [1, 2], "loss": [9, 5], "val_aux_loss": [1, 2], "val_loss": [9, 5]},
         ("val_loss", 2, 5)),
        ({"d_loss": [3, 2], "g_loss": [1, 2]}, None),
        ({"a_loss": [1, 2], "loss": [5, 4], "val_loss": [5, 4], "val_a_accuracy": [0.9, 0.1],
          "val_binary_accuracy": [0.9, 0.1]}, ("val_loss", 2, 4)),
        ({"val_loss": [5, 4], "val_auc": [0.9, 0.1], "val_auc_1": [0.1, 0.9]}, ("val_loss", 2, 4)),
        ({"val_loss": [5, 4], "val_auc_1": [0.9, 0.1]}, ("val_auc_1", 1, 0.9)),
        ({"val_loss": [5, 4, 4]}, ("val_loss", 2, 4)),  # the first one of ties
    ],
)  # fmt: skip
def test_the_loss_of_one_output_does_not_select_the_best_epoch(history, best):
    assert as_history(history).best() == best


def test_the_monitor_selects_the_best_epoch():
    log = as_history(HISTORY).with_monitor("loss")
    assert log.best() == log.best(["accuracy"]) == ("loss", 3, 0.3)
    assert log.best_summary() == "best loss 0.3000 in epoch 3"
    assert log.best(monitor="val_loss") == ("val_loss", 2, 0.6)
    nan = float("nan")
    assert as_history({"mae": [nan, 3, 2, 2]}).best(monitor="mae") == ("mae", 3, 2)
    assert as_history({"mae": [nan]}).best(monitor="mae") is None
    assert History(monitor="val_loss").best() is None


def test_an_unknown_monitor_is_refused_with_the_nearest():
    message = (
        r"monitor must be one of loss, .* Got 'val_acuracy' instead\. Did you mean 'val_accuracy'"
    )
    with pytest.raises(ValueError, match=message):
        as_history(HISTORY).best(monitor="val_acuracy", mode="max")
    with pytest.raises(ValueError, match=r"mode must be one of auto, min, max\. Got 'mix'"):
        as_history(HISTORY).best(monitor="loss", mode="mix")
    with pytest.raises(ValueError, match=r"mode needs a monitor\. Got mode 'min' without one"):
        as_history(HISTORY).best_summary(mode="min")


def fitted(tmp_path):
    """Return the Keras History of a fit of 4 epochs, which also writes a CSVLogger file."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    x = np.ones((4, 2), "float32")
    return model.fit(
        x, x[:, :1], epochs=4, verbose=0, validation_data=(x, x[:, :1]), validation_freq=1,
        callbacks=[keras.callbacks.CSVLogger(tmp_path / "keras.csv", separator=";")],
    )  # fmt: skip


def same(log, expected):
    assert log.epochs == expected.epochs
    for name, values in expected.history.items():
        np.testing.assert_allclose(log.history[name], values, rtol=1e-12, atol=1e-15)
    return True


def test_all_forms_of_a_history_are_read_as_equal(tmp_path):
    history = fitted(tmp_path)
    expected = as_history(history)
    assert expected.epochs["val_loss"] == [1, 2, 3, 4]
    frame = pd.DataFrame(history.history)
    (tmp_path / "dict.json").write_text(json.dumps(history.history))
    frame.to_json(tmp_path / "columns.json", double_precision=15)
    frame.to_json(tmp_path / "records.json", orient="records", double_precision=15)
    frame.to_json(tmp_path / "lines.jsonl", orient="records", lines=True, double_precision=15)
    frame.to_csv(tmp_path / "index.csv")
    expected.to_csv(tmp_path / "ours.csv")
    for path in tmp_path.iterdir():
        assert same(as_history(path), expected) and same(as_history(str(path)), expected)
        assert list(as_histories([path])) == [path.stem]
        if path.suffix == ".csv":
            table = pd.read_csv(path, sep=";" if path.stem == "keras" else ",")
            assert same(as_history(table), expected)
            assert same(as_history(table.to_dict("list")), expected)
            assert same(as_history(table.to_dict("records")), expected)
    assert same(as_history(frame), expected) and same(as_history(frame.to_dict()), expected)
    assert same(as_histories(frame)["run 1"], expected)
    assert same(as_histories({"a": frame, "b": tmp_path / "ours.csv"})["b"], expected)


def test_empty_cells_are_epochs_without_a_value(tmp_path):
    log = History()
    for epoch in range(5, 9):
        validated = {"val_loss": 0.5} if epoch % 2 else {}
        log.add(epoch, {"loss": 1 / epoch, **validated})
    path = log.to_csv(tmp_path / "fit.csv")
    for source in (path, pd.read_csv(path), pd.read_csv(path, index_col="epoch")):
        assert same(as_history(source), log)
    assert same(as_history(pd.read_csv(path).to_dict("list")), log)
    (tmp_path / "na.csv").write_text("epoch,loss,val_loss\n0,1,NA\n1,nan,0.5\n")
    log = as_history(tmp_path / "na.csv")
    assert log.epochs == {"loss": [1, 2], "val_loss": [2]} and np.isnan(log.history["loss"][1])


def test_the_records_of_a_run_are_a_history(tmp_path):
    lines = [{"epoch": k, "seconds": 2.0, "values": {"loss": k / 2}} for k in (1, 2)]
    for text in ("\n".join(map(json.dumps, lines)), json.dumps(lines), json.dumps(lines[0])):
        (tmp_path / "history.jsonl").write_text(text)
        assert as_history(tmp_path / "history.jsonl").history["loss"] in ([0.5, 1.0], [0.5])


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "", "it is empty"),
        ("a.csv", "0,0.5\n1,0.4\n", "first line must name each column once"),
        ("a.csv", "loss,loss\n1,2\n", "first line must name each column once"),
        ("a.csv", "epoch,loss\n0,1\n1\n", "row 3 must have 2 cells; it has 1"),
        ("a.csv", "epoch,loss\n0,low\n", r"loss must be numbers\. Got 'low'"),
        ("a.csv", "epoch;loss\n0;0,5\n", r"loss must be numbers\. Got '0,5'"),
        ("a.csv", "epoch,loss\n0,1\n0,2\n", r"each epoch once.* Got epoch 0 2 times"),
        ("a.csv", "epoch,loss\n0.5,1\n", r"epoch must be nonnegative integers"),
        ("a.csv", "epoch,loss\n,1\n", r"epoch must be nonnegative integers"),
        ("a.json", "{", "history must be a file that can be read"),
        ("a.json", "3", "history must be a dict of names to lists"),
        ("a.json", '{"loss": "low"}', "history must be a dict of names to lists"),
    ],
)
def test_an_invalid_file_is_refused(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=message):
        as_history(tmp_path / name)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"history must be a file that can be read.*none\.csv"):
        as_history(tmp_path / "none.csv")
