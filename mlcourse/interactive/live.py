"""A picture with controls: move one, and the picture is drawn anew in its place."""

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
from mlcourse.interactive import prerender
from mlcourse.interactive.controls import exact

HIDDEN = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)"
FOR_THE_EAR = f'<span style="{HIDDEN}">{{}}</span>'  # an Image widget has no text of its own
LAYOUTS = "constrained", "compressed", "tight", "none"
PROBLEM = '<span role="alert" style="color: #A03000">{}</span>'


def _check(draw, controls, layout, linked, image, frames):
    """Raises unless these can make an `Interactive`."""
    checks.function("draw", draw), checks.function("image", image)
    if not isinstance(controls, Mapping) or not all(map(_is_control, controls.items())):
        rule = "controls must be a dict of names to ipywidgets with a value"
        raise ValueError(f"{rule}. Got {controls!r} instead.")
    if layout is not None:
        checks.choice("layout", layout, LAYOUTS)
    for what, named in {"linked": linked, "frames": frames}.items():
        for name in checks.mapping(what, named, "names of controls") if named else ():
            checks.choice(f"each name in {what}", name, controls)
    for name, follow in (linked or {}).items():
        checks.function(f"linked[{name!r}]", follow)


def _is_control(item):
    name, control = item
    return isinstance(name, str) and hasattr(control, "value") and hasattr(control, "observe")


class Interactive:
    """Controls around a draw function, and one picture of constant size that follows them.

    Each change draws a new figure, outside pyplot; if that fails, the picture stays as it is, and a
    line below it says why. While a figure is drawn, a front end keeps further changes of a control
    back, and then sends the latest alone. Where there are no widgets, in a page or in print, one
    sees the picture. Changes may come from several threads, as JupyterLab sends them; they are
    drawn one after the other.

    Args:
        draw: called with an empty Figure of that size and, by name, the value of each control.
        controls: a dict of names to ipywidgets with a value.
        size: of the figure, (width, height) in inches.
        alt: what the picture shows, for those who do not see it.
        layout: of the figure: "constrained", "compressed", "tight", "none", or None.
        linked: a dict of a control's name to a function of its value, called when that has been
            set, which returns the values that other controls take with it, by name.
        image: the class of the picture: `ipywidgets.Image`, or one that takes what it takes.
        frames: a dict of a control's name to those values, None for all that it has, for which
            pictures are drawn beforehand for a page without a kernel; there the other controls are
            left away.

    Attributes:
        controls: the dict of widgets.
        figure: the Figure that is shown.
        picture: the widget that shows it.
        problem: why the last change could not be drawn, in a line; empty if it was.
        box: the widget that has them all.

    Raises:
        ValueError: for a size that cannot be, or whatever `draw` raises for the first values.

    Example:
        >>> from mlcourse.interactive.controls import slider
        >>> def draw(figure, power):
        ...     figure.subplots().plot([x**power for x in range(10)])
        >>> curve = Interactive(
        ...     draw, {"power": slider("Power", 1, 5)}, size=(5, 3), alt="A curve."
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
        size: tuple[float, float],
        alt: str,
        layout: str | None = "constrained",
        linked: Mapping[str, Callable[..., dict]] | None = None,
        image: Callable[..., widgets.DOMWidget] = widgets.Image,
        frames: Mapping[str, Iterable | None] | None = None,
    ) -> None:
        _check(draw, controls, layout, linked, image, frames)
        self._draw, self._alt, self._layout = draw, checks.text("alt", alt), layout
        self._size, self.controls, self.problem = checks.figsize("size", size), {**controls}, ""
        self._linked, self._frames = linked or {}, frames or {}
        self._setting, self._drawing = threading.RLock(), threading.RLock()
        self._is_setting = False
        self.figure = self._drawn()
        width, height = (round(side * self.figure.dpi) for side in self._size)
        self.picture = image(
            value=png(self.figure),
            width=width,
            height=height,
            layout={"align_self": "flex-start", "max_width": "none"},
        )
        self._words = widgets.HTML()
        row = widgets.Box(list(self.controls.values()), layout={"flex_flow": "row wrap"})
        spoken = widgets.HTML(FOR_THE_EAR.format(escape(alt)), layout={"margin": "0"})
        self.box = widgets.VBox([row, self.picture, spoken, self._words])
        for control in self.controls.values():
            control.observe(self._moved, "value")

    @property
    def values(self) -> dict[str, Any]:
        """What the controls are set to, by name."""
        return {name: exact(control) for name, control in self.controls.items()}

    def set(self, **values: object) -> None:
        """Moves controls, all at once, those that are linked with them too, and draws the picture.

        Args:
            values: by the name of the control.

        Raises:
            ValueError: for a name that is not one of a control.
        """
        for name in values:
            checks.choice("a control", name, self.controls)
        with self._setting:
            self._is_setting = True
            try:
                for name in self._linked.keys() & values.keys():
                    self._put({name: values[name]})
                    self._put(self._linked[name](values[name]))
                self._put(values)
            finally:
                self._is_setting = False
        self.redraw()

    def redraw(self) -> None:
        """Draws the picture of the controls' values; says so if it cannot be drawn."""
        with self._drawing:
            try:
                self.figure = self._drawn()
            except Exception as error:
                self._say(error)
            else:
                self.picture.value = png(self.figure)
                self._say(None)

    def _drawn(self):
        """Returns a figure of the controls' values, drawn on its canvas."""
        figure = Figure(figsize=self._size, layout=self._layout)
        canvas = FigureCanvasAgg(figure)
        self._draw(figure, **self.values)
        canvas.draw()
        return figure

    def _say(self, error):
        """Shows an error in one line, or that there is none any more."""
        words = " ".join(str(error or "").split())
        if error is not None and (not words or not isinstance(error, ValueError)):
            words = f"{type(error).__name__}: {words}".rstrip(": ")
        self.problem = words
        self._words.value = PROBLEM.format(escape(words)) if words else ""

    def _put(self, values):
        for name, value in values.items():
            self.controls[name].value = value

    def _moved(self, change):
        with self._setting:
            if self._is_setting:  # `set` moves the control, and draws afterwards
                return
        owner = change["owner"]
        names = [name for name, control in self.controls.items() if control is owner]
        self.set(**dict.fromkeys(names, owner.value))

    def _repr_mimebundle_(self, include=None, exclude=None):
        words = ", ".join(f"{name} {value}" for name, value in self.values.items())
        text, mode = f"{self._alt} {words}".strip(), os.environ.get("MLCOURSE_INTERACTIVE")
        if mode == "beforehand":  # for the site and slides
            page = prerender.html(self, self._frames, self._alt)
            return {"text/html": page, "text/plain": text}
        bundle = {"image/png": png(self.figure), "text/plain": text}
        still = mode == "0"  # as `setup_notebook` says
        return bundle if still else {**self.box._repr_mimebundle_(), **bundle}
