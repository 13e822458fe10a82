"""One search by several processes of this machine: a chief, its workers, and who looks after them.

A process that is killed is started again under its name, and so goes on with its trial; one that
fails again and again ends it all. Whatever happens to the one that looks after them, no process
stays behind: each reads from a pipe, and goes when that ends.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from mlcourse import checks, search_file
from mlcourse.bars import bar

LOOK = 0.2  # seconds between two looks at the processes
PATIENCE = 5  # seconds for a process to go by itself
DEATHS = 8  # in a row, without a trial that ended in between
SUPERVISED = "MLCOURSE_SUPERVISED"  # set for processes that have someone to look after them
THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
CHIEF = "chief"


class WorkersFailed(Exception):
    """A process of a search failed, and to start it again would not help."""


def supervise(command, directory, workers, trials):
    """Runs a search by a chief and so many workers on this machine, until it is over.

    Each worker has its share of the cores. What the processes print is in `logs` in the directory.

    Args:
        command: arguments of `mlcourse` that describe the search, a list.
        directory: of the search.
        workers: how many, at least 1.
        trials: how many trials the search is to have.

    Raises:
        ValueError: if there are to be no workers.
        WorkersFailed: if a process cannot do its work; says what its log says.
    """
    checks.integer("workers", workers, 1)
    directory = Path(directory)
    (directory / "logs").mkdir(parents=True, exist_ok=True)
    with bar(trials, unit="trial") as shown, Team(command, directory, workers) as team:
        while not team.look_after():
            _show(shown, directory)
            time.sleep(LOOK)
        _show(shown, directory)


def watch_supervisor():
    """In a process that is looked after: ends it when the one that does so has gone."""
    if is_supervised():

        def wait():
            while os.read(0, 1):  # not sys.stdin, whose lock would be held when Python ends
                pass
            os._exit(1)

        threading.Thread(target=wait, daemon=True).start()


def is_supervised():
    """Whether someone looks after this process."""
    return checks.is_set(SUPERVISED)


class Team:
    """A chief and its workers, each a process; a context manager that leaves none behind.

    Args:
        command: arguments of `mlcourse` that describe the search.
        directory: of the search.
        workers: how many.
    """

    def __init__(self, command, directory, workers):
        chief = f"127.0.0.1:{_free_port()}"
        common = [sys.executable, "-m", "mlcourse", *command, "--workers", str(workers)]
        common += ["--chief", chief, "--role"]
        self._commands = {CHIEF: [*common, CHIEF]}
        for number in range(workers):
            self._commands[f"worker-{number}"] = [*common, "worker", "--id", str(number)]
        self._directory, self._workers = directory, workers
        self._processes, self._deaths, self._ended = {}, 0, 0

    def __enter__(self):
        for name in self._commands:
            self._start(name)
        return self

    def __exit__(self, *_):
        processes = self._processes.values()
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def look_after(self):
        """Starts again who was killed, and returns whether the search is over.

        Raises:
            WorkersFailed: if the chief ended in an error, or processes die again and again.
        """
        self._count_progress()
        for name, process in self._processes.items():
            if process.poll() in (None, 0):
                continue
            self._deaths += 1
            is_hopeless = name == CHIEF and process.returncode > 0
            if is_hopeless or self._deaths > DEATHS:
                raise WorkersFailed(f"{name} of the search failed: {self._last_words(name)}")
            self._start(name)
        return self._processes[CHIEF].poll() == 0

    def _start(self, name):
        environment = {**os.environ, SUPERVISED: "1"}
        everything = _cores()
        if name != CHIEF:
            number = int(name.removeprefix("worker-"))
            share = everything[number :: self._workers] or [everything[number % len(everything)]]
            environment |= dict.fromkeys(THREADS, str(len(share)))
        with self._log(name).open("a") as log:
            _run_on(share if name != CHIEF else everything)  # a new process runs where this one may
            try:
                self._processes[name] = subprocess.Popen(
                    self._commands[name],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    env=environment,
                    start_new_session=True,  # Ctrl-C is for the one that looks after them
                )
            finally:
                _run_on(everything)

    def _count_progress(self):
        ended = _ended(self._directory)
        if ended != self._ended:
            self._ended, self._deaths = ended, 0

    def _log(self, name):
        return self._directory / "logs" / f"{name}.log"

    def _last_words(self, name):
        lines = self._log(name).read_text(errors="replace").strip().splitlines()
        said = lines[-1].removeprefix("mlcourse: ") if lines else "it said nothing"
        return f"{said}\nIts log: {self._log(name)}"


def _show(shown, directory):
    """Shows on a bar how far the search in a directory is."""
    try:
        seen = search_file.read(directory)
    except FileNotFoundError:
        shown.set_postfix_str("starting", refresh=False)
        shown.update(0)
        return
    shown.set_postfix_str(seen.status(), refresh=False)
    shown.update(seen.ended - shown.n)


def _ended(directory):
    try:
        return search_file.read(directory).ended
    except FileNotFoundError:
        return 0


def _cores():
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def _run_on(cores):
    """Lets this process, and those it starts, run on these cores alone, where a system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)


def _free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
