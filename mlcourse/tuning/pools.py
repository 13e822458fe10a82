"""Where the fits of a search or of an ablation run: in this process, or on a Dask cluster."""

from functools import partial

from mlcourse.tuning import cluster


class Killed(Exception):
    """A fit whose process was killed, each time it was tried."""


def pool(client, work, folder=None, workers=0):
    """Return a context manager that runs calls of `work`.

    Args:
        client: a `distributed.Client`, or None to run them in this process.
        work: a function of a task, a folder for temporary files, and a function to call with news.
        folder: the folder, if the calls run in this process.
        workers: number of workers, if the cluster is one of `cluster.local`: they read the files
            that this process writes, and share the cores of this machine.
    """
    if client is None:
        return Here(work, folder)
    client = cluster.checked(client)
    from mlcourse.tuning.dask_pool import OnDask

    return OnDask(client, work, workers)


def complete(pool, ask, tell, on_news):
    """Run tasks until there are no more.

    Args:
        pool: as `pool` returns it.
        ask: returns the key and the task of the next call; None if there is none now.
        tell: called with a key and a result, which may be a `Killed`.
        on_news: called with a key and what `work` had to say.
    """
    running = 0
    while True:
        while running < pool.size() and (asked := ask()) is not None:
            pool.submit(*asked)
            running += 1
        if not running:
            return
        tell(*pool.wait(on_news))
        running -= 1


class Here:
    """Run one call at a time in this process."""

    def __init__(self, work, folder):
        self._work, self._folder, self._next = work, folder, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def size(self):
        """Return how many calls may run at the same time."""
        return 1

    def submit(self, key, task):
        """Take the next call."""
        self._next = key, task

    def wait(self, on_news):
        """Run it, and return its key and its result."""
        key, task = self._next
        return key, self._work(task, self._folder, partial(on_news, key))
