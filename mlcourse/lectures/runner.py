"""Runs a lecture from its notebook, without a browser, and writes it as a page."""

import asyncio
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from tqdm import tqdm

from mlcourse.datasets import cache
from mlcourse.lectures import index, page, report

GRACE_SECONDS = 10  # for an interrupted cell to end


@dataclass(frozen=True)
class Run:
    """A lecture that has been run.

    Attributes:
        lecture: the `Lecture`.
        page: path of the HTML page.
        seconds: how long it took.
        facts: what the lecture's last cell reported, as `report.bundle` describes it.
    """

    lecture: index.Lecture
    page: Path
    seconds: float
    facts: dict


def run(name, quick=True, data=None, out="build"):
    """Runs a lecture's notebook in a kernel of its own and writes `<out>/<name>.html`.

    A bar on stderr counts the cells and shows, within a cell, how far a fit has come.
    A page is written even if a cell fails or the run is interrupted.

    Args:
        name: the lecture's name.
        quick: whether to take fewer pictures and epochs.
        data: the folder of the datasets; None leaves `MLCOURSE_DATA` as it is.
        out: the folder for the page.

    Returns:
        A `Run`.

    Raises:
        ValueError: for an unknown name, or a `data` that is not a folder.
        LectureFailed: if a cell raises, or the kernel dies.
        KeyboardInterrupt: after Ctrl-C, which interrupts the cell that runs.
    """
    lecture = index.find(name)
    environment = {
        **os.environ,
        "MLCOURSE_QUICK": "1" if quick else "0",
        "MLCOURSE_DATA": str(_data_folder(data)),  # whole, as the kernel's own folder is another
    }
    target = Path(out) / f"{lecture.name}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.read(lecture.path, as_version=4)
    start = time.perf_counter()
    try:
        _execute(notebook, target, environment)
    except BaseException:
        page.write(notebook, lecture.title, page.UNFINISHED, target)
        raise
    facts = report.find(notebook)
    page.write(notebook, lecture.title, page.banner(facts), target)
    return Run(lecture, target, time.perf_counter() - start, facts)


def _data_folder(data):
    if data is None:
        return cache.folder().resolve()
    if not Path(data).is_dir():
        raise ValueError(f"data must name a folder. Got {str(data)!r} instead.")
    return Path(data).resolve()


def _execute(notebook, target, environment):
    """Runs the cells in place. What the kernel's libraries mutter goes to a log, not the bar."""
    log = target.with_suffix(".log")
    with _Bar(notebook) as bar, log.open("w") as stderr:
        client = _Client(notebook, bar, resources={"metadata": {"path": str(target.parent)}})
        try:
            _in_thread(client, env=environment, stderr=stderr)
        except CellExecutionError as error:
            what = f"{bar.section}: {error.ename}: {error.evalue} ({target})"
            raise index.LectureFailed(what) from error
        except DeadKernelError as error:
            what = f"{bar.section}: the kernel died. Its last words are in {log}"
            raise index.LectureFailed(what) from error
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"{bar.section}: interrupted. The page so far: {target}"
            ) from None
        finally:
            stderr.flush()
            if not log.stat().st_size:
                log.unlink()
    log.unlink(missing_ok=True)


def _in_thread(client, **options):
    """Executes the notebook in a thread, for Ctrl-C to come to us and go on to the running cell.

    In the main thread the client would take the signal for itself and kill the kernel.
    """
    with ThreadPoolExecutor(1) as pool:
        execution = pool.submit(client.execute, **options)
        try:
            while not execution.done():
                wait([execution], timeout=0.5)  # without a limit, Windows would not let Ctrl-C in
        except KeyboardInterrupt:
            if client.km is not None and client.km.has_kernel:
                asyncio.run(client.km.interrupt_kernel())
            if wait([execution], timeout=GRACE_SECONDS).not_done:
                asyncio.run(client.km.shutdown_kernel(now=True))
            raise
        execution.result()


class _Bar:
    """A bar by code cell: the section it stands in, and the last line that its fit printed."""

    def __init__(self, notebook):
        self.cells = notebook.cells
        self.section = ""

    def __enter__(self):
        code = sum(cell.cell_type == "code" for cell in self.cells)
        pace = 0.5 if sys.stderr.isatty() else 10  # a log keeps every line of a bar
        shape = "{percentage:3.0f}%|{bar:20}| {n}/{total} cells {elapsed} {desc}{postfix}"
        self._bar = tqdm(total=code, mininterval=pace, bar_format=shape, dynamic_ncols=True)
        return self

    def __exit__(self, *_):
        self._bar.close()

    def start(self, index):
        """A cell begins: the section is that of the nearest heading above it."""
        headings = [
            line.lstrip("# ")
            for cell in self.cells[: index + 1]
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


class _Client(NotebookClient):
    """A client that tells a bar what its kernel is doing."""

    def __init__(self, notebook, bar, **options):
        options["extra_arguments"] = [
            "--log-level=ERROR"
        ]  # a kernel's warnings are not the reader's
        super().__init__(notebook, timeout=None, kernel_name="python3", **options)
        self._bar = bar
        self.on_cell_execute = self._on_execute
        self.on_cell_executed = self._on_executed

    def _on_execute(self, cell, cell_index):
        self._bar.start(cell_index)

    def _on_executed(self, cell, cell_index, execute_reply):
        self._bar.advance()

    def process_message(self, msg, cell, cell_index):
        """Also shows the text of a picture that is updated: the line of a `TrainingPlot`."""
        if msg["msg_type"] == "update_display_data":
            self._bar.say(msg["content"]["data"].get("text/plain", ""))
        return super().process_message(msg, cell, cell_index)
