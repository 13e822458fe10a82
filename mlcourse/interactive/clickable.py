"""A picture that can be clicked, if anywidget is installed."""

from pathlib import Path

import ipywidgets as widgets
from traitlets import Bytes, Float, Int, List

try:
    import anywidget
except ImportError:  # whoever shows it has sliders, too
    Clickable = widgets.Image
else:

    class Clickable(anywidget.AnyWidget):  # type: ignore[no-redef]  # the one of the two there is
        """The picture of an `Interactive`, which notes where it is clicked.

        Attributes:
            value: the bytes of a PNG.
            width, height: in pixels.
            clicked: (x, y) of the last click in pixels, from the upper left; empty before.
        """

        _esm = Path(__file__).with_name("clickable.js")
        value = Bytes().tag(sync=True)
        width, height = Int().tag(sync=True), Int().tag(sync=True)
        clicked = List(Float()).tag(sync=True)


def on_click(picture, call):
    """Has a function called with x and y, in pixels from the upper left, where it is clicked."""
    if picture.has_trait("clicked"):
        picture.observe(lambda change: call(*change["new"]), "clicked")
