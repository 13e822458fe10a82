"""Runs a lecture from its notebook, without a browser, and writes it as a page."""

from __future__ import annotations

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError

from mlcourse import checks
from mlcourse.datasets import cache
from mlcourse.lectures import index, page, report
from mlcourse.lectures.progress import Bar, Client

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


def run(
    name: str,
    quick: bool = True,
    data: str | Path | None = None,
    out: str | Path = "build",
    seed: int | None = None,
) -> Run:
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
    lecture = index.find(name)
    settings = environment(quick, data, seed)
    target = Path(out) / f"{lecture.name}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.read(lecture.path, as_version=4)
    start = time.perf_counter()
    try:
        execute(notebook, target, {**os.environ, **settings})
        facts = report.find(notebook)
        page.write(notebook, lecture.title, page.banner(facts), target)
    except BaseException:
        page.write(notebook, lecture.title, page.UNFINISHED, target)
        raise
    return Run(lecture, target, time.perf_counter() - start, facts)


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
            failure = index.LectureFailed(what)
        except KeyboardInterrupt:
            failure = KeyboardInterrupt(f"{bar.section}: interrupted. The page so far: {target}")
        except Exception as error:
            what = f"the kernel did not start, or died: {type(error).__name__}: {error}"
            raise index.LectureFailed(f"{bar.section}: {what} Its last words: {log}") from error
    log.unlink()
    if failure is not None:
        raise failure


def _hidden_failure(notebook, target):
    """Returns what went wrong while a result was shown: its cell does not fail by that."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                line = cell.source.splitlines()[0]
                return index.LectureFailed(f"{line}: {output.ename}: {output.evalue} ({target})")
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
