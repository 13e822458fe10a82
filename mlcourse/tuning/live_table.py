"""A table that grows while networks are trained."""

import html

from mlcourse.bars import bar
from mlcourse.callbacks.live_output import LiveOutput


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
