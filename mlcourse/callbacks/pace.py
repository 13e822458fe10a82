"""How often a live picture is drawn."""

import time
from contextlib import contextmanager

SHARE = 0.05  # of the time, at the most, is spent on drawing


class Pace:
    """Leaves frames out, so that drawing takes its share of the time that passes, and no more.

    The first frame comes before the work, and does not count. For a last one there is time left.
    """

    def __init__(self):
        self._start, self._spent, self._next = None, 0.0, 0.0

    @property
    def due(self):
        """Whether time enough has passed for another frame, and for a last one after it."""
        return time.perf_counter() >= self._next

    @contextmanager
    def frame(self):
        """Counts the time that a frame takes."""
        begun = time.perf_counter()
        yield
        now = time.perf_counter()
        if self._start is None:
            self._start = now
        else:
            self._spent += now - begun
        self._next = self._start + (self._spent + 2 * (now - begun)) / SHARE
