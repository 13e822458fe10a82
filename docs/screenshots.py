"""Photographs what a browser shows: `python -m docs.screenshots` writes the PNGs in docs/images.

Pictures with controls are moved in JupyterLab as a lecturer would move them, live components in a
page. It needs what `make test-browser` needs.
"""

import io
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops

from mlcourse import interactive
from mlcourse.figures._shared.saving import reduce_colors
from tests.browser.lab import Lab, draw_stroke, missing, start_browser

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
WIDTH = 900  # pixels, at the most
SHOWN = ".jp-OutputArea-output:has(.jupyter-widgets)"
BEGIN = """import keras
import numpy as np
import mlcourse
from mlcourse import datasets, interactive, training

lecture = mlcourse.setup_notebook()
data = datasets.load("mnist", synthetic=True)
layers = keras.layers


def trained(x, y, last, loss):
    \"\"\"Returns a trained network, what is before its last layer, and that one.\"\"\"
    before = keras.Sequential([keras.Input((784,)), layers.Dense(100, "relu"), layers.Dense(2)])
    head = keras.Sequential([keras.Input((2,)), last])
    model = keras.Sequential([before, head])
    model.compile("adam", loss)
    model.fit(x, y, batch_size=50, epochs=5, verbose=0)
    return model, before, head


def some(count, *kinds):
    \"\"\"Returns so many pictures of some digits as rows of numbers, and what they are.\"\"\"
    chosen = np.flatnonzero(np.isin(data.y_train, kinds))[:count]
    return training.prepare_images(data.x_train[chosen], flatten=True), data.y_train[chosen]
"""
EMBEDDING = """x, y = some(6000, *range(10))
_, encoder, _ = trained(x, y, layers.Dense(10, "softmax"), "sparse_categorical_crossentropy")
places = encoder.predict(x[:1200], verbose=0)
interactive.embedding(x[:1200].reshape(-1, 28, 28), y[:1200], places)"""
DIGIT = """x, y = some(6000, 3, 8)
model, *parts = trained(x, y == 3, layers.Dense(1, "sigmoid"), "binary_crossentropy")
places = parts[0].predict(x[:300], verbose=0)
interactive.draw_digit({"network": model}, *parts, places, y[:300] == 3, class_names=("8", "3"))"""
THREE = ((0.25, 0.22), (0.7, 0.16), (0.42, 0.46), (0.74, 0.68), (0.3, 0.84))


def choose(notebook):
    """Chooses an eight."""
    notebook.press("Class", "8")
    notebook.press("Example", "ArrowRight", 9)


def draw(notebook):
    """Draws a three with the mouse."""
    draw_stroke(notebook, *THREE)


INTERACTIVES = {
    "embedding": (EMBEDDING, choose),
    "draw_digit": (DIGIT, draw),
}


def photograph_interactives():
    """Photographs pictures with controls in JupyterLab."""
    with tempfile.TemporaryDirectory() as folder, Lab(folder) as lab:
        notebook = lab.open("screenshots", BEGIN)
        notebook.page.set_viewport_size({"width": 1280, "height": 1400})
        notebook.run(0)
        for name, (source, move) in INTERACTIVES.items():
            notebook.replace(BEGIN, source)
            notebook.run(1)
            notebook.page.locator(f"{SHOWN} img.widget-image").wait_for()
            move(notebook)
            time.sleep(3)  # the last picture is on its way
            keep(name, notebook.page.locator(SHOWN).screenshot())


def overfit(page):
    """Trains the playground until it has memorized noise."""
    page.get_by_role("button", name="Run", exact=True).click()
    epoch = "document.querySelector('mlcourse-playground').session.trainer.epoch"
    page.wait_for_function(f"{epoch} >= 300")
    page.get_by_role("button", name="Pause", exact=True).click()


def go_back(page):
    """Shows the last step of back-propagation before the update."""
    page.get_by_role("slider", name="Step", exact=True).press("End")
    page.keyboard.press("ArrowLeft")


def move_step(page):
    """Shows the learning rate in the middle of the second period."""
    page.get_by_role("slider", name="Step t", exact=True).focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")


def components():
    """Returns live components by name, each with a function that moves it."""
    rng = np.random.default_rng(1)
    weights = [rng.normal(size=shape).round(2) for shape in ((2, 4), 4, (4, 3), 3, (3, 1), 1)]
    playground = interactive.playground(layers=2, units=10, noise=0.3, speed="ten_epochs")
    return {
        "playground": (playground, overfit),
        "compare_optimizers": (interactive.compare_optimizers(), lambda page: None),
        "convolution": (interactive.convolution(), lambda page: None),
        "backpropagation": (interactive.backpropagation(weights, [0.5, -1.0], [1.0]), go_back),
        "network_size": (interactive.network_size(layers=3, units=8), lambda page: None),
        "activation_functions": (interactive.activation_functions("gelu"), lambda page: None),
        "initialization": (interactive.initialization("relu", "he_normal"), lambda page: None),
        "schedules": (interactive.schedules("cosine_restarts"), move_step),
    }


def photograph_components():
    """Photographs live components in a page."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        page = start_browser(stack).new_page(viewport={"width": 1200, "height": 900})
        for name, (component, move) in components().items():
            file = Path(folder) / "page.html"
            file.write_text(f"<!doctype html><meta charset='utf-8'>{component.to_html()}", "utf-8")
            page.goto(file.as_uri())
            move(page)
            keep(name, page.locator(".frame").screenshot())


def keep(name, png):
    """Writes a photograph, without the white around it, in no more pixels than a page has room."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    white = Image.new("RGB", picture.size, picture.getpixel((picture.width - 1, 0)))
    picture = picture.crop(ImageChops.difference(picture, white).getbbox())
    picture.thumbnail((WIDTH, picture.height), Image.Resampling.LANCZOS)
    path = IMAGES / f"{name}.png"
    reduce_colors(picture).save(path, optimize=True)
    print(path)


def main():
    """Writes all photographs; returns the exit status."""
    if missing():
        sys.exit(missing())
    photograph_interactives()
    photograph_components()


if __name__ == "__main__":
    main()
