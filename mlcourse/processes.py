"""A process that is looked after: it has its cores and a log, and goes when its keeper is gone."""

import os
import signal
import subprocess
import threading

from mlcourse import checks

PATIENCE = 5  # seconds for a process to go by itself
SUPERVISED = "MLCOURSE_SUPERVISED"  # set for processes that have someone to look after them
THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


class Process:
    """A command that can be started again and again.

    Args:
        name: what to call it.
        command: the program and its arguments, a list.
        log: the path of the file to which it adds what it prints.
        cores: the numbers of the cores that it may use.

    Attributes:
        deaths: how often it has died since that was last set to 0.
    """

    def __init__(self, name, command, log, cores):
        self.name, self.deaths = name, 0
        self._command, self._log, self._cores = command, log, cores
        self._running, self._begin = None, 0

    def start(self):
        """Starts it, or starts it again."""
        threads = dict.fromkeys(THREADS, str(len(self._cores)))
        everything = all_cores()
        self.stop()
        with self._log.open("ab") as log:
            self._begin = log.tell()
            _run_on(self._cores)  # a new process runs where the one that starts it may
            try:
                self._running = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    env={**os.environ, SUPERVISED: "1", **threads},
                    start_new_session=True,  # Ctrl-C is for the one that looks after it
                )
            finally:
                _run_on(everything)

    def status(self):
        """Returns its exit status, below 0 if a signal ended it; None while it runs."""
        return self._running.poll()

    def stop(self):
        """Ends it, if it runs, and forgets it."""
        if self._running is None:
            return
        with self._running as running:  # closes the pipe, and leaves no zombie
            running.terminate()
            try:
                running.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                running.kill()
        self._running = None

    def last_words(self):
        """Returns how it ended and what it said last, in one line."""
        status = self.status()
        how = f"exit status {status}" if status >= 0 else signal.Signals(-status).name
        with self._log.open("rb") as log:
            log.seek(self._begin)  # what it said before it was started again is not its last word
            lines = log.read().decode(errors="replace").strip().splitlines()
        said = lines[-1].strip().removeprefix("mlcourse: ") if lines else "it said nothing"
        return f"{said} ({how}; its log is {self._log})"


def watch_keeper():
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


def all_cores():
    """Returns the numbers of the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def cores_in_words():
    """Returns how many cores this process may use, such as "2 cores"."""
    count = len(all_cores())
    return f"{count} core{'s' * (count > 1)}"


def share(number, count, cores):
    """Returns which of some cores the process of a number, from 0 to count - 1, is to use.

    >>> [share(number, 3, [0, 1, 2, 3]) for number in range(3)]
    [[0, 3], [1], [2]]
    >>> [share(number, 3, [0, 1]) for number in range(3)]
    [[0], [1], [0]]
    """
    return cores[number::count] or [cores[number % len(cores)]]


def _run_on(cores):
    """Lets this process, and those it starts, run on these cores alone, where a system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)
