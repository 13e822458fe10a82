"""One search by several processes of this machine: a chief, its workers, and who looks after them.

A process that is killed is started again under its name, and so goes on with its trial; one that
dies again and again ends it all. Whatever happens to the one that looks after them, no process
stays behind: each reads from a pipe, and goes when that ends.
"""

import sys
import time
from pathlib import Path

from mlcourse import addresses, checks, search_file
from mlcourse.bars import bar
from mlcourse.processes import Process, all_cores, share

LOOK = 0.2  # seconds between two looks at the processes
DEATHS = 5  # of one process, without a trial that ended in between, until there is no hope


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
    logs = Path(directory) / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with bar(trials, unit="trial") as shown, Team(command, logs, workers) as team:
        team.start()
        while not team.look_after(_show(shown, directory)):
            time.sleep(LOOK)
        _show(shown, directory)


class Team:
    """A chief and its workers, each a process; a context manager that leaves none behind.

    Args:
        command: arguments of `mlcourse` that describe the search.
        logs: the folder of their logs.
        workers: how many.
    """

    def __init__(self, command, logs, workers):
        port, self._port = addresses.hold_port()
        common = [sys.executable, "-m", "mlcourse", *command, "--workers", str(workers)]
        common += ["--chief", f"127.0.0.1:{port}", "--role"]
        cores = all_cores()
        self._chief = Process("chief", [*common, "chief"], logs / "chief.log", cores)
        self._processes, self._ended = [self._chief], 0
        for number in range(workers):
            name, role = f"worker-{number}", ["worker", "--id", str(number)]
            mine = share(number, workers, cores)
            self._processes.append(Process(name, [*common, *role], logs / f"{name}.log", mine))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self._processes:
            process.stop()
        self._port.close()

    def start(self):
        """Starts the processes."""
        for process in self._processes:
            process.start()

    def look_after(self, ended):
        """Starts again who has died, and returns whether the search is over.

        Args:
            ended: how many trials have ended by now; if they have become more, what died before
                does not count.

        Raises:
            WorkersFailed: if the chief ended in an error, or a process dies again and again.
        """
        if self._chief.status() == 0:
            return True
        if ended != self._ended:
            self._ended = ended
            for process in self._processes:
                process.deaths = 0
        for process in self._processes:
            if process.status():
                self._start_again(process)
        return False

    def _start_again(self, process):
        process.deaths += 1
        has_failed = process is self._chief and process.status() > 0
        if has_failed or process.deaths > DEATHS:
            raise WorkersFailed(f"{process.name} of the search failed: {process.last_words()}")
        process.start()


def _show(shown, directory):
    """Shows on a bar how far the search in a directory is, and returns how many trials ended."""
    try:
        seen = search_file.read(directory)
    except FileNotFoundError:
        shown.set_postfix_str("starting", refresh=False)
        shown.update(0)
        return 0
    shown.set_postfix_str(seen.status(), refresh=False)
    shown.update(seen.ended - shown.n)
    return seen.ended
