"""Silence on file descriptor 2."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Sends what C++ code writes to file descriptor 2 nowhere: no setting silences all of it.

    Example:
        >>> with quiet():
        ...     _ = os.write(2, b"a backend's greeting, which nobody sees")
    """
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)
