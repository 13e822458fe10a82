"""Downloads: one file, with a progress bar, time-outs and retries."""

import logging
import sys

TIMEOUT = (3, 20)  # seconds: to connect, and between two packets
RETRIES = 2


def download(url, folder, sha256=None):
    """Returns the path of a file in `folder` that holds what `url` answered.

    Args:
        url: an http or https address.
        folder: an existing folder.
        sha256: the file's known SHA-256 sum, if there is one.

    Raises:
        OSError: if the server does not answer, cuts the line, says no, or the disk is full.
        ValueError: if the sum is another.
    """
    import pooch

    pooch.get_logger().setLevel(logging.WARNING)
    print(f"Downloading {url}", file=sys.stderr)
    name = url.rsplit("/", 1)[-1]
    files = pooch.create(
        path=folder, base_url="", registry={name: sha256}, urls={name: url}, retry_if_failed=RETRIES
    )
    return files.fetch(name, downloader=pooch.HTTPDownloader(progressbar=True, timeout=TIMEOUT))
