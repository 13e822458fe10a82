"""A notebook shows each figure once, wherever it stands in a cell."""

import pickle

import matplotlib.pyplot as plt
import nbclient
import nbformat
import numpy as np
import pytest

from mlcourse import figures
from tests.conftest import PATIENCE

IMPORTS = """\
import numpy as np
from IPython.display import display
from matplotlib import pyplot as plt
from mlcourse.figures import *
x, y = np.zeros((4, 8, 8)), np.array([0, 1, 1, 0])"""
PLAIN = f"%matplotlib inline\n{IMPORTS}"
SETUP = f"import mlcourse\nmlcourse.setup_notebook()\n{IMPORTS}"
CELLS = {  # a cell, and the figures that it shows
    "plot_samples(x, y, 2, 2)": 1,
    "plot_samples(x, y, 2, 2);": 1,
    "plot_history({'loss': [3, 2, 1]})": 1,
    "plot_grad_cam(x, x)": 1,
    "plot_optimizer_comparison('sgd', steps=3)": 1,
    "plot_confusion_matrix([[3, 1], [0, 2]], ['a', 'b'])": 1,
    "plot_confusion_matrix([[3, 1], [0, 2]], ['a', 'b']).figure": 1,
    "fig = plot_samples(x, y, 2, 2)\nprint('and more')": 1,
    "fig = plot_samples(x, y, 2, 2)\nfig": 1,
    "fig": 1,  # of the cell before, which has been closed
    "display(fig)": 1,
    "plot_samples(x, y, 2, 2)\nplot_samples(x, y, 1, 2)\nplot_history({'loss': [3, 2]})": 3,
    "for rows in (1, 2):\n    print(rows)\n    display(plot_samples(x, y, rows, 2))": 2,
    "def draw():\n    return plot_samples(x, y, 2, 2)\ndraw()": 1,
    "fig = plot_samples(x, y, 2, 2)\nplt.close(fig)": 0,
    "plot_samples(x, y, 2, 2)\nplt.show()": 1,
    "plt.plot([1, 2])\nplot_samples(x, y, 2, 2)": 2,
    "fig = plt.figure(figsize=(3, 3))\nplot_samples(x, y, 2, 2, fig=fig)": 1,
    "fig, ax = plt.subplots()\nplot_confusion_matrix([[3, 1], [0, 2]], ['a', 'b'], ax)": 1,
}


@pytest.mark.slow
@pytest.mark.parametrize("first", [PLAIN, SETUP], ids=["inline backend", "setup_notebook"])
def test_a_notebook_shows_each_figure_once(first, tmp_path, monkeypatch):
    monkeypatch.delenv("MPLBACKEND", raising=False)
    cells = [nbformat.v4.new_code_cell(cell) for cell in (first, *CELLS)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(notebook, startup_timeout=PATIENCE).execute(cwd=str(tmp_path))
    shown = {
        cell.source: sum("image/png" in output.get("data", {}) for output in cell.outputs)
        for cell in notebook.cells[1:]
    }
    assert shown == CELLS
    (loop,) = (cell for cell in notebook.cells if cell.source.startswith("for"))
    assert [one.output_type for one in loop.outputs] == ["stream", "display_data"] * 2


def test_a_script_keeps_the_figure_in_pyplot_when_it_is_represented():
    figure = figures.plot_samples(np.zeros((4, 8, 8)), [0, 1, 1, 0], 2, 2)
    assert figure._repr_mimebundle_() == {}
    assert plt.fignum_exists(figure.number)  # plt.show() is still to show it


@pytest.mark.parametrize("given", [False, True])
def test_a_figure_can_be_pickled(given):
    fig = plt.figure() if given else None
    figure = figures.plot_samples(np.zeros((4, 8, 8)), [0, 1, 1, 0], 2, 2, fig=fig)
    again = pickle.loads(pickle.dumps(figure))
    assert [ax.get_title() for ax in again.axes] == ["0", "0", "1", "1"]  # a class in a row
    assert again._repr_mimebundle_() == {}
