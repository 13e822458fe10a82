"""The live playground in JupyterLab: what is trained in the page is in Python after a pause."""

import base64
import json
import re

import nbformat
import pytest

from mlcourse.interactive import playground
from tests.browser.lab import PATIENCE, Lab, missing

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(missing()), reason=missing())]
BEGIN = "import numpy as np\nfrom mlcourse import interactive"
SHOW = """playground = interactive.playground(hidden=[3], activation='tanh')
epochs = []
playground.observe(lambda change: epochs.append(change["new"]), "epoch")
playground"""
ASK = """import json
points = playground.points[0][0]
print(json.dumps({
    "epoch": playground.epoch,
    "messages": len(epochs),
    "last": playground.history.last,
    "loss": playground.history.history["loss"][-1],
    "accuracy": float(((playground.predict(points)[:, 0] > 0.5) == playground.points[0][1]).mean()),
    "shown": playground.history.history["accuracy"][-1],
}))"""
MODEL = """model = playground.model()
outputs = np.asarray(model(playground.features(points).astype("float32")))
print(np.abs(outputs - playground.predict(points)).max() < 1e-5)"""
CHANGE = """model.layers[0].set_weights([np.eye(2, 3), np.zeros(3)])
playground.load_model(model)"""
OTHER = "playground.set(points='circles', hidden=[5])"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with Lab(tmp_path_factory.mktemp("lab")) as opened:
        yield opened


@pytest.fixture(scope="module")
def notebook(lab):
    return lab.open("playground", BEGIN, SHOW, ASK, MODEL, CHANGE, OTHER)


def test_python_has_what_the_page_trained_and_the_page_what_python_sets(notebook):
    notebook.run(0)
    notebook.run(1)
    page = notebook.page
    status = page.locator(".playground .status")
    run = page.get_by_role("button", name="Run", exact=True)
    run.wait_for(timeout=1000 * PATIENCE)
    cells = page.locator(".jp-Cell").count()
    run.focus()
    for key in ("b", "ArrowDown", "d", "d"):  # JupyterLab: new cell, next cell, delete it
        page.keyboard.press(key)
    assert page.locator(".jp-Cell").count() == cells
    run.click()
    trained = page.locator(".playground .status", has_text=re.compile(r"Epoch [1-9]\d"))
    trained.wait_for(timeout=1000 * PATIENCE)
    page.get_by_role("button", name="Pause", exact=True).click()
    notebook.run(2)
    found = json.loads(notebook.text(2))
    assert f"Epoch {found['epoch']}." in status.inner_text()
    assert found["epoch"] == found["last"] >= 10
    assert found["messages"] == 1  # none while it trains
    assert found["accuracy"] == pytest.approx(found["shown"])
    notebook.run(3)
    assert notebook.text(3).strip() == "True"
    notebook.run(4)
    page.locator(".playground .status", has_text="Epoch 0.").wait_for()
    page.get_by_role("button", name="Unit 2 of hidden layer 1").click()
    assert page.get_by_role("spinbutton", name="weight of x₂").input_value() == "1"
    notebook.run(5)
    page.get_by_role("button", name="Unit 5 of hidden layer 1").wait_for()
    assert "Epoch 0." in status.inner_text()


def test_a_notebook_that_is_opened_again_shows_the_image(lab):
    shown = playground()._repr_mimebundle_()
    shown["image/png"] = base64.b64encode(shown["image/png"]).decode()
    cell = nbformat.v4.new_code_cell("interactive.playground()")
    cell.outputs = [nbformat.v4.new_output("display_data", shown)]
    image = lab.open("again", cell).page.locator(".jp-OutputArea-output img")
    image.wait_for(timeout=1000 * PATIENCE)
    assert image.bounding_box()["width"] > 300
