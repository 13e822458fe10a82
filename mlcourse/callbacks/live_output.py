"""Cell output that is updated in place: a figure, or a growing table."""

import sys
import time
from contextlib import contextmanager

from mlcourse._core import checks
from mlcourse._core.tables import bar, html_text, terminal_text

RESERVED_FRAMES = 3  # the next frame and the last one, which may take longer


class PlotThrottle:
    """Limit of the time that drawing takes, as a fraction of all time since the throttle was made.

    `due` tells whether there is time for another frame. The caller draws the first frame and the
    last one in any case; the limit reserves time for the last one.

    Args:
        max_overhead: largest fraction of the time that drawing may take.
    """

    def __init__(self, max_overhead=0.05):
        self.max_overhead = checks.positive("max_overhead", max_overhead)
        self._start = time.perf_counter()
        self._drawing_time = 0.0
        self._next = 0.0

    @property
    def due(self):
        """Whether there is time for another frame, and for a last one after it."""
        return time.perf_counter() >= self._next

    @contextmanager
    def frame(self):
        """Measure the time of the frame that the `with` block draws."""
        start = time.perf_counter()
        yield
        duration = time.perf_counter() - start
        self._drawing_time += duration
        reserved = RESERVED_FRAMES * duration
        self._next = self._start + (self._drawing_time + reserved) / self.max_overhead


class LiveOutput:
    """Output of the running cell that each update replaces.

    It is a plain output, not a widget: it works in every front end, stays in the notebook when that
    is saved or executed without a browser, and leaves printed text alone.

    Args:
        shell: the IPython shell.
        on_cell_end: function without arguments, called when the cell ends or is interrupted.
    """

    def __init__(self, shell, on_cell_end):
        from IPython.display import display

        self._shell, self._on_cell_end = shell, on_cell_end
        self._handle = display({"text/plain": ""}, raw=True, display_id=True)
        shell.events.register("post_run_cell", self._after_cell)

    @classmethod
    def in_notebook(cls, on_cell_end=lambda: None):
        """Return a `LiveOutput` in a notebook, and None elsewhere."""
        ipython = sys.modules.get("IPython")
        shell = ipython.get_ipython() if ipython else None
        return cls(shell, on_cell_end) if hasattr(shell, "kernel") else None

    def update(self, bundle):
        """Replace the output.

        Args:
            bundle: dict of MIME types to content. "text/plain" is for front ends without images.
        """
        self._handle.update(bundle, raw=True)

    def close(self):
        """Stop waiting for the end of the cell; the output stays and can still be updated."""
        if self._shell:
            self._shell.events.unregister("post_run_cell", self._after_cell)
            self._shell = None

    def _after_cell(self, _result):
        self._on_cell_end()


class LiveTable:
    """Table and progress bar: one updated output in a notebook, only the bar elsewhere.

    It is a context manager, which closes the bar.

    Args:
        total: number of networks to train.
        unit: noun for one of them, such as "trial".
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

    def show(self, table, done, current=""):
        """Update the table and the bar.

        Args:
            table: object with `status()` and `_repr_html_()`.
            done: number of trained networks.
            current: description of the network that is being trained; "" for none.
        """
        self._total = max(self._total, done)
        text = terminal_text(" · ".join(filter(None, [table.status(), current])))
        if self._output:
            page = self._html(table, done, current)
            self._output.update({"text/html": page, "text/plain": text})
            return
        self._bar.total = self._total
        self._bar.set_postfix_str(text, refresh=False)
        self._bar.update(done - self._bar.n)

    def _html(self, table, done, current):
        """Return the table in HTML, with a progress bar while a network is being trained."""
        page = table._repr_html_()
        if not current:
            return page
        progress = (
            f'<progress value="{done}" max="{self._total}">{done} of {self._total}</progress>'
        )
        return f"{page}<p>{progress} {html_text(current)}</p>"
