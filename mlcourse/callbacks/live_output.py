"""Output of a cell that is updated in place: a figure, or a table that grows."""

import html
import sys
import time
from contextlib import contextmanager

from mlcourse._core.bars import bar

SHARE = 0.05  # of the time, at the most, is spent on drawing
KEPT_FRAMES = 3  # there is time left for: the next one, and a last one, which may be dearer


class PlotThrottle:
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


class LiveOutput:
    """An output of the cell that runs now: each update takes the place of the one before.

    It is a plain output of the cell, not a widget. So it shows in every front end, stays in the
    notebook when that is saved or executed without a browser, and leaves printed text alone.

    Args:
        shell: the IPython shell.
        on_cell_end: called without arguments when the cell has ended, however it ends.
    """

    def __init__(self, shell, on_cell_end):
        from IPython.display import display

        self._shell, self._on_cell_end = shell, on_cell_end
        self._handle = display({"text/plain": ""}, raw=True, display_id=True)
        shell.events.register("post_run_cell", self._after_cell)

    @classmethod
    def in_notebook(cls, on_cell_end=lambda: None):
        """Returns a `LiveOutput` in a notebook; None elsewhere."""
        ipython = sys.modules.get("IPython")
        shell = ipython.get_ipython() if ipython else None
        return cls(shell, on_cell_end) if hasattr(shell, "kernel") else None

    def update(self, bundle):
        """Shows something else.

        Args:
            bundle: a dict of MIME types to content. Its "text/plain" is a line for those who see no
                pictures.
        """
        self._handle.update(bundle, raw=True)

    def close(self):
        """Waits for the cell's end no longer; the output stays, and can still be updated."""
        if self._shell:
            self._shell.events.unregister("post_run_cell", self._after_cell)
            self._shell = None

    def _after_cell(self, _result):
        self._on_cell_end()


class LiveTable:
    """Shows a table and a bar: in a notebook in one output that is updated, else as a bar alone.

    A context manager, whose end closes the bar.

    Args:
        total: how many networks there are to be.
        unit: what one of them is called.
    """

    def __init__(self, total, unit):
        self._total = total
        self._output = LiveOutput.in_notebook()
        self._bar = None if self._output else bar(total, unit=unit)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._output:
            self._output.close()
        else:
            self._bar.close()

    def show(self, table, done, now=""):
        """Shows the table as it is.

        Args:
            table: has `status()` and `_repr_html_()`.
            done: how many networks are done.
            now: what is trained at present, in words.
        """
        self._total = max(self._total, done)
        words = " · ".join(filter(None, [table.status(), now]))
        if self._output:
            self._output.update({"text/html": self._page(table, done, now), "text/plain": words})
            return
        self._bar.total = self._total
        self._bar.set_postfix_str(words, refresh=False)
        self._bar.update(done - self._bar.n)

    def _page(self, table, done, now):
        done_bar = (
            f'<progress value="{done}" max="{self._total}">{done} of {self._total}</progress>'
        )
        return table._repr_html_() + (f"<p>{done_bar} {html.escape(now)}</p>" if now else "")
