"""Each interactive in JupyterLab in a real browser: keys move it, and the right picture comes."""


import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mlcourse.figures import draw_neural_net
from tests.browser.lab import Lab, missing

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(missing()), reason=missing())]

BEGIN = "import mlcourse; from mlcourse import interactive; lecture = mlcourse.setup_notebook()"


@pytest.fixture(scope="module")
def one_notebook(tmp_path_factory):
    with Lab(tmp_path_factory.mktemp("lab")) as lab:
        notebook = lab.open("interactive", BEGIN)
        notebook.run(0)
        yield notebook


@pytest.fixture
def show(one_notebook):
    """Returns a function that runs a cell, which shows an interactive."""

    def run(source):
        one_notebook.replace(BEGIN, source)
        one_notebook.run(1)
        return one_notebook

    return run


def pixels(draw, size, layout="constrained"):
    """Returns what a draw function draws on a figure of its own, as an array."""
    import matplotlib as mpl

    from mlcourse.figures import STYLE

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=size, layout=layout)
        canvas = FigureCanvasAgg(figure)
        draw(figure)
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def test_network_size_follows_both_sliders(show):
    notebook = show("interactive.network_size()")
    notebook.press("Hidden layers", "ArrowRight", 2)
    notebook.press("Nodes in each", "ArrowLeft")

    def draw(figure):
        draw_neural_net(figure.add_axes((0, 0, 1, 1)), [5, 5, 5, 5, 5, 5])

    notebook.wait_for_pixels(pixels(draw, (7, 5), "none"))
