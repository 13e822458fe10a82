"""A child process of a Dask worker, which runs the tasks of a pool one after the other."""

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path

WORK = "work.pickle"
IDLE = 120  # seconds
THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


class Killed(Exception):
    """The process of a task was killed."""


class TaskProcess:
    """A process that runs tasks.

    Args:
        folder: folder with the files of `dask_pool.pack`.
        cores: indices of the process's CPU cores; [] for all.
        n_threads: number of threads of its libraries.
    """

    def __init__(self, folder, cores, n_threads):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mlcourse._core.task_process", str(folder), *map(str, cores)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **dict.fromkeys(THREADS, str(n_threads))},
            start_new_session=True,  # Ctrl-C is for the client
        )

    def run(self, task, on_news):
        """Run a pickled task, and return the pickle of its result and its error.

        Raises:
            EOFError, OSError, UnpicklingError: if the process ends.
        """
        pickle.dump(task, self._process.stdin)
        self._process.stdin.flush()
        while True:
            kind, content = pickle.load(self._process.stdout)
            if kind == "result":
                return content
            on_news(content)

    @property
    def is_alive(self):
        """Whether the process has not ended."""
        return self._process.poll() is None

    def end(self):
        """End the process, and return how it ended, for example "SIGKILL"."""
        self._process.kill()  # without effect if it has ended
        with contextlib.suppress(OSError), self._process:  # closes its pipes
            pass
        status = self._process.wait()
        return signal.Signals(-status).name if status < 0 else f"exit status {status}"


def main(folder, *cores):
    """Run the tasks that the worker sends, until it closes the pipe."""
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, map(int, cores))
    source = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # keep the task's printed output apart from the replies
    inbox = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(source, inbox), daemon=True).start()

    def reply(kind, content):
        pickle.dump((kind, content), replies)
        replies.flush()

    try:
        work = _unpack(Path(folder))
        failure = None
    except Exception as error:
        failure = error
    while True:
        task = inbox.get(timeout=IDLE)
        try:
            if failure is not None:
                raise failure
            result = work(pickle.loads(task), lambda news: reply("news", news))
            reply("result", _dumps(result, None))
        except Exception as error:
            reply("result", _dumps(None, error))


def _receive(source, inbox):
    """Put incoming tasks into a queue; exit the process when the pipe is closed."""
    try:
        while True:
            inbox.put(pickle.load(source))
    except EOFError:
        os._exit(1)


def _unpack(folder):
    """Return the function that runs a task, with its large arrays mapped into memory."""
    import numpy as np

    with (folder / WORK).open("rb") as file:
        sys.path.extend([path for path in pickle.load(file) if path not in sys.path])
        os.environ["KERAS_BACKEND"] = pickle.load(file)
        pickle.load(file)()  # before the function is loaded, and uses a device
        names = pickle.load(file)
        return pickle.load(file, buffers=[np.memmap(folder / name, mode="r") for name in names])


def _dumps(result, error):
    import cloudpickle

    try:
        return cloudpickle.dumps((result, error))
    except Exception:  # some errors cannot be pickled
        return pickle.dumps((None, RuntimeError(f"{type(error).__name__}: {error}")))


if __name__ == "__main__":
    with contextlib.suppress(queue.Empty):
        main(*sys.argv[1:])
