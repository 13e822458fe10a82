"""Pictures in files that anybody may have made: whole, of a usual kind, and not too large."""

from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")  # no others are tried
PIXELS = 40_000_000  # the most


def read(rule, file, name):
    """Returns the picture in a file as a `PIL.Image`.

    Args:
        rule: how an error begins, such as "an upload must be a picture".
        file: a path, or an open file.
        name: what an error calls the file.

    Raises:
        ValueError: if it is too large, or no whole picture in one of `FORMATS`.
        OSError: if there is no such file, or none for us to read.
    """
    rule = f"{rule} ({', '.join(FORMATS)})"
    try:
        picture = Image.open(file, formats=FORMATS)
        width, height = picture.size
        if width * height <= PIXELS:
            picture.load()
            return picture
    except Image.DecompressionBombError as error:
        raise ValueError(f"{rule} of at most {PIXELS // 10**6} million pixels. {error}") from error
    except Exception as error:  # whatever a broken file leads to
        if isinstance(error, OSError) and error.errno:
            raise
        raise ValueError(f"{rule}, and whole. Got {name!r} instead.") from error
    limit = f"{rule} of at most {PIXELS // 10**6} million pixels"
    raise ValueError(f"{limit}. Got {width:,} x {height:,} instead.")
