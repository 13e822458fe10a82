"""Surfaces in three dimensions, and animated descents."""

import base64
import io
import re
import tempfile
from collections.abc import Sequence
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
from matplotlib.axes import Axes
from PIL import Image

from mlcourse._core import checks, files
from mlcourse.figures._shared import saving
from mlcourse.figures._shared.axes import axes_3d_or_new, format_axes_3d, grid
from mlcourse.figures._shared.legends import add_legend, color_and_marker
from mlcourse.figures._shared.style import YELLOW
from mlcourse.figures._shared.titles import set_title
from mlcourse.figures.optimizers.descent import (
    DescentDisplay,
    Optimizers,
    label_with_divergence,
    paths_of,
)
from mlcourse.optimizers import surfaces
from mlcourse.optimizers.surfaces import Surface

MAX_FRAMES = 1_000
MAX_LINEAR_HEIGHT = 100  # a higher surface is drawn on a log scale


def plot_surface(
    surface: str | Surface,
    *,
    optimizers: Optimizers | None = None,
    steps: int = 100,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Plot a surface in three dimensions, with paths of optimizers on it.

    A surface that rises more than 100 above its minimum is drawn as log10(1 + f - min f).

    Args:
        surface: a name in `mlcourse.optimizers.surfaces.SURFACES`, or a `Surface`.
        optimizers: see `plot_optimizers`; None for no paths. Paths begin at the surface's default
            start and end where they leave its frame.
        steps: the number of steps of each path.
        title: title of the Axes.
        ax: three-dimensional Axes to draw in; None for a new figure.

    Returns:
        The Axes.

    Raises:
        ValueError: if the name of a surface or an optimizer is unknown. The message lists the known
            names.

    >>> plot_surface("saddle").get_zlabel()
    'f'
    """
    surface = surfaces.find(surface)
    checks.integer("steps", steps, 1)
    paths = {} if optimizers is None else paths_of(optimizers, surface, steps=steps)
    ax = axes_3d_or_new(ax, (6.5, 5.5))
    ax.computed_zorder = False  # otherwise the surface hides the paths
    x, y = grid(surface.frame, 100)
    is_log = surface.f(x, y).max() - surface.lowest > MAX_LINEAR_HEIGHT

    def height(x, y):
        z = surface.f(x, y)
        return np.log10(1 + z - surface.lowest) if is_log else z

    style = {"cmap": "Blues", "alpha": 0.85, "lw": 0.2, "edgecolor": "#5F7482", "zorder": 1}
    ax.plot_surface(x, y, height(x, y), rcount=50, ccount=50, **style)
    minima = np.array(surface.minima).T
    ax.plot(*minima, height(*minima), "*", color=YELLOW, mec="black", ms=15, ls="", zorder=3)
    lines: list = []
    for number, (label, path) in enumerate(paths.items()):
        color, marker = color_and_marker(number)
        legend_label = label_with_divergence(label, path)
        path = _path_within(path, surface.frame)
        line = {"color": color, "lw": 2.5, "marker": marker, "markevery": [-1], "ms": 8}
        lines += ax.plot(*path.T, height(*path.T), zorder=2, label=legend_label, **line)
    if lines:
        add_legend(ax, lines, loc="upper left")
    ax.set(xlabel="x", ylabel="y", zlabel=r"$\log_{10}(1 + f)$" if is_log else "f")
    format_axes_3d(ax)
    ax.view_init(50, -65)
    ax.set_box_aspect(None, zoom=0.9)  # otherwise the labels are cut off
    set_title(ax, title)
    return ax


def _path_within(path, frame):
    """Return the path up to the point where it leaves the frame."""
    left, right, bottom, top = frame
    outside = ~((path >= (left, bottom)) & (path <= (right, top))).all(axis=1)
    return path[: outside.argmax()] if outside.any() else path


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
    """A GIF writer that uses the palette of the last frame for all frames.

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
        palette = saving.reduce_colors(self.frames[-1])
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

    It also plays in a saved notebook, and on a page without JavaScript.
    """

    def _repr_html_(self) -> str:
        with tempfile.TemporaryDirectory() as folder:
            gif = save_animation(self, Path(folder) / "animation.gif").read_bytes()
        data = base64.b64encode(gif).decode()
        return f'<img alt="paths of optimizers, growing" src="data:image/gif;base64,{data}">'


def animate_descent(
    optimizers: Optimizers,
    surface: str | Surface = "beale",
    *,
    start: Sequence[float] | None = None,
    steps: int = 100,
    noise: float | None = None,
    seed: int = 0,
    frames: int = 50,
    fps: float = 10,
    title: str = "",
) -> GifAnimation:
    """Animate the paths of optimizers on a surface.

    Args:
        optimizers, surface, start, noise, seed, title: see `plot_optimizers`.
        steps: the number of steps, at most 100,000.
        frames: the largest number of frames, at most 1,000. If there are more steps, some have no
            frame.
        fps: frames per second.

    Returns:
        A `matplotlib.animation.FuncAnimation`. A notebook displays it as a GIF, `save_animation`
        writes it to a file, and `to_jshtml()` adds buttons to pause and resume it.

    Raises:
        ValueError: if a name or a number is invalid.

    >>> animation = animate_descent("adam", steps=20, frames=5)  # doctest: +SKIP
    >>> save_animation(animation, "build/adam.gif")  # doctest: +SKIP
    PosixPath('build/adam.gif')
    """
    frames = checks.integer("frames", frames, 2, limit=MAX_FRAMES)
    fps = checks.positive("fps", fps)
    options: dict = {"start": start, "steps": steps, "noise": noise, "seed": seed, "title": title}
    display = DescentDisplay(optimizers, surface, **options)
    figure = display.ax.figure
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # compute the layout once, not for each frame
    plt.close(figure)  # otherwise a notebook also displays the first frame
    frame_steps = sorted({round(steps * frame / (frames - 1)) for frame in range(frames)})
    timing = {"interval": 1000 / fps, "repeat_delay": 1000}  # milliseconds
    return GifAnimation(figure, lambda step: [display.update(step)], frame_steps, **timing)


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
