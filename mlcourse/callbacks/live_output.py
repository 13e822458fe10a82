"""One picture or table in a notebook's cell that is updated in place."""

import sys


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
