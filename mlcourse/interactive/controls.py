"""Sliders, menus and check boxes of one style."""

from pathlib import Path

import anywidget
import ipywidgets as widgets
from traitlets import Bytes, Float, Int, List

LABEL_STYLE = {"description_width": "initial"}
MARGIN = "2px 1.5em 2px 2px"  # top, right, bottom, left


def slider(label, low, high, value=None, step=1):
    """Return a slider, for integers if all numbers are integers.

    Args:
        label: label in front of the slider.
        low, high: limits.
        value: initial value. Default: `low`.
        step: step size.
    """
    value = low if value is None else value
    options = {**_options(label, value), "min": low, "max": high, "step": step}
    if all(isinstance(number, int) for number in (low, high, step, value)):
        return widgets.IntSlider(**options)
    n_decimals = len(f"{step:.6g}".partition(".")[2])
    return widgets.FloatSlider(**options, readout_format=f".{n_decimals}f")


def log_slider(label, low, high, value):
    """Return a slider on a logarithmic scale with 20 steps per power of 10.

    A browser rounds the value to the nearest step; `exact_value` returns 0.2 for 0.1995.

    Args:
        label: label in front of the slider.
        low, high: limits, as exponents of 10.
        value: initial value.
    """
    options = {"min": low, "max": high, "step": 0.05, "readout_format": ".2g"}
    return widgets.FloatLogSlider(**_options(label, value), base=10, **options)


def exact_value(control, value=None):
    """Return the value of a control without the rounding errors of its steps.

    For a logarithmic slider this is the displayed number, for another one 0.3 instead of
    0.30000000000000004.

    Args:
        control: a widget.
        value: a value that the widget can have. Default: the current value.
    """
    value = control.value if value is None else value
    if isinstance(control, widgets.FloatLogSlider):
        return float(format(value, control.readout_format))
    return round(value, 10) if isinstance(control, widgets.FloatSlider) else value


def menu(label, options, value=None):
    """Return a drop-down menu.

    Args:
        label: label in front of the menu.
        options: options, as in `ipywidgets.Dropdown`. None cannot be an option: there it means
            that nothing is selected.
        value: initial value. Default: the first option.
    """
    initial = {} if value is None else {"value": value}
    return widgets.Dropdown(
        options=options,
        description=label,
        style=LABEL_STYLE,
        layout=_layout("max-content"),
        **initial,
    )


def checkbox(label, value=False):
    """Return a check box."""
    return widgets.Checkbox(
        value=value, description=label, indent=False, layout=_layout("max-content")
    )


def _options(label, value):
    """Return the common arguments of sliders. Without a tooltip, browsers would show "null"."""
    return {
        "description": label,
        "tooltip": label,
        "value": value,
        "style": LABEL_STYLE,
        "layout": _layout("24em"),
    }


def _layout(width):
    """Return the layout of a control of this width."""
    return {"width": width, "margin": MARGIN}


class ClickableImage(anywidget.AnyWidget):
    """An image that reports clicks, and shows the thumbnail of the point under the mouse.

    Attributes:
        value: image as the bytes of a PNG.
        width, height: size in pixels.
        clicked: (x, y) of the last click, in pixels from the upper left corner, or empty.
        points: (x, y) of each point with a thumbnail, in the same pixels; empty for none.
        thumbnails: tiles of equal size, row by row, as the bytes of a PNG.
        thumbnail_columns: number of tiles in a row.
    """

    _esm = Path(__file__).with_name("js") / "clickable.js"
    value = Bytes().tag(sync=True)
    width = Int().tag(sync=True)
    height = Int().tag(sync=True)
    clicked = List(Float()).tag(sync=True)
    points = List(List(Float())).tag(sync=True)
    thumbnails = Bytes().tag(sync=True)
    thumbnail_columns = Int(1).tag(sync=True)


def on_click(image, call):
    """Call a function with x and y, in pixels from the upper left, when an image is clicked."""
    image.observe(lambda change: call(*change["new"]), "clicked")
