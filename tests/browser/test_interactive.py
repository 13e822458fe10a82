"""Test interactive figures in JupyterLab in a browser: keys move controls and change the figure."""

import numpy as np
import pytest

from mlcourse import optimizers
from mlcourse.figures import draw_neural_net
from mlcourse.optimizers import schedules, surfaces
from tests.browser.lab import missing
from tests.interactive.images import pixels

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(missing()), reason=missing())]

BEGIN = "import mlcourse; from mlcourse import interactive; lecture = mlcourse.setup_notebook()"


def test_network_size_follows_its_controls(show):
    shown = show("interactive.network_size()").page.locator(".network-size")
    shown.get_by_role("slider", name="Hidden layers", exact=True).press("ArrowRight")
    status = shown.locator(".status")
    assert status.inner_text() == "132 weights + 23 biases = 155 parameters."
    shown.get_by_role("slider", name="Units in each", exact=True).press("End")
    assert status.inner_text() == "408 weights + 41 biases = 449 parameters."
    inputs = shown.get_by_role("spinbutton", name="Inputs", exact=True)
    inputs.fill("784")
    inputs.press("Enter")
    assert status.inner_text() == "9,756 weights + 41 biases = 9,797 parameters."


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
    page = show("interactive.activation_functions()").page
    shown = page.locator(".activations")
    shown.get_by_role("combobox", name="Function", exact=True).select_option("relu")
    shown.locator(".title", has_text="ReLU: a = max(0, z)").wait_for()
    assert shown.locator(".status").inner_text() == "At z = 1: a = 1. Derivative: 1."
    shown.get_by_role("checkbox", name="Derivative", exact=True).press("Space")
    shown.locator(".second").wait_for(state="detached")
    shown.get_by_role("slider", name="z", exact=True).press("End")
    assert shown.locator(".status").inner_text() == "At z = 5: a = 5."


def test_initialization_follows_its_controls(show):
    shown = show("shown = interactive.initialization(); shown").page.locator(".initialization")
    shown.get_by_role("combobox", name="Function", exact=True).select_option("relu")
    shown.get_by_role("combobox", name="Weights", exact=True).select_option("large")
    shown.get_by_role("slider", name="Scale", exact=True).press("End")
    assert shown.locator("p.title").last.inner_text() == "Standard deviation of the weights: 10."
    shown.get_by_role("slider", name="Layers", exact=True).press("End")
    text = "The signal explodes: from layer 21 on, its standard deviation is too large for float32."
    assert shown.locator(".status").inner_text().startswith(text)


def test_schedules_follow_their_controls(show):
    shown = show("interactive.schedules()").page.locator(".schedules")
    shown.get_by_role("combobox", name="Schedule", exact=True).select_option("cosine_restarts")
    shown.get_by_role("slider", name="Step t", exact=True).press("End")
    assert shown.locator(".status").inner_text() == "At step 99: learning rate 0.002447."
    factor = shown.get_by_role("slider", name="Factor of period lengths k", exact=True)
    factor.press("ArrowLeft")
    factor.press("ArrowLeft")
    assert "t_mul=1.5" in shown.locator("code").inner_text()
    rate = schedules.cosine_restarts(0.1, 15, t_mul=1.5)(99)
    assert shown.locator(".status").inner_text() == f"At step 99: learning rate {rate:.4g}."


def test_optimizers_follow_their_controls(show):
    notebook = show("interactive.compare_optimizers()")
    page = notebook.page
    page.get_by_role("slider", name="Learning rate of B").press("ArrowRight")
    page.get_by_role("slider", name="Start, x").press("ArrowLeft")
    page.keyboard.press("b")  # in JupyterLab this key inserts a cell
    x, y = optimizers.descend(optimizers.adam(0.22, epsilon=1e-8), "beale", (0.75, 1.6), 100)[-1]
    height = float(surfaces.find("beale").f(x, y))
    result = page.locator(".descent .status").last
    assert result.inner_text().startswith(f"Step 100: {height:.3g}")


def test_python_has_the_race_of_the_page_and_the_page_that_of_python(show):
    notebook = show("race = interactive.compare_optimizers(); race")
    page = notebook.page
    page.get_by_role("slider", name="Start, x").press("ArrowLeft")
    notebook.add("print(race.settings['start'])")
    notebook.add("race.set(surface='ravine', steps=7)")
    for _ in range(100):  # the page sends a change when its slider rests
        notebook.run(2)
        if notebook.text(2).strip() == "[0.75, 1.6]":
            break
    assert notebook.text(2).strip() == "[0.75, 1.6]"
    notebook.run(3)
    page.locator(".descent .status", has_text="Step 7:").first.wait_for()


BACKPROPAGATION = "interactive.backpropagation([[[2.0], [1.0]]], x=[1.0, 3.0], y=[4.0])"


def test_backpropagation_goes_step_by_step(show):
    shown = show(BACKPROPAGATION).page.locator(".backpropagation")
    shown.get_by_role("slider", name="Step", exact=True).press("End")
    assert shown.locator(".sentence .title").inner_text() == "Update"
    shown.get_by_role("combobox", name="From", exact=True).select_option(index=1)
    assert "= 6\n" in shown.locator(".factors").inner_text()


CONVOLUTION = "interactive.convolution([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 'identity')"


def test_a_convolution_is_edited(show):
    shown = show(CONVOLUTION).page.locator(".convolution", has_text="Window 1 of 1:")
    cell = shown.get_by_role("spinbutton", name="Kernel, row 1, column 1", exact=True)
    cell.fill("10")
    cell.press("Enter")
    assert "sum of products: 15" in shown.locator(".sentence").inner_text()


EXPLAINED = """from mlcourse import models
interactive.explain_convolution(models.cnn((12, 12, 1), filters=(3,)), [[0] * 6 + [1] * 6] * 12)"""


def test_the_layers_of_a_model_are_shown(show):
    shown = show(EXPLAINED).page.locator(".convolution", has_text="max_pooling2d")
    menu = shown.get_by_role("combobox", name="Layer", exact=True)
    menu.select_option("1")
    assert shown.locator(".sentence .title").inner_text().startswith("Window ")
    assert "largest of 4 pixels" in shown.locator(".sentence").inner_text()


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
