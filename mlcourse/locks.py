"""A folder that one process at a time works in."""

from contextlib import contextmanager

from filelock import FileLock, Timeout

from mlcourse import files


@contextmanager
def held(folder, busy, patience=0):
    """Holds a folder as long as its block lasts, once it is there and swept.

    Args:
        folder: its path.
        busy: the error to raise if another process holds it.
        patience: seconds to wait for that one to let go.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "lock", timeout=patience)
    try:
        lock.acquire()
    except Timeout:
        raise busy from None
    try:
        files.sweep(folder)
        yield
    finally:
        lock.release()
