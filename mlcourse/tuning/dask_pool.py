"""Fits on the workers of a Dask cluster."""

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
from mlcourse.tuning import worker
from mlcourse.tuning.worker import Killed

LARGE = 100_000  # bytes of an array that gets a file of its own
KILLED = "its process was killed, perhaps for lack of memory ({})"


class OnDask:
    """Run calls on the workers of a Dask cluster, each in a child process.

    What all calls have in common is in files, which each worker gets once.

    Args:
        client: a `distributed.Client`.
        work, workers: as `pool` takes them; it must be possible to pickle the former.

    Raises:
        ValueError: if it cannot be pickled.
    """

    def __init__(self, client, work, workers):
        self._client, self._address = client, client.scheduler.address
        self._workers = workers
        self._token = f"mlcourse-{secrets.token_hex(4)}"
        self._events, self._tasks, self._futures = queue.SimpleQueue(), {}, {}
        self._attempt, self._size = 0, 1
        self._folder = tempfile.TemporaryDirectory(prefix="mlcourse-")
        try:
            _write(Path(self._folder.name), self._token, work)
        except Exception as error:
            self._folder.cleanup()
            rule = "build, data and callbacks must be such as cloudpickle can pickle, for Dask"
            raise ValueError(f"{rule}. Got an error instead: {error}") from error

    def __enter__(self):
        self._prepare()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(Exception):  # the cluster may be gone
            if self._client.status == "running":
                self._client.run(worker.stop, self._token)
            self._client.unsubscribe_topic(self._token)
            for future in self._futures.values():
                future.release()
            for name in self._uploads():
                self._client.unregister_worker_plugin(name)
        self._folder.cleanup()

    def size(self):
        """Return the number of calls that may run at the same time: the workers' threads."""
        with contextlib.suppress(OSError):  # while there is no scheduler
            self._size = max(1, sum(self._client.nthreads().values()))
        return self._workers or self._size

    def submit(self, key, task):
        """Submit a call."""
        self._tasks[key] = cloudpickle.dumps(task)
        self._send(key)

    def wait(self, on_news):
        """Wait until a call has ended, and return its key and its result, or a `Killed`.

        Raises:
            Exception: an error of the call.
            ConnectionError: if the scheduler is gone for good.
        """
        while True:
            key, attempt, news = self._events.get()
            if news is not None:
                on_news(key, news)
            elif attempt == self._attempt and self._futures[key].status == "cancelled":
                self._submit_again()
            elif attempt == self._attempt:
                return key, self._result(key)

    def _prepare(self):
        """Have the cluster send the files to each worker, and the news of the calls to here."""
        for name in self._uploads():
            self._client.register_plugin(UploadFile(name, load=False), name)
        self._client.subscribe_topic(self._token, self._on_event)

    def _uploads(self):
        """Return the paths of the files that go to each worker; none if all are on this machine."""
        return [] if self._workers else [str(path) for path in Path(self._folder.name).iterdir()]

    def _on_event(self, event):
        _, (key, news) = event
        self._events.put((key, None, news))

    def _send(self, key):
        where = self._folder.name if self._workers else None
        name, attempt = f"{self._token}-{key}-{self._attempt}", self._attempt
        call = (self._token, where, self._workers, key, self._tasks[key])
        future = self._client.submit(worker.run, *call, key=name, pure=False)
        self._futures[key] = future
        future.add_done_callback(lambda _: self._events.put((key, attempt, None)))

    def _submit_again(self):
        """Submit all calls to the scheduler that has taken the place of one that was lost."""
        self._attempt += 1
        while self._client.status == "connecting":
            time.sleep(0.1)
        if self._client.status != "running":
            rule = "scheduler must be one that answers; the same call resumes"
            raise ConnectionError(f"{rule}. Got no answer from {self._address!r} instead.")
        self._prepare()
        for key in self._futures:
            self._send(key)

    def _result(self, key):
        """Return the result of a call that has ended, and let the cluster forget it."""
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
            return Killed(KILLED.format(f"{content}, {worker.ATTEMPTS} times"))
        if kind == "error":
            raise pickle.loads(content)
        return pickle.loads(content)


def _write(folder, token, work):
    """Write what a child process needs (see `mlcourse.tuning.worker.main`)."""
    with (folder / f"{token}-{worker.RECIPE}").open("wb") as file:
        pickle.dump([str(Path(path).resolve()) for path in sys.path], file)
        pickle.dump({"KERAS_BACKEND": keras.config.backend()}, file)
        cloudpickle.dump(devices.configure, file)
        _Pickler(file, folder, token).dump(work)


class _Pickler(cloudpickle.Pickler):
    """Write a recipe, with a file for each large array."""

    def __init__(self, file, folder, token):
        super().__init__(file)
        self._folder, self._token, self._saved = folder, token, {}

    def persistent_id(self, value):
        is_plain = type(value) is np.ndarray and not value.dtype.hasobject
        if not is_plain or value.nbytes < LARGE:
            return None
        if id(value) not in self._saved:
            name = f"{self._token}-{len(self._saved)}.npy"
            np.save(self._folder / name, value)
            self._saved[id(value)] = name, value  # which keeps its id from being used again
        return self._saved[id(value)][0]
