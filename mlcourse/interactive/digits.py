"""Draw a digit, or upload one, and see what models predict."""

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
from mlcourse.figures.evaluation.digit_prediction import plot_digit_prediction
from mlcourse.interactive.live import Interactive


class Canvas(anywidget.AnyWidget):
    """A white sheet to draw on in black, with the mouse, a pen or a finger.

    Attributes:
        value: after each stroke the sheet as a PNG in a data URL; empty while nothing is on it.
            Set to "", it is wiped.
    """

    _esm = Path(__file__).with_name("js") / "canvas.js"
    value = traitlets.Unicode("").tag(sync=True)


BYTES = 10 * 2**20  # the most of a file
SIDE = 1000  # pixels: of a larger picture a smaller one is as good


@dataclass(frozen=True)
class ImageUpload:
    """A picture as the bytes of a file.

    Attributes:
        name: of the file, or another one.
        content: its bytes.
    """

    name: str
    content: bytes = field(repr=False)

    def __str__(self):
        return self.name

    def picture(self):
        """Returns it as a `PIL.Image` of a thousand pixels a side at the most.

        Raises:
            ValueError: if it is too large, or no whole picture of a usual kind.
        """
        rule = "an upload must be a picture"
        if len(self.content) > BYTES:
            limit = f"{rule} of at most {BYTES >> 20} MiB"
            raise ValueError(f"{limit}. Got {len(self.content) / 2**20:.1f} MiB instead.")
        picture = digits.read_image(rule, io.BytesIO(self.content), self.name)
        picture.thumbnail((SIDE, SIDE))
        return picture


class DigitInput(widgets.VBox):
    """A canvas with a Clear button, where anywidget is installed, and an upload of a file.

    Attributes:
        value: a `ImageUpload`, what was drawn or uploaded last; None if there is nothing.
        canvas: the `Canvas`, or None without anywidget.
        upload: the `ipywidgets.FileUpload`.
    """

    value = traitlets.Instance(ImageUpload, allow_none=True)

    def __init__(self):
        self.canvas, parts = _canvas(), []
        wide = {"width": "max-content"}
        self.upload = widgets.FileUpload(
            accept="image/*", description="Upload a picture", layout=wide
        )
        self.upload.observe(self._take_file, "value")
        if self.canvas is not None:
            clear = widgets.Button(description="Clear", icon="eraser", layout=wide)
            clear.on_click(lambda _: self.clear())
            self.canvas.observe(self._take_drawing, "value")
            parts = [widgets.Label("Draw a digit here"), self.canvas, clear]
        super().__init__([*parts, self.upload], layout={"align_items": "flex-start"})

    def clear(self):
        """Wipes the canvas, and forgets the file."""
        self.upload.value = ()
        if self.canvas is not None:
            self.canvas.value = ""
        self.value = None

    def _take_drawing(self, change):
        if change["new"]:
            self.upload.value = ()
            content = base64.b64decode(change["new"].split(",")[-1])
            self.value = ImageUpload("a drawing", content)

    def _take_file(self, change):
        if change["new"]:
            if self.canvas is not None:
                self.canvas.value = ""
            file = change["new"][0]
            self.value = ImageUpload(file["name"], bytes(file["content"]))


def _canvas():
    """Returns a canvas, or None where anywidget is not installed."""
    try:
        pass
    except ModuleNotFoundError:
        return None
    return Canvas()


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
    """Returns a sheet to draw a digit on, and what models say of it after each stroke.

    The drawing, or a picture that is uploaded, is made like those of MNIST by
    `datasets.preprocess_digit`. The sheet needs anywidget; without it there is the upload alone.

    Args:
        models, encoder, head, points, y: as `plot_digit_prediction` takes them.
        first: the image of a digit that is shown at first, as `preprocess_digit` takes it; None
            for a three.
        class_names: of the two classes.
        title: text above all.

    Returns:
        An `Interactive`. Its one control is a `DigitInput`.

    Raises:
        ValueError: for what `plot_digit_prediction` does not take.

    Example:
        >>> unsure, where = lambda x: np.full((len(x), 1), 0.5), lambda x: x[:, :2]
        >>> shown = draw_digit({"a guess": unsure}, where, unsure, [[0, 0], [1, 1]], [0, 1])
        >>> list(shown.controls)
        ['paper']
    """
    first = _three() if first is None else first

    def draw(figure, paper):
        picture = first if paper is None else paper.picture()
        plot_digit_prediction(
            preprocess_digit(picture),
            models,
            encoder,
            head,
            points,
            y,
            class_names=class_names,
            title=title,
            fig=figure,
        )

    alt = "A digit, what models say of it, and a star where it falls in the embedding."
    return Interactive(draw, {"paper": DigitInput()}, size=(10.5, 4), alt=alt)


def _three():
    """Returns a picture of a three, as one might draw it."""
    paper = Image.new("L", (300, 300), "white")
    ImageDraw.Draw(paper).line(STROKE, fill="black", width=24, joint="curve")
    return np.asarray(paper)
