"""No text leaves a figure or covers another one, at any size, with large fonts and long names."""

import itertools
import warnings

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.text import Text

from mlcourse import figures
from tests.figures import calls

SIZES = [None, (3, 3), (12, 3), (4, 8), (6.4, 4.8)]  # inches; None for the function's own size
STYLES = {"house": figures.STYLE, "large": figures.STYLE | {"font.size": 20}}
ALL = {**calls.OF_AXES, **calls.OF_3D_AXES, **calls.OF_FIGURES}
QUICK = [
    ("plot_confusion_matrix", (3, 3), "house"),
    ("plot_probabilities", (3, 3), "house"),
    ("plot_calibration", None, "large"),
]
MAX_SHARED = 12  # pixels of two texts: antialiased edges
MAX_OUTSIDE = 1.5  # pixels of a text beyond the edge of the figure


def draw(name, size):
    """Call a figure function and return its Figure."""
    if name in calls.OF_FIGURES:
        target = size and plt.figure(figsize=size, layout="constrained")
    else:
        projection = "3d" if name in calls.OF_3D_AXES else None
        figure = size and plt.figure(figsize=size, layout="constrained")
        target = figure and figure.add_subplot(projection=projection)
    result = ALL[name](target)
    return result.get_figure(root=True)


def drawn_texts(figure, monkeypatch):
    """Draw a figure, and return a dict from the texts that it shows to their boxes."""
    boxes = {}
    original = Text.draw

    def record(text, renderer):
        original(text, renderer)
        if text.get_visible() and text.get_text().strip():
            boxes[text] = text.get_window_extent()

    figure.draw_without_rendering()  # the layout
    with monkeypatch.context() as patch:
        patch.setattr(Text, "draw", record)
        figure.draw_without_rendering()
    return boxes


def pixels(text, figure):
    """Return which pixels of a figure a text covers, with the box behind it."""
    renderer = RendererAgg(*map(int, figure.bbox.size), figure.dpi)
    text.draw(renderer)
    return np.array(renderer.buffer_rgba())[..., 3] > 0


def defects(figure, monkeypatch):
    """Return a line for each text that leaves the figure or shares pixels with another one."""
    boxes = drawn_texts(figure, monkeypatch)
    width, height = figure.bbox.size
    lines = []
    for text, box in boxes.items():
        is_inside = min(box.x0, box.y0, width - box.x1, height - box.y1) > -MAX_OUTSIDE
        is_clipped = text.get_clip_on() and text.get_clip_box() is not None
        if not is_inside and not is_clipped:
            lines.append(f"{text.get_text()!r} leaves the figure")
    for (text, box), (other, other_box) in itertools.combinations(boxes.items(), 2):
        if box.overlaps(other_box):
            shared = pixels(text, figure) & pixels(other, figure)
            if shared.sum() > MAX_SHARED:
                lines.append(f"{other.get_text()!r} covers {text.get_text()!r}")
    return lines


def test_a_text_that_covers_another_is_found(monkeypatch):
    figure = plt.figure(figsize=(3, 3))
    figure.text(0.1, 0.5, "first", fontsize=24)
    figure.text(0.1, 0.5, "second", fontsize=24)
    figure.text(0.9, 0.9, "outside")
    outside, covers = defects(figure, monkeypatch)
    assert outside == "'outside' leaves the figure" and covers == "'second' covers 'first'"


def test_all_figure_functions_have_a_call():
    names = {name for name in figures.__all__ if name.startswith(("plot_", "draw_"))}
    assert names | {"dashboard"} == {name.split(" ")[0] for name in ALL}


def cases():
    """All names, sizes and styles; only some of them are quick."""
    for name, size, style in itertools.product(ALL, SIZES, STYLES):
        case = f"{name}, {'own size' if size is None else '{:g} x {:g}'.format(*size)}, {style}"
        marks = [] if (name, size, style) in QUICK else [pytest.mark.slow]
        yield pytest.param(name, size, style, id=case, marks=marks)


@pytest.mark.parametrize("name", calls.MIN_SIZES)
def test_a_figure_that_is_too_small_for_many_texts_is_refused(name):
    with pytest.raises(ValueError, match=r"fig must be at least .* inches\. Got 3 x 3 instead"):
        draw(name, (3, 3))


@pytest.mark.parametrize(("name", "size", "style"), list(cases()))
def test_no_text_leaves_the_figure_or_covers_another(name, size, style, monkeypatch):
    if size and np.less(size, calls.MIN_SIZES.get(name, size)).any():
        pytest.skip("refused, see above")
    with mpl.rc_context(STYLES[style]), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a layout that Matplotlib gives up
        assert not defects(draw(name, size), monkeypatch)
