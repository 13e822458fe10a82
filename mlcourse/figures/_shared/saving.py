"""Figures as files and as bytes: PNG, WebP, SVG, PDF."""

import io
from pathlib import Path

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from mlcourse._core import checks, files


def png(figure):
    """Returns what a figure's Agg canvas shows as the bytes of a PNG; draw it before."""
    return _saved(_pixels(figure), "png", compress_level=1)  # four times as quick as the usual 6


def webp(figure):
    """Returns the same in 128 colours as the bytes of a WebP, some 10 to 30 kB; draw it before."""
    few = _pixels(figure).convert("RGB").quantize(128, method=Image.Quantize.FASTOCTREE)
    return _saved(few.convert("RGB"), "webp", lossless=True)


def _pixels(figure):
    canvas = figure.canvas
    return Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba())


def _saved(pixels, kind, **options):
    file = io.BytesIO()
    pixels.save(file, kind, **options)
    return file.getvalue()


DATES = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}  # would differ each time


def save_figure(figure: Figure | Axes, path: str | Path) -> Path:
    """Writes a figure beside its name, then renames it.

    The same picture gives the same bytes, as long as Matplotlib's version is the same.

    Args:
        figure: a `matplotlib.figure.Figure`, or an Axes in one.
        path: of the file; its suffix, .png, .svg or .pdf among others, decides the format.

    Returns:
        The path.

    Raises:
        ValueError: if Matplotlib does not write files of that kind.

    >>> from mlcourse.figures import draw_neural_net
    >>> save_figure(draw_neural_net(None, [2, 1]), "build/net.svg")  # doctest: +SKIP
    PosixPath('build/net.svg')
    """
    whole = figure.get_figure(root=True) if isinstance(figure, Artist) else None
    if not isinstance(whole, Figure):
        raise ValueError(f"figure must be a Figure, or Axes in one. Got {figure!r} instead.")
    path = check_format(whole, checks.path("path", path))
    with files.atomic_write(path) as part, mpl.rc_context({"svg.hashsalt": "mlcourse"}):
        metadata = DATES.get(path.suffix.lower())
        whole.savefig(part, format=path.suffix[1:].lower(), metadata=metadata)
    return path


def check_format(figure, path):
    """Returns the path if its suffix is of a format that Matplotlib writes; raises otherwise."""
    known = figure.canvas.get_supported_filetypes()
    if path.suffix[1:].lower() not in known:
        kinds = ", ".join(f".{kind}" for kind in known)
        raise ValueError(f"path must end in one of {kinds}. Got {str(path)!r} instead.")
    return path
