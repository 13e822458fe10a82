"""Strategies that several modules of cases share: pictures, classes, and what is none of these."""

import os

import numpy as np
from hypothesis import strategies as st
from matplotlib.figure import Figure


def one_of(*values):
    """Returns a strategy for these values."""
    return st.sampled_from(values)


def numbers(largest=1e6):
    """Returns a strategy for numbers, whole ones among them."""
    return st.integers(-9, 9) | st.floats(-largest, largest)


FLAGS = st.booleans()
TITLES = one_of("", "A title", "ein Titel\nmit Umlauten: äöü", "a$b", "$\\frac{$", "$5 and $6")
ANY = one_of(None, "unknown", 3, object(), [[1], [1, 2]], np.nan)
NO_FLAGS = one_of(None, 0, 1, "yes", [True])
NO_COUNTS = one_of(None, 0, -1, 1.5, "3", True, np.nan, [2])
NO_NUMBERS = one_of(None, np.nan, np.inf, -np.inf, "1", [1.0], True)

AXES = st.none() | st.builds(lambda: Figure(layout="constrained").subplots())
FIGURES = st.none() | st.builds(Figure)
NO_AXES = st.sampled_from([3, "ax", object(), Figure()])
NO_FIGURES = st.builds(lambda: Figure().subplots()) | st.sampled_from([3, "fig", object()])


def pictures(n):
    """Returns a strategy for n small pictures, in the forms that they come in."""
    dots = np.arange(n * 12).reshape(n, 3, 4) % 256
    return one_of(
        np.zeros((n, 2, 2)),
        dots.astype(np.uint8),
        np.ones((n, 4, 4, 3), np.float32),
        np.zeros((n, 2, 3, 1), np.uint8),
        np.zeros((n, 5, 2), int).tolist(),
    )


@st.composite
def classified(draw):
    """Draws true classes, a model's answers, and names, in the forms that they come in."""
    n, classes = draw(st.integers(1, 4)), draw(st.integers(2, 3))
    some = st.lists(st.integers(0, classes - 1), min_size=n, max_size=n)
    y, answers = draw(some), draw(some)
    shares = 0.1 / classes + 0.9 * np.eye(classes)[answers]
    known = [answers, np.array(answers), shares, shares.tolist()]
    if classes == 2:
        known += [shares[:, 1], shares[:, 1:].astype(np.float32)]
    forms = [y, np.array(y, np.uint8), np.array(y)[:, None], np.eye(classes)[y]]
    return draw(one_of(*forms)), draw(one_of(*known)), ["cat", "dog", "a bird"][:classes]


def drawn(result, _arguments):
    """Whether a picture can be drawn; for that time is taken where many examples are tried."""
    if "MLCOURSE_FUZZ" in os.environ:
        getattr(result, "figure", result).get_figure(root=True).draw_without_rendering()
    return True
