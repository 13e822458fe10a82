"""Run the code of README.md and of the page on live plots as notebooks."""

import re
from pathlib import Path

import nbclient
import nbformat
import pytest

from mlcourse.lectures import session
from tests.conftest import PATIENCE

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
LITTLE_DATA = """
from dataclasses import replace
import numpy as np
from mlcourse.datasets import catalog

for name, entry in catalog.CATALOG.items():
    catalog.CATALOG[name] = replace(entry, train_counts=(20,) * 10, test_counts=(2,) * 10)
"""
OWN_DATA = """
rng = np.random.default_rng(0)
x_train, x_val, x_test = (rng.random((40, {shape})) for _ in range(3))
y_train, y_val, y_test = (rng.integers(0, {classes}, 40) for _ in range(3))
"""
BEFORE = {  # README does not define these images and labels
    "import mlcourse\n": LITTLE_DATA,
    "from mlcourse import explain": OWN_DATA.format(shape=784, classes=2),
    "import keras\nfrom mlcourse import models": OWN_DATA.format(shape="28, 28", classes=10),
}
QUICKER = {"epochs=60": "epochs=1", "trials=20": "trials=2", "repeats=3": "repeats=1"}


def handed_in():
    """Write a notebook with a report in its last cell, as a lecture does."""
    kept = nbformat.v4.new_output(
        "display_data", {session.MIME_TYPE: {"rows": [["accuracy", 0.9]]}}
    )
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=[kept])])


def code_of(page):
    return re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)


def run(cells, folder):
    """Run cells as a notebook in a folder; warnings are errors."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = nbclient.NotebookClient(notebook, startup_timeout=PATIENCE)
    client.execute(cwd=str(folder))
    outputs = [output for cell in notebook.cells for output in cell.outputs]
    errors = [output.text for output in outputs if output.get("name") == "stderr"]
    assert not any("Warning" in text for text in errors), errors


@pytest.mark.slow
def test_the_code_in_the_readme_runs(tmp_path, cache):
    nbformat.write(handed_in(), tmp_path / "handed-in.ipynb")
    cells = code_of(README)
    for start, code in BEFORE.items():
        found = [number for number, cell in enumerate(cells) if cell.startswith(start)]
        cells.insert(found[0], code)
    for whole, part in QUICKER.items():
        assert any(whole in cell for cell in cells)
        cells = [cell.replace(whole, part) for cell in cells]
    run(cells, tmp_path)


@pytest.mark.slow
def test_the_code_in_the_page_on_live_plots_runs(tmp_path):
    cells = code_of(ROOT / "docs" / "training-plot.md")
    assert len(cells) >= 5
    run(cells, tmp_path)
