"""Surfaces in three dimensions, and animated descents."""

import base64
import io
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import animation
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from PIL import Image

from mlcourse._core import checks, files
from mlcourse.figures._shared.axes import axes_3d_or_new, grid
from mlcourse.figures._shared.legends import add_legend, color_and_marker
from mlcourse.figures._shared.style import YELLOW
from mlcourse.figures.optimizers.descent import DescentDisplay, Optimizers, named, paths_of
from mlcourse.optimizers import surfaces
from mlcourse.optimizers.surfaces import Surface

STEEP = 100  # a surface that rises more than this is drawn by its logarithm


def plot_surface(
    surface: str | Surface,
    ax: Axes | None = None,
    *,
    optimizers: Optimizers | None = None,
    iterations: int = 100,
) -> Axes:
    """Draws a surface in three dimensions, with paths of optimizers on it, and returns the Axes.

    One that rises more than 100 above its minimum is drawn by log10(1 + f), f counted from there.

    Args:
        surface: one of `mlcourse.optimizers.surfaces.SURFACES`, or a `Surface`.
        ax: three-dimensional Axes to draw in; None for new ones.
        optimizers: what `plot_optimizers` takes; their paths begin at the surface's own start, and
            end where they leave its frame. None for no paths.
        iterations: how many steps of them are drawn.

    Returns:
        The Axes.

    Raises:
        ValueError: if the surface or an optimizer is not known; the message lists those that are.

    >>> plot_surface("saddle").get_zlabel()
    'f'
    """
    surface = surfaces.find(surface)
    checks.integer("iterations", iterations, 1)
    paths = {} if optimizers is None else paths_of(surface, iterations, optimizers)
    ax = axes_3d_or_new(ax, (6.5, 5.5))
    ax.computed_zorder = False  # or else the surface hides what lies on it
    x, y = grid(surface.frame, 100)
    log = surface.f(x, y).max() - surface.lowest > STEEP

    def height(x, y):
        z = surface.f(x, y)
        return np.log10(1 + z - surface.lowest) if log else z

    shade = {"cmap": "Blues", "alpha": 0.85, "lw": 0.2, "edgecolor": "#5F7482", "zorder": 1}
    ax.plot_surface(x, y, height(x, y), rcount=50, ccount=50, **shade)
    minima = np.array(surface.minima).T
    ax.plot(*minima, height(*minima), "*", color=YELLOW, mec="black", ms=15, ls="", zorder=3)
    lines: list = []
    for number, (label, path) in enumerate(paths.items()):
        color, marker = color_and_marker(number)
        path, name = _within(path, surface.frame), named(label, path)
        line = {"color": color, "lw": 2.5, "marker": marker, "markevery": [-1], "ms": 8}
        lines += ax.plot(*path.T, height(*path.T), zorder=2, label=name, **line)
    if lines:
        add_legend(ax, lines, loc="upper left")
    ax.set(xlabel="x", ylabel="y", zlabel=r"$\log_{10}(1 + f)$" if log else "f")
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_major_locator(MaxNLocator(5))
    ax.view_init(50, -65)
    ax.set_box_aspect(None, zoom=0.9)  # or else the labels are cut
    return ax


def _within(path, frame):
    """Returns the path up to where it leaves the frame."""
    left, right, bottom, top = frame
    outside = ~((path >= (left, bottom)) & (path <= (right, top))).all(axis=1)
    return path[: outside.argmax()] if outside.any() else path


STYLESHEET = re.compile(r"<link[^>]*>")  # Matplotlib asks another host for its buttons' icons
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


class SharedPaletteWriter(animation.AbstractMovieWriter):
    """A writer of GIFs, with the colors of the last picture in all of them.

    Matplotlib's own gives each picture a palette, so that colors change from one to the next.
    """

    @classmethod
    def isAvailable(cls):  # noqa: N802
        """Return True: it needs Pillow alone."""
        return True

    def setup(self, fig, outfile, dpi=None):
        """Begin a file."""
        super().setup(fig, outfile, dpi)
        self.pictures = []

    def grab_frame(self, **options):
        """Take the figure as it is as the next picture."""
        rgba = io.BytesIO()
        self.fig.savefig(rgba, **{**options, "format": "rgba", "dpi": self.dpi})
        picture = Image.frombytes("RGBA", self.frame_size, rgba.getvalue())
        self.pictures.append(picture.convert("RGB"))

    def finish(self):
        """Write the file; the last picture stays for a second."""
        pictures = self.pictures
        palette = pictures[-1].quantize(256, method=Image.Quantize.FASTOCTREE)
        first, *others = (one.quantize(palette=palette, dither=0) for one in pictures)
        times = [round(1000 / self.fps)] * len(others) + [1000]
        first.save(self.outfile, save_all=True, append_images=others, duration=times, loop=0)


WRITERS: dict = {
    ".gif": SharedPaletteWriter,
    ".html": animation.HTMLWriter,
    ".mp4": animation.FFMpegWriter,
}


class GifAnimation(animation.FuncAnimation):
    """Matplotlib's animation of a function, which a notebook shows as a GIF.

    So it moves in a saved notebook and on a page without scripts too.
    """

    def _repr_html_(self) -> str:
        with tempfile.TemporaryDirectory() as folder:
            gif = save_animation(self, Path(folder) / "film.gif").read_bytes()
        data = base64.b64encode(gif).decode()
        return f'<img alt="paths of optimizers, growing" src="data:image/gif;base64,{data}">'


def animate_descent(
    iterations: int,
    optimizers: Optimizers,
    *,
    surface: str | Surface = "beale",
    start: Sequence[float] | None = None,
    noise: float | None = None,
    seed: int = 0,
    frames: int = 50,
    fps: float = 10,
) -> GifAnimation:
    """Animates paths of optimizers as they grow.

    Args:
        iterations, optimizers, surface, start, noise, seed: see `plot_optimizers`.
        frames: how many pictures at most; the steps between them are left out.
        fps: how many of them a second has.

    Returns:
        A `matplotlib.animation.FuncAnimation`. A notebook shows it as a GIF; `save_animation`
        writes it to a file; its `to_jshtml()` has buttons to stop it, and go on.

    Raises:
        ValueError: for a name or a number that cannot be; the message says which can.

    >>> film = animate_descent(20, "adam", frames=5)  # doctest: +SKIP
    >>> save_animation(film, "build/adam.gif")  # doctest: +SKIP
    PosixPath('build/adam.gif')
    """
    frames, fps = checks.integer("frames", frames, 2), checks.positive("fps", fps)
    where: dict = {"surface": surface, "start": start, "noise": noise, "seed": seed}
    display = DescentDisplay(None, iterations, optimizers, **where)
    figure = display.ax.figure
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # the layout stays as it is: it need not be found each time
    plt.close(figure)  # or else a notebook shows its first picture beside the film
    shown = sorted({round(iterations * k / (frames - 1)) for k in range(frames)})
    return GifAnimation(
        figure, lambda step: [display.update(step)], shown, interval=1000 / fps, repeat_delay=1000
    )


def save_animation(film: animation.Animation, path: str | Path) -> Path:
    """Writes an animation beside its name, then renames it.

    Args:
        film: a `matplotlib.animation.FuncAnimation`.
        path: of the file: .gif, .html with all pictures in it, or .mp4 where ffmpeg is installed.

    Returns:
        The path.

    Raises:
        ValueError: if the file cannot be of that kind.

    Example:
        >>> film = animate_descent(1, "adam", frames=2)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_animation(film, Path(folder) / "adam.gif").name
        'adam.gif'
    """
    if not isinstance(film, animation.Animation):
        raise ValueError(f"film must be an animation of Matplotlib. Got {film!r} instead.")
    path = checks.path("path", path)
    kind = path.suffix.lower()
    known = [kind for kind, writer in WRITERS.items() if writer.isAvailable()]
    checks.choice("the end of path", kind, known)
    options: dict = {"fps": 1000 / getattr(film.event_source, "interval", 200)}
    options |= {"embed_frames": True} if kind == ".html" else {}
    with files.atomic_write(path) as part:
        film.save(part, writer=WRITERS[kind](**options))
        if kind == ".html":
            page = part.read_text(encoding="utf-8")
            part.write_text(STYLESHEET.sub(lambda link: ICONS, page), encoding="utf-8")
    return path
