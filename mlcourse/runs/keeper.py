"""The one that writes a run while it is trained, and goes on with one that has ended early."""

import time
from contextlib import contextmanager
from datetime import UTC, datetime

from mlcourse import checks, files
from mlcourse.histories import EpochLog
from mlcourse.locks import held
from mlcourse.runs import run_files
from mlcourse.runs.environment import describe, environment, numbered
from mlcourse.runs.run import whole_epochs
from mlcourse.runs.run_files import RunUnreadable
from mlcourse.runs.state import CallbackStates, random_state, restore_random_state


@contextmanager
def keeping(name, model, seed, settings, epochs):
    """Locks a run's folder as long as its block lasts, and gives the `Keeper` that writes there.

    Args:
        name: the run's.
        model: a model that is built and compiled.
        seed: of the fit.
        settings: of the fit, a dict.
        epochs: how many it is to have.

    Raises:
        ValueError: if there is a run of that name with other settings, or another network.
        RunUnreadable: if it has a file that is cut short, or of another version.
        RuntimeError: if another process is at it.
    """
    path = run_files.folder() / run_files.check_name(name)
    rule = "run must be one that is not being trained already"
    with held(path, RuntimeError(f"{rule}. Got {name!r} instead.")):
        yield Keeper(path, model, seed, settings, epochs)


class Keeper:
    """Keeps a fit in its run's folder, epoch by epoch.

    An epoch is kept when `last.keras` has taken its new form, which happens at once. All else
    follows from that file: the copy that is `best.keras` and the line in `history.jsonl` are
    made after it, and are made good by the next keeper if the process is killed in between.

    Args:
        path: of the folder, which is locked.
        model, seed, settings, epochs: as `keeping` takes them.

    Attributes:
        log: the `EpochLog` of the epochs that are kept.
        finished: whether a callback has ended the fit.
    """

    def __init__(self, path, model, seed, settings, epochs):
        self._path, self._model, self._epochs = path, model, epochs
        self.log, self.finished, self._state, self._arrays = EpochLog(), False, {}, {}
        config = {"epochs": epochs, "seed": seed, "settings": settings, "network": describe(model)}
        if (path / "run.json").exists():
            self._take_up(config)
        else:
            self._begin(config)
        self._started = time.perf_counter()

    def restore(self, callbacks):
        """Gives model and callbacks the state that they had after the last epoch that is kept."""
        self._callbacks = CallbackStates(callbacks)
        optimizer = self._model.optimizer
        if not optimizer.built:
            optimizer.build(self._model.trainable_variables)
        if not self._state:  # what it begins with is kept too, as epoch 0
            self._save({"epoch": 0, "seconds": 0.0, "values": {}}, is_best=False)
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
        run_files.save_model(self._model, self._path / "last.keras", self._state, arrays)

    def _begin(self, config):
        path = self._path / "run.json"
        if (self._path / "last.keras").exists():
            raise RunUnreadable(f"{path} is missing, but there is a last.keras beside it.")
        begun = {"begun": datetime.now(UTC).isoformat(timespec="seconds")}
        found = {"format": run_files.FORMAT, **config, **begun, "environment": environment()}
        files.write_text(path, files.as_json(found))

    def _take_up(self, config):
        path = self._path / "run.json"
        found = run_files.read_config(path)
        _check_agrees(f"run {self._path.name!r}", files.plain(config), files.plain(found))
        records = whole_epochs(self._path)
        if (self._path / "last.keras").exists():
            self._state, self._arrays = run_files.read_state(self._path / "last.keras")
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
            run_files.copy(self._path / "last.keras", self._path / "best.keras")


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
    for what in ("seed", "settings"):
        checks.as_begun(what, where, mine[what], kept[what])
    checks.as_begun("network", where, numbered(mine["network"]), numbered(kept["network"]))


def _of_optimizer(network):
    """Returns the configuration of a network's optimizer, as far as it is known."""
    for name in ("compiled", "optimizer", "config"):
        network = network.get(name) if isinstance(network, dict) else None
    return network if isinstance(network, dict) else {}
