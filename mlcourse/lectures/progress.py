"""The progress of a notebook that runs without a browser: a bar, and a client that moves it."""

import os
import secrets
import tempfile

from nbclient import NotebookClient

from mlcourse.bars import bar

STARTUP_SECONDS = 3600  # by then a kernel has started, or its process has ended
LONGEST_ADDRESS = 90  # characters, of a socket in a folder
SHAPE = "{percentage:3.0f}%|{bar:20}| {n}/{total} cells {elapsed} {desc}{postfix}"


class Bar:
    """A bar by code cell: the section it stands in, and the last line of the fit in it.

    Attributes:
        section: the nearest heading above the cell that runs.
    """

    def __init__(self, notebook):
        self.section = ""
        self._cells = notebook.cells
        code = sum(cell.cell_type == "code" for cell in self._cells)
        self._bar = bar(code, bar_format=SHAPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._bar.close()

    def start(self, cell_index):
        """A cell begins."""
        headings = [
            line.lstrip("# ")
            for cell in self._cells[: cell_index + 1]
            if cell.cell_type == "markdown"
            for line in cell.source.splitlines()
            if line.startswith("#")
        ]
        self.section = headings[-1] if headings else ""
        self._bar.set_description_str(self.section, refresh=False)
        self.say("")

    def say(self, text):
        """Shows a line beside the section, such as the state of a fit."""
        self._bar.set_postfix_str(text, refresh=False)
        self._bar.update(0)

    def advance(self):
        """A cell is done."""
        self._bar.update(1)


class Client(NotebookClient):
    """A client that tells a bar what its kernel is doing.

    Attributes:
        stopping: whether it is to begin no further cell.
    """

    def __init__(self, notebook, bar, **options):
        quiet = ["--log-level=ERROR"]  # a kernel's own warnings are not the reader's
        options |= {"timeout": None, "startup_timeout": STARTUP_SECONDS}
        super().__init__(notebook, kernel_name="python3", extra_arguments=quiet, **options)
        self.stopping = False
        self._bar = bar
        self.on_cell_execute = self._begin
        self.on_cell_executed = lambda cell, cell_index, execute_reply: bar.advance()

    def create_kernel_manager(self):
        """Create a manager whose kernel has sockets in a folder if possible.

        A port may be taken by another process before the kernel listens on it.
        """
        manager = super().create_kernel_manager()
        address = f"{tempfile.gettempdir()}/mlcourse-{secrets.token_hex(8)}"
        if os.name == "posix" and len(address) <= LONGEST_ADDRESS:
            manager.transport = "ipc"
            manager.ip = address
        return manager

    def _begin(self, cell, cell_index):
        if self.stopping:
            raise KeyboardInterrupt
        self._bar.start(cell_index)

    def process_message(self, msg, cell, cell_index):
        """Also shows the text of a picture that is updated: the line of a `TrainingPlot`."""
        if msg["msg_type"] == "update_display_data":
            self._bar.say(msg["content"]["data"].get("text/plain", ""))
        return super().process_message(msg, cell, cell_index)
