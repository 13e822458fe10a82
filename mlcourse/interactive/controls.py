"""Controls that are alike everywhere, and a figure that reports clicks."""

from pathlib import Path

import ipywidgets as widgets
from traitlets import Bytes, Float, Int, List

LABEL = {"description_width": "initial"}
MARGIN = "2px 1.5em 2px 2px"  # what follows on the same line keeps its distance


def slider(label, low, high, value=None, step=1):
    """Returns a slider of whole numbers, or of others if a number given is not whole.

    Args:
        label: what it sets, in words.
        low, high, step: its ends and its step.
        value: where it stands first; None for the lower end.
    """
    numbers = (low, high, step, low if value is None else value)
    options = {**_settings(label, numbers[3]), "min": low, "max": high, "step": step}
    if all(isinstance(one, int) for one in numbers):
        return widgets.IntSlider(**options)
    places = len(f"{step:.6g}".partition(".")[2])
    return widgets.FloatSlider(**options, readout_format=f".{places}f")


def rate_slider(label, low, high, value):
    """Returns a slider on a logarithmic scale, 20 steps for ten times as much.

    A browser moves it to the nearest step: `exact` makes 0.2 of 0.1995 again.

    Args:
        label: what it sets, in words.
        low, high: exponents of 10 of its ends.
        value: where it stands first.
    """
    options = {"min": low, "max": high, "step": 0.05, "readout_format": ".2g"}
    return widgets.FloatLogSlider(**_settings(label, value), base=10, **options)


def exact(control, value=None):
    """Returns a control's value as it is meant, not as a browser counts in its steps.

    On a logarithmic scale that is the number that is shown, on another one 0.3 in the place of
    0.30000000000000004.

    Args:
        control: the widget.
        value: one that it may be set to; None for what it is set to.
    """
    value = control.value if value is None else value
    if isinstance(control, widgets.FloatLogSlider):
        return float(format(value, control.readout_format))
    return round(value, 10) if isinstance(control, widgets.FloatSlider) else value


def menu(label, options, value=None):
    """Returns a drop-down menu.

    Args:
        label: what it sets, in words.
        options: what there is to choose from, as `ipywidgets.Dropdown` takes it; None is no value
            for one, since it stands for no choice there.
        value: what is chosen first; None for the first one.
    """
    chosen = {} if value is None else {"value": value}
    return widgets.Dropdown(
        options=options, description=label, style=LABEL, layout=_layout("max-content"), **chosen
    )


def switch(label, value=False):
    """Returns a check box."""
    return widgets.Checkbox(
        value=value, description=label, indent=False, layout=_layout("max-content")
    )


def line(controls):
    """Returns controls in a line of their own, which is broken only if it is too long."""
    return widgets.Box([*controls], layout={"width": "100%", "flex_flow": "row wrap"})


def _settings(label, value):
    """Returns what a slider takes. The tooltip is there since without it there is one, null."""
    words = {"description": label, "tooltip": label}
    return {**words, "value": value, "style": LABEL, "layout": _layout("24em")}


def _layout(width):
    return {"width": width, "margin": MARGIN}


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

        _esm = Path(__file__).with_name("js") / "clickable.js"
        value = Bytes().tag(sync=True)
        width, height = Int().tag(sync=True), Int().tag(sync=True)
        clicked = List(Float()).tag(sync=True)


def on_click(picture, call):
    """Has a function called with x and y, in pixels from the upper left, where it is clicked."""
    if picture.has_trait("clicked"):
        picture.observe(lambda change: call(*change["new"]), "clicked")
