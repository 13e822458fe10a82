"""Draw or upload a digit, and show the predictions of models."""

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import anywidget
import ipywidgets as widgets
import numpy as np
import traitlets
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw

from mlcourse.datasets import digits, preprocess_digit
from mlcourse.figures.evaluation.neighbors import plot_digit_prediction
from mlcourse.interactive.live import Interactive

MAX_BYTES = 10 * 2**20  # of an uploaded file
MAX_SIDE = 1000  # pixels; larger images are scaled down


class Canvas(anywidget.AnyWidget):
    """A white canvas to draw on in black, with the mouse, a pen or a finger.

    Attributes:
        value: drawing as a PNG in a data URL, updated after each stroke; empty for a blank canvas.
            Set it to "" to clear the canvas.
    """

    _esm = Path(__file__).with_name("js") / "canvas.js"
    value = traitlets.Unicode("").tag(sync=True)


@dataclass(frozen=True)
class ImageUpload:
    """An image as the bytes of a file.

    Attributes:
        name: name of the file, or a description.
        content: bytes of the file.
    """

    name: str
    content: bytes = field(repr=False)

    def __str__(self):
        return self.name

    def image(self):
        """Return the image as a `PIL.Image` of at most 1000 x 1000 pixels.

        Raises:
            ValueError: if the file is too large, or not a complete image of a common format.
        """
        rule = "an upload must be an image"
        if len(self.content) > MAX_BYTES:
            size_rule = f"{rule} of at most {MAX_BYTES >> 20} MiB"
            raise ValueError(f"{size_rule}. Got {len(self.content) / 2**20:.1f} MiB instead.")
        image = digits.read_image(rule, io.BytesIO(self.content), self.name)
        image.thumbnail((MAX_SIDE, MAX_SIDE))
        return image


class DigitInput(widgets.VBox):
    """A canvas with a Clear button, and a file upload.

    Attributes:
        value: the last drawing or file, an `ImageUpload`, or None.
        canvas: the `Canvas`.
        upload: the `ipywidgets.FileUpload`.
    """

    value = traitlets.Instance(ImageUpload, allow_none=True)

    def __init__(self):
        layout = {"width": "max-content"}
        self.upload = widgets.FileUpload(
            accept="image/*", description="Upload an image", layout=layout
        )
        self.upload.observe(self._take_file, "value")
        self.canvas = Canvas()
        self.canvas.observe(self._take_drawing, "value")
        clear = widgets.Button(description="Clear", icon="eraser", layout=layout)
        clear.on_click(lambda _: self.clear())
        children = [widgets.Label("Draw a digit here"), self.canvas, clear, self.upload]
        super().__init__(children, layout={"align_items": "flex-start"})

    def clear(self):
        """Clear the canvas, and remove the file."""
        self.upload.value = ()
        self.canvas.value = ""
        self.value = None

    def _take_drawing(self, change):
        if change["new"]:
            self.upload.value = ()
            content = base64.b64decode(change["new"].split(",")[-1])
            self.value = ImageUpload("a drawing", content)

    def _take_file(self, change):
        if change["new"]:
            self.canvas.value = ""
            file = change["new"][0]
            self.value = ImageUpload(file["name"], bytes(file["content"]))


STROKE = [(90, 80), (150, 50), (205, 90), (150, 140), (215, 195), (150, 250), (80, 220)]


def draw_digit(
    models: Mapping[str, Callable],
    encoder: Callable,
    head: Callable,
    points: ArrayLike,
    y: ArrayLike,
    *,
    first: object = None,
    class_names: Sequence[str] = ("0", "1"),
    title: str = "A drawn digit",
) -> Interactive:
    """Show a canvas to draw a digit, and the predictions of models after each stroke.

    The drawing, or an uploaded image, is converted to MNIST's format by
    `datasets.preprocess_digit`.

    Args:
        models, encoder, head, points, y: as in `plot_digit_prediction`.
        first: initial image, as in `preprocess_digit`. Default: a three.
        class_names: names of the two classes.
        title: title of the figure.

    Returns:
        An `Interactive`. Its only control, `digit`, is a `DigitInput`.

    Raises:
        ValueError: as in `plot_digit_prediction`.

    Example:
        >>> model = lambda x: np.full((len(x), 1), 0.5)
        >>> encoder = lambda x: x[:, :2]
        >>> shown = draw_digit({"constant": model}, encoder, model, [[0, 0], [1, 1]], [0, 1])
        >>> list(shown.controls)
        ['digit']
    """
    first = handwritten_three() if first is None else first

    def draw(figure, digit):
        plot_digit_prediction(
            preprocess_digit(first if digit is None else digit.image()),
            models,
            encoder,
            head,
            points,
            y,
            class_names=class_names,
            title=title,
            fig=figure,
        )

    alt = "A digit, the predictions of models, and a star at its point in the embedding."
    return Interactive(draw, {"digit": DigitInput()}, figsize=(10.5, 4), alt=alt)


def handwritten_three():
    """Return an image of a handwritten three, (300, 300), uint8, dark on white."""
    image = Image.new("L", (300, 300), "white")
    ImageDraw.Draw(image).line(STROKE, fill="black", width=24, joint="curve")
    return np.asarray(image)
