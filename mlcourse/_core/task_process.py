"""A child process that runs tasks, and its share of the cores."""

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path


def all_cores():
    """Return the indices of the CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def format_core_count():
    """Return the number of CPU cores that this process may use as text, such as "2 cores"."""
    n_cores = len(all_cores())
    return "1 core" if n_cores == 1 else f"{n_cores} cores"


def assign_cores(process, n_processes, cores):
    """Return the cores for one of several processes.

    Args:
        process: index of the process, from 0.
        n_processes: number of processes. With more processes than cores,
            some get the same core.
        cores: list of the available cores.

    >>> [assign_cores(process, 3, [0, 1, 2, 3]) for process in range(3)]
    [[0, 3], [1], [2]]
    >>> [assign_cores(process, 3, [0, 1]) for process in range(3)]
    [[0], [1], [0]]
    """
    return cores[process::n_processes] or [cores[process % len(cores)]]


RECIPE = "recipe"  # suffix of the file with the function that runs the tasks of a pool
MAX_ATTEMPTS = 2  # of a task whose child is killed
IDLE = 120  # seconds
THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
_LOCAL = threading.local()
_CHILDREN: set = set()  # of all threads
_STOPPED: set = set()  # tokens of pools


class Killed(Exception):
    """A task whose process was killed at each attempt."""


def dask_setup(_worker):
    """Ignore Ctrl-C, which is for the client; Dask calls this in workers of `pools.local`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def run(token, folder, workers, key, task):
    """Run a task in the child process of this thread of a Dask worker.

    Args:
        token: name of the pool, the prefix of its files.
        folder: path of the files; None for the worker's local directory, to which they were sent.
        workers: number of workers that share the cores of this machine; 0 if unknown.
        key: name of the task.
        task: the pickled task.

    Returns:
        ("result", pickle), ("error", pickle) or ("killed", name of the signal).
    """
    from distributed import get_worker

    worker = get_worker()
    folder = folder or worker.local_directory

    def on_news(news):
        worker.log_event(token, [key, news])

    for _ in range(MAX_ATTEMPTS):
        child = _get_child(token, folder, worker, workers)
        try:
            return child.run((task, worker.local_directory), on_news)
        except (EOFError, OSError, pickle.UnpicklingError):
            exit_reason = child.end()
            if token in _STOPPED:
                break
    return "killed", exit_reason


def stop(token):
    """Kill the children of a pool in this worker."""
    _STOPPED.add(token)
    for child in list(_CHILDREN):
        if child.token == token:
            child.kill()


def _get_child(token, folder, worker, workers):
    """Return this thread's child for a pool; end a child of another pool."""
    child = getattr(_LOCAL, "child", None)
    if child is not None and child.token == token and not child.has_ended():
        return child
    if child is not None:
        child.end()
    cores = all_cores()
    if workers:
        cores = assign_cores(int(worker.name), workers, cores)
    threads = max(1, len(cores) // worker.state.nthreads)
    _LOCAL.child = _Child(token, folder, cores if workers else [], threads)
    return _LOCAL.child


class _Child:
    """A process that runs tasks of one pool."""

    def __init__(self, token, folder, cores, threads):
        self.token = token
        recipe = str(Path(folder) / f"{token}-{RECIPE}")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mlcourse._core.task_process", recipe, *map(str, cores)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **dict.fromkeys(THREADS, str(threads))},
            start_new_session=True,  # Ctrl-C is for the client
        )
        _CHILDREN.add(self)

    def run(self, task, on_news):
        """Run a task, and return the kind and the pickle of its reply."""
        pickle.dump(task, self._process.stdin)
        self._process.stdin.flush()
        while True:
            kind, content = pickle.load(self._process.stdout)
            if kind != "news":
                return kind, content
            on_news(content)

    def has_ended(self):
        return self._process.poll() is not None

    def kill(self):
        self._process.kill()

    def end(self):
        """End the process, and return how it ended, for example "SIGKILL"."""
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
    """Run the tasks that the worker sends, until it closes the pipe."""
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, map(int, cores))
    source = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # keep the task's printed output apart from the replies
    inbox = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(source, inbox), daemon=True).start()
    with Path(recipe).open("rb") as file:
        sys.path.extend([path for path in pickle.load(file) if path not in sys.path])
        os.environ.update(pickle.load(file))
        work = _load_work(file, Path(recipe).parent)
    while True:
        _reply(replies, *_run_task(work, *inbox.get(timeout=IDLE), replies))


def _load_work(file, folder):
    """Return the function that runs a task, or one that raises the error of loading it."""
    try:
        pickle.load(file)()
        return _Unpickler(file, folder).load()
    except Exception as error:
        failure = error

    def fail(*_):
        raise failure

    return fail


def _run_task(work, task, folder, replies):
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
    """Put incoming tasks into a queue; exit the process when the pipe is closed."""
    try:
        while True:
            inbox.put(pickle.load(source))
    except EOFError:
        os._exit(1)


class _Unpickler(pickle.Unpickler):
    """Read a recipe, and memory-map the large arrays that are in files of their own."""

    def __init__(self, file, folder):
        super().__init__(file)
        self._folder = folder

    def persistent_load(self, name):
        import numpy as np

        return np.asarray(np.load(self._folder / name, mmap_mode="r"))


if __name__ == "__main__":
    with contextlib.suppress(queue.Empty):
        main(*sys.argv[1:])
