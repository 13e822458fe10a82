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
from distributed import KilledWorker, LocalCluster

from mlcourse import devices
from mlcourse._core import dask_worker
from mlcourse._core.task_process import WORK, Killed

LARGE = 100_000  # bytes, above which an array gets a file of its own
RETRIES = 1  # of a task whose process was killed
KILLED = "its process was killed, perhaps for lack of memory ({})"


class DaskPool:
    """Tasks on the workers of a Dask cluster, each in a child process.

    The function of the tasks and its data are in files, which each worker receives once.

    Args:
        client: a `distributed.Client`.
        work: as for `pools.run`.

    Raises:
        ValueError: if `work` cannot be pickled.
    """

    def __init__(self, client, work):
        self._client = client
        self._name = f"mlcourse-{secrets.token_hex(4)}"
        self._events = queue.SimpleQueue()  # (key, future, None) or (key, None, news)
        self._running = {}  # key to (task, future)
        self._folder = tempfile.TemporaryDirectory(prefix="mlcourse-")
        try:
            pack(work, Path(self._folder.name))
        except Exception as error:
            self._folder.cleanup()
            rule = "build, data and callbacks must be picklable by cloudpickle, for Dask"
            raise ValueError(f"{rule}. Got an error instead: {error}") from error

    def __enter__(self):
        self._connect()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(Exception):  # the cluster may be gone
            for _, future in self._running.values():
                future.release()
            self._client.unsubscribe_topic(self._name)
            self._client.unregister_worker_plugin(self._name)
        self._folder.cleanup()

    def __len__(self):
        return len(self._running)

    def n_threads(self):
        """Return the number of threads of the workers, at least 1."""
        with contextlib.suppress(OSError):  # while there is no scheduler
            return max(1, sum(self._client.nthreads().values()))
        return 1

    def submit(self, key, task):
        """Submit a task."""
        pickled = cloudpickle.dumps(task)
        future = self._client.submit(
            dask_worker.run, self._name, key, pickled, pure=False, retries=RETRIES
        )
        self._running[key] = (task, future)
        future.add_done_callback(lambda future: self._events.put((key, future, None)))

    def wait(self, on_news):
        """Wait until a task has ended, and return its key and its result, or a `Killed`."""
        while True:
            key, future, news = self._events.get()
            if future is None:
                on_news(key, news)
                continue
            task, current = self._running.get(key, (None, None))
            if future is not current:  # of an earlier attempt
                continue
            if not future.cancelled():
                return key, self._result(key)
            self._reconnect()
            self.submit(key, task)

    def _connect(self):
        """Send the files to each worker, and subscribe to the news of the tasks."""
        folder = Path(self._folder.name)
        if isinstance(self._client.cluster, LocalCluster):  # its workers can read the files
            n_workers = len(self._client.cluster.workers)
            runner = dask_worker.TaskRunner(self._name, folder, n_workers=n_workers)
        else:
            runner = dask_worker.TaskRunner(
                self._name, files={path.name: path.read_bytes() for path in folder.iterdir()}
            )
        self._client.register_plugin(runner, self._name)
        self._client.subscribe_topic(
            self._name, lambda event: self._events.put((event[1][0], None, event[1][1]))
        )

    def _reconnect(self):
        """Wait for the scheduler that replaces a lost one."""
        while self._client.status == "connecting":
            time.sleep(0.1)
        if self._client.status != "running":
            rule = "scheduler must be reachable; the same call resumes"
            raise ConnectionError(
                f"{rule}. Got no reply from {self._client.scheduler.address!r} instead."
            )
        self._connect()

    def _result(self, key):
        """Return the result of a task that has ended, and release it on the cluster."""
        _, future = self._running.pop(key)
        try:
            result, failure = pickle.loads(future.result())
        except KilledWorker:
            return Killed(KILLED.format("the Dask worker was killed each time"))
        except Killed as killed:
            return Killed(KILLED.format(f"{killed}, {1 + RETRIES} times"))
        except Exception as error:
            rule = "scheduler and workers must have the mlcourse and the Dask of this process"
            raise ConnectionError(f"{rule}. Got an error instead: {error!r}") from error
        finally:
            future.release()
        if failure is not None:
            raise failure
        return result


def pack(work, folder):
    """Write a function and its large arrays to files, which a `TaskProcess` reads."""
    names = []

    def save(buffer):
        """Save a large array; return whether it is small, and part of the function's pickle."""
        content = buffer.raw()
        if content.nbytes < LARGE:
            return True
        names.append(f"{len(names)}.array")
        (folder / names[-1]).write_bytes(content)
        return False

    pickled = cloudpickle.dumps(work, protocol=5, buffer_callback=save)
    with (folder / WORK).open("wb") as file:
        pickle.dump([str(Path(path).resolve()) for path in sys.path], file)
        pickle.dump(keras.config.backend(), file)
        pickle.dump(devices.configure, file)
        pickle.dump(names, file)
        file.write(pickled)
