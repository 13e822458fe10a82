"""How often a live picture is drawn."""

import time
from contextlib import contextmanager

SHARE = 0.05  # of the time, at the most, is spent on drawing
KEPT_FRAMES = 3  # there is time left for: the next one, and a last one, which may be dearer


class Pace:
    """Leaves frames out, so that drawing takes its share of the time that passes, and no more.

    Only the first frame, which comes before the work, and the last one are never left out.
    """

    def __init__(self):
        self._start, self._spent, self._next = time.perf_counter(), 0.0, 0.0

    @property
    def due(self):
        """Whether time enough has passed for another frame, and for a last one after it."""
        return time.perf_counter() >= self._next

    @contextmanager
    def frame(self):
        """Counts the time that a frame takes."""
        begun = time.perf_counter()
        yield
        cost = time.perf_counter() - begun
        self._spent += cost
        self._next = self._start + (self._spent + KEPT_FRAMES * cost) / SHARE
