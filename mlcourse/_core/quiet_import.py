"""Import TensorFlow without its start-up messages, whichever module imports it first.

TensorFlow's C++ code writes them to file descriptor 2, before it reads `TF_CPP_MIN_LOG_LEVEL`.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder

LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"


@contextlib.contextmanager
def suppress_stderr() -> Iterator[None]:
    """Discard output to file descriptor 2, including that of C++ code, within a `with` block.

    Example:
        >>> with suppress_stderr():
        ...     _ = os.write(2, b"a backend's start-up message")
    """
    saved = os.dup(2)
    devnull = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(devnull, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(devnull)


def install():
    """Silence the next import of TensorFlow."""
    if QuietFinder not in sys.meta_path:
        sys.meta_path.insert(0, QuietFinder)


class QuietFinder:
    """A finder for `sys.meta_path` that finds TensorFlow alone, and silences its import.

    If `TF_CPP_MIN_LOG_LEVEL` is set, the import is left as it is.
    """

    @staticmethod
    def find_spec(name, path=None, target=None):
        """Return the spec of TensorFlow, or None for other modules."""
        if name != "tensorflow" or LOG_LEVEL in os.environ:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module
            spec.loader.exec_module = lambda module: _quietly(execute, module)
        return spec


def _quietly(execute, module):
    """Execute a module without messages; later ones are hidden, too, unless they are fatal."""
    os.environ[LOG_LEVEL] = "3"
    try:
        with suppress_stderr():
            execute(module)
    finally:
        os.environ.pop(LOG_LEVEL, None)
