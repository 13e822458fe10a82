"""Render draw functions as arrays, to compare them with the image of an interactive figure."""

import io

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from mlcourse.figures import STYLE


def drawn(draw, size, layout="constrained"):
    """Return an empty figure after a draw function as an array."""
    figure = Figure(figsize=size, layout=layout)
    canvas = FigureCanvasAgg(figure)
    draw(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def pixels(draw, size, layout="constrained"):
    """Return an empty figure, in the style of a lecture, after a draw function as an array."""
    with mpl.rc_context(STYLE):
        return drawn(draw, size, layout)


def read(png):
    """Return the pixels of a PNG, given as bytes."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


def shown(interactive):
    """Return the image of an interactive figure as an array."""
    return read(interactive.image.value)


def assert_shows(interactive, draw, size, layout="constrained"):
    """Check that the image of an interactive figure is the one of a draw function."""
    assert interactive.error_message == ""
    np.testing.assert_array_equal(shown(interactive), drawn(draw, size, layout))
