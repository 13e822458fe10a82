"""The worker's side of a pool of tasks, which imports no Keras; Dask's scheduler imports it too.

A task runs in a child process of the worker. Dask's event loop draws from Python's global random
generator, so that fits in the worker itself would differ for one seed; and if a child is killed,
for lack of memory for example, its worker lives on.
"""

import pickle
import signal
from pathlib import Path

from distributed import get_worker
from distributed.diagnostics.plugin import WorkerPlugin

from mlcourse._core.cores import all_cores, assign_cores
from mlcourse._core.task_process import Killed, TaskProcess


def dask_setup(_worker):
    """Ignore Ctrl-C, which is for the client; Dask calls this in workers of `pools.connect`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def run(name, key, task):
    """Run a pickled task of a pool, and return the pickle of its result and its error."""
    worker = get_worker()
    return worker.plugins[name].run(task, lambda news: worker.log_event(name, (key, news)))


class TaskRunner(WorkerPlugin):
    """Run the tasks of a pool in child processes of a worker, one for each of its threads.

    Args:
        name: name of the pool.
        folder: folder with the pool's files, if the worker can read it, else None.
        files: a dict of the files' names to bytes, to write in the worker's directory.
        n_workers: number of workers that share the cores of this machine; 0 if unknown.
    """

    idempotent = True  # workers keep it if the client registers it again

    def __init__(self, name, folder=None, files=None, n_workers=0):
        self.name = name
        self._folder = folder
        self._files = files or {}
        self._n_workers = n_workers

    def setup(self, worker):
        """Prepare a worker; Dask calls this when the worker receives the plugin."""
        self._idle = []
        self._running = set()
        self._folder = self._folder or Path(worker.local_directory) / self.name
        Path(self._folder).mkdir(exist_ok=True)
        for name in list(self._files):
            (self._folder / name).write_bytes(self._files.pop(name))
        cores = all_cores()
        if self._n_workers:
            cores = assign_cores(int(worker.name), self._n_workers, cores)
        self._n_threads = max(1, len(cores) // worker.state.nthreads)
        self._cores = cores if self._n_workers else []

    def teardown(self, worker):
        """End the children; Dask calls this when the client removes the plugin."""
        for child in [*self._idle, *self._running]:
            child.end()

    def run(self, task, on_news):
        """Run a pickled task.

        Raises:
            Killed: if its process ends.
        """
        child = None
        while self._idle and not (child and child.is_alive):
            child = self._idle.pop()
        if child is None or not child.is_alive:
            child = TaskProcess(self._folder, self._cores, self._n_threads)
        self._running.add(child)
        try:
            result = child.run(task, on_news)
            self._idle.append(child)
            return result
        except (EOFError, OSError, pickle.UnpicklingError):
            raise Killed(child.end()) from None
        finally:
            self._running.discard(child)
