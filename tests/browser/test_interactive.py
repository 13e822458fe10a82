"""Test interactive figures in JupyterLab in a browser: keys move controls and change the figure."""

import numpy as np
import pytest

from mlcourse import initializers, optimizers
from mlcourse.figures import (
    draw_neural_net,
    plot_activation,
    plot_optimizers,
    plot_schedules,
    plot_signal_propagation,
)
from mlcourse.interactive.networks import CURVE, MARGINS
from mlcourse.interactive.optimizers import AXES_POSITION, MAX_LEARNING_RATE, SCHEDULE_AXES_POSITION
from mlcourse.optimizers import schedules
from tests.browser.lab import missing
from tests.interactive.images import pixels

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(missing()), reason=missing())]

BEGIN = "import mlcourse; from mlcourse import interactive; lecture = mlcourse.setup_notebook()"


def choose(notebook, menu, key, times=1):
    """Open a menu, move up or down in it, and select the option."""
    notebook.press(menu, "Space")
    for pressed in [*[key] * times, "Enter"]:
        notebook.page.keyboard.press(pressed)


def test_network_size_follows_both_sliders(show):
    notebook = show("interactive.network_size()")
    notebook.press("Hidden layers", "ArrowRight", 2)
    notebook.press("Units in each", "ArrowLeft")

    def draw(figure):
        draw_neural_net(figure.add_axes((0, 0, 1, 1)), [5, 5, 5, 5, 5, 5])

    notebook.wait_for_pixels(pixels(draw, (7, 5), "none"))


UPDATES = """
import numpy as np
rng = np.random.default_rng(0)
weights = [[rng.normal(size=(3, 4)), rng.normal(size=(4, 2))] for _ in range(5)]
interactive.weight_updates(weights)
"""
SLIDER = """
import time
from mlcourse.interactive.controls import slider
drawn = []
def draw(figure, level):
    drawn.append(level)
    time.sleep({pause})
    if level == {wrong}:
        raise ValueError("level must not be <b>this</b>.")
    figure.subplots().barh(["level"], [{shown}])
interactive.Interactive(draw, {{"level": slider("Level", 0, 30)}}, figsize=(5, 2), alt="A bar.")
"""


def bar(level):
    return lambda figure: figure.subplots().barh(["level"], [level])


def test_weight_updates_follow_the_slider(show):
    notebook = show(UPDATES)
    notebook.press("Update", "ArrowRight", 3)
    rng = np.random.default_rng(0)
    weights = [[rng.normal(size=(3, 4)), rng.normal(size=(4, 2))] for _ in range(5)]
    limit = max(np.abs(array).max() for arrays in weights for array in arrays)

    def draw(figure):
        axes = figure.add_axes((0, 0, 1, 0.9))
        draw_neural_net(axes, weights[3], limit=limit)
        axes.set_title("update 3")

    notebook.wait_for_pixels(pixels(draw, (8, 5), "none"))


def test_activation_functions_follow_menu_and_check_box(show):
    notebook = show("interactive.activation_functions()")
    choose(notebook, "Function", "ArrowDown", 2)

    def draw(figure, derivative=True):
        plot_activation("relu", figure.subplots(), derivative=derivative)
        figure.subplots_adjust(**CURVE)

    notebook.wait_for_pixels(pixels(draw, (6, 4), "none"))
    notebook.press("Derivative", "Space")
    notebook.wait_for_pixels(pixels(lambda figure: draw(figure, False), (6, 4), "none"))


def test_initialization_follows_its_controls(show):
    notebook = show("interactive.initialization()")
    choose(notebook, "Function", "ArrowDown")
    choose(notebook, "Weights", "ArrowDown", 2)
    notebook.press("Layers", "ArrowRight", 2)

    def draw(figure):
        options = {"initializer": "he_normal", "n_examples": 100}
        signal = initializers.signal_propagation(12, 100, "relu", **options)
        title = "relu, he_normal\ndeviation of weights 0.141"
        plot_signal_propagation({title: signal}, fig=figure)
        figure.subplots_adjust(**MARGINS)

    notebook.wait_for_pixels(pixels(draw, (6, 5), "none"))


def test_schedules_follow_their_controls(show):
    notebook = show("interactive.schedules()")
    choose(notebook, "Schedule", "ArrowDown", 2)

    def draw(figure, growth=2.0):
        plot_schedules(schedules.cosine_restarts(0.1, 15, t_mul=growth), steps=100, fig=figure)
        top, place = 1.05 * MAX_LEARNING_RATE, SCHEDULE_AXES_POSITION
        figure.axes[0].set(ylim=(0, top), position=place)

    notebook.wait_for_pixels(pixels(draw, (6.5, 4), "none"))  # now its own sliders are there
    notebook.press("Factor of period lengths", "ArrowLeft", 2)
    notebook.wait_for_pixels(pixels(lambda figure: draw(figure, 1.5), (6.5, 4), "none"))


def paths(start, **changed):
    """Return the draw function of the two initial optimizers, or of others."""
    named = {"A: momentum\nrate 0.005, momentum 0.9\n": "momentum", "B: adam\nrate 0.2\n": "adam"}

    def draw(figure):
        axes = figure.add_subplot()
        plot_optimizers(axes, 50, changed or named, start=start)
        axes.set_position(AXES_POSITION)

    return draw


def test_optimizers_follow_their_controls(show):
    notebook = show("interactive.compare_optimizers()")
    choose(notebook, "Optimizer A", "ArrowUp")
    notebook.press("Learning rate of B", "ArrowRight")
    notebook.press("Start, x", "ArrowLeft", 2)
    changed = {
        "A: sgd\nrate 0.01\n": optimizers.sgd(0.01),
        "B: adam\nrate 0.22\n": optimizers.adam(0.22, epsilon=1e-8),
    }
    notebook.wait_for_pixels(pixels(paths((0.7, 1.6), **changed), (9, 5), "none"))


def test_a_click_into_the_optimizers_is_their_start(show):
    notebook = show("interactive.compare_optimizers()")
    place = {}

    def draw(figure):
        paths((0.8, 1.6))(figure)
        place["data"] = figure.axes[0].transData

    height, _, _ = pixels(draw, (9, 5), "none").shape
    right, up = place["data"].transform((-1.0, -1.25))
    image = notebook.page.locator("img.widget-image")
    image.click(position={"x": round(right), "y": round(height - up)})
    notebook.wait_for_pixels(pixels(paths((-1.0, -1.25)), (9, 5), "none"))


def test_a_figure_that_ignores_its_control_is_detected(show):
    notebook = show(SLIDER.format(pause=0, wrong=None, shown=0))
    notebook.press("Level", "ArrowRight", 2)
    with pytest.raises(AssertionError, match="another image is shown"):
        notebook.wait_for_pixels(pixels(bar(2), (5, 2)), seconds=3)


def test_an_error_is_shown_below_the_last_figure(show):
    notebook = show(SLIDER.format(pause=0, wrong=2, shown="level"))
    notebook.press("Level", "ArrowRight")
    notebook.wait_for_pixels(pixels(bar(1), (5, 2)))
    notebook.press("Level", "ArrowRight")
    alert = notebook.page.get_by_role("alert")
    alert.wait_for()
    assert alert.inner_text() == "level must not be <b>this</b>."
    assert np.array_equal(notebook.shown(), pixels(bar(1), (5, 2)))
    notebook.press("Level", "ArrowRight")
    notebook.wait_for_pixels(pixels(bar(3), (5, 2)))
    assert alert.count() == 0


def test_a_held_key_ends_with_its_last_value_after_fewer_redraws(show):
    notebook = show(SLIDER.format(pause=0.2, wrong=None, shown="level"))
    notebook.press("Level", "ArrowRight", 20)
    notebook.wait_for_pixels(pixels(bar(20), (5, 2)))
    notebook.add("print(len(drawn), drawn[-1])")
    notebook.run(2)
    count, last = map(int, notebook.text(2).split())
    assert last == 20
    assert count < 12, "the figure is drawn for each key"
