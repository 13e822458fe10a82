"""Save figures to files, and encode them as bytes: PNG, WebP, SVG, PDF."""

import io
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image, ImageChops

from mlcourse._core import checks, files

NEARLY_WHITE = 247  # lowest channel of colors that become white
N_EXACT = 16  # most frequent colors of an image, which a reduced image has unchanged
VISIBLE = 24  # difference of a channel, of 255, that is visible in a thin line
MAX_VISIBLE = 5e-4  # fraction of pixels with such a difference, if a palette is used again
MAX_MEAN = 0.5  # mean difference of a channel, if a palette is used again


def png(figure):
    """Return the pixels of a figure's Agg canvas as the bytes of a PNG file.

    Draw the figure first.
    """
    return encoded(pixels(figure), "png", compress_level=1)  # 4 times as fast as the default 6


def webp(figure):
    """Return the pixels of a figure's Agg canvas as the bytes of a WebP file with 256 colors.

    It has about 5 to 50 kB. Draw the figure first.
    """
    return encoded_webp(reduce_colors(pixels(figure)))


def encoded_webp(image):
    """Return an image of few colors as the bytes of a lossless WebP file."""
    return encoded(image.convert("RGB"), "webp", lossless=True)


def reduce_colors(image, like=None):
    """Return an image with 256 colors, by median cut, with exact white and exact frequent colors.

    The background, the color of the upper left pixel, is exact too.

    An octree is faster, but it makes white gray, breaks faint lines and turns color scales into
    bands.

    Args:
        image: a PIL image.
        like: an image returned for a similar one, or None. Its palette is used again where it
            fits, in a tenth of the time.
    """
    image = image.convert("RGB")
    if like is not None:
        reduced = image.quantize(palette=like, dither=Image.Dither.NONE)
        if _is_close(reduced.convert("RGB"), image):
            return reduced
    reduced = image.quantize(256, method=Image.Quantize.MEDIANCUT)
    palette = np.reshape(reduced.getpalette(), (-1, 3))
    palette[(palette >= NEARLY_WHITE).all(axis=1)] = 255
    colors = sorted(image.getcolors(image.width * image.height))
    for _, color in colors[-N_EXACT:]:  # of two colors with the same place, the more frequent one
        if min(color) < NEARLY_WHITE:
            palette[np.abs(palette - color).sum(axis=1).argmin()] = color
    palette[reduced.getpixel((0, 0))] = image.getpixel((0, 0))
    reduced.putpalette(palette.ravel().tolist())
    return reduced


def _is_close(reduced, image):
    """Return whether no one sees a difference of two images, and their background is the same."""
    counts = np.reshape(ImageChops.difference(reduced, image).histogram(), (3, 256))
    fractions = counts / (image.width * image.height)
    is_same_background = reduced.getpixel((0, 0)) == image.getpixel((0, 0))
    visible = fractions[:, VISIBLE:].sum(axis=1).max()
    mean = (fractions @ np.arange(256)).max()
    return is_same_background and visible <= MAX_VISIBLE and mean <= MAX_MEAN


def pixels(figure):
    """Return the pixels of a figure's Agg canvas as an image."""
    canvas = figure.canvas
    return Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba())


def encoded(image, file_format, **options):
    """Return an image as the bytes of a file."""
    file = io.BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


WITHOUT_DATE = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
"""Metadata by suffix: without a date the same figure gives the same bytes."""


def save_figure(figure: Figure | Axes, path: str | Path) -> Path:
    """Save a figure atomically: write a temporary file, then rename it.

    The same figure gives the same bytes with the same version of Matplotlib.

    Args:
        figure: a `matplotlib.figure.Figure`, or an Axes in one.
        path: path of the file. Its suffix, for example .png, .svg or .pdf, sets the format.

    Returns:
        The path.

    Raises:
        ValueError: if Matplotlib does not support the format.

    >>> from mlcourse.figures import draw_neural_net
    >>> save_figure(draw_neural_net(None, [2, 1]), "build/net.svg")  # doctest: +SKIP
    PosixPath('build/net.svg')
    """
    root = figure.get_figure(root=True) if isinstance(figure, Artist) else None
    if not isinstance(root, Figure):
        raise ValueError(f"figure must be a Figure, or an Axes in one. Got {figure!r} instead.")
    path = check_format(root, checks.path("path", path))
    with files.atomic_write(path) as temporary, mpl.rc_context({"svg.hashsalt": "mlcourse"}):
        metadata = WITHOUT_DATE.get(path.suffix.lower())
        root.savefig(temporary, format=path.suffix[1:].lower(), metadata=metadata)
    return path


def check_format(figure, path):
    """Return the path. Raise ValueError if Matplotlib does not support its suffix."""
    formats = figure.canvas.get_supported_filetypes()
    if path.suffix[1:].lower() not in formats:
        suffixes = ", ".join(f".{name}" for name in formats)
        raise ValueError(f"path must end in one of {suffixes}. Got {str(path)!r} instead.")
    return path
