"""Downloads: one file, with a progress bar, limits of time and size, and retries."""

import contextlib
import logging
import re
import sys
import time
from pathlib import Path

from tqdm import tqdm

TIMEOUT = (3, 20)  # seconds: to connect, and between two packets
RETRIES = 2
PATIENCE = 30  # seconds, after which a download must have been as quick as this on average:
SLOWEST = 2_000  # bytes a second
LARGEST = 2**30  # bytes, more than any dataset of ours has
CHUNK = 2**16  # bytes


def download(url, folder, sha256=None):
    """Returns the path of a file in `folder` that holds what `url` answered.

    Args:
        url: an http or https address.
        folder: an existing folder.
        sha256: the file's known SHA-256 sum, if there is one.

    Raises:
        OSError: if the server does not answer, cuts the line, says no, is far too slow, or the disk
            is full.
        ValueError: if the sum is another, or the file too large.
    """
    import pooch

    print(f"Downloading {url}", file=sys.stderr)
    name = re.sub(r"\W+", "-", url)[-100:]  # leads nowhere else, whatever the address says
    files = pooch.create(
        path=folder, base_url="", registry={name: sha256}, urls={name: url}, retry_if_failed=RETRIES
    )
    with _quiet(pooch.get_logger()):
        return files.fetch(name, downloader=_fetch)


@contextlib.contextmanager
def _quiet(logger):
    """Lets a logger pass warnings only, as long as its block lasts."""
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def _fetch(url, path, _):
    """Writes what a server answers to a file, as pooch asks for it."""
    import requests
    import urllib3

    with requests.get(url, timeout=TIMEOUT, stream=True) as response:
        response.raise_for_status()
        try:
            with Path(path).open("wb") as file:
                _copy(response, file)
        except urllib3.exceptions.HTTPError as error:
            raise requests.ConnectionError(error) from error


def _copy(response, file):
    total, size, start = int(response.headers.get("Content-Length", 0)), 0, time.monotonic()
    with tqdm(total=total or None, unit="B", unit_scale=True) as bar:
        while chunk := response.raw.read1(CHUNK, decode_content=True):  # what is there by now
            size += file.write(chunk)
            bar.update(len(chunk))
            seconds = time.monotonic() - start
            if seconds > PATIENCE and size < SLOWEST * seconds:
                raise TimeoutError(f"too slow: {size:,} bytes in {seconds:.0f} s")
            if size > LARGEST:
                raise ValueError(f"a file must have at most {LARGEST:,} bytes. Got more.")
