"""A figure as the bytes of a PNG, quickly."""

import io

from PIL import Image


def png(figure):
    """Returns what a figure's Agg canvas shows as the bytes of a PNG; draw it before."""
    canvas, file = figure.canvas, io.BytesIO()
    pixels = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba())
    pixels.save(file, "png", compress_level=1)  # four times as quick as the usual 6
    return file.getvalue()
