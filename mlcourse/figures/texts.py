"""Text from a user or from data: figures show it literally."""

from matplotlib.mathtext import MathTextParser

from mlcourse.figures.scaled_text import extent

LITERAL = {"parse_math": False}
"""Properties of a `matplotlib.text.Text` in which "$" is a dollar, and begins no formula."""


def escaped(text):
    r"""Return text to be shown literally beside a formula of ours.

    >>> escaped("$0-$50")
    '\\$0-\\$50'
    """
    return str(text).replace("$", r"\$")


def literal_width(text):
    """Return the width of text that is shown literally, in sizes of its font."""
    return max(extent(escaped(line))[0] for line in str(text).split("\n"))


def checked_formula(formula):
    """Return a formula in LaTeX, without dollars, if Matplotlib can draw it; raise otherwise."""
    rule = f"formula must be LaTeX that Matplotlib can draw, without $. Got {formula!r} instead."
    if "$" in str(formula):
        raise ValueError(rule)
    try:
        MathTextParser("path").parse(f"${formula}$")
    except ValueError as error:
        raise ValueError(rule) from error
    return formula
