"""How far a fit has come, in numbers and in words."""

import time


class Progress:
    """Counts a fit's epochs and batches, and the time that they take.

    Args:
        done: epochs that are done before the fit begins.

    Attributes:
        done: epochs that are done.
        note: a word on how the fit fares, such as "paused".
        running: whether the fit goes on.
    """

    def __init__(self, done=0):
        self.done, self.note, self.running, self.has_begun = done, "", False, False
        self._first, self._offset, self._planned, self._steps, self._batch = done, 0, 0, None, None
        self._started = time.perf_counter()

    def begin_epoch(self, epoch, params):
        """Notes the epoch that begins, as Keras counts it; the first one says where it all begins.

        A fit whose epochs are counted from less than those that are done goes on from there.
        """
        if not self.has_begun:
            self._offset = max(self.done - epoch, 0)
            self._first = self.done = epoch + self._offset
            self.has_begun = True
        self._planned, self._steps = params.get("epochs") or 0, params.get("steps")

    def plan(self, epochs):
        """Notes how many epochs there are to be, before the first one; None for unknown."""
        self._planned = epochs or 0

    def begin_batch(self, batch):
        """Notes the batch that begins, counted from 0."""
        self._batch = batch

    def end_epoch(self, epoch):
        """Notes that an epoch is done, and returns its number, counted from 1."""
        self.done, self._batch = self.number(epoch), None
        return self.done

    def number(self, epoch):
        """Returns the number of an epoch, counted from 1 over all fits."""
        return epoch + self._offset + 1

    def leave_out(self, seconds):
        """Does not count this time, in which the fit stood still."""
        self._started += seconds

    @property
    def planned(self):
        """How many epochs there are to be, in all; those that are done if it is unknown."""
        return self._planned + self._offset if self._planned else self.done

    @property
    def share(self):
        """The share of the fit that is done, while it runs; 0 before and after."""
        planned = self.planned - self._first
        return self._epochs() / planned if self.running and self._planned and planned else 0.0

    def words(self):
        """Returns the epoch, and how much of it is done."""
        total = f" of {self.planned}" if self._planned or not self.running else ""
        if not self.running or (self._batch is None and self.done > self._first):
            return f"epoch {self.done}{total}"
        known = self._share_of_epoch() or not self._batch
        part = f"{self._share_of_epoch():.0%}" if known else f"batch {self._batch}"
        return f"epoch {self.done + 1}{total}, {part}"

    def time_left(self):
        """Returns how long the rest will take, in words; "" if that cannot be told yet."""
        done = self._epochs()
        if not self.running or not self._planned or done <= 0.2:
            return ""
        each = (time.perf_counter() - self._started) / done
        left = (self.planned - self._first - done) * each
        if left >= 120:
            return f"{left / 60:.0f} min left"
        return f"{left:.0f} s left" if left >= 1 else ""

    def _share_of_epoch(self):
        """How much of the epoch is done: 0 where nobody knows how many batches it has."""
        return min(self._batch / self._steps, 1) if self._batch and self._steps else 0.0

    def _epochs(self):
        """How many epochs this fit has done."""
        return self.done - self._first + self._share_of_epoch()
