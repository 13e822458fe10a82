import io
from contextlib import chdir, redirect_stdout
from functools import partial

import matplotlib as mpl
import nbformat
import pytest

from mlcourse.lectures import catalog, runner

V4 = nbformat.v4

SETUP = "import mlcourse\nlecture = mlcourse.setup_notebook()"
FIT = """
import time
from IPython.display import display
handle = display({"text/plain": ""}, raw=True, display_id=True)
handle.update({"text/plain": "epoch 1 of 2"}, raw=True)
"""
TWO_SLIDERS = """
from mlcourse.figures import draw_neural_net
from mlcourse.interactive import Interactive
from mlcourse.interactive.controls import slider

controls = {"layers": slider("Hidden layers", 0, 6, 1), "units": slider("Units in each", 1, 12, 2)}

def draw(figure, layers, units):
    draw_neural_net(figure.add_axes((0, 0, 1, 1)), [5, *[units] * layers, 5])

prerender = dict.fromkeys(controls)
options = {"figsize": (7, 5), "alt": "A network.", "layout": "none", "prerender": prerender}
Interactive(draw, controls, **options)"""
REPORT = """
import numpy as np
from mlcourse.datasets import Dataset
images, labels = np.zeros((1, 2, 2), np.uint8), np.zeros(1, np.uint8)
data = Dataset(images, labels, images, labels, ("a",), "SOURCE", "mnist")
lecture.record("epochs", lecture.choose(full=25, quick=5), 25)
lecture.record("accuracy", 0.5)
lecture.report(data)
"""


def put_lecture(folder, name, *sources, order=1):
    """Write a notebook with these cells, and return its path. Markdown starts with `md:`."""
    cells = [V4.new_markdown_cell(f"# The {name}\n\nWhat it\nis about.\n\nMore.")]
    cells += [
        V4.new_markdown_cell(s[3:]) if s.startswith("md:") else V4.new_code_cell(s) for s in sources
    ]
    notebook = V4.new_notebook(cells=cells, metadata={"mlcourse": {"order": order}})
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder / f"{name}.ipynb"


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """Replace the folder of lectures by an empty one, and return a function that adds a lecture."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.setattr(catalog, "folder", lambda: folder)
    return partial(put_lecture, folder)


def execute_here(notebook, target, environment):
    """Run code cells in this process, as `runner.execute` does in a kernel.

    Printed text and displayed bundles become outputs; the value of a last line does not.
    """
    namespace = {}
    with chdir(target.parent), mpl.rc_context(), pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                patch.setattr("IPython.display.display", partial(put_output, cell))
                run_cell(cell, namespace, target)


def put_output(cell, bundle, raw):
    assert raw
    cell.outputs.append(V4.new_output("display_data", bundle))


def run_cell(cell, namespace, target):
    try:
        with redirect_stdout(io.StringIO()) as printed:
            exec(cell.source, namespace)
        cell.outputs.append(V4.new_output("stream", text=printed.getvalue()))
    except Exception as error:
        name = type(error).__name__
        cell.outputs.append(V4.new_output("error", ename=name, evalue=str(error), traceback=[]))
        raise catalog.LectureFailed(f"{name}: {error} ({target})") from error


@pytest.fixture(params=["here", pytest.param("kernel", marks=pytest.mark.slow)])
def execution(request, monkeypatch):
    """Run the cells of lectures in this process, and, in a slow test, in a kernel."""
    if request.param == "here":
        monkeypatch.setattr(runner, "execute", execute_here)
