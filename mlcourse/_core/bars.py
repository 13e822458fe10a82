"""Progress bars."""

import sys

from tqdm import tqdm

TERMINAL_INTERVAL = 0.5  # seconds
LOG_INTERVAL = 10  # seconds; a log stores every update as a line


def bar(total, **options):
    """Return a tqdm progress bar that updates rarely enough for a log file.

    In a terminal it updates twice a second, else every ten seconds.

    Args:
        total: number of steps.
        options: other arguments of `tqdm`.
    """
    interval = TERMINAL_INTERVAL if sys.stderr.isatty() else LOG_INTERVAL
    return tqdm(total=total, mininterval=interval, miniters=0, dynamic_ncols=True, **options)
