"""The one that writes a run while it is trained, and goes on with one that has ended early."""

import contextlib
import time
from contextlib import contextmanager
from datetime import UTC, datetime

from mlcourse._core import checks, files
from mlcourse._core.files import lock_folder
from mlcourse.history import History
from mlcourse.training.runs import run
from mlcourse.training.runs.run import RunUnreadable, whole_epochs
from mlcourse.training.runs.state import (
    CallbackStates,
    describe,
    environment,
    numbered,
    random_state,
    restore_random_state,
)


@contextmanager
def open_run(name, model, seed, settings, epochs, monitor=None, mode="auto"):
    """Lock the folder of a run within a with statement, and return its `RunCheckpointer`.

    Nothing is left of a run that could not begin.

    Args:
        name: the run's.
        model: a model that is built and compiled.
        seed: of the fit.
        settings: of the fit, a dict.
        epochs: how many it is to have.
        monitor, mode: the value that the best epoch is chosen by, as `History` takes them.

    Raises:
        ValueError: if there is a run of that name with other settings, or another network, and it
            has a whole epoch.
        RunUnreadable: if it has a file that is cut short, or of another version.
        RuntimeError: if another process is at it.
    """
    path = run.folder() / run.check_name(name)
    rule = "run must be one that is not being trained already"
    new = [one for one in (path, *path.parents) if not one.exists()]
    with lock_folder(path, RuntimeError(f"{rule}. Got {name!r} instead.")):
        try:
            yield RunCheckpointer(path, model, seed, settings, epochs, monitor, mode)
        finally:
            _remove_if_empty(path, new)


class RunCheckpointer:
    """Keeps a fit in its run's folder, epoch by epoch.

    An epoch is kept when `last.keras` has taken its new form, which happens at once. All else
    follows from that file: the copy that is `best.keras` and the line in `history.jsonl` are
    made after it, and are made good by the next keeper if the process is killed in between.

    Args:
        path: of the folder, which is locked.
        model, seed, settings, epochs, monitor, mode: as `keeping` takes them.

    Attributes:
        log: the `History` of the epochs that are kept.
        finished: whether a callback has ended the fit.
    """

    def __init__(self, path, model, seed, settings, epochs, monitor, mode):
        self._path, self._model, self._epochs = path, model, epochs
        self.log = History(monitor=monitor, mode=mode)
        self.finished, self._state, self._arrays = False, {}, {}
        config = {"epochs": epochs, "seed": seed, "settings": settings, "network": describe(model)}
        self._config = {**config, "monitor": run.monitor_config(monitor, mode)}
        if (path / "run.json").exists():
            self._take_up()
        elif (path / "last.keras").exists():
            raise RunUnreadable(f"{path / 'run.json'} is missing, but there is a last.keras.")
        self._started = time.perf_counter()

    def restore(self, callbacks):
        """Gives model and callbacks the state that they had after the last epoch that is kept."""
        self._callbacks = CallbackStates(callbacks)
        optimizer = self._model.optimizer
        if not optimizer.built:
            optimizer.build(self._model.trainable_variables)
        if not self._state:
            self._begin()
            return
        self._model.load_weights(self._path / "last.keras")
        restore_random_state(self._model, self._arrays)
        self._callbacks.restore(self._state["callbacks"], self._arrays)

    def keep(self, values):
        """Keeps the epoch that has just ended."""
        epoch, now = self.log.last + 1, time.perf_counter()
        self.log.add(epoch, values)
        best = self.log.best()
        record = {"epoch": epoch, "seconds": now - self._started, "values": values}
        self.finished = bool(self._model.stop_training)
        self._save(record, is_best=best is not None and best[1] == epoch)
        self._follow_up()
        files.append_line(self._path / "history.jsonl", record)
        self._started = time.perf_counter()

    def _save(self, record, is_best):
        plain, arrays = self._callbacks.now()
        state = {"record": record, "is_best": is_best, "finished": self.finished}
        self._state = {**state, "epochs": self._epochs, "callbacks": plain}
        arrays = {**arrays, **random_state(self._model)}
        run.save_model(self._model, self._path / "last.keras", self._state, arrays)

    def _begin(self):
        """Write the settings, and as epoch 0 the model that the fit begins with, or neither."""
        begun = {"begun": datetime.now(UTC).isoformat(timespec="seconds")}
        config = {"format": run.FORMAT, **self._config, **begun}
        self._remove()
        try:
            text = files.as_json({**config, "environment": environment()})
            files.write_text(self._path / "run.json", text)
            self._save({"epoch": 0, "seconds": 0.0, "values": {}}, is_best=False)
        except BaseException:
            self._remove()
            raise
        self._started = time.perf_counter()

    def _remove(self):
        """Remove the files of a run that has no whole epoch, the settings last."""
        for name in ("last.keras", "history.jsonl", "run.json"):
            (self._path / name).unlink(missing_ok=True)

    def _take_up(self):
        path = self._path / "run.json"
        found, records = run.read_config(path), whole_epochs(self._path)
        try:
            mine = files.json_roundtrip(self._config)
            _check_agrees(f"run {self._path.name!r}", mine, files.json_roundtrip(found))
        except ValueError:
            if records:
                raise
            return  # without a whole epoch it begins again, with these settings
        if (self._path / "last.keras").exists():
            self._state, self._arrays = run.read_state(self._path / "last.keras")
            self._follow_up()
            asked = self._state.get("epochs", found["epochs"])
            self.finished = self._state["finished"] and asked >= self._epochs
        if found["epochs"] < self._epochs:
            files.write_text(path, files.as_json({**found, "epochs": self._epochs}))
        lines = "".join(files.as_json(record) + "\n" for record in records)
        files.write_text(self._path / "history.jsonl", lines)
        for record in records:
            self.log.add(record["epoch"], record["values"])

    def _follow_up(self):
        if self._state["is_best"]:
            run.copy(self._path / "last.keras", self._path / "best.keras")


def _check_agrees(where, mine, kept):
    """Raises unless a run goes on as it began, but for a learning rate that only one side knows.

    Args:
        where: the run, in words.
        mine, kept: copies of what `run.json` would have and of what it has; that rate is removed.
    """
    rates = [_of_optimizer(one["network"]) for one in (mine, kept)]
    if not all("learning_rate" in one for one in rates):  # an optimizer that has made steps
        for one in rates:
            one.pop("learning_rate", None)
    for what in ("seed", "settings", "monitor"):
        checks.unchanged(what, where, mine[what], kept.get(what))
    checks.unchanged("network", where, numbered(mine["network"]), numbered(kept["network"]))


def _of_optimizer(network):
    """Returns the configuration of a network's optimizer, as far as it is known."""
    for name in ("compiled", "optimizer", "config"):
        network = network.get(name) if isinstance(network, dict) else None
    return network if isinstance(network, dict) else {}


def _remove_if_empty(path, new):
    """Remove a run's folder if it holds the lock only, and the other folders that are new."""
    if all(one.name == "lock" for one in path.iterdir()):
        with contextlib.suppress(OSError):  # another process may begin a run there
            (path / "lock").unlink(missing_ok=True)
            for folder in dict.fromkeys((path, *new)):
                folder.rmdir()
