import io

import numpy as np
import pytest
from PIL import Image

from mlcourse.figures import HistoryDisplay
from mlcourse.history import History


def make_history(epochs):
    history = History()
    for epoch in range(1, epochs + 1):
        loss = 1 / epoch + 0.1
        accuracy = 1 - 0.5 / epoch
        values = {"loss": loss, "val_loss": loss + 0.1, "accuracy": accuracy}
        history.add(epoch, {**values, "val_accuracy": accuracy - 0.1})
    return history


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=int)


def full_drawing(figure):
    file = io.BytesIO()
    figure.canvas.print_png(file)
    return pixels(file.getvalue())


def test_a_frame_equals_a_complete_drawing():
    display = HistoryDisplay(target=0.8)
    for epoch in (1, 2, 10, 11, 12, 30):
        display.update(make_history(epoch), f"data\nepoch {epoch} of 60", epoch / 60)
        frame = pixels(display.png())
        differs = (
            np.abs(frame - full_drawing(display.figure)).max(axis=-1) > 60
        )  # a grid line may be above or below
        assert differs.sum() < 50


@pytest.mark.parametrize("title", ["data\nepoch 2", "", "data\nof two\nepochs"])
def test_a_title_of_more_or_fewer_lines_moves_the_axes_in_the_frame_too(title):
    display = HistoryDisplay()
    display.update(make_history(5), "epoch 1")
    display.png()
    display.update(make_history(5), title)
    frame = pixels(display.png())
    assert (np.abs(frame - full_drawing(display.figure)).max(axis=-1) > 60).sum() < 50


def test_while_the_limits_stay_only_what_moves_is_drawn_again(monkeypatch):
    display = HistoryDisplay()
    calls = []
    draw = display.figure.canvas.draw
    monkeypatch.setattr(display.figure.canvas, "draw", lambda: calls.append(1) or draw())
    for epoch in range(1, 201):
        display.update(make_history(epoch), f"epoch {epoch}", epoch / 300)
        display.png()
    assert 5 < len(calls) < 40


def test_the_limits_follow_the_curves_and_end_where_they_end():
    display = HistoryDisplay()
    for epoch in range(1, 101):
        left, right = display.update(make_history(epoch), progress=epoch / 200).axes
        low, high = left.get_xlim()
        assert low <= 0.6
        assert epoch < high < 2 * epoch + 2
        for axes, name in ((left, "val_loss"), (right, "accuracy")):
            values = display.lines[name].get_ydata()
            assert axes.get_ylim()[0] < min(values) <= max(values) < axes.get_ylim()[1]
    left, _ = display.update(make_history(100)).axes
    np.testing.assert_allclose(left.get_xlim(), (0.6, 100.4))


def test_a_live_figure_can_be_saved_whole():
    display = HistoryDisplay()
    display.update(make_history(10), progress=0.5)
    display.png()
    assert all(line.get_visible() for line in display.lines.values())
    blue = np.abs(full_drawing(display.figure) - np.array([0, 0x72, 0xB2])).max(axis=-1) < 20
    assert blue.sum() > 500
