"""What runs in a Dask worker: a child process for the fits of each of its threads.

Fits run in a child process for three reasons. Dask's event loop draws from Python's global random
generator, so a seeded fit in the worker itself would not be repeatable. A fit that is killed, for
lack of memory for example, leaves the worker alive. And neither the worker nor Dask's scheduler,
which imports this module too, loads Keras.

A child ends with its pool or its worker, or after two minutes without work.
"""

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path

from mlcourse._core.cores import all_cores, assign_cores

RECIPE = "recipe"  # the name of the file that has what all tasks of a pool have in common
ATTEMPTS = 2  # of a task whose child is killed
IDLE = 120  # seconds
THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
_LOCAL = threading.local()
_CHILDREN: set = set()  # of all threads
_STOPPED: set = set()  # tokens of pools


class Killed(Exception):
    """A fit whose process was killed, each time it was tried."""


def dask_setup(_worker):
    """Ignore Ctrl-C, which is for the client; Dask calls this in workers of `cluster.local`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def run(token, folder, workers, key, task):
    """Run a task in the child process of this thread of a Dask worker.

    Args:
        token: of the pool, which begins the names of its files.
        folder: of the files; None for the worker's own folder, to which they were sent.
        workers: number of workers that share the cores of this machine; 0 if it is not known.
        key: of the task.
        task: a pickle.

    Returns:
        ("result", pickle), ("error", pickle) or ("killed", name of the signal).
    """
    from distributed import get_worker

    worker = get_worker()
    folder = folder or worker.local_directory

    def tell(news):
        worker.log_event(token, [key, news])

    for _ in range(ATTEMPTS):
        child = _child(token, folder, worker, workers)
        try:
            return child.run((task, worker.local_directory), tell)
        except (EOFError, OSError, pickle.UnpicklingError):
            killed = child.end()
            if token in _STOPPED:
                break
    return "killed", killed


def stop(token):
    """End the children of a pool in this worker, whatever they do."""
    _STOPPED.add(token)
    for child in [one for one in _CHILDREN if one.token == token]:
        child.kill()


def _child(token, folder, worker, workers):
    """Return this thread's child for a pool; a child of another pool ends."""
    child = getattr(_LOCAL, "child", None)
    if child is None or child.token != token or child.has_ended():
        if child is not None:
            child.end()
        cores = all_cores()
        if workers:
            cores = assign_cores(int(worker.name), workers, cores)
        threads = max(1, len(cores) // worker.state.nthreads)
        _LOCAL.child = child = _Child(token, folder, cores if workers else [], threads)
    return child


class _Child:
    """A process that runs tasks of one pool."""

    def __init__(self, token, folder, cores, threads):
        self.token = token
        command = [
            sys.executable,
            "-m",
            "mlcourse.tuning.worker",
            str(Path(folder) / f"{token}-{RECIPE}"),
        ]
        self._process = subprocess.Popen(
            [*command, *map(str, cores)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **dict.fromkeys(THREADS, str(threads))},
            start_new_session=True,  # Ctrl-C is for the client
        )
        _CHILDREN.add(self)

    def run(self, task, tell):
        """Run a task, and return the kind and the pickle of its reply."""
        pickle.dump(task, self._process.stdin)
        self._process.stdin.flush()
        while True:
            kind, content = pickle.load(self._process.stdout)
            if kind != "news":
                return kind, content
            tell(content)

    def has_ended(self):
        return self._process.poll() is not None

    def kill(self):
        self._process.kill()

    def end(self):
        """End the process, and return how it ended, such as "SIGKILL"."""
        _CHILDREN.discard(self)
        status = self._process.poll()
        if status is None:
            try:
                status = self._process.wait(1)  # it has just closed its pipe
            except subprocess.TimeoutExpired:
                self.kill()
                status = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()
        return signal.Signals(-status).name if status < 0 else f"exit status {status}"


def main(recipe, *cores):
    """Run the tasks that come from the worker, until its pipe ends."""
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, map(int, cores))
    source, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a fit prints is not a reply
    inbox = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(source, inbox), daemon=True).start()
    with Path(recipe).open("rb") as file:
        sys.path.extend([path for path in pickle.load(file) if path not in sys.path])
        os.environ.update(pickle.load(file))
        work = _work(file, Path(recipe).parent)
    while True:
        _reply(replies, *_result(work, *inbox.get(timeout=IDLE), replies))


def _work(file, folder):
    """Return the function that runs a task; one that raises if it cannot be loaded."""
    try:
        pickle.load(file)()
        return _Unpickler(file, folder).load()
    except Exception as error:
        failure = error

    def fail(*_):
        raise failure

    return fail


def _result(work, task, folder, replies):
    import cloudpickle

    try:
        result = work(pickle.loads(task), folder, lambda news: _reply(replies, "news", news))
        return "result", cloudpickle.dumps(result)
    except Exception as error:
        try:
            return "error", cloudpickle.dumps(error)
        except Exception:  # some errors cannot be pickled
            return "error", pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))


def _reply(replies, kind, content):
    pickle.dump((kind, content), replies)
    replies.flush()


def _receive(source, inbox):
    """Put what arrives into a queue; end the process when nothing can arrive any more."""
    try:
        while True:
            inbox.put(pickle.load(source))
    except EOFError:
        os._exit(1)


class _Unpickler(pickle.Unpickler):
    """Read a recipe whose large arrays are files of their own, mapped into memory."""

    def __init__(self, file, folder):
        super().__init__(file)
        self._folder = folder

    def persistent_load(self, name):
        import numpy as np

        return np.asarray(np.load(self._folder / name, mmap_mode="r"))


if __name__ == "__main__":
    with contextlib.suppress(queue.Empty):
        main(*sys.argv[1:])
