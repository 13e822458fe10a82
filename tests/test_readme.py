"""Run the code of README.md and of the pages with examples as notebooks."""

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
QUICKER = {"epochs=60": "epochs=1", "trials=20": "trials=2", "repeats=3": "repeats=1"}
PAGES = [README, ROOT / "docs" / "examples.md"]


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


def blocks(page):
    """Return the code blocks of a page, with fewer epochs and trials."""
    cells = code_of(page)
    for full, quick in QUICKER.items():
        cells = [cell.replace(full, quick) for cell in cells]
    return cells


def test_the_readme_is_short():
    assert len(README.read_text("utf-8").splitlines()) <= 180


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
@pytest.mark.parametrize("between", ["", "%reset -f"], ids=["in order", "each by itself"])
def test_the_code_of_a_page_runs(page, between, tmp_path, cache):
    nbformat.write(handed_in(), tmp_path / "handed-in.ipynb")
    cells = [LITTLE_DATA]
    for cell in blocks(page):
        cells += [between, cell]
    assert len(cells) > 6
    run(cells, tmp_path)


@pytest.mark.slow
def test_the_code_in_the_page_on_live_plots_runs(tmp_path):
    cells = code_of(ROOT / "docs" / "training-plot.md")
    assert len(cells) >= 5
    run(cells, tmp_path)
