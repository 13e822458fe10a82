import numpy as np
from matplotlib import pyplot as plt

from mlcourse.figures.history import HistoryDisplay
from mlcourse.histories import EpochLog

HISTORY = {
    "loss": [1.0, 0.5, 0.3],
    "accuracy": [0.5, 0.7, 0.9],
    "val_loss": [1.1, 0.6, 0.7],
    "val_accuracy": [0.4, 0.8, 0.6],
}


def test_each_value_is_where_its_epoch_is():
    display = HistoryDisplay()
    log = EpochLog()
    for epoch, values in zip((5, 6, 7), zip(*HISTORY.values(), strict=True), strict=True):
        log.add(epoch, dict(zip(HISTORY, values, strict=True)))
    display.update(log)
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
    lines, counts = dict(display.lines), [len(axes.lines) for axes in display.figure.axes]
    display.update(HISTORY, "later")
    display.figure.canvas.draw()
    assert display.lines == lines
    assert [len(axes.lines) for axes in display.figure.axes] == counts


def test_the_limits_follow_the_curves():
    display = HistoryDisplay()
    display.update({"loss": [1.0]})
    display.update({"loss": [1.0, 40.0]})
    assert display.figure.axes[0].get_ylim()[1] > 40


def test_pyplot_knows_nothing_of_it():
    before = plt.get_fignums()
    HistoryDisplay().update(HISTORY, "title")
    assert plt.get_fignums() == before


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
