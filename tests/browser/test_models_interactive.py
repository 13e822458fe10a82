"""Test interactive figures of models in JupyterLab in a browser: keyboard, buttons, drawing."""

import base64
import io
import time

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image
from scipy import special

from mlcourse import datasets, plot_misclassified
from mlcourse.figures import STYLE, plot_digit_prediction
from mlcourse.figures.evaluation.neighbors import plot_neighbors
from mlcourse.interactive import confusion_cells
from mlcourse.interactive.networks import boundary_by_depth
from tests.browser.lab import CANVAS, button, draw_stroke, missing
from tests.interactive.images import pixels, shown

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(missing()), reason=missing())]

BEGIN = """import base64
import numpy as np
from scipy import special
import mlcourse
from mlcourse import datasets, interactive
lecture = mlcourse.setup_notebook()"""


BOUNDARIES = "interactive.boundary_by_depth(*datasets.two_moons(40), units=5)"


def test_the_boundaries_follow_the_slider(show):
    notebook = show(BOUNDARIES)
    notebook.press("Hidden layers", "ArrowRight")
    with mpl.rc_context(STYLE):
        plain = boundary_by_depth(*datasets.two_moons(40), units=5)
        first = shown(plain)
        plain.set(layers=2)
    assert not np.array_equal(first, shown(plain))
    notebook.wait_for_pixels(shown(plain), seconds=40)


PETS = """rng = np.random.default_rng(0)
y, x = rng.integers(0, 3, 60), rng.random((60, 5, 5))
y_pred = rng.dirichlet([1, 1, 1], 60)"""
NAMES = "cat", "dog", "owl"
MISCLASSIFIED = f"{PETS}\ninteractive.misclassified_by_class(x, y, y_pred, {NAMES})"


def test_misclassified_images_follow_the_menus(show):
    notebook = show(MISCLASSIFIED)
    names = {"np": np}
    exec(PETS, names)
    x, y, y_pred = (names[name] for name in ("x", "y", "y_pred"))

    def image(rows, cols, **which):
        def draw(figure):
            options = {"rows": rows, "cols": cols, "class_names": NAMES, **which}
            plot_misclassified(x, y, y_pred, **options, fig=figure)

        return pixels(draw, (10.5, 6.8))

    notebook.press("True class", "End")  # JupyterLab uses arrows and some letters itself
    notebook.wait_for_pixels(image(3, 6, true_class=2))
    notebook.press("True class", "Home")
    notebook.press("Predicted class", "End")
    notebook.press("Images", "Home")
    notebook.wait_for_pixels(image(1, 3, predicted_class=2))


CELLS = f"{PETS}\ninteractive.confusion_cells(x, y, y_pred, {NAMES})"


def test_the_images_of_a_cell_follow_the_menus(show):
    notebook = show(CELLS)
    names = {"np": np}
    exec(PETS, names)
    with mpl.rc_context(STYLE):
        plain = confusion_cells(*(names[name] for name in ("x", "y", "y_pred")), NAMES)
        first = shown(plain)
        plain.set(true_class=2, predicted_class=0)
    assert not np.array_equal(first, shown(plain))
    notebook.press("True class", "End")
    notebook.press("Predicted class", "Home")
    notebook.wait_for_pixels(shown(plain))


NEIGHBOURS = """rng = np.random.default_rng(0)
x, places = rng.random((40, 5, 5)), rng.normal(size=(40, 2))
interactive.embedding(x, np.arange(40) % 3, places)"""


def test_the_neighbours_follow_the_menu_and_the_slider(show):
    notebook = show(NEIGHBOURS)
    notebook.press("Class", "1")
    notebook.press("Example", "ArrowRight", 4)
    rng = np.random.default_rng(0)
    x, places = rng.random((40, 5, 5)), rng.normal(size=(40, 2))

    def draw(figure):
        plot_neighbors(x, np.arange(40) % 3, places, 13, fig=figure)

    notebook.wait_for_pixels(pixels(draw, (10.5, 5)))


MODELS = """rng = np.random.default_rng(0)
points = rng.normal(size=(60, 2)) + np.repeat([[0.0, 0.0], [3.0, 2.0]], 30, axis=0)
y = np.repeat([0, 1], 30)
def head(places):
    return special.expit(2 * places[:, :1] + places[:, 1:] - 4)
def encoder(x):
    return np.column_stack([x[:, :392].sum(axis=1), x[:, 392:].sum(axis=1)]) / 40
models = {"left": lambda x: head(encoder(x)), "other": lambda x: x[:, 400:401]}"""
DIGITS = "interactive.draw_digit(models, encoder, head, points, y)"
PAPER = 'paper = digits.controls["digit"]'
READ = "print(base64.b64encode(paper.value.content).decode())"


def prediction(content):
    """Return the image of the predictions for an image file."""
    names = {"np": np, "special": special}
    exec(MODELS, names)
    parts = [names[name] for name in ("models", "encoder", "head", "points", "y")]
    digit = datasets.preprocess_digit(Image.open(io.BytesIO(content)))
    title = "A drawn digit"
    return pixels(
        lambda figure: plot_digit_prediction(digit, *parts, fig=figure, title=title), (10.5, 4)
    )


@pytest.fixture
def paper(show):
    shown = f"digits = {DIGITS}\n{PAPER}\ndigits"
    return show(f"{MODELS}\n{shown}", READ, READ, READ, "print(repr(paper.canvas.value))")


def read_back(notebook, cell):
    notebook.run(cell)
    return base64.b64decode(notebook.text(cell))


def ink(content):
    """Return the fraction of dark pixels of a drawing."""
    return np.mean(np.asarray(Image.open(io.BytesIO(content)).convert("L")) < 128)


def test_each_stroke_changes_the_figure_and_clear_removes_them(paper):
    notebook, first = paper, paper.shown()
    draw_stroke(notebook, (0.5, 0.2), (0.5, 0.8))
    while np.array_equal(notebook.shown(), first):
        time.sleep(0.05)
    one = read_back(notebook, 2)
    notebook.wait_for_pixels(prediction(one))
    draw_stroke(notebook, (0.3, 0.2), (0.7, 0.2), (0.4, 0.9))
    notebook.wait(f"document.querySelectorAll('{CANVAS}').length === 1", "one canvas")
    time.sleep(2)
    two = read_back(notebook, 3)
    notebook.wait_for_pixels(prediction(two))
    assert 0 < ink(one) < ink(two)
    button(notebook, "Clear").press("Enter")
    notebook.wait_for_pixels(first)
    notebook.run(5)
    assert notebook.text(5).strip() == "''"
    draw_stroke(notebook, (0.2, 0.5), (0.8, 0.5))
    time.sleep(2)
    line = read_back(notebook, 4)
    assert ink(line) < ink(two)  # the cleared strokes do not come back
    notebook.wait_for_pixels(prediction(line))


def upload(notebook, path):
    """Upload a file by keyboard."""
    with notebook.page.expect_file_chooser() as chooser:
        button(notebook, "Upload an image").press("Enter")
    chooser.value.set_files(path)


def test_an_upload_changes_the_figure_and_a_damaged_one_is_an_error(paper, tmp_path):
    notebook = paper
    image = Image.new("L", (200, 200), "white")
    image.paste(0, (90, 30, 110, 170))
    good, bad = tmp_path / "one.png", tmp_path / "broken.png"
    image.save(good)
    bad.write_bytes(good.read_bytes()[:60])
    upload(notebook, good)
    notebook.wait_for_pixels(prediction(good.read_bytes()))
    upload(notebook, bad)
    line = notebook.page.locator(".jp-OutputArea-output [role=alert]")
    line.wait_for()
    assert line.inner_text().endswith("and whole. Got 'broken.png' instead.")
    notebook.wait_for_pixels(prediction(good.read_bytes()))
