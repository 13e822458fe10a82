import numpy as np
import pytest
from matplotlib import pyplot as plt

from mlcourse.figures.history import HistoryDisplay, best_value

HISTORY = {
    "loss": [1.0, 0.5, 0.3],
    "accuracy": [0.5, 0.7, 0.9],
    "val_loss": [1.1, 0.6, 0.7],
    "val_accuracy": [0.4, 0.8, 0.6],
}


def test_each_value_is_where_its_epoch_is():
    display = HistoryDisplay()
    display.update(HISTORY, epochs={key: [5, 6, 7] for key in HISTORY})
    assert set(display.lines) == set(HISTORY)
    for key, line in display.lines.items():
        np.testing.assert_array_equal(line.get_xdata(), [5, 6, 7])
        np.testing.assert_array_equal(line.get_ydata(), HISTORY[key])


def test_losses_and_metrics_have_an_axes_each():
    display = HistoryDisplay()
    left, right = display.update({**HISTORY, "head_loss": [1, 1, 1]}).axes
    assert [display.lines[key].axes for key in ("loss", "val_loss", "head_loss")] == [left] * 3
    assert [display.lines[key].axes for key in ("accuracy", "val_accuracy")] == [right] * 2
    assert (left.get_ylabel(), right.get_ylabel()) == ("Loss", "Accuracy")


def test_training_and_validation_share_a_colour_and_differ_in_line():
    display = HistoryDisplay()
    display.update({**HISTORY, "mae": [1, 1, 1], "val_mae": [2, 2, 2]})
    lines = display.lines
    for key in ("loss", "accuracy", "mae"):
        assert lines[key].get_color() == lines[f"val_{key}"].get_color()
        assert (lines[key].get_linestyle(), lines[f"val_{key}"].get_linestyle()) == ("-", ":")
    assert lines["accuracy"].get_color() != lines["mae"].get_color()


def test_artists_are_moved_not_made_again():
    display = HistoryDisplay()
    display.update({key: values[:1] for key, values in HISTORY.items()})
    lines = dict(display.lines)
    display.update(HISTORY, "later")
    display.figure.canvas.draw()
    assert display.lines == lines
    assert len(display.figure.axes[0].lines) == 3  # loss, val_loss and the best epoch


def test_the_limits_follow_the_curves():
    display = HistoryDisplay()
    display.update({"loss": [1.0]})
    display.update({"loss": [1.0, 40.0]})
    assert display.figure.axes[0].get_ylim()[1] > 40


def test_pyplot_knows_nothing_of_it():
    before = plt.get_fignums()
    HistoryDisplay().update(HISTORY, "title")
    assert plt.get_fignums() == before


@pytest.mark.parametrize(
    ("history", "best"),
    [
        (HISTORY, ("val_accuracy", 1, 0.8)),
        ({"loss": [3, 1, 2]}, ("loss", 1, 1)),
        ({"loss": [3, 1, 2], "val_loss": [3, 4, 2]}, ("val_loss", 2, 2)),
        ({"loss": [3, 1], "mae": [5, 6], "val_mae": [7, 4]}, ("val_mae", 1, 4)),
        ({"loss": [3, 1], "accuracy": [0.5, 0.4]}, ("accuracy", 0, 0.5)),
        ({"loss": [1], "val_accuracy": [np.nan]}, ("loss", 0, 1)),
        ({"loss": [3, 1], "val_loss": [2, 4], "val_poisson": [1, 2]}, ("val_loss", 0, 2)),
        ({"loss": [3, 1], "val_hinge": [5, 6]}, ("val_hinge", 0, 5)),
        ({"loss": [3, 1], "val_false_positives": [5, 6]}, ("loss", 1, 1)),
        ({"loss": [3, 1], "f1_score": [np.ones(3)] * 2}, ("loss", 1, 1)),
        ({"loss": [np.inf, 2, np.nan], "learning_rate": [9, 9, 9]}, ("loss", 1, 2)),
        ({"loss": [np.nan]}, None),
        ({}, None),
    ],
)
def test_the_best_epoch_is_that_of_what_one_judges_by(history, best):
    assert best_value(history) == best


def test_values_that_are_no_numbers_are_passed_over():
    display = HistoryDisplay()
    history = {"loss": [1.0, np.nan, 3.0], "val_loss": [np.inf] * 3, "f1": [np.ones(2)] * 3}
    history["none"] = []
    display.update(history)
    display.figure.canvas.draw()
    np.testing.assert_array_equal(display.lines["loss"].get_xydata(), [[1, 1], [3, 3]])
    assert len(display.lines["val_loss"].get_xdata()) == 0


def test_a_bar_shows_how_much_is_done():
    display = HistoryDisplay()
    track, bar = display.figure.artists
    for progress in (0.25, 0.75, 0.0):
        display.update(HISTORY, progress=progress)
        assert bar.get_width() == progress
        assert track.get_width() == (progress > 0)
