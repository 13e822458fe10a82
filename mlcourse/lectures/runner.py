"""Run a lecture's notebook in a kernel, with a progress bar, and cache the executed notebook."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import secrets
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from packaging.requirements import Requirement

from mlcourse._core import checks, files
from mlcourse._core.tables import bar, terminal_text
from mlcourse.datasets import cache
from mlcourse.lectures import catalog, page, session

STARTUP_SECONDS = 3600  # timeout for the start of a kernel; a kernel that exits fails at once
MAX_SOCKET_PATH = 90  # characters, without the number that ZeroMQ appends
PAGE_SETTINGS = {"MLCOURSE_INTERACTIVE": "prerender"}  # a page has no kernel
BAR_FORMAT = "{percentage:3.0f}%|{bar:20}| {n}/{total} cells {elapsed} {desc}{postfix}"


class Bar:
    """A progress bar over the code cells, with the current section and a status line.

    Attributes:
        section: last heading above the running cell.
    """

    def __init__(self, notebook):
        self.section = ""
        self._cells = notebook.cells
        n_code_cells = sum(cell.cell_type == "code" for cell in self._cells)
        self._bar = bar(n_code_cells, bar_format=BAR_FORMAT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._bar.close()

    def start(self, cell_index):
        """Show the section of the cell that starts."""
        headings = [
            line.lstrip("# ")
            for cell in self._cells[: cell_index + 1]
            if cell.cell_type == "markdown"
            for line in cell.source.splitlines()
            if line.startswith("#")
        ]
        self.section = headings[-1] if headings else ""
        self._bar.set_description_str(terminal_text(self.section), refresh=False)
        self.set_status("")

    def set_status(self, text):
        """Show a line after the section, for example the progress of a fit."""
        self._bar.set_postfix_str(terminal_text(text), refresh=False)
        self._bar.update(0)

    def advance(self):
        """Count a cell as done."""
        self._bar.update(1)


class Client(NotebookClient):
    """A notebook client that updates a progress bar.

    Attributes:
        stopping: whether no further cell may start.
    """

    def __init__(self, notebook, bar, **options):
        quiet = ["--log-level=ERROR"]
        options |= {"timeout": None, "startup_timeout": STARTUP_SECONDS}
        super().__init__(notebook, kernel_name="python3", extra_arguments=quiet, **options)
        self.stopping = False
        self._bar = bar
        self.on_cell_execute = self._start_cell
        self.on_cell_executed = self._end_cell

    def create_kernel_manager(self):
        """Return a kernel manager that uses Unix sockets where possible.

        A TCP port can be taken by another process before the kernel listens on it.
        """
        manager = super().create_kernel_manager()
        socket_path = f"{tempfile.gettempdir()}/mlcourse-{secrets.token_hex(8)}"
        if os.name == "posix" and len(socket_path) <= MAX_SOCKET_PATH:
            manager.transport = "ipc"
            manager.ip = socket_path
        return manager

    def _start_cell(self, cell, cell_index):
        if self.stopping:
            raise KeyboardInterrupt
        self._bar.start(cell_index)

    def _end_cell(self, cell, cell_index, execute_reply):
        self._bar.advance()

    def process_message(self, msg, cell, cell_index):
        """Process a message, and show the text of updated figures, such as `TrainingPlot`."""
        if msg["msg_type"] == "update_display_data":
            self._bar.set_status(msg["content"]["data"].get("text/plain", ""))
        return super().process_message(msg, cell, cell_index)


GRACE_SECONDS = 10  # before a kernel is killed whose cell ignores an interrupt


@dataclass(frozen=True)
class LectureResult:
    """The result of a run of a lecture.

    Attributes:
        lecture: the `Lecture`.
        page: path of the HTML page.
        seconds: duration of the run.
        facts: facts of the lecture's report, as `session.mime_bundle` describes them.
    """

    lecture: catalog.Lecture
    page: Path
    seconds: float
    facts: dict


def run(
    name: str,
    quick: bool = True,
    data: str | Path | None = None,
    out: str | Path = "build",
    seed: int | None = None,
) -> LectureResult:
    """Run a lecture's notebook in a new kernel, and write it as `<out>/<name>.html`.

    A progress bar on stderr shows the cell and the epoch. The page is also written if a cell fails
    or the run is interrupted.

    Args:
        name: name of the lecture, or path of a notebook, NAME.ipynb.
        quick: whether to use fewer images and epochs.
        data: folder of the datasets. Default: `MLCOURSE_DATA`, else the cache folder.
        out: folder of the page.
        seed: seed of the lecture's random numbers. Default: `MLCOURSE_SEED`, else 0.

    Returns:
        A `LectureResult`.

    Raises:
        ValueError: for an unknown name, an invalid seed, or a `data` that is not a folder.
        LectureFailed: if a cell raises, or the kernel does not start, or dies.
        KeyboardInterrupt: after Ctrl-C, which interrupts the running cell.

    Example:
        >>> run("neural-networks", out="build").page  # doctest: +SKIP
        PosixPath('build/neural-networks.html')
    """
    lecture = catalog.find(name)
    notebook = catalog.read(lecture)
    target = Path(out) / f"{lecture.name}.html"
    return run_notebook(lecture, notebook, target, environment(quick, data, seed))


def run_notebook(lecture, notebook, target, settings):
    """Execute a notebook of a lecture, write its page, and return a `LectureResult`.

    Args:
        lecture: a `Lecture`.
        notebook: its notebook, or a part of it, as nbformat reads it; it is executed in place.
        target: path of the page.
        settings: environment variables, as `environment` returns them.

    Raises:
        LectureFailed, KeyboardInterrupt: as in `run`.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    try:
        execute(notebook, target, {**PAGE_SETTINGS, **os.environ, **settings})
        facts = session.read_report(notebook)
        page.write(notebook, lecture.title, page.banner(facts), target)
    except BaseException:
        with files.handle_interrupts(signal.SIG_IGN):  # a second Ctrl-C
            page.write(notebook, lecture.title, page.UNFINISHED, target)
        raise
    return LectureResult(lecture, target, time.perf_counter() - start, facts)


def environment(quick, data=None, seed=None):
    """Return the environment variables of a lecture's kernel.

    Args:
        quick: whether to use fewer images and epochs.
        data: folder of the datasets. Default: `MLCOURSE_DATA`, else the cache folder.
        seed: seed of the lecture's random numbers. Default: `MLCOURSE_SEED`, else 0.

    Raises:
        ValueError: for an invalid seed, or a `data` that is not a folder.
    """
    seed = str(checks.lecture_seed(seed))
    settings = {"MLCOURSE_QUICK": "1" if quick else "0", "MLCOURSE_SEED": seed}
    folder = cache.data_folder(data)
    if folder.is_dir():  # else the user's cache folder, which the kernel creates
        settings["MLCOURSE_DATA"] = str(folder)
    return settings


def execute(notebook, target, environment):
    """Execute the cells in place. The kernel's stderr goes to a log file, not to the terminal.

    The log is deleted unless the kernel does not start, or dies.

    Args:
        notebook: notebook, as nbformat reads it.
        target: path of the output file, for error messages; the kernel works in its folder.
        environment: environment variables of the kernel.

    Raises:
        LectureFailed: if a cell raises, or the kernel does not start, or dies.
        KeyboardInterrupt: after Ctrl-C, which interrupts the running cell.
    """
    log = target.with_suffix(".log")
    with Bar(notebook) as bar, files.open_itself(log, "w") as stderr:
        client = Client(notebook, bar, resources={"metadata": {"path": str(target.parent)}})
        try:
            _in_thread(client, env=environment, stderr=stderr)
            failure = _display_failure(notebook, target)
        except CellExecutionError as error:
            message = f"{bar.section}: {error.ename}: {error.evalue} ({target})"
            failure = catalog.LectureFailed(message)
        except KeyboardInterrupt:
            failure = KeyboardInterrupt(f"{bar.section}: interrupted. The page so far: {target}")
        except Exception as error:
            message = f"the kernel did not start, or died: {type(error).__name__}: {error}"
            raise catalog.LectureFailed(f"{bar.section}: {message} Its log: {log}") from error
    log.unlink()
    if failure is not None:
        raise failure


def _display_failure(notebook, target):
    """Return the error of an output that could not be displayed, which does not stop its cell."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                line = cell.source.splitlines()[0]
                return catalog.LectureFailed(f"{line}: {output.ename}: {output.evalue} ({target})")
    return None


def _in_thread(client, **options):
    """Execute the notebook in a thread, so that Ctrl-C can interrupt the running cell.

    In the main thread the client itself would handle the signal, and kill the kernel.
    """
    execution = None
    with ThreadPoolExecutor(1) as pool:
        try:
            execution = pool.submit(client.execute, **options)
            while not execution.done():
                wait([execution], timeout=0.5)  # without a timeout, Windows blocks Ctrl-C
        except KeyboardInterrupt:
            client.stopping = True
            is_busy = execution is not None
            try:
                if client.km is not None and client.km.has_kernel:
                    asyncio.run(client.km.interrupt_kernel())
                is_busy = is_busy and bool(wait([execution], timeout=GRACE_SECONDS).not_done)
            finally:  # also after a second Ctrl-C
                if is_busy and client.km is not None:
                    with files.handle_interrupts(signal.SIG_IGN):
                        asyncio.run(client.km.shutdown_kernel(now=True))
            raise
        execution.result()


FOLDER = "runs"


def execute_cached(name, quick=True, data=None, out="build"):
    """Return a lecture's executed notebook, from the cache or else from a new run.

    Its interactive figures are prerendered: HTML that works without a kernel.

    Args:
        name, quick, data: as in `run`.
        out: a folder; the notebook is saved in its folder `runs`.

    Raises:
        ValueError, LectureFailed, KeyboardInterrupt: as in `run`. The notebook is also saved then,
            with the outputs up to there.
    """
    lecture = catalog.find(name)
    settings = {**environment(quick, data), **PAGE_SETTINGS}
    target = Path(out) / FOLDER / f"{lecture.name}{'' if quick else '-full'}.ipynb"
    run_fingerprint = fingerprint([lecture.path], settings)
    cached = _read_cached(target)
    if cached is not None and cached.metadata.get("mlcourse", {}).get("run") == run_fingerprint:
        return cached
    target.parent.mkdir(parents=True, exist_ok=True)
    notebook = catalog.read(lecture)
    try:
        execute(notebook, target, {**os.environ, **settings})
        notebook.metadata.setdefault("mlcourse", {})["run"] = run_fingerprint
    finally:
        files.write_text(target, nbformat.writes(notebook))
    return notebook


def _read_cached(path):
    """Return the notebook at a path, or None if there is none, or a damaged one."""
    try:
        files.check_regular(path)
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        return None
    except Exception as error:  # nbformat raises errors of many types
        print(f"{path} is damaged, and is replaced: {error}", file=sys.stderr)
        return None


def fingerprint(sources, settings):
    """Return a hash of everything that a run depends on: code, settings, data, versions.

    Args:
        sources: paths of the notebook or scripts.
        settings: environment variables of the kernel, as `environment` returns them.
    """
    digest = hashlib.sha256()
    package = Path(__file__).parents[1]
    modules = sorted(path for path in package.rglob("*") if path.suffix in {".py", ".js"})
    for path in [*sources, *modules]:
        digest.update(path.read_bytes())
    datasets = []
    if "MLCOURSE_DATA" in settings:
        datasets = sorted(path.name for path in Path(settings["MLCOURSE_DATA"]).glob("*.npz"))
    backend = os.environ.get("KERAS_BACKEND", "")
    facts = [sorted(settings.items()), backend, datasets, versions()]
    digest.update(repr(facts).encode())
    return digest.hexdigest()


def versions():
    """Return the sorted names and versions of the installed requirements, extras included."""
    found = {}
    for requirement in map(Requirement, metadata.requires("mlcourse")):
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[requirement.name] = metadata.version(requirement.name)
    return sorted(found.items())
