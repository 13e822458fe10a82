"""Where a picture of a digit comes from: a canvas to draw on, or a file."""

import base64
import io
from dataclasses import dataclass, field

import ipywidgets as widgets
import traitlets

from mlcourse.datasets import picture_file

BYTES = 10 * 2**20  # the most of a file
SIDE = 1000  # pixels: of a larger picture a smaller one is as good


@dataclass(frozen=True)
class Sheet:
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
        picture = picture_file.read(rule, io.BytesIO(self.content), self.name)
        picture.thumbnail((SIDE, SIDE))
        return picture


class Paper(widgets.VBox):
    """A canvas with a Clear button, where anywidget is installed, and an upload of a file.

    Attributes:
        value: a `Sheet`, what was drawn or uploaded last; None if there is nothing.
        canvas: the `Canvas`, or None without anywidget.
        upload: the `ipywidgets.FileUpload`.
    """

    value = traitlets.Instance(Sheet, allow_none=True)

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
            self.value = Sheet("a drawing", content)

    def _take_file(self, change):
        if change["new"]:
            if self.canvas is not None:
                self.canvas.value = ""
            file = change["new"][0]
            self.value = Sheet(file["name"], bytes(file["content"]))


def _canvas():
    """Returns a canvas, or None where anywidget is not installed."""
    try:
        from mlcourse.interactive.canvas import Canvas
    except ModuleNotFoundError:
        return None
    return Canvas()
