"""A component that lives in the page: a widget in notebooks, a custom element elsewhere."""

import base64
import itertools
import json
import os
from html import escape
from typing import Any

import anywidget
import numpy as np
import traitlets
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mlcourse._core import checks
from mlcourse.activations import ACTIVATIONS, Activation, Softmax
from mlcourse.figures._shared.saving import png, webp
from mlcourse.interactive.bundle import with_script
from mlcourse.networks.network import Network

ELEMENT = """<mlcourse-{name}{attributes}>
<img src="data:image/webp;base64,{image}" alt="{alt}" width="{width}" height="{height}"
style="max-width: 100%; height: auto">
<p>{still}</p>
</mlcourse-{name}>
"""


class Component(anywidget.AnyWidget):
    """A component that lives in the page, without a kernel.

    Subclasses have a name, which `bundle` finds the script by, a sentence for readers without
    JavaScript, the size of the still image, and what the methods below return.

    Attributes:
        settings: what the controls of the page show; a new dict after each change there.
    """

    _name = ""
    _still = ""
    _figsize: tuple[float, float] = (7.5, 5)
    settings = traitlets.Dict().tag(sync=True)
    restarts = traitlets.Int(0).tag(sync=True)  # tells the page to take what Python has set

    def _attributes(self) -> dict[str, Any]:
        """Return the attributes of the element, values for JSON."""
        return {"settings": self.settings}

    def _plot(self, figure: Figure) -> None:
        """Draw the still image."""
        raise NotImplementedError

    def _description(self) -> str:
        """Return the alternative text of the still image."""
        raise NotImplementedError

    def _show(self, settings: dict) -> None:
        """Show valid settings in the page."""
        with self.hold_sync():
            self.settings = settings
            self.restarts += 1

    def to_html(self, *, script: bool = True) -> str:
        """Return the component as a fragment of HTML for a page without a kernel.

        It asks nothing of any other host. Without JavaScript a reader sees an image and a sentence.

        Args:
            script: whether the fragment holds the script, which a page needs once.
        """
        figure = self._figure()
        width, height = figure.canvas.get_width_height()
        attributes = [
            f' {name}="{escape(json.dumps(value))}"' for name, value in self._attributes().items()
        ]
        html = ELEMENT.format(
            name=self._name,
            attributes="".join(attributes),
            image=base64.b64encode(webp(figure)).decode(),
            alt=escape(self._description()),
            width=width,
            height=height,
            still=escape(self._still),
        )
        return with_script(html) if script else html

    def _figure(self):
        """Return the still image as a figure, rendered on its canvas."""
        figure = Figure(figsize=self._figsize, layout="constrained")
        canvas = FigureCanvasAgg(figure)
        self._plot(figure)
        canvas.draw()
        return figure

    def _repr_mimebundle_(self, **kwargs):
        mode = os.environ.get("MLCOURSE_INTERACTIVE")
        text = {"text/plain": f"{self._still} {self._description()}"}
        if mode == "prerender":
            return {"text/html": self.to_html(script=False), **text}
        image = {"image/png": png(self._figure()), **text}
        if mode == "0":
            return image
        widget = super()._repr_mimebundle_(**kwargs)
        data = widget[0] if isinstance(widget, tuple) else widget
        return {**(data or {}), **image}


class SettingsComponent(Component):
    """A component that is described by its settings alone.

    Subclasses check their settings.
    """

    @staticmethod
    def _checked(settings: dict) -> dict[str, Any]:
        """Return valid settings, as values for JSON."""
        raise NotImplementedError

    def set(self, **settings: Any) -> None:
        """Change some settings.

        Raises:
            ValueError: for an unknown setting, or a value that is not allowed.
        """
        for name in settings:
            checks.choice("a setting", name, self.settings)
        self._show(self._checked({**self.settings, **settings}))


def join_parameters(network: Network) -> np.ndarray:
    """Return all parameters in one float64 array: layer by layer the weights, then the bias.

    A layer without bias has zeros there.
    """
    parts = []
    for layer in network.layers:
        bias = np.zeros(layer.weights.shape[1]) if layer.bias is None else layer.bias
        parts += [np.ravel(layer.weights), bias]
    return np.concatenate(parts).astype("<f8")


def split_parameters(parameters: np.ndarray, sizes: list[int]) -> list[tuple]:
    """Return the weights and the bias of each layer, from the array of `join_parameters`.

    Args:
        parameters: all parameters.
        sizes: the number of inputs, and of units of each layer.
    """
    layers = []
    for inputs, units in itertools.pairwise(sizes):
        ends = [inputs * units, (inputs + 1) * units]
        kernel, bias, parameters = np.split(parameters, ends)
        layers.append((kernel.reshape(inputs, units), bias))
    return layers


def is_standard(function: object) -> bool:
    """Return whether a function is that of `ACTIVATIONS` with its name, by its values.

    >>> from mlcourse.activations import find, leaky_relu
    >>> is_standard(find("leaky_relu")), is_standard(leaky_relu(0.3))
    (True, False)
    """
    standard = ACTIVATIONS.get(getattr(function, "name", ""))
    if not isinstance(function, Activation) or standard is None:
        return False
    z = np.array([-2.0, 0.5])
    return isinstance(function, Softmax) or np.allclose(function.function(z), standard.function(z))
