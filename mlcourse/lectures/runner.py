"""Run a lecture's notebook in a kernel, with a progress bar, and cache what it shows."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import secrets
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
from mlcourse._core.bars import bar
from mlcourse.datasets import cache
from mlcourse.lectures import catalog, page, session

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


GRACE_SECONDS = 10  # for an interrupted cell to end


@dataclass(frozen=True)
class LectureResult:
    """A lecture that has been run.

    Attributes:
        lecture: the `Lecture`.
        page: path of the HTML page.
        seconds: how long it took.
        facts: what the lecture's last cell reported, as `report.bundle` describes it.
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
    """Runs a lecture's notebook in a kernel of its own and writes `<out>/<name>.html`.

    A bar on stderr counts the cells and shows, within a cell, how far a fit has come.
    A page is written even if a cell fails or the run is interrupted.

    Args:
        name: the lecture's name.
        quick: whether to take fewer pictures and epochs.
        data: the folder of the datasets; None leaves `MLCOURSE_DATA` as it is.
        out: the folder for the page.
        seed: what the lecture makes its random numbers from; None for `MLCOURSE_SEED`, else 0.

    Returns:
        A `Run`.

    Raises:
        ValueError: for an unknown name, a `data` that is not a folder, or a seed that is none.
        LectureFailed: if a cell raises, or the kernel does not start, or dies.
        KeyboardInterrupt: after Ctrl-C, which interrupts the cell that runs.

    Example:
        >>> run("neural-networks", out="build").page  # doctest: +SKIP
        PosixPath('build/neural-networks.html')
    """
    lecture = catalog.find(name)
    settings = environment(quick, data, seed)
    target = Path(out) / f"{lecture.name}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.read(lecture.path, as_version=4)
    start = time.perf_counter()
    try:
        execute(notebook, target, {**os.environ, **settings})
        facts = session.find(notebook)
        page.write(notebook, lecture.title, page.banner(facts), target)
    except BaseException:
        page.write(notebook, lecture.title, page.UNFINISHED, target)
        raise
    return LectureResult(lecture, target, time.perf_counter() - start, facts)


def environment(quick, data=None, seed=None):
    """Returns the variables that tell a kernel how to run a lecture.

    Args:
        quick: whether to take fewer pictures and epochs.
        data: the folder of the datasets; None for the one that `MLCOURSE_DATA` names.
        seed: what the lecture makes its random numbers from; None for `MLCOURSE_SEED`, else 0.

    Raises:
        ValueError: for a `data` that is not a folder, or a seed that is none.
    """
    folder = str(_data_folder(data))  # whole, as the kernel's own folder is another
    seed = str(checks.lecture_seed(seed))
    return {"MLCOURSE_QUICK": "1" if quick else "0", "MLCOURSE_DATA": folder, "MLCOURSE_SEED": seed}


def _data_folder(data):
    if data is None:
        return cache.folder().resolve()
    if not Path(data).is_dir():
        raise ValueError(f"data must name a folder. Got {str(data)!r} instead.")
    return Path(data).resolve()


def execute(notebook, target, environment):
    """Runs the cells in place. What the kernel's libraries mutter goes to a log, not the bar.

    The log is kept only if the kernel did not start, or died.

    Args:
        notebook: as nbformat reads it.
        target: path of what will be made of it, which errors name; the kernel works in its folder.
        environment: the kernel's variables.

    Raises:
        LectureFailed: if a cell raises, or the kernel does not start, or dies.
        KeyboardInterrupt: after Ctrl-C, which interrupts the cell that runs.
    """
    log = target.with_suffix(".log")
    with Bar(notebook) as bar, log.open("w") as stderr:
        client = Client(notebook, bar, resources={"metadata": {"path": str(target.parent)}})
        try:
            _in_thread(client, env=environment, stderr=stderr)
            failure = _hidden_failure(notebook, target)
        except CellExecutionError as error:
            what = f"{bar.section}: {error.ename}: {error.evalue} ({target})"
            failure = catalog.LectureFailed(what)
        except KeyboardInterrupt:
            failure = KeyboardInterrupt(f"{bar.section}: interrupted. The page so far: {target}")
        except Exception as error:
            what = f"the kernel did not start, or died: {type(error).__name__}: {error}"
            raise catalog.LectureFailed(f"{bar.section}: {what} Its last words: {log}") from error
    log.unlink()
    if failure is not None:
        raise failure


def _hidden_failure(notebook, target):
    """Returns what went wrong while a result was shown: its cell does not fail by that."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                line = cell.source.splitlines()[0]
                return catalog.LectureFailed(f"{line}: {output.ename}: {output.evalue} ({target})")
    return None


def _in_thread(client, **options):
    """Executes the notebook in a thread, for Ctrl-C to come to us and go on to the running cell.

    In the main thread the client would take the signal for itself and kill the kernel.
    """
    execution = None
    with ThreadPoolExecutor(1) as pool:
        try:
            execution = pool.submit(client.execute, **options)
            while not execution.done():
                wait([execution], timeout=0.5)  # without a limit, Windows would not let Ctrl-C in
        except KeyboardInterrupt:
            client.stopping = True  # no further cell begins
            if client.km is not None and client.km.has_kernel:
                asyncio.run(client.km.interrupt_kernel())
            late = execution and wait([execution], timeout=GRACE_SECONDS).not_done
            if late and client.km is not None:
                asyncio.run(client.km.shutdown_kernel(now=True))
            raise
        execution.result()


FOLDER = "runs"


def executed(name, quick=True, data=None, out="build"):
    """Returns a lecture's notebook as it was run last, or runs it, which is shown by a bar.

    Where there are pictures with controls, the notebook has HTML that works without a kernel.

    Args:
        name, quick, data: as `lectures.run` takes them.
        out: a folder; the notebook is kept in its folder `runs`.

    Raises:
        ValueError, LectureFailed, KeyboardInterrupt: as `lectures.run`; what was run is there as a
            notebook.
    """
    lecture = catalog.find(name)
    settings = {**environment(quick, data), "MLCOURSE_INTERACTIVE": "beforehand"}
    target = Path(out) / FOLDER / f"{lecture.name}{'' if quick else '-full'}.ipynb"
    number = fingerprint([lecture.path], settings)
    if (kept := _kept(target)) and kept.metadata.get("mlcourse", {}).get("run") == number:
        return kept
    target.parent.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.read(lecture.path, as_version=4)
    try:
        execute(notebook, target, {**os.environ, **settings})
        notebook.metadata["mlcourse"]["run"] = number
    finally:
        files.write_text(target, nbformat.writes(notebook))
    return notebook


def _kept(path):
    """Returns the notebook that is kept at a path; None if there is none that can be read."""
    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        return None
    except Exception as error:  # a damaged file can make nbformat raise anything
        print(f"{path} cannot be read, and is made again: {error}", file=sys.stderr)
        return None


def fingerprint(sources, settings):
    """Returns a number for all that a run follows from.

    Args:
        sources: the paths of what is run: a notebook, or scripts.
        settings: the variables of its kernel, as `runner.environment` returns them.
    """
    digest, package = hashlib.sha256(), Path(__file__).parents[1]
    own = sorted(path for path in package.rglob("*") if path.suffix in {".py", ".js"})
    for path in [*sources, *own]:
        digest.update(path.read_bytes())
    datasets = sorted(path.name for path in Path(settings["MLCOURSE_DATA"]).glob("*.npz"))
    backend = os.environ.get("KERAS_BACKEND", "")
    facts = [sorted(settings.items()), backend, datasets, versions()]
    digest.update(repr(facts).encode())
    return digest.hexdigest()


def versions():
    """Returns the versions of what the package needs, extras that are not there left out."""
    found = {}
    for requirement in map(Requirement, metadata.requires("mlcourse")):
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[requirement.name] = metadata.version(requirement.name)
    return sorted(found.items())
