"""What a draw function draws on a figure of its own, to compare an interactive's picture with."""

import io

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from mlcourse.figures import STYLE


def drawn(draw, size, layout="constrained"):
    """Returns what a function draws on an empty figure, as an array."""
    figure = Figure(figsize=size, layout=layout)
    canvas = FigureCanvasAgg(figure)
    draw(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def pixels(draw, size, layout="constrained"):
    """Returns what a function draws in the style of a lecture, as an array."""
    with mpl.rc_context(STYLE):
        return drawn(draw, size, layout)


def read(png):
    """Returns the pixels of a PNG, given as bytes."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


def shown(interactive):
    """Returns the picture that an interactive shows, as an array."""
    return read(interactive.picture.value)


def assert_shows(interactive, draw, size, layout="constrained"):
    """Fails unless an interactive shows just what a function draws."""
    assert interactive.problem == ""
    np.testing.assert_array_equal(shown(interactive), drawn(draw, size, layout))
