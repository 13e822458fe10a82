"""Animations with one palette, displayed as GIF, and saved as GIF, HTML or MP4."""

import base64
import io
import re
import tempfile
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.animation import (
    AbstractMovieWriter,
    Animation,
    FFMpegWriter,
    FuncAnimation,
    HTMLWriter,
)
from PIL import Image

from mlcourse._core import checks, files
from mlcourse.figures._shared import saving

MAX_FRAMES = 1_000
STYLESHEET = re.compile(r"<link[^>]*>")  # of the buttons' icons, on another host
ICONS = r"""<style>
.fa { font-style: normal; }
.fa-minus::before { content: "\2212"; }
.fa-plus::before { content: "+"; }
.fa-fast-backward::before { content: "|\25C0"; }
.fa-step-backward::before { content: "\25C0|"; }
.fa-play::before { content: "\25B6"; }
.fa-flip-horizontal { display: inline-block; transform: scaleX(-1); }
.fa-pause::before { content: "||"; }
.fa-step-forward::before { content: "|\25B6"; }
.fa-fast-forward::before { content: "\25B6|"; }
</style>"""


class SharedPaletteWriter(AbstractMovieWriter):
    """A GIF writer that uses one palette for all frames: that of the first, middle and last one.

    Matplotlib's `PillowWriter` gives each frame its own palette, so colors flicker.
    """

    @classmethod
    def isAvailable(cls):  # noqa: N802
        """Return True: Pillow is always installed."""
        return True

    def setup(self, fig, outfile, dpi=None):
        """Start a new file."""
        super().setup(fig, outfile, dpi)
        self.frames = []

    def grab_frame(self, **options):
        """Append the current figure as a frame."""
        rgba = io.BytesIO()
        self.fig.savefig(rgba, **{**options, "format": "rgba", "dpi": self.dpi})
        frame = Image.frombytes("RGBA", self.frame_size, rgba.getvalue())
        self.frames.append(frame.convert("RGB"))

    def finish(self):
        """Write the file. The last frame is shown for a second."""
        middle = self.frames[len(self.frames) // 2]
        samples = np.vstack([self.frames[0], middle, self.frames[-1]])
        palette = saving.reduce_colors(Image.fromarray(samples))
        first, *others = (frame.quantize(palette=palette, dither=0) for frame in self.frames)
        durations = [round(1000 / self.fps)] * len(others) + [1000]  # milliseconds
        first.save(self.outfile, save_all=True, append_images=others, duration=durations, loop=0)


WRITERS: dict = {
    ".gif": SharedPaletteWriter,
    ".html": HTMLWriter,
    ".mp4": FFMpegWriter,
}


class GifAnimation(FuncAnimation):
    """A `FuncAnimation` that a notebook displays as a GIF.

    It also plays in a saved notebook, and on a page without JavaScript. The layout of the figure is
    computed once, not for each frame.

    Args:
        figure: the Figure, with all artists.
        update: function from a frame to its artists' new state; its result is ignored.
        frames: the frames, such as numbers of steps.
        fps: frames per second.
        alt: alternative text of the GIF.
    """

    def __init__(self, figure, update, frames, *, fps, alt):
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        plt.close(figure)  # otherwise a notebook also displays the first frame
        self._alt = alt
        timing = {"interval": 1000 / fps, "repeat_delay": 1000}  # milliseconds
        super().__init__(figure, lambda frame: [update(frame)], frames, **timing)

    def _repr_html_(self) -> str:
        with tempfile.TemporaryDirectory() as folder:
            gif = save_animation(self, Path(folder) / "animation.gif").read_bytes()
        data = base64.b64encode(gif).decode()
        return f'<img alt="{self._alt}" src="data:image/gif;base64,{data}">'


def evenly_spaced(last, n):
    """Return at most n different whole numbers from 0 to the last one, evenly spaced.

    >>> evenly_spaced(9, 3)
    [0, 4, 9]
    """
    return sorted({round(last * k / (n - 1)) for k in range(n)})


def save_animation(animation: Animation, path: str | Path) -> Path:
    """Save an animation to a file. The write is atomic.

    Args:
        animation: a `matplotlib.animation.FuncAnimation`.
        path: path of the file: .gif, .html with all frames embedded, or .mp4 if ffmpeg is
            installed.

    Returns:
        The path.

    Raises:
        ValueError: if the file type is not supported.

    Example:
        >>> from mlcourse.figures import animate_descent
        >>> animation = animate_descent("adam", steps=1, frames=2)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_animation(animation, Path(folder) / "adam.gif").name
        'adam.gif'
    """
    if not isinstance(animation, Animation):
        raise ValueError(f"animation must be one of Matplotlib. Got {animation!r} instead.")
    path = checks.path("path", path)
    suffix = path.suffix.lower()
    available = [suffix for suffix, writer in WRITERS.items() if writer.isAvailable()]
    checks.choice("the suffix of path", suffix, available)
    options: dict = {"fps": 1000 / getattr(animation.event_source, "interval", 200)}
    if suffix == ".html":
        options["embed_frames"] = True
    with files.atomic_write(path) as partial_path:
        animation.save(partial_path, writer=WRITERS[suffix](**options))
        if suffix == ".html":
            page = partial_path.read_text(encoding="utf-8")
            page = STYLESHEET.sub(lambda match: ICONS, page)
            partial_path.write_text(page, encoding="utf-8")
    return path
