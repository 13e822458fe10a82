"""Bars that show how far a long work is."""

import sys

from tqdm import tqdm


def bar(total, **options):
    """Returns a tqdm bar, redrawn twice a second in a terminal.

    In a log, which keeps each line, it is redrawn every ten seconds.

    Args:
        total: how many steps there are.
        options: all else that `tqdm` takes.
    """
    pace = 0.5 if sys.stderr.isatty() else 10
    return tqdm(total=total, mininterval=pace, miniters=0, dynamic_ncols=True, **options)
