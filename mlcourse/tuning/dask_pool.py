"""A pool that runs tasks on the workers of a Dask cluster."""

import contextlib
import pickle
import queue
import secrets
import sys
import tempfile
import time
from pathlib import Path

import cloudpickle
import keras
import numpy as np
from distributed import KilledWorker
from distributed.diagnostics.plugin import UploadFile

from mlcourse import devices
from mlcourse._core import task_process
from mlcourse._core.task_process import Killed

LARGE = 100_000  # bytes, above which an array gets a file of its own
KILLED = "its process was killed, perhaps for lack of memory ({})"


class DaskPool:
    """Run tasks on the workers of a Dask cluster, each in a child process.

    The function of the tasks and its data are in files, which each worker receives once.

    Args:
        client: a `distributed.Client`.
        work, workers: as for `pools.pool`; `work` must be picklable.

    Raises:
        ValueError: if `work` cannot be pickled.
    """

    def __init__(self, client, work, workers):
        self._client = client
        self._address = client.scheduler.address
        self._workers = workers
        self._token = f"mlcourse-{secrets.token_hex(4)}"
        self._events = queue.SimpleQueue()  # (key, attempt, None) or (key, None, news)
        self._tasks = {}
        self._futures = {}
        self._attempt = 0
        self._size = 1
        self._folder = tempfile.TemporaryDirectory(prefix="mlcourse-")
        try:
            _write_recipe(Path(self._folder.name), self._token, work)
        except Exception as error:
            self._folder.cleanup()
            rule = "build, data and callbacks must be picklable by cloudpickle, for Dask"
            raise ValueError(f"{rule}. Got an error instead: {error}") from error

    def __enter__(self):
        self._connect()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(Exception):  # the cluster may be gone
            if self._client.status == "running":
                self._client.run(task_process.stop, self._token)
            self._client.unsubscribe_topic(self._token)
            for future in self._futures.values():
                future.release()
            for name in self._uploads():
                self._client.unregister_worker_plugin(name)
        self._folder.cleanup()

    def size(self):
        """Return the number of tasks that may run in parallel: the workers' threads."""
        with contextlib.suppress(OSError):  # while there is no scheduler
            self._size = max(1, sum(self._client.nthreads().values()))
        return self._workers or self._size

    def submit(self, key, task):
        """Submit a task."""
        self._tasks[key] = cloudpickle.dumps(task)
        self._send(key)

    def wait(self, on_news):
        """Wait until a task has ended, and return its key and its result, or a `Killed`.

        Raises:
            Exception: an error of the task.
            ConnectionError: if the scheduler does not come back.
        """
        while True:
            key, attempt, news = self._events.get()
            if news is not None:
                on_news(key, news)
            elif attempt == self._attempt and self._futures[key].status == "cancelled":
                self._resubmit()
            elif attempt == self._attempt:
                return key, self._result(key)

    def _connect(self):
        """Upload the files to each worker, and subscribe to the news of the tasks."""
        for name in self._uploads():
            self._client.register_plugin(UploadFile(name, load=False), name)
        self._client.subscribe_topic(self._token, self._on_event)

    def _uploads(self):
        """Return the paths of the files to upload; none if the workers read this machine's."""
        if self._workers:
            return []
        return [str(path) for path in Path(self._folder.name).iterdir()]

    def _on_event(self, event):
        _, (key, news) = event
        self._events.put((key, None, news))

    def _send(self, key):
        folder = self._folder.name if self._workers else None
        attempt = self._attempt
        future = self._client.submit(
            task_process.run,
            self._token,
            folder,
            self._workers,
            key,
            self._tasks[key],
            key=f"{self._token}-{key}-{attempt}",
            pure=False,
        )
        self._futures[key] = future
        future.add_done_callback(lambda _: self._events.put((key, attempt, None)))

    def _resubmit(self):
        """Submit all tasks to the scheduler that replaces a lost one."""
        self._attempt += 1
        while self._client.status == "connecting":
            time.sleep(0.1)
        if self._client.status != "running":
            rule = "scheduler must be reachable; the same call resumes"
            raise ConnectionError(f"{rule}. Got no reply from {self._address!r} instead.")
        self._connect()
        for key in self._futures:
            self._send(key)

    def _result(self, key):
        """Return the result of a task that has ended, and release it on the cluster."""
        del self._tasks[key]
        future = self._futures.pop(key)
        try:
            kind, content = future.result()
        except KilledWorker:
            return Killed(KILLED.format("the Dask worker was killed each time"))
        except Exception as error:
            rule = "scheduler and workers must have the mlcourse and the Dask of this process"
            raise ConnectionError(f"{rule}. Got an error instead: {error!r}") from error
        finally:
            future.release()
        if kind == "killed":
            return Killed(KILLED.format(f"{content}, {task_process.MAX_ATTEMPTS} times"))
        if kind == "error":
            raise pickle.loads(content)
        return pickle.loads(content)


def _write_recipe(folder, token, work):
    """Write the files that `task_process.main` reads."""
    with (folder / f"{token}-{task_process.RECIPE}").open("wb") as file:
        pickle.dump([str(Path(path).resolve()) for path in sys.path], file)
        pickle.dump({"KERAS_BACKEND": keras.config.backend()}, file)
        cloudpickle.dump(devices.configure, file)
        _Pickler(file, folder, token).dump(work)


class _Pickler(cloudpickle.Pickler):
    """Pickle an object, and save each of its large arrays in a file of its own."""

    def __init__(self, file, folder, token):
        super().__init__(file)
        self._folder = folder
        self._token = token
        self._saved = {}  # id to (file name, array): the reference prevents reuse of the id

    def persistent_id(self, value):
        is_plain = type(value) is np.ndarray and not value.dtype.hasobject
        if not is_plain or value.nbytes < LARGE:
            return None
        if id(value) not in self._saved:
            name = f"{self._token}-{len(self._saved)}.npy"
            np.save(self._folder / name, value)
            self._saved[id(value)] = name, value
        return self._saved[id(value)][0]
