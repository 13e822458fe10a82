"""Interactive figures: widgets, and a figure that is redrawn when one of them changes."""

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

import ipywidgets as widgets
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mlcourse._core import checks
from mlcourse.figures._shared.saving import png
from mlcourse.interactive import prerender as prerendering
from mlcourse.interactive.controls import exact_value

HIDDEN = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)"
ALT_TEXT = f'<span style="{HIDDEN}">{{}}</span>'  # ipywidgets.Image has no alternative text
MAX_SCALE = 1.5  # of the image, on a wide screen; in a narrow column it shrinks
LAYOUTS = "constrained", "compressed", "tight", "none"
ERROR = '<span role="alert" style="color: #A03000">{}</span>'


def _check(draw, controls, layout, linked, image_class, prerender):
    """Raise ValueError unless the arguments are valid for an `Interactive`."""
    checks.function("draw", draw)
    checks.function("image_class", image_class)
    if not isinstance(controls, Mapping) or not all(map(_is_control, controls.items())):
        rule = "controls must be a dict of names to ipywidgets with a value"
        raise ValueError(f"{rule}. Got {controls!r} instead.")
    if layout is not None:
        checks.choice("layout", layout, LAYOUTS)
    for argument, by_name in {"linked": linked, "prerender": prerender}.items():
        for name in checks.mapping(argument, by_name, "names of controls") if by_name else ():
            checks.choice(f"each name in {argument}", name, controls)
    for name, function in (linked or {}).items():
        checks.function(f"linked[{name!r}]", function)


def _is_control(item):
    """Return whether a pair is a name and a widget with a value."""
    name, control = item
    return isinstance(name, str) and hasattr(control, "value") and hasattr(control, "observe")


class Interactive:
    """An interactive figure: widgets, and an image of constant size that follows them.

    Each change of a widget draws a new figure, outside pyplot. If that fails, the image is not
    changed, and the error message is shown below it. While a figure is drawn, the front end
    collects changes of a widget and sends only the last one. Changes may come from several threads,
    as in JupyterLab; they are drawn one after the other. Where there are no widgets, on a page or
    in print, the image is shown.

    Args:
        draw: function of an empty Figure and, by name, the values of the controls.
        controls: a dict of names to ipywidgets with a value.
        figsize: (width, height) of the figure, in inches, at most 100 each.
        alt: alternative text of the image.
        layout: layout engine of the figure: "constrained", "compressed", "tight", "none", or None.
        linked: a dict of names of controls to functions of their value, called when it has been
            set. They return new values of other controls, by name.
        image_class: class of the image: `ipywidgets.Image`, or one with the same arguments.
        prerender: a dict of names of controls to values, or None for all values. For a page without
            a kernel a figure is rendered for each combination; other controls are not shown there.

    Attributes:
        controls: the dict of widgets.
        figure: the current Figure.
        image: the widget that shows the figure.
        error_message: why the last change could not be drawn, in one line; empty if it was drawn.
        box: the widget that contains all others.

    Raises:
        ValueError: for an invalid argument.
        Exception: any exception of `draw` for the initial values.

    Example:
        >>> from mlcourse.interactive.controls import slider
        >>> def draw(figure, power):
        ...     figure.subplots().plot([x**power for x in range(10)])
        >>> curve = Interactive(
        ...     draw, {"power": slider("Power", 1, 5)}, figsize=(5, 3), alt="A curve."
        ... )
        >>> curve.set(power=3)
        >>> curve.values
        {'power': 3}
    """

    def __init__(
        self,
        draw: Callable,
        controls: Mapping[str, widgets.ValueWidget],
        *,
        figsize: tuple[float, float],
        alt: str,
        layout: str | None = "constrained",
        linked: Mapping[str, Callable[..., dict]] | None = None,
        image_class: Callable[..., widgets.DOMWidget] = widgets.Image,
        prerender: Mapping[str, Iterable | None] | None = None,
    ) -> None:
        _check(draw, controls, layout, linked, image_class, prerender)
        self._draw = draw
        self._alt = checks.text("alt", alt)
        self._layout = layout
        self._figsize = checks.figsize("figsize", figsize)
        self._linked = linked or {}
        self._prerender = prerender or {}
        self._setting = threading.RLock()
        self._drawing = threading.RLock()
        self._is_setting = False
        self.controls = {**controls}
        self.error_message = ""
        self.figure = self._render()
        width, height = (round(inches * self.figure.dpi) for inches in self._figsize)
        self.image = image_class(
            value=png(self.figure),
            width=width,
            height=height,
            layout={
                "align_self": "flex-start",
                "width": "100%",
                "max_width": f"{MAX_SCALE * width}px",
            },
        )
        self._error = widgets.HTML()
        row = widgets.Box(list(self.controls.values()), layout={"flex_flow": "row wrap"})
        alt_text = widgets.HTML(ALT_TEXT.format(escape(alt)), layout={"margin": "0"})
        self.box = widgets.VBox([row, self.image, alt_text, self._error])
        for control in self.controls.values():
            control.observe(self._control_changed, "value")

    @property
    def values(self) -> dict[str, Any]:
        """The values of the controls, by name."""
        return {name: exact_value(control) for name, control in self.controls.items()}

    def set(self, **values: object) -> None:
        """Set controls and those linked to them, and draw the figure once.

        Args:
            values: values by name of the control.

        Raises:
            ValueError: for an unknown name.
        """
        self._set_controls(values)
        self.redraw()

    def render(self, **values: object) -> None:
        """Set controls as `set` does, and draw `figure`, but do not update the image.

        Args:
            values: values by name of the control.

        Raises:
            ValueError: for an unknown name.
        """
        self._set_controls(values)
        with self._drawing:
            self._update_figure()

    def _set_controls(self, values):
        """Set controls and those linked to them, without drawing."""
        for name in values:
            checks.choice("a control", name, self.controls)
        with self._setting:
            self._is_setting = True
            try:
                for name in self._linked.keys() & values.keys():
                    self._set_values({name: values[name]})
                    self._set_values(self._linked[name](values[name]))
                self._set_values(values)
            finally:
                self._is_setting = False

    def redraw(self) -> None:
        """Draw the figure for the current values, or show why it cannot be drawn."""
        with self._drawing:
            if self._update_figure():
                self.image.value = png(self.figure)

    def _update_figure(self):
        """Draw the figure, or show why it cannot be drawn. Return whether it was drawn."""
        try:
            self.figure = self._render()
        except Exception as error:
            self._show_error(error)
            return False
        self._show_error(None)
        return True

    def _render(self):
        """Return the figure for the current values, rendered on its canvas."""
        figure = Figure(figsize=self._figsize, layout=self._layout)
        canvas = FigureCanvasAgg(figure)
        self._draw(figure, **self.values)
        canvas.draw()
        return figure

    def _show_error(self, error):
        """Show an error in one line, or remove it for None."""
        message = " ".join(str(error or "").split())
        if error is not None and (not message or not isinstance(error, ValueError)):
            message = f"{type(error).__name__}: {message}".rstrip(": ")
        self.error_message = message
        self._error.value = ERROR.format(escape(message)) if message else ""

    def _set_values(self, values):
        for name, value in values.items():
            self.controls[name].value = value

    def _control_changed(self, change):
        """Draw the figure after a change of a control, unless `set` will do so."""
        with self._setting:
            if self._is_setting:
                return
        owner = change["owner"]
        names = [name for name, control in self.controls.items() if control is owner]
        self.set(**dict.fromkeys(names, owner.value))

    def _repr_mimebundle_(self, include=None, exclude=None):
        """Return the widgets, the image and its text; `MLCOURSE_INTERACTIVE` selects the form."""
        values = ", ".join(f"{name} {value}" for name, value in self.values.items())
        text = f"{self._alt} {values}".strip()
        mode = os.environ.get("MLCOURSE_INTERACTIVE")
        if mode == "prerender":  # for the site and slides
            page = prerendering.html(self, self._prerender, self._alt)
            return {"text/html": page, "text/plain": text}
        bundle = {"image/png": png(self.figure), "text/plain": text}
        return bundle if mode == "0" else {**self.box._repr_mimebundle_(), **bundle}
