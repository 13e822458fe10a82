"""A canvas in the browser, as a widget."""

from pathlib import Path

import anywidget
import traitlets


class Canvas(anywidget.AnyWidget):
    """A white sheet to draw on in black, with the mouse, a pen or a finger.

    Attributes:
        value: after each stroke the sheet as a PNG in a data URL; empty while nothing is on it.
            Set to "", it is wiped.
    """

    _esm = Path(__file__).with_name("canvas.js")
    value = traitlets.Unicode("").tag(sync=True)
