"""A figure as the bytes of a file: quickly as a PNG, or small as a WebP, for a page."""

import io

from PIL import Image


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
